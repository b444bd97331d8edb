package login

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
)

func TestMatchRedirect(t *testing.T) {
	app := &client{AppID: "app", Redirects: []redirect{
		{"http://localhost", publicPlatform}, {"http://localhost/cb", publicPlatform}, {"http://127.0.0.1:8400/x", publicPlatform},
		{"https://app.example/Callback", webPlatform}, {"https://app.example/q?a=1", webPlatform}, {"https://localhost:5000/", spaPlatform},
		{"myapp://auth", publicPlatform}, {"urn:ietf:wg:oauth:2.0:oob", publicPlatform}, {"http://[::1]/", publicPlatform},
		{"https://*.wild.example/", webPlatform}}}
	rows := []struct {
		rule, uri string
		strict    bool
		platform  platform
		code      int
	}{
		{"exact", "https://app.example/Callback", false, webPlatform, 0},
		{"case of the path counts", "https://app.example/callback", false, "", 50011},
		{"case of the host does not", "HTTPS://App.Example/Callback", false, webPlatform, 0},
		{"final slash counts", "https://app.example/Callback/", false, "", 50011},
		{"query counts", "https://app.example/q", false, "", 50011},
		{"query the same", "https://app.example/q?a=1", false, webPlatform, 0},
		{"port ignored for localhost", "http://localhost:3000", false, publicPlatform, 0},
		{"missing path is a slash", "http://localhost:3000/", false, publicPlatform, 0},
		{"any port with the path", "http://localhost:3000/cb", false, publicPlatform, 0},
		{"another path", "http://localhost:3000/other", false, "", 50011},
		{"https has no exception", "https://localhost:5001/", false, "", 50011},
		{"https exact", "https://localhost:5000", false, spaPlatform, 0},
		{"port ignored for 127.0.0.1", "http://127.0.0.1:9/x", false, publicPlatform, 0},
		{"unless strict", "http://127.0.0.1:9/x", true, "", 50011},
		{"strict, right port", "http://127.0.0.1:8400/x", true, publicPlatform, 0},
		{"strict spares localhost", "http://localhost:9", true, publicPlatform, 0},
		{"localhost is not 127.0.0.1", "http://localhost:8400/x", false, "", 50011},
		{"::1 has no exception", "http://[::1]:9/", false, "", 50011},
		{"own scheme", "myapp://auth", false, publicPlatform, 0},
		{"urn", "urn:ietf:wg:oauth:2.0:oob", false, publicPlatform, 0},
		{"other urn", "urn:ietf:wg:oauth:2.0:oob:auto", false, "", 50011},
		{"user in the address", "http://me@localhost:3000", false, "", 50011},
		{"wildcards are not honoured", "https://a.wild.example/", false, "", 50011},
		{"empty", "", false, "", 900971},
		{"relative", "/cb", false, "", 90102},
		{"fragment", "http://localhost#x", false, "", 90102},
		{"no address", "http://[", false, "", 90102},
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			got, refused := app.matchRedirect(row.uri, row.strict)
			code := 0
			if refused != nil {
				code = refused.code
			}
			if got != row.platform || code != row.code {
				t.Errorf("%s: %q, %d; want %q, %d", row.uri, got, code, row.platform, row.code)
			}
		})
	}
	if _, refused := (&client{}).matchRedirect("http://localhost", false); refused == nil || refused.code != 500113 {
		t.Errorf("no redirect URI at all: %v", refused)
	}
}

func TestAnswerURL(t *testing.T) {
	answer := url.Values{"code": {"a b"}, "state": {"&"}}
	rows := [][3]string{
		{"http://localhost:1", modeQuery, "http://localhost:1/?code=a+b&state=%26"},
		{"http://localhost:1", modeFragment, "http://localhost:1/#code=a+b&state=%26"},
		{"https://a.example/x%2Fy?q=1", modeQuery, "https://a.example/x%2Fy?q=1&code=a+b&state=%26"},
		{"https://a.example/x?q=1", modeFragment, "https://a.example/x?q=1#code=a+b&state=%26"},
		{"myapp://auth", modeQuery, "myapp://auth/?code=a+b&state=%26"},
		{"urn:ietf:wg:oauth:2.0:oob", modeQuery, "urn:ietf:wg:oauth:2.0:oob?code=a+b&state=%26"},
	}
	for _, row := range rows {
		if got := answerURL(row[0], row[1], answer); got != row[2] {
			t.Errorf("%s by %s: %s, want %s", row[0], row[1], got, row[2])
		}
	}
}

