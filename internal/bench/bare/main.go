// Command bare gets a token by client_credentials with net/http and nothing else:
// the same two HTTPS requests as hdstest's first token, the least that a program
// can do. It is what the benchmark holds hdstest against.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	client, err := newClient()
	if err != nil {
		return err
	}
	if os.Getenv("BARE_PLAN") != "" {
		return loop(client)
	}
	token, err := acquire(client)
	if err == nil {
		fmt.Println(token)
	}
	return err
}

func newClient() (*http.Client, error) {
	pem, err := os.ReadFile(os.Getenv("BARE_CA_FILE"))
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	roots.AppendCertsFromPEM(pem)
	return &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, TLSClientConfig: &tls.Config{RootCAs: roots}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

func acquire(client *http.Client) (string, error) {
	var metadata struct {
		TokenEndpoint string `json:"token_endpoint"`
	}
	response, err := client.Get(os.Getenv("BARE_AUTHORITY") + "/v2.0/.well-known/openid-configuration")
	if err := read(response, err, &metadata); err != nil {
		return "", err
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	response, err = client.PostForm(metadata.TokenEndpoint, url.Values{"grant_type": {"client_credentials"}, "scope": {os.Getenv("BARE_SCOPE")},
		"client_id": {os.Getenv("BARE_CLIENT_ID")}, "client_secret": {os.Getenv("BARE_CLIENT_SECRET")}})
	err = read(response, err, &answer)
	return answer.AccessToken, err
}

func read(response *http.Response, err error, into any) error {
	if err != nil {
		return err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, data)
	}
	return json.Unmarshal(data, into)
}
