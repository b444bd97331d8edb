package diagnose

import (
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

// audienceRules compare aud with what the service wants.
func audienceRules() []Rule {
	refused := serviceSays("audience is invalid", "' is invalid", "IDX10214", "invalid audience", "allowed audiences")
	audienceRefused := all(refused, serviceSays("audience"))
	return append(wrongAPIRules(), []Rule{
		{ID: "audience.wrong.compared", Cause: "audience.wrong", Confidence: 0.87, Confirm: "the service's audience setting", when: all(notAccepted, mismatch)},
		{ID: "audience.wrong.challenge", Cause: "audience.wrong", Confidence: 0.75, Confirm: "aud of the token and the service's audience", when: audienceRefused},
		{ID: "audience.wrong.likely", Cause: "audience.wrong", Confidence: 0.42, Confirm: "aud of the token and the service's audience, both",
			when: all(status(401), either(hasClaim("aud"), is(wantsKnown)), not(all(hasClaim("aud"), is(wantsKnown))), not(noHeader("Authorization")))},
		{ID: "audience.guid_or_uri.likely", Cause: "audience.guid_or_uri", Confidence: 0.44, Confirm: "the server's audience setting",
			when: all(status(401), bareGUID, not(is(wantsKnown)), not(audienceIsClient), not(hasClaim("nonce")))},
		{ID: "audience.wrong.own", Cause: "audience.wrong", Confidence: 0.45, Confirm: "the server's audience setting",
			when: all(status(401), openSource, hasClaim("aud"), not(is(wantsKnown)))},
		{ID: "audience.guid_or_uri.wanted", Cause: "audience.guid_or_uri", Confidence: 0.43, Confirm: "aud of the token",
			when: all(status(401), wantsGUID, not(is((*facts).hasAudience)), not(noHeader("Authorization")))},
		{ID: "audience.wrong.scope", Cause: "audience.wrong", Confidence: 0.75, Confirm: "aud of the token", when: all(status(401), askedForOther)},
		{ID: "audience.slash.compared", Cause: "audience.slash", Confidence: 0.96, when: all(notAccepted, slashDiffers)},
		{ID: "audience.slash.scope", Cause: "audience.slash", Confidence: 0.85, Confirm: "aud of the token", when: all(status(401), not(is((*facts).hasAudience)), scopeSlashDiffers)},
		{ID: "audience.case.compared", Cause: "audience.case", Confidence: 0.95, when: all(notAccepted, caseDiffers)},
		{ID: "audience.guid_or_uri.same", Cause: "audience.guid_or_uri", Confidence: 0.95, when: all(notAccepted, prefixDiffers)},
		{ID: "audience.guid_or_uri.other", Cause: "audience.guid_or_uri", Confidence: 0.9, when: all(notAccepted, mismatch, guidForURI, not(audienceIsClient))},
		{ID: "audience.guid_or_uri.alone", Cause: "audience.guid_or_uri", Confidence: 0.78, Confirm: "the server's audience setting", when: all(audienceRefused, bareGUID, not(is(wantsKnown)), not(audienceIsClient), not(hasClaim("nonce")))},
		{ID: "audience.legacy.aud", Cause: "audience.legacy", Confidence: 0.96, when: all(notAccepted, service("fhir", "dicom"), sharedName)},
		{ID: "audience.legacy.scope", Cause: "audience.legacy", Confidence: 0.92, when: all(status(401), service("fhir"), askedForShared, not(is((*facts).hasAudience)))},
		{ID: "audience.other_service.aud", Cause: "audience.other_service", Confidence: 0.94, when: all(notAccepted, service("fhir"), otherFHIR)},
		{ID: "audience.dicom_for_fhir.aud", Cause: "audience.dicom_for_fhir", Confidence: 0.96, when: all(notAccepted, service("fhir"), audIs(entra.DICOMResource, entra.DICOMAppID))},
		{ID: "audience.fhir_for_dicom.aud", Cause: "audience.fhir_for_dicom", Confidence: 0.95, when: all(notAccepted, service("dicom"), not(openSource), fhirAudience)},
		{ID: "audience.fhir_for_dicom.scope", Cause: "audience.fhir_for_dicom", Confidence: 0.85, Confirm: "aud of the token", when: all(status(401), service("dicom"), not(openSource), askedForFHIR, not(is((*facts).hasAudience)))},
	}...)
}

func wrongAPIRules() []Rule {
	graph := []string{entra.GraphResource, entra.GraphAppID, "https://graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn"}
	aadGraph := []string{"https://graph.windows.net", "00000002-0000-0000-c000-000000000000"}
	arm := []string{"https://management.azure.com", "https://management.core.windows.net", entra.ARMAppID, "https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"}
	return []Rule{
		{ID: "audience.graph.aud", Cause: "audience.graph", Confidence: 0.95, when: all(notAccepted, audIs(graph...), not(calls("graph.microsoft", "microsoftgraph")), is(serviceAsked))},
		{ID: "audience.aad_graph.aud", Cause: "audience.aad_graph", Confidence: 0.96, when: all(notAccepted, audIs(aadGraph...), not(calls("graph.windows.net")))},
		{ID: "audience.arm.aud", Cause: "audience.arm", Confidence: 0.96, when: all(notAccepted, audIs(arm...), not(calls("management.")), is(serviceAsked))},
		{ID: "graph.audience.compared", Cause: "graph.audience", Confidence: 0.9, when: all(status(401), calls("graph.microsoft", "microsoftgraph"), hasClaim("aud"), not(audIs(append(graph, aadGraph...)...)))},
	}
}

// serviceAsked tells whether it is known for which service the token was meant.
func serviceAsked(f *facts) bool { return f.kind() != "" || f.status() != 0 }

// calls holds when the request went to a host that begins with or holds a name.
func calls(names ...string) condition {
	return is(func(f *facts) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(f.serviceHost(), n) })
	})
}

