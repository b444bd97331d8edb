package diagnose

import (
	"cmp"
	"encoding/base64"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"hdstest/internal/diagnose/expect"
)

// skew is how far this machine's clock is ahead of a server's, in seconds.
func (f *facts) skew() (float64, bool) {
	for _, n := range f.nodes {
		if n.section() == "clock" && (strings.Contains(n.last(), "skew") || strings.Contains(n.last(), "minusserver") || strings.Contains(n.last(), "offsetseconds")) {
			if s, ok := n.number(); ok {
				return s, true
			}
		}
	}
	return 0, false
}

// clockWrong holds when the clock is off by more than five minutes, what
// Microsoft's libraries let pass.
func clockWrong(f *facts) ([]string, bool) {
	s, ok := f.skew()
	return []string{"clock: " + f.skewText() + " s from the server's"}, ok && math.Abs(s) > 300
}

// clockRight holds when the clock is known to agree with the server's.
func clockRight(f *facts) ([]string, bool) {
	s, ok := f.skew()
	return []string{"clock: agrees with the server's"}, ok && math.Abs(s) <= 300
}

// age is the least age in seconds that the evidence gives for what was made:
// app, service principal, secret, role assignment.
func (f *facts) age(words ...string) (float64, bool) {
	least, found := 0.0, false
	for _, n := range f.nodes {
		key := n.last()
		if !strings.Contains(key, "age") || !strings.Contains(key, "second") {
			continue
		}
		if len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.Join(n.path, "."), w) }) {
			continue
		}
		if s, ok := n.number(); ok && (!found || s < least) {
			least, found = s, true
		}
	}
	return least, found
}

// younger holds when what the words name is younger than the seconds.
func younger(seconds float64, words ...string) condition {
	return func(f *facts) ([]string, bool) {
		s, ok := f.age(words...)
		return []string{"made or given only " + (time.Duration(s) * time.Second).String() + " before"}, ok && s < seconds
	}
}

// assertionTimes finds when an assertion ended and what the server's time was,
// from its claims or the server's text.
func (f *facts) assertionTimes() (end, now time.Time, ok bool) {
	for _, n := range f.leaves("token_endpoint", "authorize_endpoint", "error", "message") {
		text := n.text()
		e, c := after(text, expiryText), after(text, currentText)
		if !e.IsZero() && !c.IsZero() {
			return e, c, true
		}
	}
	if n, found := f.at("token_request", "client_assertion_claims", "exp"); found {
		if exp, isNumber := n.number(); isNumber && f.b.Now != nil {
			server := *f.b.Now
			if s, known := f.skew(); known {
				server = server.Add(-time.Duration(s) * time.Second)
			}
			return time.Unix(int64(exp), 0), server, true
		}
	}
	return end, now, false
}

var (
	expiryText  = regexp.MustCompile(`(?i)expir\w* time of assertion\W+([0-9TZ:.+-]+)`)
	currentText = regexp.MustCompile(`(?i)current time\W+([0-9TZ:.+-]+)`)
)

func after(text string, re *regexp.Regexp) time.Time {
	m := re.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}
	}
	stamp := strings.TrimRight(m[1], ".;,")
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return time.Time{}
	}
	return t
}

// offByZone holds when an assertion ended whole hours, less its own life of up
// to ten minutes, before the server's time: a time zone's width.
func offByZone(f *facts) ([]string, bool) {
	end, now, ok := f.assertionTimes()
	if !ok {
		return nil, false
	}
	late := now.Sub(end)
	rest := (late%time.Hour + time.Hour) % time.Hour
	near := rest >= 50*time.Minute || rest <= 30*time.Second
	return []string{"the assertion ended " + late.String() + " before the server's time"}, late > 40*time.Minute && late < 15*time.Hour && near
}

// endedBefore holds when an assertion ended before the server's time.
func endedBefore(f *facts) ([]string, bool) {
	end, now, ok := f.assertionTimes()
	if !ok || !end.Before(now) {
		return nil, false
	}
	return []string{"the assertion ended " + now.Sub(end).String() + " before the server's time"}, true
}

// redirectURI is the one of the request.
func (f *facts) redirectURI() string {
	return cmp.Or(f.first("authorize_request", "redirect_uri"), f.first("token_request", "redirect_uri"))
}

// registered lists the redirect URIs of the app; platform is web, publicclient,
// spa or empty for all.
func (f *facts) registered(platform string) (uris []string, known bool) {
	for _, n := range f.nodes {
		if n.section() != "graph" || n.last() != "redirecturis" || platform != "" && !slices.Contains(n.path, platform) {
			continue
		}
		if list, ok := n.value.([]any); ok {
			known = true
			for _, v := range list {
				uris = append(uris, node{value: v}.text())
			}
		}
	}
	return uris, known
}

