package config

// environment reads the variables that the keys name, and the two that hold a
// secret, of which it keeps the name only. Variables that are set to nothing
// count as not set.
func environment(getenv func(string) string) (l layer, faults []Fault) {
	l = newLayer("the environment")
	for _, k := range Keys() {
		if k.Env == "" {
			continue
		}
		text := getenv(k.Env)
		if text == "" {
			continue
		}
		if err := k.checkText(text); err != nil {
			faults = append(faults, Fault{Source: Source{Kind: FromEnvironment, Name: k.Env}, Text: err.Error()})
			continue
		}
		l.values[k.Name] = Value{Text: text, Source: Source{Kind: FromEnvironment, Name: k.Env}}
	}
	for key, variable := range map[string]string{
		ClientSecretEnv:        "AZURE_CLIENT_SECRET",
		CertificatePasswordEnv: "AZURE_CLIENT_CERTIFICATE_PASSWORD",
	} {
		if getenv(variable) != "" {
			l.values[key] = Value{Text: variable, Source: Source{Kind: FromEnvironment, Name: variable}}
		}
	}
	return l, faults
}