// audIs holds when aud is one of the names, whatever its final slash.
func audIs(names ...string) condition {
	return func(f *facts) ([]string, bool) {
		aud := f.claimText("aud")
		return []string{"claims.aud: " + aud}, slices.ContainsFunc(names, func(n string) bool {
			return strings.EqualFold(strings.TrimRight(aud, "/"), n)
		}) && aud != ""
	}
}

func (f *facts) hasAudience() bool { return f.claimText("aud") != "" }

var allowed = lazyregexp.New(`(?i)allowed audiences?\W+((?:'[^']+'[, ]*)+)`)

// wanted lists the audiences that the service accepts, as the evidence tells
// them: in its own settings under any name, in its challenge or text, or by the
// rule of its kind.
func (f *facts) wanted() []string {
	var out []string
	for _, n := range f.nodes {
		if n.section() == "serviceconfig" && (strings.HasSuffix(n.last(), "audience") || strings.HasSuffix(n.last(), "audiences")) && n.text() != "" {
			out = append(out, n.text())
		}
	}
	for _, n := range f.leaves("response") {
		if m := allowed.FindStringSubmatch(n.text()); m != nil {
			for quoted := range strings.FieldsFuncSeq(m[1], func(r rune) bool { return r == '\'' || r == ',' || r == ' ' }) {
				out = append(out, quoted)
			}
		}
	}
	known, _ := expect.Audiences(f.b)
	return append(out, known...)
}

func wantsKnown(f *facts) bool { return len(f.wanted()) > 0 }

// compareAudience holds when aud is none of the wanted ones and stands to one of
// them as asked.
func compareAudience(question func(aud, want string) bool) condition {
	return func(f *facts) ([]string, bool) {
		aud, wanted := f.claimText("aud"), f.wanted()
		if aud == "" || slices.Contains(wanted, aud) {
			return nil, false
		}
		i := slices.IndexFunc(wanted, func(w string) bool { return question(aud, w) })
		if i < 0 {
			return nil, false
		}
		return []string{"claims.aud: " + aud, "the service wants " + wanted[i]}, true
	}
}

func mismatch(f *facts) ([]string, bool) {
	return compareAudience(func(_, _ string) bool { return true })(f)
}

