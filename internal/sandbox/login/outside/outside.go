// Package outside is a stand-in for an OpenID Connect issuer that is not Entra:
// a Kubernetes cluster's, GitHub Actions' or Azure Pipelines'. Its tokens serve as
// federated credentials.
//
// It publishes a discovery document and its keys, answers the requests by which
// jobs of GitHub Actions and Azure Pipelines ask for their ID tokens, and makes
// tokens for whoever runs it. It knows no users, has no authorize endpoint, and
// does not know which subjects Entra trusts. In reality the three are issuers of
// their own; here all have the sandbox's address.
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
	// RequestToken is what a job's request must present. Empty: it is always refused.
	RequestToken string
	// Connections are the service connections of Azure Pipelines, names by id.
	Connections map[string]string
}

// Token makes a token for an audience, as a cluster writes it into the file that
// AZURE_FEDERATED_TOKEN_FILE names.
func (i *Issuer) Token(subject, audience string, life time.Duration) (string, error) {
	return i.sign(map[string]any{"sub": subject, "aud": audience}, life)
}

// sign adds issuer and times to claims.
func (i *Issuer) sign(claims map[string]any, life time.Duration) (string, error) {
	now := i.Now().UTC()
	claims["iss"], claims["jti"] = i.URL, identifier()
	claims["iat"], claims["nbf"], claims["exp"] = now.Unix(), now.Unix(), now.Add(life).Unix()
	raw, err := i.Keys.Sign(claims, 2)
	if err != nil {
		return "", fmt.Errorf("sign a token of the outside issuer: %w", err)
	}
	return raw, nil
}

// ServeHTTP answers below the path of the issuer's URL.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	own, err := url.Parse(i.URL)
	if err != nil {
		http.Error(w, "the issuer has no address", http.StatusInternalServerError)
		return
	}
	rest := strings.TrimPrefix(r.URL.Path, own.Path)
	if strings.HasPrefix(rest, pipelinesPath) {
		i.pipelines(w, r)
		return
	}
	if r.Method != http.MethodGet {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	switch job, ok := githubJob(rest); {
	case rest == "/.well-known/openid-configuration":
		answer(w, http.StatusOK, map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys",
			"response_types_supported": []string{"id_token"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	case rest == "/keys":
		answer(w, http.StatusOK, map[string]any{"keys": i.Keys.Set("")})
	case ok:
		i.github(w, r, job)
	default:
		answer(w, http.StatusNotFound, map[string]string{"message": "not found"})
	}
}

// presents tells whether a request has the job's token.
func (i *Issuer) presents(r *http.Request) bool {
	scheme, presented, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "bearer") && i.RequestToken != "" &&
		subtle.ConstantTimeCompare([]byte(presented), []byte(i.RequestToken)) == 1
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
