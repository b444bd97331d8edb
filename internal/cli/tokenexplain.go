package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"hdstest/internal/acquire"
	"hdstest/internal/shell"
)

// explainToken prints the requests that token would make, as commands of curl
// with variables in the place of secrets, and what the assertion says. Nothing is
// sent to the authority; a job's ID token is asked for, to be shown.
func (p *program) explainToken(ctx context.Context, w *wanted) error {
	scope, err := w.s.profile.Scope(w.query)
	if err != nil {
		return err
	}
	if err := p.connect(w.s); err != nil {
		return err
	}
	settings := acquire.Settings{Authority: w.s.profile.Authority, ClientID: w.s.ClientID}
	if w.proof != nil {
		if settings.Credential, err = w.proof.credential(w.s.env.HTTP); err != nil {
			return err
		}
	}
	if source := settings.Credential.Source; source != nil {
		return p.lines("# " + source.Title() + " hands the token out; no request goes to the authority")
	}
	var out []string
	for _, r := range acquire.Explain(settings, w.query.Grant, scope, w.s.RedirectURI) {
		out = append(out, "# "+r.What)
		out = append(out, curlLines(r, w.s.CAFile)...)
		out = append(out, "")
	}
	if settings.Credential.Certificate != nil || settings.Credential.Assertion != nil {
		said, err := p.explainAssertion(ctx, w.s, settings.Credential)
		if err != nil {
			return err
		}
		out = append(out, said...)
	}
	return p.lines(strings.Split(strings.TrimSpace(strings.Join(out, "\n")), "\n")...)
}

// explainAssertion shows header and claims of the assertion, without signature.
func (p *program) explainAssertion(ctx context.Context, s *session, c acquire.Credential) ([]string, error) {
	raw, err := p.sign(ctx, s, c, acquire.TokenURL(s.profile.Authority))
	if err != nil {
		return nil, err
	}
	header, claims, err := acquire.ReadAssertion(raw)
	if err != nil {
		return nil, err
	}
	out := []string{"# CLIENT_ASSERTION is what hdstest assertion prints:"}
	for _, part := range []struct {
		name string
		said map[string]any
	}{{"header", header}, {"claims", claims}} {
		text, err := json.Marshal(part.said)
		if err != nil {
			return nil, fmt.Errorf("show the assertion: %w", err)
		}
		out = append(out, "#   "+part.name+" "+string(text))
	}
	return out, nil
}

// curlLines writes a request for a shell. A page for the browser is an address
// with gaps.
func curlLines(r acquire.Request, ca string) []string {
	if r.Method == "GET" {
		out := []string{"# " + r.URL}
		mark := "?"
		for _, f := range r.Fields {
			value := f.Value
			if f.Secret {
				value = "<" + f.Name + ">"
			}
			out = append(out, "#   "+mark+f.Name+"="+value)
			mark = "&"
		}
		return out
	}
	out := []string{"curl --request " + r.Method + " " + shell.Quote(r.URL)}
	if ca != "" {
		out = append(out, "  --cacert "+shell.Quote(ca))
	}
	for _, f := range r.Fields {
		value := shell.Quote(f.Name + "=" + f.Value)
		if f.Secret {
			value = `"` + f.Name + "=$" + strings.ToUpper(f.Name) + `"`
		}
		out = append(out, "  --data-urlencode "+value)
	}
	for i := range out[:len(out)-1] {
		out[i] += ` \`
	}
	return out
}
