package acquire

import (
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// waiting starts a listener and gives its base address.
func waiting(t *testing.T, redirectURI string) *listener {
	t.Helper()
	r, err := parseRedirect(redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	l, err := listen(r, nil, "the-state")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.close(t.Context()) })
	return l
}

// ask sends a request to the listener, with another Host if one is named.
func ask(t *testing.T, method, target, host, kind, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if host != "" {
		req.Host = host
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestListenerRefuses(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	l := waiting(t, "http://localhost/cb")
	_, port, _ := net.SplitHostPort(l.host)
	good := "?state=the-state&code=c"
	for rule, tc := range map[string]struct {
		method, path, host, kind, body string
		status                         int
	}{
		"another host":             {"GET", "/cb" + good, "rebound.example:" + port, "", "", 421},
		"the address by number":    {"GET", "/cb" + good, "127.0.0.1:" + port, "", "", 421},
		"another path":             {"GET", "/" + good, "", "", "", 404},
		"a path below":             {"GET", "/cb/" + good, "", "", "", 404},
		"another case":             {"GET", "/CB" + good, "", "", "", 404},
		"the end before an answer": {"GET", "/cb/done", "", "", "", 404},
		"another method":           {"PUT", "/cb" + good, "", "", "", 405},
		"a wrong state":            {"GET", "/cb?state=the-stat&code=c", "", "", "", 400},
		"no code":                  {"GET", "/cb?state=the-state", "", "", "", 400},
		"two codes":                {"GET", "/cb" + good + "&code=d", "", "", "", 400},
		"POST with a query":        {"POST", "/cb" + good, "", form, "", 400},
		"POST of another type":     {"POST", "/cb", "", "text/plain", good[1:], 400},
		"POST without end":         {"POST", "/cb", "", form, good[1:] + strings.Repeat("x", answerForm), 400},
		"a bad query":              {"GET", "/cb?state=%zz", "", "", "", 400},
	} {
		resp, text := ask(t, tc.method, "http://"+l.host+tc.path, tc.host, tc.kind, tc.body)
		if resp.StatusCode != tc.status || !strings.Contains(text, "</html>") {
			t.Errorf("%s: status %d, want %d", rule, resp.StatusCode, tc.status)
		}
		checkHeaders(t, rule, resp, text)
	}
	if len(l.answer) != 0 {
		t.Error("one of these was taken")
	}
}

func TestListenerTakesOneAnswer(t *testing.T) {
	l := waiting(t, "http://localhost/cb")
	target := "http://" + l.host + "/cb?state=the-state&code=c4nary"
	resp, text := ask(t, "GET", target, "", "", "")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/cb/done" {
		t.Errorf("status %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	checkHeaders(t, "the answer", resp, text)
	if resp, _ := ask(t, "GET", target, "", "", ""); resp.StatusCode != http.StatusConflict {
		t.Errorf("a second answer got %d", resp.StatusCode)
	}
	resp, text = ask(t, "GET", "http://"+l.host+"/cb/done", "", "", "")
	if resp.StatusCode != http.StatusOK || strings.Contains(text, "c4nary") {
		t.Errorf("the page: %d %s", resp.StatusCode, text)
	}
	checkHeaders(t, "the page", resp, text)
	if got := <-l.answer; got.Get("code") != "c4nary" {
		t.Errorf("answer %v", got)
	}
	for _, network := range []string{"127.0.0.1", "::1"} { // both addresses are ours
		_, port, _ := net.SplitHostPort(l.host)
		if other, err := net.Listen("tcp", net.JoinHostPort(network, port)); err == nil {
			_ = other.Close()
			t.Errorf("another program can listen on %s", network)
		}
	}
}

func checkHeaders(t *testing.T, rule string, resp *http.Response, text string) {
	t.Helper()
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": policy(text)} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %s = %q, want %q", rule, name, got, want)
		}
	}
	for _, never := range []string{"http://", "https://", "style=", "<script", "src=", "@import", "url("} {
		if strings.Contains(text, never) {
			t.Errorf("%s: the page holds %q, which its policy forbids", rule, never)
		}
	}
}

