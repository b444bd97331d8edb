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
	var mine []catalogue.Request
	for _, r := range requests {
		if r.Service == service {
			mine = append(mine, r)
		}
	}
	known := slices.Concat(requests, catalogue.All(), catalogue.AllPermissionRequests())
	for _, pattern := range slices.Concat(only, skip) {
		if !slices.ContainsFunc(known, func(r catalogue.Request) bool { return matches(r, pattern) }) {
			return nil, problem.Usagef("no request has the id or group %q; expected for example fhir.patient or %s",
				pattern, catalogue.GroupFHIRRead)
		}
	}
	return slices.DeleteFunc(mine, func(r catalogue.Request) bool {
		return only != nil && !matchesAny(r, only) || matchesAny(r, skip) || r.OnDemand() && !named(r, only)
	}), nil
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