func TestFormTarget(t *testing.T) {
	for uri, want := range map[string]string{"http://localhost:1/x": "http://localhost:1", "myapp://auth": "myapp:", "https://[::1]:2": "https://[::1]:2",
		"https://a;script-src": "", "": ""} {
		if got := formTarget(uri); got != want {
			t.Errorf("%q: %q, want %q", uri, got, want)
		}
	}
}

func TestParseScope(t *testing.T) {
	rows := []struct {
		raw  string
		want asked
		code int
	}{
		{"openid Profile https://r.example/.default", asked{OIDC: []string{"openid", "profile"}, APIs: []ask{{Resource: "https://r.example", Default: true}}}, 0},
		{"https://r.example//.default", asked{APIs: []ask{{Resource: "https://r.example/", Default: true}}}, 0},
		{"User.Read Mail.Read", asked{APIs: []ask{{Names: []string{"User.Read", "Mail.Read"}}}}, 0},
		{".default", asked{APIs: []ask{{Default: true}}}, 0},
		{"api://x/a api://y/b api://x/c", asked{APIs: []ask{{Resource: "api://x", Names: []string{"a", "c"}}, {Resource: "api://y", Names: []string{"b"}}}}, 0},
		{"https://r.example", asked{}, 70011},
		{"https://r.example/", asked{}, 70011},
		{"/x", asked{}, 70011},
		{"api://x/.default api://x/a", asked{}, 70011},
	}
	for _, row := range rows {
		got, refused := parseScope(row.raw)
		if refused != nil {
			if refused.code != row.code {
				t.Errorf("%q: %v, want %d", row.raw, refused, row.code)
			}
			continue
		}
		row.want.Raw = row.raw
		if diff := cmp.Diff(row.want, got); diff != "" || row.code != 0 {
			t.Errorf("%q: %s", row.raw, diff)
		}
	}
}

func TestPublishedKeys(t *testing.T) {
	long, short := strings.Repeat("A", 342), strings.Repeat("A", 170) // 2048 and 1020 bits
	rows := map[string]struct {
		key  publishedKey
		good bool
	}{
		"RSA":          {publishedKey{Type: "RSA", Modulus: long, Exponent: "AQAB"}, true},
		"for signing":  {publishedKey{Type: "RSA", Use: "sig", Modulus: long, Exponent: "AQAB"}, true},
		"encryption":   {publishedKey{Type: "RSA", Use: "enc", Modulus: long, Exponent: "AQAB"}, false},
		"short":        {publishedKey{Type: "RSA", Modulus: short, Exponent: "AQAB"}, false},
		"curve":        {publishedKey{Type: "EC", Modulus: long, Exponent: "AQAB"}, false},
		"no base64":    {publishedKey{Type: "RSA", Modulus: "*" + long, Exponent: "AQAB"}, false},
		"no exponent":  {publishedKey{Type: "RSA", Modulus: long}, false},
		"big exponent": {publishedKey{Type: "RSA", Modulus: long, Exponent: "AQABAQABAQAB"}, false},
	}
	for name, row := range rows {
		if got := row.key.public() != nil; got != row.good {
			t.Errorf("%s: taken %v, want %v", name, got, row.good)
		}
	}
}

func TestShelf(t *testing.T) {
	now := time.Unix(0, 0)
	s := newShelf[int](func() time.Time { return now })
	for i := range 200 {
		s.put(string(rune(i)), i, now.Add(time.Duration(i+1)*time.Second))
	}
	now = now.Add(150 * time.Second)
	if _, ok := s.get(string(rune(10))); ok {
		t.Error("past its time, and still there")
	}
	if v, ok := s.change(string(rune(190)), func(n *int) { *n++ }); !ok || v != 191 {
		t.Errorf("change: %d, %v", v, ok)
	}
	if s.add(string(rune(190)), 0, now) || !s.add(string(rune(10)), 0, now.Add(time.Second)) {
		t.Error("add: a taken key must be refused, one past its time not")
	}
	for i := range 300 {
		s.put(string(rune(1000+i)), i, now)
	}
	if len(s.items) > 400 {
		t.Errorf("%d kept", len(s.items))
	}
}

