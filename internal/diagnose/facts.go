package diagnose

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/evidence"
)

// facts is the evidence prepared for conditions: every value with its place,
// and what several conditions ask for.
type facts struct {
	b     evidence.Bundle
	nodes []node
	byKey map[string][]node // by their own folded key
	codes map[int]string    // AADSTS numbers and where each was seen

	shapes map[string]string // of the secret, once asked for

	// guess lets conditions on what is asked of nearly all evidence (status, kind
	// of service, method, code) hold where the evidence says nothing about it;
	// guessed counts how many of a rule's did.
	guess   bool
	guessed int
}

// unknown holds for a condition about which the evidence is silent, when
// guessing.
func (f *facts) unknown(silent bool) bool {
	if f.guess && silent {
		f.guessed++
		return true
	}
	return false
}

var aadsts = regexp.MustCompile(`(?i)AADSTS\s*:?\s*(\d{5,8})`)

func read(b evidence.Bundle) *facts {
	f := &facts{b: b, nodes: flatten(b), byKey: map[string][]node{}, codes: map[int]string{}}
	for _, n := range f.nodes {
		f.byKey[n.last()] = append(f.byKey[n.last()], n)
		switch v := n.value.(type) {
		case float64:
			f.noteCode(n, strconv.FormatFloat(v, 'f', -1, 64))
		case string:
			f.noteCode(n, strings.TrimSpace(v))
			for _, m := range aadsts.FindAllStringSubmatch(v, -1) {
				f.addCode(m[1], n.shown)
			}
		}
	}
	return f
}

// noteCode takes a bare number for an AADSTS code where a code can stand.
func (f *facts) noteCode(n node, number string) {
	if slices.Contains([]string{"errorcodes", "errorcode", "aadsts", "aadstscode", "aadstscodes", "stserrorcodes", "codes", "code", "subcode"}, n.last()) {
		f.addCode(number, n.shown)
	}
}

func (f *facts) addCode(digits, where string) {
	code, err := strconv.Atoi(digits)
	if err != nil || code < 16000 { // the smallest one published
		return
	}
	if _, ok := f.codes[code]; !ok {
		f.codes[code] = where
	}
}

// at finds the value at a way of keys, however those are written.
func (f *facts) at(path ...string) (node, bool) {
	for i := range path {
		path[i] = fold(path[i])
	}
	for _, n := range f.byKey[path[len(path)-1]] {
		if slices.Equal(n.path, path) {
			return n, true
		}
	}
	return node{}, false
}

// text is the text at a way of keys.
func (f *facts) text(path ...string) string {
	n, _ := f.at(path...)
	return n.text()
}

// named finds the values below a section whose own key is one of the names; an
// empty section means the whole bundle.
func (f *facts) named(section string, names ...string) []node {
	section = fold(section)
	var out []node
	for _, name := range names {
		for _, n := range f.byKey[fold(name)] {
			if section == "" || n.section() == section {
				out = append(out, n)
			}
		}
	}
	return out
}

// first is the text of the first value among the named that has one.
func (f *facts) first(section string, names ...string) string {
	for _, name := range names {
		for _, n := range f.named(section, name) {
			if t := n.text(); t != "" {
				return t
			}
		}
	}
	return ""
}

// leaves are the values without inner ones, below one of the sections.
func (f *facts) leaves(sections ...string) []node {
	folded := make([]string, len(sections))
	for i, s := range sections {
		folded[i] = fold(s)
	}
	var out []node
	for _, n := range f.nodes {
		switch n.value.(type) {
		case map[string]any, []any:
			continue
		}
		if len(sections) == 0 || slices.Contains(folded, n.section()) {
			out = append(out, n)
		}
	}
	return out
}

// identity answers are those of the authorize and token endpoints.
func identitySections() []string {
	return []string{"token_endpoint", "authorize_endpoint", "authorize_redirect", "redirect", "device_endpoint", "error", "message", "error_description"}
}

// answerSections hold what servers and libraries said, not what was sent.
func answerSections() []string {
	return append(identitySections(), "response", "graph", "arm", "network", "ci", "tool_output", "output", "log", "stderr")
}

