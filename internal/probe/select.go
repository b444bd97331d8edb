package probe

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/problem"
)

// choose keeps the requests of the service that Only and Skip leave. A pattern
// that fits no request at all is a mistake of the person's: nothing must be green
// because nothing was sent. One that fits the other service leaves none here.
func choose(service string, requests []catalogue.Request, only, skip []string) ([]catalogue.Request, error) {
	if pattern, ok := unknown(requests, slices.Concat(only, skip)); ok {
		return nil, problem.Usagef("no request has the id or group %q; expected for example fhir.patient or %s",
			pattern, catalogue.GroupFHIRRead)
	}
	var out []catalogue.Request
	for _, r := range requests {
		if r.Service == service && (only == nil || matchesAny(r, only)) && !matchesAny(r, skip) && (!r.OnDemand() || named(r, only)) {
			out = append(out, r)
		}
	}
	return out, nil
}

// unknown finds the first pattern that fits no request at all.
func unknown(requests []catalogue.Request, patterns []string) (string, bool) {
	if len(patterns) == 0 {
		return "", false
	}
	known := slices.Concat(requests, catalogue.All(), catalogue.AllPermissionRequests())
	i := slices.IndexFunc(patterns, func(pattern string) bool {
		return !slices.ContainsFunc(known, func(r catalogue.Request) bool { return matches(r, pattern) })
	})
	if i < 0 {
		return "", false
	}
	return patterns[i], true
}

// named tells whether a request on demand is asked for by more than its service.
func named(r catalogue.Request, only []string) bool {
	return slices.ContainsFunc(only, func(p string) bool { return p != r.Service && matches(r, p) })
}

func matchesAny(r catalogue.Request, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(r, p) })
}

// matches compares whole parts: fhir.patient is no prefix of fhir.patients.
func matches(r catalogue.Request, pattern string) bool {
	return pattern != "" && (r.ID == pattern || strings.HasPrefix(r.ID, pattern+".") ||
		r.Group == pattern || strings.HasPrefix(r.Group, pattern+"-"))
}