// nearlyRegistered is a registered redirect URI that differs from the request's
// only in final slash, case, scheme or the name of the loopback.
func (f *facts) nearlyRegistered() string {
	asked := f.redirectURI()
	uris, _ := f.registered("")
	if asked == "" || slices.Contains(uris, asked) {
		return ""
	}
	for _, u := range uris {
		if looseURI(u) == looseURI(asked) {
			return u
		}
	}
	return ""
}

func looseURI(text string) string {
	u, err := url.Parse(strings.ToLower(strings.TrimSpace(text)))
	if err != nil {
		return text
	}
	host := u.Hostname()
	if host == "127.0.0.1" || host == "::1" {
		host = "localhost"
	}
	if host == "localhost" {
		return "loopback" + strings.TrimRight(u.Path, "/")
	}
	return host + ":" + u.Port() + strings.TrimRight(u.Path, "/")
}

// under tells whether the request's redirect URI is registered on the platform.
func under(platform string) condition {
	return func(f *facts) ([]string, bool) {
		uris, _ := f.registered(platform)
		asked := f.redirectURI()
		here := slices.Contains(uris, asked) || asked == "" && len(uris) > 0
		return []string{"graph: the redirect URI is registered under " + platform}, here
	}
}

// smartCallback is what the SMART proxy needs registered for a redirect URI.
func smartCallback(redirect string) string {
	return "/AadSmartOnFhirProxy/callback/" + base64.RawURLEncoding.EncodeToString([]byte(redirect))
}

// subject is the subject of the token that a CI or cluster presents.
func (f *facts) subject() string {
	for _, section := range []string{"ci", "token_request", "token_endpoint"} {
		if s := f.first(section, "subject", "sub", "assertion_sub"); s != "" {
			return s
		}
	}
	for _, n := range f.leaves(identitySections()...) {
		if m := presentedSubject.FindStringSubmatch(n.text()); m != nil {
			return m[1]
		}
	}
	return ""
}

var presentedSubject = regexp.MustCompile(`(?i)assertion subject:? '([^']+)'`)

// storedSubjects are those of the app's federated credentials.
func (f *facts) storedSubjects() []string {
	var out []string
	for _, n := range f.named("graph", "subject") {
		out = append(out, n.text())
	}
	return out
}

// subjectDiffers holds when the presented subject equals none of the stored ones,
// in the way asked for.
func subjectDiffers(onlyInCase bool) condition {
	return func(f *facts) ([]string, bool) {
		presented, stored := f.subject(), f.storedSubjects()
		if presented == "" || len(stored) == 0 || slices.Contains(stored, presented) {
			return nil, false
		}
		inCase := slices.ContainsFunc(stored, func(s string) bool { return strings.EqualFold(s, presented) })
		return []string{"presented subject: " + presented, "stored: " + strings.Join(stored, ", ")}, inCase == onlyInCase
	}
}

// otherHome holds when the app's own tenant is known and is not the one asked.
func otherHome(f *facts) ([]string, bool) {
	home, asked := f.first("", homeTenantKeys()...), f.tenant()
	return []string{"the app is of tenant " + home, "the request went to " + asked},
		home != "" && asked != "" && !strings.EqualFold(home, asked)
}

func homeTenantKeys() []string {
	return []string{"app_home_tenant", "home_tenant", "app_tenant", "appOwnerOrganizationId", "app_registered_in_tenant", "app_tenant_id"}
}

// oddClientID is the client id if it is no GUID, also when only the server's text
// names it in quotation marks; else empty.
func (f *facts) oddClientID() string {
	if id := f.clientID(); id != "" && !expect.IsGUID(id) {
		return id
	}
	if f.first("token_request", "client_id") != "" {
		return ""
	}
	for _, n := range f.leaves(identitySections()...) {
		if m := firstQuoted.FindStringSubmatch(n.text()); m != nil && !expect.IsGUID(m[1]) && looksPlaceholder(m[1]) {
			return m[1]
		}
	}
	return ""
}

var (
	firstQuoted = regexp.MustCompile(`^[^']*'([^']+)'`)
	placeholder = regexp.MustCompile(`(?i)^<.*>$|^\[.*\]$|^\{.*\}$|your[-_ ]|^(enter|insert|replace|paste|put|add)[-_ ]|change[-_ ]?me|client[-_ ]?id|xxxx|_here$`)
)

func looksPlaceholder(text string) bool { return placeholder.MatchString(text) }
