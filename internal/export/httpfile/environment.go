package httpfile

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

// entry is a key of a JSON object with its value as JSON.
type entry struct{ key, value string }

// object writes a JSON object in the order given.
func object(indent string, entries []entry) string {
	if len(entries) == 0 {
		return "{}"
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, indent+"  "+export.Quote(e.key)+": "+e.value)
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n" + indent + "}"
}

// public lists the settings that are no secret. No key stands both here and among
// the private ones: JetBrains and httpYac disagree on which of the two counts.
// Scopes and the address without a path follow from others and stand in the
// .http files or not at all.
func public(in export.Input, leaveOut ...string) []entry {
	var out []entry
	for _, s := range in.Settings() {
		if s.Secret || s.Name == catalogue.VarFHIRScope || s.Name == catalogue.VarDICOMScope || slices.Contains(leaveOut, s.Name) {
			continue
		}
		out = append(out, entry{s.Name, export.Quote(s.Value)})
	}
	return out
}

// environments writes http-client.env.json: one environment of the export's name,
// and perhaps more.
func environments(all ...entry) export.File {
	return export.File{Name: "http-client.env.json", Data: []byte(object("", all) + "\n"), Mode: export.ModeOpen}
}

// signInName is the environment for people who sign in.
func signInName(in export.Input) string { return in.Slug() + "-sign-in" }

// signsInWithSecret names it if it uses the secret.
func signsInWithSecret(in export.Input) []string {
	if in.SignInSendsSecret() {
		return []string{signInName(in)}
	}
	return nil
}

// private writes the file with the secret, and the .gitignore that names it, if
// the secret was asked for: for the environment of the export's name, and for
// others that use it. Without it the file is left to the person.
func private(in export.Input, name, secret string, others ...string) []export.File {
	if !in.IncludeSecrets {
		return nil
	}
	var all []entry
	for _, environment := range append([]string{in.Slug()}, others...) {
		all = append(all, entry{environment, object("  ", []entry{{catalogue.VarClientSecret, export.Quote(secret)}})})
	}
	text := object("", all)
	return []export.File{{Name: name, Data: []byte(text + "\n"), Mode: export.ModeSecret}, export.Ignore(name)}
}
