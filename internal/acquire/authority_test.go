package acquire_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/transport"
)

const (
	tenant   = "11111111-2222-3333-4444-555555555555"
	clientID = "66666666-7777-8888-9999-000000000000"
	scope    = "https://dicom.healthcareapis.azure.com/.default"
	// canary is a secret with characters that every encoding writes differently.
	canary = `c4nary~"<&>+ /%é`
	// token stands for tokens of any kind.
	token = "c4narytoken.abc.def"
)

// authority is a small stand-in for Entra: it answers as told and keeps what it
// was sent. Its issuer is its own host.
type authority struct {
	*httptest.Server
	t     *testing.T
	trace *lockedBuffer

	mu       sync.Mutex
	forms    []url.Values
	polls    []time.Time
	metadata func(m map[string]any)                                     // changes the metadata
	page     http.HandlerFunc                                           // instead of the metadata
	answer   func(w http.ResponseWriter, form url.Values, call int)     // the token endpoint
	device   map[string]any                                             // added to the device answer
	idClaims func(claims map[string]any)                                // changes the ID token
	redirect func(w http.ResponseWriter, r *http.Request, q url.Values) // the authorize endpoint
	nonce    string
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, trace: &lockedBuffer{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", a.serveMetadata)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", a.serveAuthorize)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/devicecode", a.serveDevice)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", a.serveToken)
	a.Server = httptest.NewUnstartedServer(mux)
	a.Config.ErrorLog = log.New(io.Discard, "", 0)
	a.StartTLS()
	t.Cleanup(a.Close)
	return a
}

func (a *authority) uri() string { return a.URL + "/" + tenant }

// settings trusts the authority and traces every exchange.
func (a *authority) settings(cred acquire.Credential) acquire.Settings {
	a.t.Helper()
	ca := filepath.Join(a.t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return a.settingsWith(cred, transport.Options{CAFile: ca, Trace: a.trace})
}

func (a *authority) settingsWith(cred acquire.Credential, o transport.Options) acquire.Settings {
	a.t.Helper()
	c, err := transport.New(o)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(c.CloseIdleConnections)
	return acquire.Settings{HTTP: c, Now: time.Now, Authority: a.uri(), CustomAuthority: true, ClientID: clientID, Credential: cred}
}

func (a *authority) serveMetadata(w http.ResponseWriter, r *http.Request) {
	if a.page != nil {
		a.page(w, r)
		return
	}
	base := a.URL + "/" + r.PathValue("tenant")
	m := map[string]any{
		"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
	}
	if a.metadata != nil {
		a.metadata(m)
	}
	writeJSON(w, http.StatusOK, m)
}

func (a *authority) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a.mu.Lock()
	a.nonce = q.Get("nonce")
	a.mu.Unlock()
	if a.redirect != nil {
		a.redirect(w, r, q)
		return
	}
	back := url.Values{"code": {"c4narycode"}, "state": {q.Get("state")}, "session_state": {"x"}}
	if q.Get("response_mode") == "form_post" {
		fmt.Fprintf(w, "%s\n%s", q.Get("redirect_uri"), back.Encode()) // the scripted agent posts it
		return
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (a *authority) serveDevice(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	m := map[string]any{"device_code": "c4narydevice", "user_code": "ABC\x1b[2J", "verification_uri": a.URL + "/device",
		"expires_in": 900, "interval": 0, "message": "go there"}
	for k, v := range a.device {
		m[k] = v
	}
	writeJSON(w, http.StatusOK, m)
}

func (a *authority) serveToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	a.mu.Lock()
	a.forms = append(a.forms, r.PostForm)
	a.polls = append(a.polls, time.Now())
	call := len(a.forms)
	a.mu.Unlock()
	if a.answer != nil {
		a.answer(w, r.PostForm, call)
		return
	}
	a.grant(w, r.PostForm)
}

// grant answers with tokens, as the grant at hand has them.
func (a *authority) grant(w http.ResponseWriter, form url.Values) {
	m := map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": token}
	if form.Get("grant_type") != "client_credentials" {
		m["scope"], m["refresh_token"], m["id_token"] = form.Get("scope"), "c4naryrefresh", a.idToken()
		m["client_info"] = base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"u","utid":"t"}`))
	}
	writeJSON(w, http.StatusOK, m)
}

func (a *authority) idToken() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	claims := map[string]any{"iss": a.uri() + "/v2.0", "aud": clientID, "tid": tenant, "nonce": a.nonce, "sub": "s",
		"exp": time.Now().Add(time.Hour).Unix(), "preferred_username": "alice@example.org"}
	if a.idClaims != nil {
		a.idClaims(claims)
	}
	body, _ := json.Marshal(claims)
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + part(body) + "." + part([]byte("signature"))
}

func (a *authority) form(i int) url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i >= len(a.forms) {
		return nil
	}
	return a.forms[i]
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// entraError answers with an error in Entra's form.
func entraError(w http.ResponseWriter, status int, code string, number int, text string) {
	writeJSON(w, status, map[string]any{
		"error": code, "error_codes": []int{number}, "trace_id": "trace-1", "correlation_id": "correlation-1",
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: trace-1 Correlation ID: correlation-1 Timestamp: 2026-01-02 03:04:05Z", number, text),
	})
}
