// Package outside is a stand-in for an OpenID Connect issuer that is not Entra:
// a Kubernetes cluster's, or GitHub Actions'. Its tokens serve as federated
// credentials.
//
// It publishes a discovery document and its keys, answers GitHub's request for
// an ID token, and makes tokens for whoever runs it. It knows no users, has no
// authorize endpoint, and does not know which subjects Entra trusts.
package outside

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hdstest/internal/sandbox/keys"
)

// Issuer is the stand-in.
type Issuer struct {
	// URL is the issuer as its tokens name it: https://host:port/outside.
	URL  string
	Keys *keys.Ring
	Now  func() time.Time
	// Subject is whose tokens GitHub's request gets.
	Subject string
	// RequestToken is what that request must present. Empty: it is always refused.
	RequestToken string
}

// githubLife is how long GitHub's tokens last.
// Source: docs.github.com/en/actions/reference/security/oidc.
const githubLife = 5 * time.Minute

// Token makes a token for an audience, as a cluster writes it into the file that
// AZURE_FEDERATED_TOKEN_FILE names.
func (i *Issuer) Token(subject, audience string, life time.Duration) (string, error) {
	now := i.Now().UTC()
	raw, err := i.Keys.Sign(map[string]any{"iss": i.URL, "sub": subject, "aud": audience, "jti": identifier(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(life).Unix()}, 2)
	if err != nil {
		return "", fmt.Errorf("sign a token of the outside issuer: %w", err)
	}
	return raw, nil
}

// RequestURL is what ACTIONS_ID_TOKEN_REQUEST_URL holds in a job. It has a query
// already; the audience is appended to it.
func (i *Issuer) RequestURL() string { return i.URL + "/github/idtoken?api-version=2.0" }

// ServeHTTP answers below the path of the issuer's URL.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	own, err := url.Parse(i.URL)
	if err != nil || r.Method != http.MethodGet {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	switch strings.TrimPrefix(r.URL.Path, own.Path) {
	case "/.well-known/openid-configuration":
		answer(w, http.StatusOK, map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys",
			"response_types_supported": []string{"id_token"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	case "/keys":
		answer(w, http.StatusOK, map[string]any{"keys": i.Keys.Set("")})
	case "/github/idtoken":
		i.github(w, r)
	default:
		answer(w, http.StatusNotFound, map[string]string{"message": "not found"})
	}
}

// github gives a job its ID token.
func (i *Issuer) github(w http.ResponseWriter, r *http.Request) {
	scheme, presented, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") || i.RequestToken == "" ||
		subtle.ConstantTimeCompare([]byte(presented), []byte(i.RequestToken)) != 1 {
		answer(w, http.StatusUnauthorized, map[string]string{"message": "the request token is missing or wrong"})
		return
	}
	audience := r.URL.Query().Get("audience")
	if audience == "" {
		audience = "https://github.com/hdstest"
	}
	raw, err := i.Token(i.Subject, audience, githubLife)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"message": "no token could be made"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"count": len(raw), "value": raw})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func identifier() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}
