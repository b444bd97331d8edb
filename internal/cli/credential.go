package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/evidence"
	"hdstest/internal/plaintext"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// secretLimit bounds what is read of a file with a secret or a certificate.
const secretLimit = 1 << 20

// credential makes the app's credential of its reference, see [program.prove].
func (p *program) credential(s *config.Settings, client *http.Client) (acquire.Credential, error) {
	by, err := p.prove(s, s.Credential)
	if err != nil {
		return acquire.Credential{}, err
	}
	return by.credential(client)
}

// proveApp reads the credential of a grant that cannot do without; a person at a
// terminal is asked for a secret if there is none.
func (p *program) proveApp(s *config.Settings) (*proof, error) {
	c := s.Credential
	if c.IsZero() {
		if p.ReadSecret == nil {
			return nil, errNoCredential()
		}
		c.SecretPrompt = true
	}
	return p.prove(s, c)
}

func (p *program) clientSecret(c config.Credential) (secret.Value, error) {
	v, err := p.findSecret(c)
	p.mask(v.Reveal())
	return v, err
}

func (p *program) findSecret(c config.Credential) (secret.Value, error) {
	switch {
	case !c.Secret.IsZero():
		return c.Secret, nil
	case c.SecretFile != "":
		return p.secretFile("client secret", c.SecretFile, givenBy(config.ClientSecretFile, c.Source))
	case c.SecretEnv != "":
		return p.secretVariable(c.SecretEnv)
	case c.SecretPrompt:
		return p.ask("Client secret: ")
	}
	return secret.Value{}, errEmptySecret()
}

func errNoCredential() error {
	return problem.Usagef("missing credential: give --client-secret-file or --certificate, " +
		"or set AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH, or write client_secret_file or certificate_file into a profile")
}

func errEmptySecret() error { return problem.Usagef("the client secret is empty") }

func (p *program) ask(question string) (secret.Value, error) {
	if p.ReadSecret == nil {
		return secret.Value{}, problem.Usagef("client_secret_prompt: there is no terminal to ask at; use --client-secret-file or AZURE_CLIENT_SECRET")
	}
	text, err := p.ReadSecret(question)
	if err != nil {
		return secret.Value{}, fmt.Errorf("read from the terminal: %w", err)
	}
	return typedSecret(text)
}

// readFile reads a file of bearable size, or standard input for "-". A larger one is
// refused: half of it would be taken for something else.
func (p *program) readFile(what, path string) ([]byte, error) {
	return p.readUpTo(what, path, secretLimit)
}

func (p *program) readUpTo(what, path string, limit int64) ([]byte, error) {
	data, err := p.readStart(what, path, limit+1)
	if err == nil && int64(len(data)) > limit {
		return nil, fileError(what, path, fmt.Errorf("it is larger than %d bytes, up to which it is read", limit))
	}
	return data, err
}

// readStart reads the first bytes of a file.
func (p *program) readStart(what, path string, limit int64) ([]byte, error) {
	from := p.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fileError(what, path, err)
		}
		defer f.Close()
		from = f
	}
	data, err := io.ReadAll(io.LimitReader(from, limit))
	switch {
	case err != nil && path == "-":
		return nil, problem.Usagef("could not read the %s from standard input: %w", what, reasonOf(err))
	case err != nil:
		return nil, fileError(what, path, err)
	}
	return data, nil
}

// fileError says which file could not be read and why, without repeating its path.
func fileError(what, path string, err error) error {
	seen := reasonOf(err).Error()
	local := &evidence.Local{Path: path, Detail: seen}
	if errors.Is(err, fs.ErrNotExist) {
		seen, local.Problem = "the file does not exist", evidence.ProblemMissing
	}
	return &problem.Error{Kind: problem.Usage, Tried: "read the " + what + " file " + path, Seen: seen, Err: err,
		Evidence: &evidence.Bundle{Local: local}}
}

// trimToken takes a token out of what people paste: the bare token, a header
// line, or the JSON of `az account get-access-token` and of token endpoints.
func trimToken(data []byte) string {
	data = bytes.TrimSpace(plaintext.Decode(data))
	if token, ok := tokenInJSON(data); ok {
		return token
	}
	text := string(data)
	for _, prefix := range []string{"authorization:", "bearer "} {
		if len(text) > len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			text = strings.TrimSpace(text[len(prefix):])
		}
	}
	return text
}
