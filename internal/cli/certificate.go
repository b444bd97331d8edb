package cli

import (
	"errors"
	"strings"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// openCertificate parses the contents of a certificate file. A PFX file without a
// password given is tried without one, then with the one a person types.
func (p *program) openCertificate(c config.Credential, data []byte, password secret.Value) (*acquire.Certificate, secret.Value, error) {
	certificate, err := acquire.ParseCertificate(data, password)
	if wrongPassword(err) && password.IsZero() && p.ReadSecret != nil {
		if password, err = p.ask("Password of " + c.CertificateFile + ": "); err == nil {
			p.mask(password.Reveal())
			certificate, err = acquire.ParseCertificate(data, password)
		}
	}
	if err == nil {
		err = certificate.Valid(p.Now())
	}
	if err != nil {
		return nil, password, passwordGivenBy(located(err, c.CertificateFile), passwordSource(c))
	}
	certificate.SendChain = c.SendChain
	return certificate, password, nil
}

func (p *program) certificatePassword(c config.Credential) (password secret.Value, err error) {
	switch {
	case c.PasswordFile != "":
		password, err = p.secretFile("certificate password", c.PasswordFile, config.CertificatePasswordFile)
	case c.PasswordEnv != "":
		password = secret.New(p.Environ(c.PasswordEnv))
	}
	p.mask(password.Reveal())
	return password, err
}

func wrongPassword(err error) bool {
	var own *problem.Error
	return errors.As(err, &own) && own.Evidence != nil && own.Evidence.Local != nil && own.Evidence.Local.Problem == evidence.ProblemPassword
}

// passwordGivenBy names where the password of a certificate file came from, or is
// to be given, in an error about that password.
func passwordGivenBy(err error, by string) error {
	if !wrongPassword(err) {
		return err
	}
	var own *problem.Error
	errors.As(err, &own)
	out := *own
	out.Expected += " (" + by + ")"
	return &out
}

func passwordSource(c config.Credential) string {
	if c.PasswordEnv != "" {
		return c.PasswordEnv
	}
	return "--certificate-password-file, " + config.CertificatePasswordFile
}

// located adds the path to an error about a file's contents.
func located(err error, path string) error {
	var own *problem.Error
	if !errors.As(err, &own) {
		return err
	}
	out := *own
	if out.Evidence != nil && out.Evidence.Local != nil {
		b, local := *out.Evidence, *out.Evidence.Local
		local.Path, b.Local = path, &local
		out.Evidence = &b
	}
	if !strings.Contains(out.Tried, path) {
		out.Tried += " " + path
	}
	return &out
}
