package acquire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// Source hands out tokens by itself: no request of ours goes to the authority,
// and nothing is sent in the app's name. Both kinds keep tokens of their own.
type Source struct {
	kind  string // as evidence names it in place of a grant
	title string // as a person would call it
	make  func() (azcore.TokenCredential, error)
	limit time.Duration

	several []*Source // in place of all the others: the first of them that has a token
	taken   func(title string)
}

// FirstOf gives tokens of the first source that has one, and tells taken which it
// was. It asks them in their order, for each token.
func FirstOf(taken func(title string), sources ...*Source) *Source {
	return &Source{title: "the first source that has a token", several: sources, taken: taken}
}

// Grants that are none: how evidence names tokens of a [Source].
const (
	grantManagedIdentity = "managed_identity"
	grantAzureCLI        = "azure_cli"
)

const (
	// hostPatience bounds the wait for a managed identity. Where there is none, its
	// address leads nowhere, and azidentity would try for minutes.
	hostPatience = 20 * time.Second
	// cliPatience bounds the wait for az, which may have to renew its own token.
	cliPatience = time.Minute
)

// ManagedIdentity gives tokens of the identity of the Azure resource on which
// the program runs: of the user-assigned one with the client id, or of the
// system-assigned one. azidentity finds the host's endpoint by the variables that
// the host sets; it is asked directly, never through a proxy.
func ManagedIdentity(clientID string) *Source {
	return &Source{kind: grantManagedIdentity, title: "the managed identity of this machine", limit: hostPatience,
		make: func() (azcore.TokenCredential, error) {
			o := azidentity.ManagedIdentityCredentialOptions{ClientOptions: azcore.ClientOptions{
				Retry:     azpolicy.RetryOptions{MaxRetries: 2, RetryDelay: time.Second},
				Transport: &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext}}}}
			if clientID != "" {
				o.ID = azidentity.ClientID(clientID)
			}
			return azidentity.NewManagedIdentityCredential(&o)
		}}
}

// AzureCLI gives tokens of the account that is signed in to the Azure CLI: a
// person or an app, not the app under test. It runs az from the PATH. tenant may be
// empty: the account's own.
func AzureCLI(tenant string) *Source {
	return &Source{kind: grantAzureCLI, title: "the Azure CLI's session", limit: cliPatience,
		make: func() (azcore.TokenCredential, error) {
			return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: tenant})
		}}
}

// Title says what the source is, in a few words.
func (src *Source) Title() string { return src.title }

// fromSource is [ClientCredentials] for a source: neither authority nor client
// id are needed, and the evidence holds no exchange.
func fromSource(ctx context.Context, s Settings, scope string) (Result, evidence.Bundle, error) {
	src := s.Credential.Source
	if src.several != nil {
		return fromFirst(ctx, s, scope)
	}
	if s.Now == nil {
		return Result{}, evidence.Bundle{}, problem.Usagef("acquire: no clock was passed in")
	}
	now := s.Now().UTC()
	b := evidence.Bundle{Now: &now,
		TokenRequest: &evidence.TokenRequest{GrantType: src.kind, ClientID: s.ClientID, Scope: scope},
		Config:       &evidence.Config{Authority: s.Authority, ClientID: s.ClientID}}
	got, err := src.token(ctx, scope)
	if err != nil {
		return Result{}, b, &problem.Error{Kind: problem.NoToken, Tried: fmt.Sprintf("get a token of %s for %s", src.title, scope),
			Seen: sourceFault(err), Evidence: &b}
	}
	return Result{Token: secret.New(got.Token), TokenType: "Bearer", ExpiresOn: got.ExpiresOn, Scopes: []string{scope}}, b, nil
}

// fromFirst asks one source after the other. The evidence is the last one's.
func fromFirst(ctx context.Context, s Settings, scope string) (Result, evidence.Bundle, error) {
	all := s.Credential.Source
	var reasons []string
	var b evidence.Bundle
	for _, src := range all.several {
		s.Credential.Source = src
		got, seen, err := fromSource(ctx, s, scope)
		if err == nil {
			all.taken(src.title)
			return got, seen, nil
		}
		var p *problem.Error
		if ctx.Err() != nil || !errors.As(err, &p) {
			return Result{}, seen, err
		}
		b, reasons = seen, append(reasons, src.title+": "+p.Seen)
	}
	return Result{}, b, &problem.Error{Kind: problem.NoToken, Tried: "find a credential for " + scope, Seen: strings.Join(reasons, "; "), Evidence: &b}
}

func (src *Source) token(ctx context.Context, scope string) (azcore.AccessToken, error) {
	credential, err := src.make()
	if err != nil {
		return azcore.AccessToken{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, src.limit)
	defer cancel()
	return credential.GetToken(ctx, azpolicy.TokenRequestOptions{Scopes: []string{scope}})
}

// sourceFault is the substance of azidentity's error, without the dump of the
// exchange that follows its first sentence.
func sourceFault(err error) string {
	text := err.Error()
	var failed *azidentity.AuthenticationFailedError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &failed) && failed.RawResponse != nil:
		text = hostAnswer(failed.RawResponse)
	}
	text, _, _ = strings.Cut(text, "\nTo troubleshoot")
	text, _, _ = strings.Cut(text, "\n---")
	r := recorder{}
	return strings.Join(strings.Fields(r.clean(text)), " ")
}

// hostAnswer is what an identity endpoint says: each kind of host has a form of
// its own.
func hostAnswer(resp *http.Response) string {
	text := statusText(resp.StatusCode)
	body, err := runtime.Payload(resp) // azcore keeps it, so that it can be read again
	if err != nil {
		return text
	}
	f := readAnswer(body)
	return strings.TrimSuffix(text+": "+cmp.Or(f.text("error_description"), f.text("message"), f.text("error")), ": ")
}