// status is the status of the service's answer, 0 if unknown.
func (f *facts) status() int {
	for _, names := range [][]string{{"response", "status"}, {"response", "status_code"}, {"response", "http_status"}} {
		if n, ok := f.at(names...); ok {
			return leadingNumber(n.text())
		}
	}
	return 0
}

// failedStatus tells whether the answer was a refusal of class 4 or 5, or no
// status is known.
func (f *facts) failed() bool {
	class := f.text("response", "status_class")
	return f.status() == 0 || f.status() >= 400 || strings.HasPrefix(class, "4") || strings.HasPrefix(class, "5")
}

func leadingNumber(text string) int {
	digits := text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// serviceHost is the host of the service that was called.
func (f *facts) serviceHost() string {
	for _, address := range []string{f.b.ServiceURL, f.text("service_url"), f.text("request", "url"), f.text("request", "path")} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			return strings.ToLower(u.Hostname())
		}
	}
	return strings.ToLower(f.text("request", "host"))
}

// path is the path of the request, without query and host.
func (f *facts) path() string {
	for _, n := range []string{f.text("request", "path"), f.text("request", "url")} {
		if strings.HasPrefix(n, "/") {
			before, _, _ := strings.Cut(n, "?")
			return before
		}
		if u, err := url.Parse(n); err == nil && n != "" {
			return u.Path
		}
		if before, _, _ := strings.Cut(n, "?"); before != "" {
			return before
		}
	}
	return ""
}

// query is the raw query of the request.
func (f *facts) query() string {
	for _, n := range []string{f.text("request", "path"), f.text("request", "url"), "?" + f.text("request", "query")} {
		if _, after, ok := strings.Cut(n, "?"); ok && after != "" {
			return after
		}
	}
	return ""
}

// header finds a request header; known tells whether the headers were looked at
// at all, so that an absent one means something.
func (f *facts) header(name string) (value string, present, known bool) {
	for _, n := range f.nodes {
		if n.section() != "request" {
			continue
		}
		switch {
		case len(n.path) == 3 && n.path[1] == "headers" && n.last() == fold(name), len(n.path) == 2 && n.last() == fold(name):
			if n.absent() {
				return "", false, true
			}
			return n.text(), true, true
		case len(n.path) == 2 && n.last() == "headers":
			known = true
		}
	}
	return "", false, known
}

// kind is the kind of service: fhir, dicom, fhir-proxy, dicomweb; taken from the
// host where it is not said.
func (f *facts) kind() string {
	if k := strings.ToLower(f.text("service")); k != "" {
		return k
	}
	host := f.serviceHost()
	switch {
	case strings.Contains(host, ".dicom."):
		return "dicom"
	case strings.Contains(host, ".fhir.") || strings.HasSuffix(host, ".azurehealthcareapis.com"):
		return "fhir"
	}
	if n, ok := f.at("response", "body", "resourceType"); ok && n.text() != "" {
		return "fhir"
	}
	for _, k := range []string{"dicom", "fhir"} {
		if strings.HasPrefix(f.first("request", "id"), k+".") {
			return k
		}
	}
	switch p := f.path(); {
	case dicomPath.MatchString(p):
		return "dicom"
	case fhirPath.MatchString(p):
		return "fhir"
	}
	return ""
}

var (
	dicomPath = regexp.MustCompile(`^/(v\d[^/]*/)?(studies|series|instances|changefeed|workitems|extendedquerytags)(/|$)`)
	fhirPath  = regexp.MustCompile(`^/(metadata$|\$|_operations/|[A-Z][a-z]+[A-Za-z]*(/|$))`)
)

// claim is a claim of the access token as text; present is false also for null.
func (f *facts) claim(name string) (value string, present bool) {
	v, ok := f.b.Claims[name]
	if !ok {
		if n, found := f.at("claims", name); found {
			return n.text(), !n.absent()
		}
		return "", false
	}
	n := node{value: v}
	if list, isList := v.([]any); isList && len(list) > 0 {
		return node{value: list[0]}.text(), true
	}
	return n.text(), !n.absent()
}

// hasClaims tells whether a token's claims are known at all.
func (f *facts) hasClaims() bool { return len(f.b.Claims) > 0 || len(f.named("", "claims")) > 0 }
