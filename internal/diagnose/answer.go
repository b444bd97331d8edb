package diagnose

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

// code holds when one of the AADSTS numbers was seen, wherever it stood.
func code(numbers ...int) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range numbers {
			where, ok := f.codes[n]
			if !ok {
				continue
			}
			line := fmt.Sprintf("%s: AADSTS%d", where, n)
			if known, ok := entra.LookupError(n); ok {
				line += " (" + strings.TrimSuffix(known.Meaning, ".") + ")"
			}
			return []string{line}, true
		}
		return nil, f.unknown(len(f.codes) == 0 && f.couldBeCode(numbers))
	}
}

// certain asks without guessing, for rules that have nothing else to go by.
func certain(c condition) condition {
	return func(f *facts) ([]string, bool) {
		guess := f.guess
		f.guess = false
		seen, ok := c(f)
		f.guess = guess
		return seen, ok
	}
}

// couldBeCode tells whether one of the codes may stand behind what is known: the
// identity service was not heard of, or gave the error that such a code comes
// with, and nothing else is told to have failed.
func (f *facts) couldBeCode(numbers []int) bool {
	if f.failedElsewhere() {
		return false
	}
	got, status := f.oauthErrorName(), f.statusOf("token_endpoint")
	return slices.ContainsFunc(numbers, func(n int) bool {
		known, ok := entra.LookupError(n)
		client := known.Error == entra.ErrInvalidClient // the only one that comes with 401
		return ok && (got == "" || known.Error == got) && (status != 400 || !client) && (status != 401 || client)
	})
}

// failedElsewhere tells whether the evidence names a failure that is no refusal
// by the identity service: of the connection, of this machine, of a sign-in that
// nobody finished.
func (f *facts) failedElsewhere() bool {
	if status := f.statusOf("token_endpoint"); status >= 200 && status < 300 {
		return true // the token was given
	}
	for _, section := range []string{"network", "local"} {
		if n, ok := f.at(section); ok && !n.absent() {
			return true
		}
	}
	_, unfinished := unfinishedSignIn(f)
	return unfinished
}

// oauthErrorName is the error of the authorize or token endpoint, if one is known.
func (f *facts) oauthErrorName() string {
	for _, section := range identitySections() {
		if name := f.first(section, "error"); name != "" {
			return name
		}
	}
	return ""
}

// anyCode holds when any AADSTS number was seen.
func anyCode(f *facts) bool { return len(f.codes) > 0 }

// oauthError holds when the authorize or token endpoint gave one of the errors.
func oauthError(names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, section := range identitySections() {
			for _, n := range f.named(section, "error", "suberror", "error_subcode") {
				if slices.Contains(names, n.text()) {
					return []string{n.shown + ": " + n.text()}, true
				}
			}
		}
		for _, n := range f.leaves(identitySections()...) { // in a line of text
			for _, name := range names {
				if strings.Contains(name, "_") && word(n.text(), name) {
					return []string{n.shown + ": " + name}, true
				}
			}
		}
		return nil, false
	}
}

// word tells whether a text has a name as a word of its own.
func word(text, name string) bool {
	for rest := text; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		before, after := rest[:i], rest[i+len(name):]
		if !endsInLetter(before) && !beginsWithLetter(after) {
			return true
		}
		rest = after
	}
}

func endsInLetter(s string) bool     { return s != "" && inName(s[len(s)-1]) }
func beginsWithLetter(s string) bool { return s != "" && inName(s[0]) }

