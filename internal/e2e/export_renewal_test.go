//go:build e2e

package e2e_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// soon stands before the sandbox's sign-in and says of each token that it ends in
// some seconds. The token itself is the sandbox's own and good for an hour.
func (s sandbox) soon(t *testing.T, seconds int) sandbox {
	t.Helper()
	target, err := url.Parse(s.LoginURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Transport: s.httpClient(t, "").Transport,
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Header.Del("Accept-Encoding") },
		ModifyResponse: func(r *http.Response) error {
			var answer map[string]any
			data, err := io.ReadAll(r.Body)
			if err == nil {
				err = json.Unmarshal(data, &answer)
			}
			if answer["expires_in"] != nil {
				answer["expires_in"] = seconds
			}
			data, _ = json.Marshal(answer)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
			r.Header.Del("Content-Length")
			return err
		}}
	server := httptest.NewTLSServer(proxy)
	t.Cleanup(server.Close)
	both, err := os.ReadFile(s.CAFile)
	if err == nil {
		both = append(both, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})...)
		s.CAFile = filepath.Join(t.TempDir(), "both.pem")
		err = os.WriteFile(s.CAFile, both, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.LoginURL = server.URL
	return s
}

// tokens counts the token requests, whatever the client calls itself: what
// Bruno's scripts send has another name than the rest.
func (s sandbox) tokens(t *testing.T) int {
	n := 0
	for _, e := range s.entries(t) {
		if strings.HasSuffix(e.Path, "/oauth2/v2.0/token") {
			n++
		}
	}
	return n
}

// TestTokensAreRenewed: a token that ends within five minutes is not used; one
// that lives for an hour is asked for once. JetBrains' HTTP client renews by
// itself; what httpYac makes of its block says nothing of that.
func TestTokensAreRenewed(t *testing.T) {
	s := startSandbox(t)
	hour, minutes := s.soon(t, 3599), s.soon(t, 299)
	for _, tool := range exportTools() {
		if tool.client == "httpYac (JetBrains)" {
			continue
		}
		t.Run(tool.client, func(t *testing.T) {
			dir := s.exported(t, append(slices.Clone(tool.export), "--group", "fhir-read")...)
			asked := func(front sandbox) int {
				before := s.tokens(t)
				r, _ := tool.run(t, front, dir, exportRun{secret: s.ClientSecret, set: map[string]string{"authority": front.LoginURL}})
				if r.code != 0 {
					t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
				}
				return s.tokens(t) - before
			}
			if once, again := asked(hour), asked(minutes); once != 1 || again < 3 {
				t.Errorf("%d token requests where one lives for an hour, %d where it ends soon", once, again)
			}
		})
	}
}
