package diagnose

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"hdstest/internal/entra"
)

// condition asks the evidence one thing. When it holds it tells what was seen;
// what only narrows another condition may tell nothing.
type condition func(f *facts) (seen []string, ok bool)

// Expressions are compiled where a value is there to be compared: of some four
// hundred rules only a few meet one.

// all holds when every condition does.
func all(conditions ...condition) condition {
	return func(f *facts) ([]string, bool) {
		var seen []string
		for _, c := range conditions {
			s, ok := c(f)
			if !ok {
				return nil, false
			}
			seen = append(seen, s...)
		}
		return seen, true
	}
}

// either holds when one of the conditions does, and tells what all of those saw.
func either(conditions ...condition) condition {
	return func(f *facts) ([]string, bool) {
		var seen []string
		held := false
		before, guess := f.guessed, f.guess
		f.guess = false
		for _, c := range conditions {
			if s, ok := c(f); ok {
				seen, held = append(seen, s...), true
			}
		}
		f.guess = guess
		for _, c := range conditions {
			if held || !guess {
				break
			}
			if seen, held = c(f); !held {
				f.guessed = before
			}
		}
		return seen, held
	}
}

// not holds when the condition does not.
func not(c condition) condition {
	return func(f *facts) ([]string, bool) {
		guess := f.guess
		f.guess = false // what is not known speaks against nothing
		_, ok := c(f)
		f.guess = guess
		return nil, !ok
	}
}

// is makes a condition of a question that tells nothing by itself.
func is(question func(f *facts) bool) condition {
	return func(f *facts) ([]string, bool) { return nil, question(f) }
}

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
		return nil, f.unknown(len(f.codes) == 0)
	}
}

// anyCode holds when any AADSTS number was seen.
func anyCode(f *facts) bool { return len(f.codes) > 0 }

// oauthError holds when the authorize or token endpoint gave one of the errors.
func oauthError(names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, section := range []string{"token_endpoint", "authorize_endpoint", "authorize_redirect", "device_endpoint", "error"} {
			for _, n := range f.named(section, "error", "suberror") {
				if slices.Contains(names, n.text()) {
					return []string{n.shown + ": " + n.text()}, true
				}
			}
		}
		for _, n := range f.leaves(identitySections()...) { // in the query of a redirect
			for _, name := range names {
				if strings.Contains(n.text(), "error="+name) {
					return []string{n.shown + ": error=" + name}, true
				}
			}
		}
		return nil, false
	}
}

// tokenStatus holds when the token endpoint answered with one of the statuses.
func tokenStatus(statuses ...int) condition {
	return func(f *facts) ([]string, bool) {
		got := leadingNumber(f.text("token_endpoint", "status"))
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

// service holds when the service that was called is of one of the kinds.
func service(kinds ...string) condition {
	return is(func(f *facts) bool {
		kind := f.kind()
		common := slices.Contains(kinds, "fhir") || slices.Contains(kinds, "dicom")
		return slices.Contains(kinds, kind) || f.unknown(kind == "" && common)
	})
}

// method holds when the request was made with one of the methods.
func method(methods ...string) condition {
	return is(func(f *facts) bool {
		got := strings.ToUpper(f.text("request", "method"))
		return slices.Contains(methods, got) || f.unknown(got == "")
	})
}

// path holds when the path of the request fits the expression.
func path(expression string) condition {
	return func(f *facts) ([]string, bool) {
		p := f.path()
		return []string{"request.path: " + p}, p != "" && regexp.MustCompile(expression).MatchString(p)
	}
}

// noHeader holds when the request is known not to carry the header.
func noHeader(name string) condition {
	return func(f *facts) ([]string, bool) {
		_, present, known := f.header(name)
		return []string{"request.headers: no " + name}, known && !present
	}
}

// headerFits holds when the request carries the header with a value that fits.
func headerFits(name, expression string) condition {
	return func(f *facts) ([]string, bool) {
		value, present, _ := f.header(name)
		return []string{fmt.Sprintf("request.headers: %s: %s", name, showHeader(name, value))},
			present && regexp.MustCompile(expression).MatchString(value)
	}
}

// showHeader keeps what may be a credential out of the diagnosis, should a bundle
// made elsewhere hold one.
func showHeader(name, value string) string {
	if strings.EqualFold(name, "Authorization") && len(value) > 12 && !strings.Contains(value, "{{") {
		return value[:7] + "…"
	}
	return value
}

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
			if n.section() != "response" || !slices.ContainsFunc(n.path, isFailureKey) {
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

func isFailureKey(key string) bool {
	return key == "00081197" || strings.Contains(key, "failurereason") || strings.Contains(key, "failurecode")
}

// claimIs holds when a claim has one of the values.
func claimIs(name string, values ...string) condition {
	return func(f *facts) ([]string, bool) {
		got, present := f.claim(name)
		return []string{"claims." + name + ": " + got}, present && slices.Contains(values, got)
	}
}

// noClaim holds when the claims are known and this one is not among them.
func noClaim(name string) condition {
	return func(f *facts) ([]string, bool) {
		_, present := f.claim(name)
		return []string{"claims." + name + ": none"}, f.hasClaims() && !present
	}
}

// hasClaim holds when the claim is there with any value.
func hasClaim(name string) condition {
	return func(f *facts) ([]string, bool) {
		got, present := f.claim(name)
		return []string{"claims." + name + ": " + got}, present
	}
}

// graphSays and armSays hold when Microsoft Graph or Azure Resource Manager gave
// one of the error codes, also as part of a longer text.
func graphSays(codes ...string) condition { return says([]string{"graph"}, codes...) }
func armSays(codes ...string) condition   { return says([]string{"arm"}, codes...) }

// controlStatus holds when Graph or ARM answered with one of the statuses.
func controlStatus(section string, statuses ...int) condition {
	return func(f *facts) ([]string, bool) {
		got := leadingNumber(f.text(section, "status"))
		return []string{fmt.Sprintf("%s.status: %d", section, got)}, slices.Contains(statuses, got)
	}
}

// switchedOff and switchedOn hold when a value of one of the names is false or
// true.
func switchedOff(section string, names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named(section, names...) {
			if n.isFalse() {
				return []string{n.shown + ": " + n.text()}, true
			}
		}
		return nil, false
	}
}

func switchedOn(section string, names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named(section, names...) {
			if n.isTrue() {
				return []string{n.shown + ": " + n.text()}, true
			}
		}
		return nil, false
	}
}

// missing holds when a value of one of the names was looked for and is absent.
func missing(section string, names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named(section, names...) {
			if n.absent() {
				return []string{n.shown + ": none"}, true
			}
		}
		return nil, false
	}
}

// has holds when a value of one of the names fits the expression, case ignored.
func has(section, expression string, names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named(section, names...) {
			if t := n.text(); t != "" && regexp.MustCompile("(?i)"+expression).MatchString(t) {
				return []string{n.shown + ": " + t}, true
			}
		}
		return nil, false
	}
}

// grant holds when the token request is of one of the grants, also by the short
// names that people use.
func grant(names ...string) condition {
	return func(f *facts) ([]string, bool) {
		got := strings.ToLower(f.first("token_request", "grant_type", "grant", "flow"))
		for _, name := range names {
			if got == name || strings.HasSuffix(got, ":"+name) {
				return []string{"token_request.grant_type: " + got}, true
			}
		}
		return nil, false
	}
}
