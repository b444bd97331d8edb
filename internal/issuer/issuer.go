// Package issuer fetches what an issuer of tokens publishes about itself, its
// OpenID Connect metadata and its signing keys, and decides for which tokens
// that may be done at all.
//
// No address ever comes from a token: [Trusted] turns the issuer's name into an
// authority that the profile or the table of Microsoft's clouds holds, and the
// addresses within the metadata must stay on that authority's hosts. The package
// also reads the challenge in which a service names its tenant and audience. It
// judges no claim.
package issuer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// maxDocument is the size in bytes up to which metadata and key sets are read.
const maxDocument = 1 << 20

// Metadata is the part of an OpenID Connect discovery document that is of use here.
//
// Source: OpenID Connect Discovery 1.0 section 3.
type Metadata struct {
	Issuer                string   `json:"issuer"` // of common and organizations: with {tenantid} in it
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	DeviceEndpoint        string   `json:"device_authorization_endpoint"`
	KeysURL               string   `json:"jwks_uri"`
	Algorithms            []string `json:"id_token_signing_alg_values_supported"`
}

// Discover reads the v2.0 metadata of an authority (https://host/tenant). It
// checks that issuer and keys are on the authority's host, or on hosts of the
// same Microsoft cloud; it does not compare the issuer's tenant with the
// authority's, which may be a domain name. An authority that refuses, as for an
// unknown tenant, gives a problem of kind NoToken with its answer as evidence.
func Discover(ctx context.Context, client *http.Client, authority string) (*Metadata, error) {
	base, err := parseAuthority(authority)
	if err != nil {
		return nil, err
	}
	var m Metadata
	tried := "read the metadata of " + base.String()
	if err := fetch(ctx, client, base.JoinPath("v2.0", ".well-known", "openid-configuration"), tried, &m); err != nil {
		return nil, err
	}
	for name, address := range map[string]string{"issuer": m.Issuer, "jwks_uri": m.KeysURL, "token_endpoint": m.TokenEndpoint} {
		if !atHome(address, base) {
			return nil, &problem.Error{Kind: problem.Failed, Tried: tried,
				Seen: fmt.Sprintf("%s %q", name, address), Expected: "an https address on " + base.Host}
		}
	}
	return &m, nil
}

func parseAuthority(authority string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(authority, "/"))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Count(u.Path, "/") != 1 || len(u.Path) < 2 {
		return nil, problem.Usagef("the authority %q is not of the form https://host/tenant", authority)
	}
	return u, nil
}

// atHome tells whether an address is on the base's host or on another of the
// same Microsoft cloud.
func atHome(address string, base *url.URL) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return false
	}
	if u.Host == base.Host {
		return true
	}
	home, known := entra.CloudByHost(base.Hostname())
	other, alias := entra.CloudByHost(u.Hostname())
	return known && alias && home.Name == other.Name && u.Port() == ""
}

// fetch gets one JSON document.
func fetch(ctx context.Context, client *http.Client, u *url.URL, tried string, into any) error {
	req, err := http.NewRequest(http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("%s: %w", tried, err)
	}
	req.Header.Set("Accept", "application/json")
	answer, err := transport.Send(ctx, client, req, maxDocument)
	if err != nil {
		return transport.Failure(err, client, u, tried)
	}
	if answer.Status != http.StatusOK {
		return refusal(answer, tried)
	}
	if err := json.Unmarshal(answer.Body, into); err != nil || answer.Truncated {
		return &problem.Error{Kind: problem.Failed, Tried: tried, Expected: "a JSON document",
			Seen: fmt.Sprintf("%s of %d bytes", answer.Header.Get("Content-Type"), len(answer.Body)), Err: err}
	}
	return nil
}

// refusal makes the error of an answer that is not 200. Entra explains itself by
// an OAuth error body here too: 400 invalid_tenant for a tenant it does not know.
//
// Source: github.com/Azure/azure-cli/issues/22145.
func refusal(answer transport.Answer, tried string) error {
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		TraceID     string `json:"trace_id"`
	}
	failure := &problem.Error{Kind: problem.Failed, Tried: tried, Seen: fmt.Sprintf("status %d", answer.Status), Expected: "status 200"}
	if json.Unmarshal(answer.Body, &body) != nil || body.Error == "" {
		return failure
	}
	description, _, _ := strings.Cut(body.Description, " Trace ID:")
	description, _, _ = strings.Cut(description, "\r\n")
	failure.Kind, failure.Seen, failure.Expected, failure.TraceID = problem.NoToken, description, "", body.TraceID
	if failure.Seen == "" {
		failure.Seen = body.Error
	}
	if len(body.Codes) > 0 {
		failure.Code = fmt.Sprintf("AADSTS%d", body.Codes[0])
	}
	failure.Evidence = &evidence.Bundle{TokenEndpoint: &evidence.OAuthAnswer{Status: answer.Status, Error: body.Error,
		ErrorCodes: body.Codes, MessageContains: description, TraceID: body.TraceID}}
	return failure
}