func FuzzParseScope(f *testing.F) {
	for _, seed := range []string{"openid", "https://r//.default", "User.Read", "a/b/c api://x/.default", "/", "\x00/\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, refused := parseScope(raw)
		if refused != nil {
			return
		}
		n := len(a.OIDC)
		for _, api := range a.APIs {
			n += len(api.Names)
			if api.Default {
				n++
			}
		}
		if n > len(strings.Fields(raw)) {
			t.Errorf("%q: more was read than is there: %+v", raw, a)
		}
	})
}

func FuzzReadAssertion(f *testing.F) {
	for _, seed := range []string{"a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOjEsImV4cCI6MS41fQ.", "..", "eyJhbGciOjF9.bnVsbA."} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, raw string) {
		a, refused := readAssertion(raw)
		if refused == nil {
			_, _, _ = thumbprint(a.header)
			_ = a.checkTimes(time.Unix(1, 0))
			_ = matchFederated([]directory.FederatedCredential{{Issuer: "i"}}, a)
		}
	})
}

// FuzzEndpoints sends anything to the endpoints that take forms. Without a
// credential nothing may come of it: no token, and no redirect but to a
// registered address, whose host is compared without regard to case (RFC 3986
// section 6.2.2.1).
func FuzzEndpoints(f *testing.F) {
	key, err := keys.Generate(time.Now())
	if err != nil {
		f.Fatal(err)
	}
	state := directory.NewState(directory.Tenant{ID: "5a4db0c5-0000-4000-8000-000000000001", Domain: "contoso.invalid"}, directory.Subscription{})
	state.Applications["a"] = &directory.Application{ID: "a", AppID: "app", PublicClient: directory.RedirectURIs{RedirectURIs: []string{"http://localhost"}}}
	state.ServicePrincipals["p"] = &directory.ServicePrincipal{ID: "p", AppID: "app", AccountEnabled: true}
	handler := New(Deps{Directory: directory.New(state, time.Now), Keys: keys.NewRing(key), URL: "https://localhost:1", GraphURL: "https://localhost:2",
		NewID: func() string { return "id" }})
	for _, seed := range [][2]string{
		{"/contoso.invalid/oauth2/v2.0/token", "grant_type=client_credentials&client_id=app&client_secret=x&scope=a/.default"},
		{"/contoso.invalid/oauth2/v2.0/token", "grant_type=device_code&client_id=app&device_code=x"},
		{"/common/oauth2/v2.0/authorize", "client_id=app&redirect_uri=http://localhost:3&response_type=code&scope=openid&response_mode=form_post"},
		{"/contoso.invalid/oauth2/authorize", "client_id=app&redirect_uri=http://localhost&response_type=token&state=%0a"},
		{"/contoso.invalid/oauth2/devicecode", "client_id=app&resource=x"},
		{"/contoso.invalid/login", "flow=x"}, {"/common/oauth2/deviceauth", "user_code=x"}, {"/contoso.invalid/adminconsent", "client_id=app"},
		{"/common/discovery/instance", "api-version=1&authorization_endpoint=%3a"},
	} {
		f.Add(seed[0], seed[1], true)
		f.Add(seed[0], seed[1], false)
	}
	f.Fuzz(func(t *testing.T, path, body string, post bool) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path, RawQuery: body}, Header: http.Header{}, Body: http.NoBody}
		if post {
			r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.URL.Path = path
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		location := w.Header().Get("Location")
		if strings.Contains(w.Body.String(), `"access_token"`) || strings.Contains(location, "code=1.") ||
			location != "" && !strings.HasPrefix(strings.ToLower(location), "http://localhost") && location != "/common/oauth2/deviceauth" {
			t.Errorf("%s %q: %d %s %s", path, body, w.Code, location, w.Body)
		}
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%s %q: %s", path, body, w.Body)
		}
	})
}