func slashDiffers(f *facts) ([]string, bool) {
	return compareAudience(func(aud, want string) bool { return strings.TrimRight(aud, "/") == strings.TrimRight(want, "/") })(f)
}

func caseDiffers(f *facts) ([]string, bool) {
	return compareAudience(func(aud, want string) bool { return strings.EqualFold(aud, want) })(f)
}

// prefixDiffers: api://GUID on one side, the same GUID on the other.
func prefixDiffers(f *facts) ([]string, bool) {
	return compareAudience(func(aud, want string) bool {
		return strings.HasPrefix(aud, "api://") != strings.HasPrefix(want, "api://") &&
			strings.EqualFold(strings.TrimPrefix(aud, "api://"), strings.TrimPrefix(want, "api://"))
	})(f)
}

// guidForURI: a GUID on one side, a URI on the other.
func guidForURI(f *facts) ([]string, bool) {
	return compareAudience(func(aud, want string) bool { return expect.IsGUID(aud) != expect.IsGUID(want) })(f)
}

// wantsGUID holds when the service's audience is the id of an app.
func wantsGUID(f *facts) ([]string, bool) {
	for _, w := range f.wanted() {
		if expect.IsGUID(w) {
			return []string{"the service wants " + w}, true
		}
	}
	return nil, false
}

func bareGUID(f *facts) ([]string, bool) {
	aud := f.claimText("aud")
	return []string{"claims.aud: " + aud}, expect.IsGUID(strings.TrimPrefix(aud, "api://"))
}

// sharedName holds when the token is for the shared name of the health APIs, or
// for their app's id, and the service does not say that it wants that.
func sharedName(f *facts) ([]string, bool) {
	aud := strings.TrimRight(f.claimText("aud"), "/")
	shared := slices.Contains([]string{entra.FHIRLegacyResource, entra.FHIRSharedResource, entra.FHIRAppID}, aud)
	return []string{"claims.aud: " + aud}, shared && !slices.Contains(f.wanted(), f.claimText("aud"))
}

func askedForShared(f *facts) ([]string, bool) {
	r := strings.TrimRight(f.resource(), "/")
	return []string{"the API asked for: " + r}, slices.Contains([]string{entra.FHIRLegacyResource, entra.FHIRSharedResource, entra.FHIRAppID}, r)
}

func isHealthHost(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (strings.Contains(u.Hostname(), "azurehealthcareapis.") || strings.HasSuffix(u.Hostname(), ".healthcareapis.azure.com"))
}

func otherFHIR(f *facts) ([]string, bool) {
	aud := f.claimText("aud")
	if !isHealthHost(aud) || strings.HasPrefix(aud, entra.DICOMResource) {
		return nil, false
	}
	if _, shared := sharedName(f); shared {
		return nil, false
	}
	if _, slash := slashDiffers(f); slash {
		return nil, false
	}
	return compareAudience(func(_, want string) bool { return isHealthHost(want) })(f)
}

func fhirAudience(f *facts) ([]string, bool) {
	aud := f.claimText("aud")
	return []string{"claims.aud: " + aud}, isHealthHost(aud) && !strings.HasPrefix(aud, entra.DICOMResource)
}

func askedForFHIR(f *facts) ([]string, bool) {
	r := f.resource()
	return []string{"the API asked for: " + r}, isHealthHost(r) && !strings.HasPrefix(r, entra.DICOMResource)
}

// askedForOther holds when the token was asked for another API than the service
// wants, and its claims are not known.
func askedForOther(f *facts) ([]string, bool) {
	r, wanted := f.resource(), f.wanted()
	same := slices.ContainsFunc(wanted, func(w string) bool { return strings.TrimRight(w, "/") == strings.TrimRight(r, "/") })
	return []string{"the API asked for: " + r}, r != "" && len(wanted) > 0 && !same && !f.hasAudience()
}

func scopeSlashDiffers(f *facts) ([]string, bool) {
	r := f.resource()
	for _, w := range f.wanted() {
		if r != w && strings.TrimRight(r, "/") == strings.TrimRight(w, "/") {
			return []string{"the API asked for: " + r, "the service wants " + w}, true
		}
	}
	return nil, false
}
