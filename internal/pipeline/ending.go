package pipeline

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/claims"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
	"hdstest/internal/transport"
)

// Ends is the end of the client secret as the profile has it.
type Ends struct {
	At   time.Time // zero: not known
	From string    // where it is written
}

// ending judges when the app's credential ends. A certificate says so itself; of a
// secret the profile may know, else Graph, where the app may read its own
// registration. A federated token is made anew each time and has no end of interest.
func (e Env) ending(ctx context.Context, p Profile, o Selection) Report {
	kind, end := "", Ends{}
	switch c := p.Credential; {
	case c.Certificate != nil && c.Certificate.Leaf != nil:
		kind, end = judge.EndOfCertificate, Ends{c.Certificate.Leaf.NotAfter, "the certificate"}
	case !c.Secret.IsZero():
		kind, end = judge.EndOfSecret, p.SecretEnds
	default:
		return Report{}
	}
	id := judge.EndingID(kind)
	if why := o.leftOut(id); why != "" {
		return Report{Findings: []check.Finding{skipped(id, "credential", judge.EndingTitle(kind), why, "")}}
	}
	if end.At.IsZero() {
		end = e.secretInGraph(ctx, p)
	}
	if end.At.IsZero() {
		return Report{Findings: []check.Finding{skipped(id, "credential", judge.EndingTitle(kind),
			"neither the profile nor Graph tells it", "write the secret's last day as client_secret_expires into the profile; register does so")}}
	}
	b := evidence.Bundle{Config: &evidence.Config{TenantID: p.TenantID, ClientID: p.ClientID}, TokenRequest: &evidence.TokenRequest{ClientID: p.ClientID}}
	f := judge.Ending(kind, end.At, e.Now(), end.From, b)
	if f.Status == check.Fail {
		f.Status = check.Warn // whether it is refused is for the token to show: a day in a file may be out of date
	}
	return Report{Findings: []check.Finding{f}}
}

// mayReadApps are the permissions of Graph by which an app may read its own
// registration (GD:api/application-get.md).
func mayReadApps() []string {
	return []string{"Application.Read.All", "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.Read.All", "Directory.ReadWrite.All"}
}

// secretInGraph reads the end of the secret in use. The app's own token tells whether
// it may: without the permission nothing is asked of Graph.
func (e Env) secretInGraph(ctx context.Context, p Profile) Ends {
	if p.GraphURL == "" || p.ClientID == "" {
		return Ends{}
	}
	got, _, err := Token(ctx, e, p, TokenQuery{Grant: GrantClientCredentials, Scope: p.GraphURL + "/.default"})
	if err != nil {
		return Ends{}
	}
	token, err := claims.Parse(got.Token.Reveal())
	if err != nil || !slices.ContainsFunc(mayReadApps(), func(name string) bool { return holds(token.Claims["roles"], name) }) {
		return Ends{}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		p.GraphURL+"/v1.0/applications(appId='"+url.PathEscape(p.ClientID)+"')?$select=passwordCredentials", nil)
	if err != nil {
		return Ends{}
	}
	request.Header.Set("Authorization", "Bearer "+got.Token.Reveal())
	answer, err := transport.Send(ctx, e.HTTP, request, 1<<20)
	if err != nil || answer.Status != http.StatusOK {
		return Ends{}
	}
	return endOf(answer.Body, p.Credential.Secret.Reveal())
}

// endOf finds the secret in use among those of the app: by its first characters,
// which Graph keeps as a hint. Of several that begin alike the last to end counts.
//
// Source: GD:resources/passwordcredential.md.
func endOf(body []byte, secret string) Ends {
	var app struct {
		Passwords []struct {
			Hint string    `json:"hint"`
			End  time.Time `json:"endDateTime"`
		} `json:"passwordCredentials"`
	}
	if json.Unmarshal(body, &app) != nil {
		return Ends{}
	}
	var out Ends
	for _, p := range app.Passwords {
		if p.Hint != "" && strings.HasPrefix(secret, p.Hint) && p.End.After(out.At) {
			out = Ends{p.End, "Microsoft Graph"}
		}
	}
	return out
}

func holds(roles any, name string) bool {
	list, _ := roles.([]any)
	return slices.Contains(list, any(name))
}
