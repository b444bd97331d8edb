package diagnose

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

// facts is the evidence prepared for conditions: every value with its place,
// and what several conditions ask for.
type facts struct {
	b     evidence.Bundle
	nodes []node
	byKey map[string][]node // by their own folded key
	codes map[int]string    // AADSTS numbers and where each was seen

	// What many rules ask for is worked out once.
	shapes       map[string]string // of the secret, once asked for
	folded       map[string]string // keys as conditions write them
	service      string            // kind of service
	host         string            // of the service
	answered     int               // status of the service's answer
	requestRoute string            // path of the request
	filled       map[string]string // the gaps of fixes

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

var aadsts = lazyregexp.New(`(?i)AADSTS\s*:?\s*(\d{5,8})`)

func read(b evidence.Bundle) *facts {
	b = b.Canonical()
	f := &facts{b: b, nodes: flatten(b), byKey: map[string][]node{}, codes: map[int]string{}, folded: map[string]string{}}
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
	f.answered, f.requestRoute = f.findStatus(), f.findPath()
	f.host = f.findHost()
	f.service = f.findKind()
	f.complete()
	return f
}

// complete says in the bundle itself what only the address of a request tells:
// expectations are looked up there.
func (f *facts) complete() {
	if f.b.Service == "" {
		f.b.Service = plainKind(f.service)
	}
	if u, err := url.Parse(f.text("request", "url")); err == nil && f.b.ServiceURL == "" && u.Host != "" && expect.Managed(u.Scheme+"://"+u.Host+"/") {
		f.b.ServiceURL = u.Scheme + "://" + u.Host
	}
}

// fold is the function of that name with a memory.
func (f *facts) fold(key string) string {
	k, ok := f.folded[key]
	if !ok {
		k = fold(key)
		f.folded[key] = k
	}
	return k
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

// at finds the value at a way of keys, however those are written. Evidence of
// others may have a level more in between; the shortest way counts.
func (f *facts) at(path ...string) (found node, ok bool) {
	for i := range path {
		path[i] = f.fold(path[i])
	}
	for _, n := range f.byKey[path[len(path)-1]] {
		if leadsTo(n.path, path) && (!ok || len(n.path) < len(found.path)) {
			found, ok = n, true
		}
	}
	return found, ok
}

// leadsTo tells whether the way goes through all the keys in their order, with
// at most one other in between. What a service's resources hold is not meant.
func leadsTo(way, keys []string) bool {
	if slices.Equal(way, keys) {
		return true
	}
	if len(way) != len(keys)+1 || way[0] != keys[0] || way[0] == "response" && way[1] == "body" || len(keys) < 2 {
		return false
	}
	for i := 1; i < len(keys); i++ {
		if slices.Equal(way[i+1:], keys[i:]) && slices.Equal(way[:i], keys[:i]) {
			return true
		}
	}
	return false
}

// statusOf is the HTTP status in a section, by any name of it; 0 if unknown. The
// section itself may be the status, in words.
func (f *facts) statusOf(section string) int {
	for _, name := range []string{"status", "status_code", "http_status", "http_status_code", "http_code", "response_status", "http", "response_code"} {
		if n, ok := f.at(section, name); ok && n.text() != "" {
			if status := statusIn(n.text()); status != 0 {
				return status
			}
		}
	}
	if n, ok := f.at(section); ok {
		return statusIn(n.text())
	}
	return 0
}

var statusForm = lazyregexp.New(`^\D*\b([1-5]\d\d)\b`)

func statusIn(text string) int {
	m := statusForm.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	return leadingNumber(m[1])
}

// text is the text at a way of keys.
func (f *facts) text(path ...string) string {
	n, _ := f.at(path...)
	return n.text()
}

// named finds the values below a section whose own key is one of the names; an
// empty section means the whole bundle.
func (f *facts) named(section string, names ...string) []node {
	section = f.fold(section)
	var out []node
	for _, name := range names {
		for _, n := range f.byKey[f.fold(name)] {
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
		folded[i] = f.fold(s)
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
	return []string{"token_endpoint", "authorize_endpoint", "authorize_redirect", "redirect", "device_endpoint", "error", "message", "error_description",
		"output", "tool_output", "log", "logs", "stderr", "exception", "console"}
}

// answerSections hold what servers and libraries said, not what was sent.
func answerSections() []string {
	return append(identitySections(), "response", "graph", "arm", "network", "ci", "local")
}
