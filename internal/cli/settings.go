package cli

import (
	"hdstest/internal/config"
	"hdstest/internal/secret"
)

// flagValue makes a setting of a flag. The one flag whose value is a secret is
// wrapped at once.
func flagValue(k config.Key, text string) config.Value {
	source := config.Source{Kind: config.FromFlag, Name: "--" + k.Flag}
	if k.Name == config.ClientSecret {
		return config.Value{Secret: secret.New(text), Source: source}
	}
	return config.Value{Text: text, Source: source}
}

// settings makes the settings of a call and tells the person what they should
// know about them.
func (p *program) settings(c call, sandbox *config.Info) (*config.Settings, error) {
	in := p.input(c)
	in.Sandbox = sandbox
	if v, ok := in.Flags[config.ClientSecret]; ok {
		p.warn("a secret on the command line can be seen by others on this machine; use --client-secret-file")
		if err := checkSecretFlag(v.Secret); err != nil {
			return nil, err
		}
	}
	s, err := config.Resolve(in)
	if err != nil {
		return nil, err
	}
	for _, w := range s.Warnings {
		p.warn(w)
	}
	return s, nil
}