func TestPolicyAllowsTheStyleSheetAlone(t *testing.T) {
	p := policy("<style>a{}</style>")
	// printf 'a{}' | openssl dgst -sha256 -binary | base64
	if !strings.Contains(p, "default-src 'none'; style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk=';") {
		t.Error(p)
	}
	if p == policy("<style>b{}</style>") {
		t.Error("the policy does not depend on the style sheet")
	}
}

// TestPageContrast holds the colours of the page to a contrast of 4.5 (WCAG 2.2,
// success criterion 1.4.3), in the light and the dark scheme.
func TestPageContrast(t *testing.T) {
	data, err := os.ReadFile("page.html")
	if err != nil {
		t.Fatal(err)
	}
	schemes := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(string(data), -1)
	if len(schemes) != 2 {
		t.Fatalf("%d colour schemes", len(schemes))
	}
	for _, scheme := range schemes {
		colour := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): #(\w{6})`).FindAllStringSubmatch(scheme[1], -1) {
			colour[m[1]] = luminance(t, m[2])
		}
		for _, pair := range [][2]string{{"ink", "card"}, {"soft", "card"}, {"ink", "well"}, {"good", "card"}, {"bad", "card"}} {
			a, b := colour[pair[0]], colour[pair[1]]
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
				t.Errorf("%v: contrast %.2f", pair, ratio)
			}
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

func TestNoIPv6IsRecognised(t *testing.T) {
	wrap := func(err error) error { return &net.OpError{Op: "listen", Err: fmt.Errorf("x: %w", err)} }
	if !noIPv6(wrap(syscall.EADDRNOTAVAIL)) || noIPv6(wrap(syscall.EADDRINUSE)) {
		t.Error("a missing ::1 and a taken port are confused")
	}
}

func TestPollsKeepToTheInterval(t *testing.T) {
	device := func(body string) time.Duration {
		r := newRecorder(nil, nil, Credential{})
		r.pace(&exchange{step: stepDevice, body: []byte(body)})
		return r.interval
	}
	for body, want := range map[string]time.Duration{`{"interval":2}`: 2 * time.Second, `{"interval":"7"}`: 7 * time.Second, `{}`: 5 * time.Second} {
		if got := device(body); got != want {
			t.Errorf("%s: interval %v, want %v", body, got, want)
		}
	}
	r := newRecorder(nil, nil, Credential{})
	r.interval = time.Second
	poll := func(code string) {
		r.pace(&exchange{step: stepToken, form: url.Values{"grant_type": {grantDeviceCode}}, body: []byte(`{"error":"` + code + `"}`)})
	}
	poll("authorization_pending")
	poll("slow_down")
	if r.interval != 6*time.Second || r.ready == nil {
		t.Errorf("interval %v after slow_down, want 6s", r.interval)
	}
}

func TestCredentialsStayWithTheAuthority(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"https://login.microsoftonline.com/t", "https://login.windows.net/t/token"}:        true,
		{"https://login.microsoftonline.com/t", "https://login.microsoftonline.us/t/token"}: false,
		{"https://localhost:1/t", "https://localhost:1/t/token"}:                            true,
		{"https://localhost:1/t", "https://localhost:2/t/token"}:                            false,
		{"https://localhost:1/t", "http://localhost:1/t/token"}:                             false,
		{"https://localhost/t", "https://login.microsoftonline.com/t/token"}:                false,
	} {
		a, _ := url.Parse(pair[0])
		u, _ := url.Parse(pair[1])
		if got := sameAuthority(a, u); got != want {
			t.Errorf("%v: %v", pair, got)
		}
	}
}

func TestDescriptionHidesSecretsBeforeNames(t *testing.T) {
	r := newRecorder(nil, nil, Credential{})
	r.secrets = []string{"ab~c4nary@example.org~tail"}
	got := description("bad secret ab~c4nary@example.org~tail of bob@example.org. Trace ID: x", r.clean)
	if got != "bad secret [redacted] of {account}." {
		t.Errorf("description = %q", got)
	}
}
