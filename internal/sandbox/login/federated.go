package login

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
)

// checkFederated verifies a token of an outside issuer against the app's
// federated credentials: issuer, subject and audience exactly, then the
// signature by the issuer's published keys, then the times. A subject that
// differs in case only has a code of its own.
// Source: learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations.
func (c *call) checkFederated(app *client, a *assertion) *refusal {
	if refused := matchFederated(app.Federated, a); refused != nil {
		return refused
	}
	if alg, _ := a.header["alg"].(string); alg != "RS256" {
		return refuse(5002738, alg)
	}
	kid, _ := a.header["kid"].(string)
	keys, err := c.outsideKeys(c.r.Context(), a.text("iss"))
	if err != nil {
		return refuse(90061)
	}
	key, ok := keys[kid]
	if !ok {
		return badSignature("The key was not found.", kid, app.AppID)
	}
	if refused := a.verify(key, kid, app.AppID); refused != nil {
		return refused
	}
	return a.checkTimes(c.now)
}

// matchFederated compares a token with the credentials. An app without any gets
// the older code that covers all three; which one Entra gives then is unverified.
func matchFederated(known []directory.FederatedCredential, a *assertion) *refusal {
	issuer, subject := a.text("iss"), a.text("sub")
	audiences, _ := a.claims.GetAudience()
	audience := strings.Join(audiences, " ")
	if len(known) == 0 {
		return refuse(70021, issuer, subject, audience)
	}
	known = slices.DeleteFunc(slices.Clone(known), func(f directory.FederatedCredential) bool { return f.Issuer != issuer })
	if len(known) == 0 {
		return refuse(700211, issuer)
	}
	near := slices.ContainsFunc(known, func(f directory.FederatedCredential) bool { return strings.EqualFold(f.Subject, subject) })
	known = slices.DeleteFunc(known, func(f directory.FederatedCredential) bool { return f.Subject != subject })
	switch {
	case len(known) == 0 && near:
		return refuse(7002138, subject)
	case len(known) == 0:
		return refuse(700213, subject)
	}
	for _, f := range known {
		if slices.ContainsFunc(audiences, func(s string) bool { return slices.Contains(f.Audiences, s) }) {
			return nil
		}
	}
	return refuse(700212, audience)
}

// outsideKeys fetches an issuer's keys by its discovery document. The issuer and
// the key set must be at a loopback address, by https: the sandbox asks nobody
// else, whatever a token says.
func (c *call) outsideKeys(ctx context.Context, issuer string) (map[string]*rsa.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var document struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := c.fetch(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", &document); err != nil {
		return nil, err
	}
	if document.Issuer != issuer {
		return nil, fmt.Errorf("discovery document: issuer %q, want %q", document.Issuer, issuer)
	}
	var set struct {
		Keys []publishedKey `json:"keys"`
	}
	if err := c.fetch(ctx, document.Keys, &set); err != nil {
		return nil, err
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		if key := k.public(); key != nil {
			keys[k.ID] = key
		}
	}
	return keys, nil
}

// fetch gets a JSON document from a loopback address, following no redirect.
func (c *call) fetch(ctx context.Context, address string, into any) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || !loopback(u.Hostname()) || c.HTTP == nil {
		return fmt.Errorf("%q is not an https address on this machine", address)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("ask the issuer: %w", err)
	}
	asker := *c.HTTP
	asker.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := asker.Do(request)
	if err != nil {
		return fmt.Errorf("ask the issuer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the issuer: status %d, want 200", response.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(into); err != nil {
		return fmt.Errorf("read the issuer's answer: %w", err)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// publishedKey is a key of a key set (RFC 7517).
type publishedKey struct {
	Type     string `json:"kty"`
	ID       string `json:"kid"`
	Use      string `json:"use"`
	Modulus  string `json:"n"`
	Exponent string `json:"e"`
}

// public gives an RSA signing key of a sensible size, nil for any other key.
func (k publishedKey) public() *rsa.PublicKey {
	n, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(k.Modulus, "="))
	e, errExponent := base64.RawURLEncoding.DecodeString(strings.TrimRight(k.Exponent, "="))
	if k.Type != "RSA" || k.Use != "" && k.Use != "sig" || err != nil || errExponent != nil ||
		len(n) < 256 || len(n) > 1024 || len(e) == 0 || len(e) > 4 {
		return nil
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
}