func inName(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// tokenStatus holds when the token endpoint answered with one of the statuses.
func tokenStatus(statuses ...int) condition {
	return func(f *facts) ([]string, bool) {
		got := f.statusOf("token_endpoint")
		if !slices.Contains(statuses, got) {
			return nil, f.unknown(got == 0)
		}
		return []string{fmt.Sprintf("token_endpoint.status: %d", got)}, true
	}
}

// status holds when the service answered with one of the statuses.
func status(statuses ...int) condition {
	return func(f *facts) ([]string, bool) {
		got := f.status()
		if !slices.Contains(statuses, got) {
			return nil, f.unknown(got == 0 && f.mayBe(statuses))
		}
		return []string{strings.TrimSpace(fmt.Sprintf("response.status: %d %s", got, http.StatusText(got)))}, true
	}
}

// told is status for where it must be known.
func told(statuses ...int) condition {
	return func(f *facts) ([]string, bool) {
		got := f.status()
		return []string{strings.TrimSpace(fmt.Sprintf("response.status: %d %s", got, http.StatusText(got)))}, slices.Contains(statuses, got)
	}
}

// mayBe tells whether an unknown status can be one of the statuses: a refusal, and
// of the class that is told.
func (f *facts) mayBe(statuses []int) bool {
	class := f.text("response", "status_class")
	return slices.ContainsFunc(statuses, func(s int) bool {
		return s >= 400 && (class == "" || strings.HasPrefix(class, fmt.Sprint(s/100)))
	})
}

// says holds when a text below one of the sections contains one of the phrases,
// case ignored. Phrases are the documented wire texts of servers and libraries.
func says(sections []string, phrases ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.leaves(sections...) {
			text := strings.ToLower(n.text())
			for _, p := range phrases {
				if strings.Contains(text, strings.ToLower(p)) {
					return []string{fmt.Sprintf("%s says %q", n.shown, p)}, true
				}
			}
		}
		return nil, false
	}
}

// identitySays is says for the authorize and token endpoints.
func identitySays(phrases ...string) condition { return says(identitySections(), phrases...) }

// serviceSays is says for the service's answer.
func serviceSays(phrases ...string) condition { return says([]string{"response"}, phrases...) }

// anySays is says for everything that servers and libraries said.
func anySays(phrases ...string) condition { return says(answerSections(), phrases...) }

// outcome holds when the answer has an OperationOutcome with one of the codes.
func outcome(codes ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named("response", "code") {
			if slices.Contains(n.path, "issue") && slices.Contains(codes, n.text()) {
				return []string{n.shown + ": " + n.text()}, true
			}
		}
		return nil, false
	}
}

// failureReason holds when a DICOM answer gives one of the FailureReasons
// (0008,1197), in decimal or hexadecimal digits.
func failureReason(reasons ...int) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.nodes {
			if n.section() != "response" {
				continue
			}
			if m := reasonInWords.FindStringSubmatch(n.text()); m != nil && sameNumber(m[1], reasons) {
				return []string{n.shown + ": failure reason " + m[1]}, true
			}
			if !slices.ContainsFunc(n.path, isFailureKey) {
				continue
			}
			for _, r := range reasons {
				if got := n.text(); got == fmt.Sprint(r) || strings.EqualFold(got, fmt.Sprintf("%04X", r)) || strings.EqualFold(got, fmt.Sprintf("0x%04X", r)) {
					return []string{fmt.Sprintf("%s: failure reason %d", n.shown, r)}, true
				}
			}
		}
		return nil, false
	}
}

// reasonInWords finds a failure reason in a line of text or a dump.
var reasonInWords = lazyregexp.New(`(?i)(?:failure ?reason|failure ?code|\(?0008,?1197\)?)\D{0,12}(0x[0-9a-f]{4}|\d{3,5})\b`)

func sameNumber(text string, numbers []int) bool {
	n, err := strconv.ParseInt(text, 0, 32)
	return err == nil && slices.Contains(numbers, int(n))
}

func isFailureKey(key string) bool {
	return key == "00081197" || strings.Contains(key, "failurereason") || strings.Contains(key, "failurecode")
}

// graphSays and armSays hold when Microsoft Graph or Azure Resource Manager gave
// one of the error codes, also as part of a longer text.
func graphSays(codes ...string) condition { return says([]string{"graph"}, codes...) }
func armSays(codes ...string) condition   { return says([]string{"arm"}, codes...) }

// controlStatus holds when Graph or ARM answered with one of the statuses.
func controlStatus(section string, statuses ...int) condition {
	return func(f *facts) ([]string, bool) {
		got := f.statusOf(section)
		return []string{fmt.Sprintf("%s.status: %d", section, got)}, slices.Contains(statuses, got)
	}
}
