// Package signin is a scripted person at a browser: it opens a sign-in address,
// fills in the forms it meets with what it was given, submits them, follows
// redirects and stops at a page without a form. It stands in for the browser
// where no person is there: in the sandbox's smoke run and in tests.
//
// It knows HTML forms, not the sandbox: the pages are read as a browser would
// read them. It runs no scripts, except that it submits a page whose only form
// has no visible field (the form_post answer, which a browser submits by script).
package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// pageLimit bounds what is read of one page, in bytes.
const pageLimit = 1 << 20

// stepLimit bounds how many pages and redirects one sign-in may take.
const stepLimit = 20

// Person fills in forms.
type Person struct {
	HTTP *http.Client // must not follow redirects by itself
	// Fields are the answers by the name of the input. An empty or unknown input
	// keeps its own value.
	Fields map[string]string
	// Press names the buttons to press, by value, in order of preference; without
	// a match the first submit button is pressed.
	Press []string
}

// Open walks from an address to a page without a form and returns that page's
// address and text.
func (p Person) Open(ctx context.Context, address string) (*url.URL, string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, "", fmt.Errorf("make a cookie jar: %w", err)
	}
	client := *p.HTTP
	client.Jar = jar
	w := walk{Person: p, client: &client}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", fmt.Errorf("open the sign-in address: %w", err)
	}
	for range stepLimit {
		next, page, err := w.step(request)
		if err != nil {
			return nil, "", err
		}
		if next == nil {
			return request.URL, page, nil
		}
		request = next
	}
	return nil, "", fmt.Errorf("sign in: no end after %d pages", stepLimit)
}

// walk is one way through the pages.
type walk struct {
	Person
	client   *http.Client
	answered bool // a form with a password was sent just now
}

// step sends one request and returns the one that follows from the answer, nil at the end.
func (w *walk) step(request *http.Request) (*http.Request, string, error) {
	response, err := w.client.Do(request)
	if err != nil {
		return nil, "", fmt.Errorf("sign in: %w", err)
	}
	defer response.Body.Close()
	if location := response.Header.Get("Location"); response.StatusCode/100 == 3 && location != "" {
		target, err := request.URL.Parse(location)
		if err != nil {
			return nil, "", fmt.Errorf("sign in: redirect to a bad address: %w", err)
		}
		next, err := http.NewRequestWithContext(request.Context(), http.MethodGet, target.String(), nil)
		return next, "", err
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, pageLimit))
	if err != nil {
		return nil, "", fmt.Errorf("sign in: read the page: %w", err)
	}
	page := string(text)
	form, ok, err := firstForm(page)
	if err != nil || !ok {
		return nil, page, err
	}
	if w.answered && form.has("password") {
		return nil, page, errors.New("sign in: the page asks for the same answers again")
	}
	w.answered = form.has("password")
	next, err := w.submit(request, form)
	return next, page, err
}

func (p Person) submit(from *http.Request, f form) (*http.Request, error) {
	target, err := from.URL.Parse(f.action)
	if err != nil {
		return nil, fmt.Errorf("sign in: the form leads to a bad address: %w", err)
	}
	values := url.Values{}
	for _, in := range f.inputs {
		if in.kind == "submit" || in.name == "" {
			continue
		}
		value := in.value
		if answer, ok := p.Fields[in.name]; ok && in.kind != "hidden" {
			value = answer
		}
		values.Add(in.name, value)
	}
	if b, ok := p.button(f); ok && b.name != "" {
		values.Set(b.name, b.value)
	}
	if !strings.EqualFold(f.method, http.MethodPost) {
		target.RawQuery = values.Encode()
		return http.NewRequestWithContext(from.Context(), http.MethodGet, target.String(), nil)
	}
	request, err := http.NewRequestWithContext(from.Context(), http.MethodPost, target.String(), strings.NewReader(values.Encode()))
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", from.URL.Scheme+"://"+from.URL.Host)
	return request, nil
}

func (p Person) button(f form) (input, bool) {
	var buttons []input
	for _, in := range f.inputs {
		if in.kind == "submit" {
			buttons = append(buttons, in)
		}
	}
	for _, wanted := range p.Press {
		if i := slices.IndexFunc(buttons, func(b input) bool { return b.value == wanted }); i >= 0 {
			return buttons[i], true
		}
	}
	if len(buttons) == 0 {
		return input{}, false
	}
	return buttons[0], true
}

type form struct {
	action, method string
	inputs         []input
}

type input struct{ name, kind, value string }

func (f form) has(kind string) bool {
	return slices.ContainsFunc(f.inputs, func(in input) bool { return in.kind == kind })
}

// firstForm reads the first form of a page.
func firstForm(page string) (form, bool, error) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return form{}, false, fmt.Errorf("sign in: read the page: %w", err)
	}
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && node.Data == "form" {
			return readForm(node), true, nil
		}
	}
	return form{}, false, nil
}

func readForm(node *html.Node) form {
	f := form{action: attribute(node, "action"), method: attribute(node, "method")}
	for n := range node.Descendants() {
		if n.Type != html.ElementNode || n.Data != "input" && n.Data != "button" {
			continue
		}
		in := input{name: attribute(n, "name"), kind: strings.ToLower(attribute(n, "type")), value: attribute(n, "value")}
		if n.Data == "button" && in.kind == "" {
			in.kind = "submit"
		}
		f.inputs = append(f.inputs, in)
	}
	return f
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
