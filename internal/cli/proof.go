package cli

import (
	"bytes"
	"context"
	"net/http"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/secret"
)

// proof is a credential that was read and not made use of yet: enough to find a
// kept token, for which nothing need be parsed.
type proof struct {
	// parts tell one credential from another, in the cache; nil: its tokens are
	// not kept.
	parts []secret.Value
	make  func(*http.Client) (acquire.Credential, error)
}

// credential makes the credential for requests.
func (f *proof) credential(client *http.Client) (acquire.Credential, error) { return f.make(client) }

// of makes the parts of a proof. An empty part counts: it is not the same as none.
func of(kind string, parts ...string) []secret.Value {
	out := []secret.Value{secret.New(kind)}
	for _, part := range parts {
		out = append(out, secret.New(part))
	}
	return out
}

// prove reads the credential of its reference. Files are read and persons asked
// only here, when a grant needs it.
func (p *program) prove(s *config.Settings, c config.Credential) (*proof, error) {
	switch {
	case c.Auto:
		without := *s
		without.Credential.Auto = false
		return p.proveAuto(&without)
	case c.Kind != "":
		return p.proveByKind(s, c.Kind)
	case c.CertificateFile != "":
		return p.proveByCertificate(c)
	case c.FederatedTokenFile != "":
		return p.proveByFile(c.FederatedTokenFile, givenBy(config.FederatedTokenFile, c.Source))
	}
	value, err := p.clientSecret(c)
	if err != nil {
		return nil, err
	}
	return &proof{parts: of("secret", value.Reveal()), make: func(*http.Client) (acquire.Credential, error) {
		return acquire.Credential{Secret: value}, nil
	}}, nil
}

// proveByFile takes a federated assertion from a file, which others replace: it
// is read anew for each request.
func (p *program) proveByFile(path, by string) (*proof, error) {
	read := func(context.Context) (string, error) {
		token, err := p.secretFile("federated token", path, by)
		p.mask(token.Reveal())
		return token.Reveal(), err
	}
	now, err := read(context.Background()) // a missing file is found before anything is sent
	if err != nil {
		return nil, err
	}
	return &proof{parts: of("federated", now), make: func(*http.Client) (acquire.Credential, error) {
		return acquire.Credential{Assertion: read}, nil
	}}, nil
}

// proveByCertificate reads the certificate's file. A PFX file without a password
// is opened at once, since the password may have to be typed.
func (p *program) proveByCertificate(c config.Credential) (*proof, error) {
	data, err := p.readFile("certificate", c.CertificateFile)
	if err != nil {
		return nil, err
	}
	password, err := p.certificatePassword(c)
	if err != nil {
		return nil, err
	}
	var parsed *acquire.Certificate
	if password.IsZero() && !bytes.Contains(data, []byte("-----BEGIN ")) {
		if parsed, password, err = p.openCertificate(c, data, password); err != nil {
			return nil, err
		}
	}
	chain := "x5t"
	if c.SendChain {
		chain = "x5c"
	}
	return &proof{parts: of("certificate", string(data), password.Reveal(), chain), make: func(*http.Client) (acquire.Credential, error) {
		var err error
		if parsed == nil {
			parsed, _, err = p.openCertificate(c, data, password)
		}
		return acquire.Credential{Certificate: parsed}, err
	}}, nil
}
