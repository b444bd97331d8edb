package login

import (
	"bytes"
	_ "embed" // the pages
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

//go:embed page.html
var pageSource string

// parsePages reads the templates. What they say is proved by the tests; a fault
// in them shows as an empty set, and each page then answers 500.
func parsePages() *template.Template {
	t, err := template.New("pages").Parse(pageSource)
	if err != nil {
		return template.New("none")
	}
	return t
}

// page is what the templates show. Everything in it is escaped by html/template.
type page struct {
	Style  string // nonce of the one style element
	Title  string
	Action string
	Flow   string
	App    string
	AppID  string
	Tenant string
	Domain string
	User   string
	Error  string
	Lines  []string
	Device bool
	Admin  bool
	Fields []field
}

type field struct{ Name, Value string }

// show writes a page under a policy that lets it load nothing, run no script and
// send its form to the sandbox only, and from there to the given target.
func (c *call) show(status int, name string, p page, target string) {
	p.Style = opaque(16)
	h := c.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Style+"'; "+scripts(name, p.Style)+
		"form-action 'self' "+target+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Type", "text/html; charset=utf-8")
	var b bytes.Buffer
	if err := c.pages.ExecuteTemplate(&b, name, p); err != nil {
		http.Error(c.w, "The sandbox could not make the page.", http.StatusInternalServerError)
		return
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b.Bytes())
}

// scripts allows the one line that sends the form of form_post.
func scripts(name, nonce string) string {
	if name != "post" {
		return ""
	}
	return "script-src 'nonce-" + nonce + "'; "
}

// askSignIn shows the form for name and password.
func (c *call) askSignIn(app *client, key, user, mistake string) {
	f, _ := c.flows.get(key)
	c.show(http.StatusOK, "signin", page{Title: "Sign in", Action: "/" + c.realm.Name + "/login", Flow: key, App: app.Name,
		AppID: app.AppID, Tenant: c.realm.Tenant, Domain: c.realm.Domain, User: user, Error: mistake}, formTarget(f.redirect()))
}

// askConsent shows what the app wants and asks whether it may have it.
func (c *call) askConsent(app *client, key string, f flow, p person, wanted wishes) {
	var lines []string
	for _, w := range wanted {
		for _, s := range w.scopes {
			lines = append(lines, w.api.Name+": "+s)
		}
	}
	title := "Permissions requested"
	if f.Kind == deviceFlow {
		title = "Are you trying to sign in to " + app.Name + "?"
	}
	c.show(http.StatusOK, "consent", page{Title: title, Action: "/" + c.realm.Name + "/consent", Flow: key, App: app.Name,
		AppID: app.AppID, Tenant: c.realm.Tenant, User: p.UPN, Lines: lines, Device: f.Kind == deviceFlow,
		Admin: f.Kind == adminFlow}, formTarget(f.redirect()))
}

// redirect is where the flow ends.
func (f flow) redirect() string {
	if f.Kind == adminFlow {
		return f.Admin.Redirect
	}
	return f.Request.Redirect
}

// askUserCode shows the form for a device's user code.
func (c *call) askUserCode(mistake string) {
	c.show(http.StatusOK, "device", page{Title: "Enter code", Action: "/" + c.realm.Name + "/oauth2/deviceauth",
		Tenant: c.realm.Tenant, Error: mistake}, "")
}

// showError shows a refusal to the person.
func (c *call) showError(refused *refusal) {
	status := http.StatusBadRequest
	if refused.oauth == errServer {
		status = http.StatusInternalServerError
	}
	c.show(status, "error", page{Title: "We cannot sign you in", Error: refused.Error(), Lines: []string{
		"Request Id: " + c.trace, "Correlation Id: " + c.correlation, "Timestamp: " + stamp(c.now)}}, "")
}

func (c *call) showMessage(title string, lines ...string) {
	c.show(http.StatusOK, "message", page{Title: title, Lines: lines}, "")
}

// postForm sends an answer to the redirect URI as a form (response_mode
// form_post), by itself or by a button.
// Source: OAuth 2.0 Form Post Response Mode, section 2.
func (c *call) postForm(redirect string, answer url.Values) {
	p := page{Title: "Back to the app", Action: redirect}
	for name := range answer {
		p.Fields = append(p.Fields, field{name, answer.Get(name)})
	}
	slices.SortFunc(p.Fields, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	c.show(http.StatusOK, "post", p, formTarget(redirect))
}

// errorURI is where a code is explained.
func (s *service) errorURI(code int) string { return s.URL + "/error?code=" + strconv.Itoa(code) }
