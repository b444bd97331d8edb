package audit

import (
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/plaintext"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

const docCredential = "learn.microsoft.com/entra/identity-platform/how-to-add-credentials"

// credential judges what the app proves itself with.
func (a *auditor) credential() {
	c := a.s.Credential
	s := seen{id: "config.credential", group: groupCredential, title: "Credential", seen: "none: a public client"}
	if !c.IsZero() {
		s.seen = describe(c) + " (" + c.Source.String() + ")"
	}
	switch {
	case c.IsZero() && a.s.RedirectPlatform == "web":
		s.expected, s.cause = "a secret or certificate, since redirect_platform is web", "redirect.web_without_secret"
		a.fail(s)
	case c.IsZero() && a.needsCredential():
		s.expected, s.cause = "a secret, certificate or federated token for client_credentials", "secret.missing"
		a.fail(s)
	default:
		a.pass(s)
	}
	switch {
	case !c.Secret.IsZero():
		a.secretShape("the command line", c.Secret.Reveal())
	case c.SecretFile != "" && c.SecretFile != "-":
		a.secretFile(c)
	case c.SecretEnv != "":
		a.secretVariable(c)
	case c.CertificateFile != "":
		a.certificate(c)
	case c.FederatedTokenFile != "":
		a.federated(c.FederatedTokenFile)
	}
}

// needsCredential tells whether one of the grants to test is the app's own.
func (a *auditor) needsCredential() bool {
	for _, g := range a.s.Grants {
		if g == "client_credentials" {
			return true
		}
	}
	return len(a.s.Grants) == 0 && a.s.RedirectPlatform == ""
}

func describe(c config.Credential) string {
	if title := c.Title(); title != "" {
		return title
	}
	if c.Auto {
		return "auto: the first that is there of " + config.AutoOrder()
	}
	return c.Kind
}

// secretFile judges the file of a secret; whitespace around it does not count.
func (a *auditor) secretFile(c config.Credential) {
	data, ok := a.guardedFile("config.client_secret_file", "File of the client secret", c.SecretFile)
	if !ok {
		return
	}
	text := strings.TrimSpace(string(plaintext.Decode(data)))
	a.secretShape(c.SecretFile, text)
	a.secretEnd(c)
}

func (a *auditor) secretVariable(c config.Credential) {
	text := strings.TrimSpace(a.Environ(c.SecretEnv))
	if text == "" {
		a.fail(seen{id: "config.client_secret_env", group: groupCredential, title: "Variable of the client secret", expected: c.SecretEnv + " to be set",
			seen: "it is not set", cause: "ci.variable_empty"})
		return
	}
	a.secretShape(c.SecretEnv, text)
	a.secretEnd(c)
}

// secretShape tells what a secret looks like, and nothing of it.
func (a *auditor) secretShape(where, text string) {
	b := evidence.Bundle{TokenRequest: &evidence.TokenRequest{ClientID: a.s.ClientID, ClientSecretShape: evidence.SecretShape(text)}}
	s := seen{id: "config.client_secret", group: groupCredential, title: "Form of the client secret", expected: "a secret's value", source: docCredential,
		seen: "of the form: " + strings.ReplaceAll(b.TokenRequest.ClientSecretShape, ",", ", ") + " (" + where + ")"}
	matches := diagnose.Diagnose(b)
	switch {
	case len(matches) == 0:
		s.seen = "nothing unusual (" + where + ")"
		a.pass(s)
	case matches[0].Confidence >= 0.7:
		s.cause, s.hint = matches[0].Cause, matches[0].Fix
		a.fail(s)
	default:
		s.cause, s.hint = matches[0].Cause, matches[0].Fix
		a.warn(s)
	}
}

// secretEnd judges the day that register wrote down. A secret of another source
// does not have it.
func (a *auditor) secretEnd(c config.Credential) {
	if c.SecretExpires.IsZero() {
		a.skip(seen{id: "credential.secret_end", group: groupCredential, title: "End of the client secret",
			seen: "not known here", hint: "write its last day as client_secret_expires into the profile; register does so"})
		return
	}
	a.findings = append(a.findings, judge.Ending(judge.EndOfSecret, c.SecretExpires.Add(24*time.Hour), a.Now, strings.Trim(a.where(config.ClientSecretExpires), " ()"), a.bundle()))
}

// guardedFile reads a file that nobody else may read.
func (a *auditor) guardedFile(id, title, path string) ([]byte, bool) {
	s := seen{id: id, group: groupCredential, title: title, expected: "a file that only you may read", seen: path}
	f, ok := a.open(s, path)
	if !ok {
		return nil, false
	}
	if mode := f.Mode.Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		s.seen, s.cause = path+", mode "+mode.String(), "local.open_mode"
		s.hint = diagnose.Fix(evidence.Bundle{Local: &evidence.Local{Path: path}}, s.cause)
		status := check.Warn // a group may be made for it
		if mode&0o007 != 0 {
			status = check.Fail
		}
		a.add(status, s)
		return f.Data, true
	}
	a.pass(s)
	return f.Data, true
}

