package diagnose

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/entra"
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
