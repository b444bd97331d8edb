package cli

import (
	"hdstest/internal/config"
	"hdstest/internal/plaintext"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// secretFile reads a secret of one line, whatever marks and line ends editors and
// shells put around it. by is the flag, or the key and where it stands.
func (p *program) secretFile(what, path, by string) (secret.Value, error) {
	data, err := p.readFile(what, path)
	if err != nil {
		return secret.Value{}, err
	}
	line, err := plaintext.Line(data)
	switch {
	case err != nil:
		return secret.Value{}, problem.Usagef("the %s file %s %w (%s)", what, path, err, by)
	case line == "":
		return secret.Value{}, problem.Usagef("the %s file %s is empty (%s)", what, path, by)
	}
	return secret.New(line), nil
}

func (p *program) secretVariable(name string) (secret.Value, error) {
	line, err := plaintext.Line([]byte(p.Environ(name)))
	switch {
	case err != nil:
		return secret.Value{}, problem.Usagef("the environment variable %s %w", name, err)
	case line == "" && p.Environ(name) != "":
		return secret.Value{}, problem.Usagef("client_secret_env: the environment variable %s holds white space only", name)
	case line == "":
		return secret.Value{}, problem.Usagef("client_secret_env: the environment variable %s is not set", name)
	}
	return secret.New(line), nil
}

func typedSecret(text string) (secret.Value, error) {
	line, err := plaintext.Line([]byte(text))
	switch {
	case err != nil:
		return secret.Value{}, problem.Usagef("what was typed %w", err)
	case line == "":
		return secret.Value{}, errEmptySecret()
	}
	return secret.New(line), nil
}

// checkSecretFlag looks at a secret that was given as an argument.
func checkSecretFlag(v secret.Value) error {
	line, err := plaintext.Line([]byte(v.Reveal()))
	switch {
	case err != nil:
		return problem.Usagef("--client-secret: the argument %w", err)
	case line == "":
		return errEmptySecret()
	}
	return nil
}

// givenBy names what a setting was given by: the flag or variable, or the key and
// where it stands.
func givenBy(key string, s config.Source) string {
	switch s.Kind {
	case config.FromFlag, config.FromEnvironment:
		return s.Name
	case config.FromFile:
		return key + ", " + s.String()
	}
	return key
}