// open reads a file; one that cannot be read fails.
func (a *auditor) open(s seen, path string) (File, bool) {
	f, err := a.Open(path)
	if err == nil {
		return f, true
	}
	s.seen, s.cause = path+": "+reason(err), "local.file_missing"
	s.hint = diagnose.Fix(evidence.Bundle{Local: &evidence.Local{Path: path}}, s.cause)
	a.fail(s)
	return f, false
}

func reason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "the file does not exist"
	}
	var own *fs.PathError
	if errors.As(err, &own) {
		return own.Err.Error()
	}
	return err.Error()
}

func (a *auditor) certificate(c config.Credential) {
	data, ok := a.guardedFile("config.certificate_file", "File of the client certificate", c.CertificateFile)
	if !ok {
		return
	}
	password, ok := a.password(c)
	if !ok {
		return
	}
	s := seen{id: "config.certificate", group: groupCredential, title: "Certificate with its private key", expected: "both in one PEM or PFX file", source: docCredential}
	certificate, err := a.Certificate(data, password)
	if err == nil {
		s.seen = certificate.Subject.String() + ", " + c.CertificateFile
		a.pass(s)
		if a.Now.Before(certificate.NotBefore) {
			s.id, s.title, s.seen, s.cause = "credential.certificate_begin", "Beginning of the client certificate", certificate.NotBefore.In(a.Now.Location()).String(), "certificate.not_yet_valid"
			a.fail(s)
		}
		a.findings = append(a.findings, judge.Ending(judge.EndOfCertificate, certificate.NotAfter, a.Now, c.CertificateFile, a.bundle()))
		return
	}
	s.seen = err.Error()
	var own *problem.Error
	if errors.As(err, &own) {
		s.seen = own.Seen
		if own.Evidence != nil && own.Evidence.Local != nil {
			b := evidence.Bundle{Local: &evidence.Local{Path: c.CertificateFile, Problem: own.Evidence.Local.Problem}}
			if m := diagnose.Diagnose(b); len(m) > 0 {
				s.cause, s.hint = m[0].Cause, m[0].Fix
			}
			if own.Evidence.Local.Problem == evidence.ProblemPassword && password.IsZero() {
				s.seen = "it has a password, which is asked for at a terminal"
				a.add(check.Warn, s)
				return
			}
		}
	}
	a.fail(s)
}

// password reads the password of a PFX file; a zero one is no fault.
func (a *auditor) password(c config.Credential) (secret.Value, bool) {
	switch {
	case c.PasswordFile != "":
		data, ok := a.guardedFile("config.certificate_password_file", "File of the certificate's password", c.PasswordFile)
		return secret.New(strings.TrimSpace(string(plaintext.Decode(data)))), ok
	case c.PasswordEnv != "":
		text := a.Environ(c.PasswordEnv)
		if text == "" {
			a.fail(seen{id: "config.certificate_password_env", group: groupCredential, title: "Variable of the certificate's password",
				expected: c.PasswordEnv + " to be set", seen: "it is not set", cause: "ci.variable_empty"})
		}
		return secret.New(text), text != ""
	}
	return secret.Value{}, true
}

var jwtForm = lazyregexp.New(`^eyJ[\w-]+\.[\w-]+\.[\w-]+$`)

// federated judges the file of a federated token. Others write it, minutes before it
// ends, so neither its mode nor its end is looked at.
func (a *auditor) federated(path string) {
	s := seen{id: "config.federated_token_file", group: groupCredential, title: "File of the federated token", expected: "a file with a JWT", seen: path}
	f, ok := a.open(s, path)
	if !ok {
		return
	}
	if !jwtForm.MatchString(strings.TrimSpace(string(plaintext.Decode(f.Data)))) {
		s.seen, s.cause = path+", which holds something else", "assertion.malformed"
		a.fail(s)
		return
	}
	a.pass(s)
}
