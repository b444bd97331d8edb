package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/lazyregexp"
)

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
	form := lazyregexp.New(expression)
	return func(f *facts) ([]string, bool) {
		p := f.path()
		return []string{"request.path: " + p}, p != "" && form.MatchString(p)
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
	form := lazyregexp.New(expression)
	return func(f *facts) ([]string, bool) {
		value, present, _ := f.header(name)
		return []string{fmt.Sprintf("request.headers: %s: %s", name, showHeader(name, value))},
			present && form.MatchString(value)
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
