package pipeline

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/judge"
	"hdstest/internal/probe"
)

// Selection says which checks of a run are wanted, by the ids and groups of
// findings and requests, or by their first parts: fhir, token, claims.aud,
// fhir.patient, dicom-read. No Only means all. What others need is done and
// reported all the same: a token, a registration.
type Selection struct{ Only, Skip []string }

// leftOut says why a check that goes by these names is not wanted; empty: it is.
func (s Selection) leftOut(names ...string) string {
	named := func(pattern string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return fits(pattern, name) })
	}
	switch {
	case slices.ContainsFunc(s.Skip, named):
		return leftOut + "--skip"
	case s.Only != nil && !slices.ContainsFunc(s.Only, named):
		return leftOut + "--only"
	}
	return ""
}

// leftOut is how the reason of a skip begins that was asked for.
const leftOut = "left out by "

func isLeftOut(f check.Finding) bool {
	return f.Status == check.Skip && strings.HasPrefix(f.Seen, leftOut)
}

func (s Selection) wants(names ...string) bool { return s.leftOut(names...) == "" }

// fits compares whole parts: fhir.patient is not the beginning of fhir.patients.
// A probe's finding has the id of its request behind probe.
func fits(pattern, name string) bool {
	pattern = strings.TrimPrefix(pattern, "probe.")
	return pattern != "" && (pattern == name || strings.HasPrefix(name, pattern+".") || strings.HasPrefix(name, pattern+"-"))
}

// wantsRequest is wants for a probe.
func (s Selection) wantsRequest(r catalogue.Request) bool { return s.wants(r.ID, r.Group) }

// Requests lists the requests to a service that may be sent by this choice, those
// on demand among them.
func (s Selection) Requests(kind string) []catalogue.Request {
	return slices.DeleteFunc(slices.Clone(catalogue.EveryFor(kind)), func(r catalogue.Request) bool { return !s.wantsRequest(r) })
}

// forProbe gives the patterns that name one of the requests, since package probe
// refuses all others. Only stays a list without entries where none does.
func (s Selection) forProbe(requests []catalogue.Request) (only, skip []string) {
	foreign := func(pattern string) bool {
		return !slices.ContainsFunc(requests, func(r catalogue.Request) bool { return fits(pattern, r.ID) || fits(pattern, r.Group) })
	}
	bare := func(patterns []string) []string {
		out := slices.DeleteFunc(slices.Clone(patterns), foreign)
		for i := range out {
			out[i] = strings.TrimPrefix(out[i], "probe.")
		}
		return out
	}
	if only = bare(s.Only); s.Only != nil && only == nil {
		only = []string{}
	}
	return only, bare(s.Skip)
}

// leftOutRequests reports the requests that were not chosen: a group as one if
// none of it was.
func (s Selection) leftOutRequests(kind string, requests []catalogue.Request, outcomes []probe.Outcome) []check.Finding {
	chosen := map[string]bool{} // ids and groups
	for _, o := range outcomes {
		chosen[o.Request.ID], chosen[o.Request.Group] = true, true
	}
	var out []check.Finding
	said := map[string]bool{}
	for _, r := range requests {
		why := s.leftOut(r.ID, r.Group)
		switch {
		case why == "" || chosen[r.ID] || said[r.Group] || r.OnDemand() && !chosen[r.Group]:
		case chosen[r.Group]:
			out = append(out, skipped("probe."+r.ID, kind, r.Title, why, ""))
		default:
			said[r.Group] = true
			out = append(out, skipped("probe."+r.Group, kind, groupTitle(r.Group), why, ""))
		}
	}
	return out
}

func groupTitle(id string) string {
	for _, g := range catalogue.Groups() {
		if g.ID == id {
			return g.Title
		}
	}
	return serviceTitle(strings.TrimSuffix(id, "-permission")) + ": permissions" // a group that is never exported
}

// RequestNames lists what can be chosen of a probe.
func RequestNames() []string {
	var out []string
	for _, r := range slices.Concat(catalogue.All(), catalogue.AllPermissionRequests()) {
		out = append(out, r.ID, r.Group)
	}
	return out
}

// SmokeNames lists what can be chosen of a smoke run; lab is one in a sandbox.
func SmokeNames(lab bool) []string {
	out := append(RequestNames(), judge.ClaimIDs()...)
	out = append(out, "register")
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		for _, grant := range []string{GrantClientCredentials, GrantAuthorizationCode, GrantDeviceCode} {
			out = append(out, tokenID(kind, grant))
		}
		if lab {
			out = append(out, "role."+kind)
		}
	}
	if lab {
		return append(out, exportID)
	}
	return append(out, judge.EndingID(judge.EndOfSecret), judge.EndingID(judge.EndOfCertificate))
}

// tokenID is the id of the finding of a grant.
func tokenID(kind, grant string) string { return "token." + kind + "." + grant }

// Unknown gives the first pattern that fits none of the names; empty: each fits one.
func (s Selection) Unknown(names []string) string {
	for _, pattern := range slices.Concat(s.Only, s.Skip) {
		if !slices.ContainsFunc(names, func(name string) bool { return fits(pattern, name) }) {
			return pattern
		}
	}
	return ""
}
