package acquire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"hdstest/internal/problem"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

// idTokenLimit bounds the answer of a CI system, in bytes.
const idTokenLimit = 64 << 10

// pipelinesAPI is the version of Azure Pipelines' request.
// Source: azidentity 1.15.0, azure_pipelines_credential.go.
const pipelinesAPI = "7.1"

// GitHubActions is what a job of GitHub Actions knows with the permission
// id-token: write, from the variables ACTIONS_ID_TOKEN_REQUEST_URL and
// ACTIONS_ID_TOKEN_REQUEST_TOKEN.
type GitHubActions struct {
	URL      string // has a query already
	Token    secret.Value
	Audience string // that of the federated credential: api://AzureADTokenExchange
}

// Assertion gives the job's ID token for [Credential], asked for anew at each
// call: it lives for five to ten minutes.
//
// Source: docs.github.com/en/actions/reference/security/oidc.
func (g GitHubActions) Assertion(c *http.Client) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		ask := ciRequest{system: "GitHub Actions", method: http.MethodGet, address: g.URL, bearer: g.Token, field: "value",
			query: url.Values{"audience": {g.Audience}}}
		return ask.send(ctx, c)
	}
}

// AzurePipelines is what a job of Azure Pipelines knows, from the variables
// SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN (which a step must pass on by
// itself), and the id of its service connection.
type AzurePipelines struct {
	URL               string
	Token             secret.Value
	ServiceConnection string
}

// Assertion gives the job's ID token for [Credential], asked for anew at each call.
//
// Source: azidentity 1.15.0, azure_pipelines_credential.go.
func (a AzurePipelines) Assertion(c *http.Client) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		ask := ciRequest{system: "Azure Pipelines", method: http.MethodPost, address: a.URL, bearer: a.Token, field: "oidcToken",
			query: url.Values{"api-version": {pipelinesAPI}, "serviceConnectionId": {a.ServiceConnection}},
			// Without it a wrong token is answered with a redirect to a sign-in page.
			header: http.Header{"X-Tfs-Fedauthredirect": {"Suppress"}, "Content-Type": {"application/json"}}}
		return ask.send(ctx, c)
	}
}

// ciRequest asks a CI system for the ID token of a job.
type ciRequest struct {
	system, method, address, field string
	bearer                         secret.Value
	query                          url.Values
	header                         http.Header
}

func (r ciRequest) tried() string { return "get an ID token from " + r.system }

func (r ciRequest) fault(seen string) error {
	return &problem.Error{Kind: problem.NoToken, Tried: r.tried(), Seen: secret.Scrub(seen, r.bearer)}
}

func (r ciRequest) send(ctx context.Context, c *http.Client) (string, error) {
	req, err := r.request(ctx)
	if err != nil {
		return "", err
	}
	answer, err := transport.Send(ctx, c, req, idTokenLimit)
	if err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		return "", transport.Failure(err, c, req.URL, r.tried())
	}
	if answer.Status != http.StatusOK {
		return "", r.fault(fmt.Sprintf("%s answered with %s", transport.RedactURL(req.URL), statusText(answer.Status)))
	}
	var fields map[string]json.RawMessage
	var token string
	if err := errors.Join(json.Unmarshal(answer.Body, &fields), json.Unmarshal(fields[r.field], &token)); err != nil || token == "" {
		return "", r.fault(fmt.Sprintf("the answer of %s has no %s", transport.RedactURL(req.URL), r.field))
	}
	return token, nil
}

func (r ciRequest) request(ctx context.Context) (*http.Request, error) {
	u, err := url.Parse(r.address)
	if err != nil || u.Scheme != "https" || u.Host == "" { // the job's token goes there
		return nil, r.fault("its address is no https address")
	}
	q := u.Query()
	for name, values := range r.query {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), http.NoBody)
	if err != nil {
		return nil, r.fault("its address cannot be used")
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+r.bearer.Reveal())
	return req, nil
}
