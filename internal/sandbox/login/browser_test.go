package login_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// browser is a person with a browser, scripted: it reads pages, fills their forms
// and stops where it is led out of the login service.
type browser struct {
	t      testing.TB
	client *http.Client
	origin string
	page   string // the HTML where it stands
	status int    //
	header http.Header
	left   *url.URL // where it was led to outside
	posted url.Values
}

func (f *fixture) browser(t testing.TB) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := *f.server.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t: t, client: &client, origin: f.url}
}

func (b *browser) open(address string) *browser {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.origin + address
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) do(r *http.Request) *browser {
	b.t.Helper()
	response, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.page, b.status, b.header = string(data), response.StatusCode, response.Header
	if location := response.Header.Get("Location"); location != "" {
		to, err := r.URL.Parse(location)
		if err != nil {
			b.t.Fatal(err)
		}
		if strings.HasPrefix(to.String(), b.origin) {
			return b.open(to.String())
		}
		b.left = to
	}
	return b
}

var (
	formTag  = regexp.MustCompile(`(?s)<form method="post" action="([^"]*)".*?</form>`)
	inputTag = regexp.MustCompile(`<input[^>]*>`)
	attrTag  = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// fields reads the page's form.
func (b *browser) fields() (action string, values url.Values) {
	b.t.Helper()
	found := formTag.FindStringSubmatch(b.page)
	if found == nil {
		b.t.Fatalf("no form on the page:\n%s", b.page)
	}
	values = url.Values{}
	for _, tag := range inputTag.FindAllString(found[0], -1) {
		attrs := map[string]string{}
		for _, a := range attrTag.FindAllStringSubmatch(tag, -1) {
			attrs[a[1]] = html.UnescapeString(a[2])
		}
		values.Set(attrs["name"], attrs["value"])
	}
	return html.UnescapeString(found[1]), values
}

// submit fills the form and sends it; a form that leads elsewhere is only read.
func (b *browser) submit(pairs ...string) *browser {
	b.t.Helper()
	action, values := b.fields()
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	if !strings.HasPrefix(action, "/") && !strings.HasPrefix(action, b.origin) {
		b.left, _ = url.Parse(action)
		b.posted = values
		return b
	}
	address := action
	if strings.HasPrefix(action, "/") {
		address = b.origin + action
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// signIn fills the sign-in page.
func (b *browser) signIn() *browser { return b.signInAs(upn) }

func (b *browser) signInAs(user string) *browser {
	b.t.Helper()
	return b.submit("username", user, "password", password, "action", "signin")
}

// answer is what the app gets at its redirect URI by query, fragment or form.
func (b *browser) answer() url.Values {
	b.t.Helper()
	switch {
	case b.posted != nil:
		return b.posted
	case b.left == nil:
		b.t.Fatalf("not led back to the app, but to a page with status %d:\n%s", b.status, b.page)
	case b.left.Fragment != "":
		values, err := url.ParseQuery(b.left.Fragment)
		if err != nil {
			b.t.Fatal(err)
		}
		return values
	}
	return b.left.Query()
}

// authorizeURL is an authorize request to the tenant's v2.0 endpoint.
func authorizeURL(pairs ...string) string {
	return "/" + tenantID + "/oauth2/v2.0/authorize?" + form(append([]string{"response_type", "code"}, pairs...)...)
}
