package diagnose

import (
	"strings"
)

// fhirRules are about requests to a FHIR service.
func fhirRules() []Rule {
	fhir := service("fhir", "fhir-proxy")
	writes := method("POST", "PUT", "PATCH")
	return append(fhirBundleRules(fhir), []Rule{
		{ID: "fhir.route.case", Cause: "fhir.route", Confidence: 0.96, when: all(fhir, status(404), lowercaseType)},
		{ID: "fhir.route.maybe", Cause: "fhir.route", Confidence: 0.55, Confirm: "the path as it was sent", when: all(fhir, serviceSays("requested route was not found"), is(func(f *facts) bool { return f.path() == "" }))},
		{ID: "fhir.no_route.text", Cause: "fhir.no_route", Confidence: 0.8, Confirm: "the path against /metadata", when: all(fhir, path(`.`), either(serviceSays("requested route was not found"), all(status(404), path(`/v\d|//|\$`))), not(lowercaseType))},
		{ID: "fhir.no_route.maybe", Cause: "fhir.no_route", Confidence: 0.45, Confirm: "the path as it was sent", when: all(fhir, serviceSays("requested route was not found"), not(path(`.`)))},
		{ID: "fhir.not_found.text", Cause: "fhir.not_found", Confidence: 0.9, when: all(fhir, status(404), outcome("not-found"), serviceSays("couldn't be found"))},
		{ID: "fhir.not_found.path", Cause: "fhir.not_found", Confidence: 0.75, Confirm: "a search by _id", when: all(fhir, status(404), path(`/[A-Z][A-Za-z]+/[A-Za-z0-9.{}-]+$`), not(serviceSays("route", "not supported")))},
		{ID: "fhir.deleted.status", Cause: "fhir.deleted", Confidence: 0.96, when: all(fhir, status(410))},
		{ID: "fhir.type_unknown.text", Cause: "fhir.type_unknown", Confidence: 0.93, when: all(fhir, status(400, 404), serviceSays("Resource type '"), serviceSays("is not supported"), not(serviceSays("search parameter")))},
		{ID: "fhir.method.status", Cause: "fhir.method", Confidence: 0.93, when: all(fhir, status(405), not(serviceSays("transaction")))},
		{ID: "fhir.content_type.status", Cause: "fhir.content_type", Confidence: 0.9, when: all(fhir, status(415), not(asksFormat), either(writes, noHeader("Content-Type"), serviceSays("content-type")))},
		{ID: "fhir.content_type.none", Cause: "fhir.content_type", Confidence: 0.96, when: all(fhir, status(415), writes, noHeader("Content-Type"))},
		{ID: "fhir.content_type.text", Cause: "fhir.content_type", Confidence: 0.95, when: all(fhir, serviceSays(`"content-type" header`))},
		{ID: "fhir.content_type.alone", Cause: "fhir.content_type", Confidence: 0.6, Confirm: "method and Content-Type of the request", when: all(fhir, status(415), not(asksFormat), not(method("GET")))},
		{ID: "fhir.format.parameter", Cause: "fhir.format", Confidence: 0.96, when: all(fhir, status(406, 415), asksFormat)},
		{ID: "fhir.format.status", Cause: "fhir.format", Confidence: 0.9, when: all(fhir, status(406))},
		{ID: "fhir.format.get", Cause: "fhir.format", Confidence: 0.85, when: all(fhir, status(415), method("GET", "HEAD"))},
		{ID: "fhir.format.text", Cause: "fhir.format", Confidence: 0.91, when: all(fhir, serviceSays(`"_format" parameter is not supported`, `"Accept" header is not supported`), not(exporting))},
		{ID: "fhir.precondition.status", Cause: "fhir.precondition", Confidence: 0.93, when: all(fhir, status(412))},
		{ID: "fhir.version_needed.text", Cause: "fhir.version_needed", Confidence: 0.92, when: all(fhir, serviceSays("if-match header is required", "If-Match"), status(400))},
		{ID: "fhir.conflict.status", Cause: "fhir.conflict", Confidence: 0.75, Confirm: "the diagnostics of the answer", when: all(fhir, status(409), not(serviceSays("reindex")))},
		{ID: "fhir.search_setup.status", Cause: "fhir.search_setup", Confidence: 0.7, Confirm: "the diagnostics of the answer", when: all(fhir, status(424), not(serviceSays("key")))},
		{ID: "fhir.search_parameter.text", Cause: "fhir.search_parameter", Confidence: 0.91, when: all(fhir, serviceSays("search parameter"), serviceSays("not supported", "is not a valid", "unsupported"))},
		{ID: "fhir.search_not_indexed.status", Cause: "fhir.search_not_indexed", Confidence: 0.91, when: all(fhir, either(has("", "^(supported|pending|pendinghydration)$", "search_parameter_status", "searchParameterStatus"), serviceSays("has not been reindexed", "is not yet enabled", "not enabled for searching")))},
		{ID: "fhir.count.query", Cause: "fhir.count", Confidence: 0.85, when: all(fhir, status(400), either(serviceSays("_count"), is(bigCount)))},
		{ID: "fhir.smart_scope.role", Cause: "fhir.smart_scope", Confidence: 0.8, Confirm: "scp of the token", when: all(fhir, status(403), hasSMARTScope, not(serviceSays("fhirUser")))},
		{ID: "fhir.fhir_user.claim", Cause: "fhir.fhir_user", Confidence: 0.85, when: all(fhir, status(401, 403), either(serviceSays("fhirUser"), missing("claims", "fhirUser", "extension_fhirUser")))},
		{ID: "fhir.other_provider.issuer", Cause: "fhir.other_provider", Confidence: 0.8, Confirm: "smartIdentityProviders of the service", when: all(fhir, status(403), not(openSource), foreignIssuer)},
		{ID: "fhir.version.header", Cause: "fhir.version", Confidence: 0.85, when: all(fhir, either(headerFits("Accept", `(?i)fhirVersion`), headerFits("Content-Type", `(?i)fhirVersion`)), status(400, 406, 415))},
	}...)
}

func fhirBundleRules(fhir condition) []Rule {
	return []Rule{
		{ID: "fhir.bundle_too_big.text", Cause: "fhir.bundle_too_big", Confidence: 0.97, when: all(fhir, serviceSays("number of entries in the bundle", "exceeded the configured limit"))},
		{ID: "fhir.bundle_too_big.count", Cause: "fhir.bundle_too_big", Confidence: 0.95, when: all(fhir, status(400, 413), is(manyEntries))},
		{ID: "fhir.bundle_too_big.base", Cause: "fhir.bundle_too_big", Confidence: 0.45, Confirm: "how many entries the bundle has", when: all(fhir, status(400, 413), method("POST"), path(`^/?$`), not(has("response", ".", "diagnostics")))},
		{ID: "fhir.bundle.base", Cause: "fhir.bundle", Confidence: 0.4, Confirm: "the diagnostics of the answer", when: all(fhir, status(400), method("POST"), path(`^/?$`))},
		{ID: "fhir.transaction.text", Cause: "fhir.transaction", Confidence: 0.91, when: all(fhir, status(400, 405, 501), serviceSays("transaction"), serviceSays("not supported"))},
		{ID: "fhir.id_mismatch.text", Cause: "fhir.id_mismatch", Confidence: 0.91, when: all(fhir, status(400), method("PUT"), serviceSays("id in the url", "id must", "id element", "resource id", "must contain an id", "does not match the id"))},
		{ID: "fhir.reference.text", Cause: "fhir.reference", Confidence: 0.88, when: all(fhir, status(400, 404, 409, 412), serviceSays("reference '", "unresolved reference", "reference does not resolve", "resolve reference"))},
		{ID: "fhir.invalid.outcome", Cause: "fhir.invalid", Confidence: 0.7, Confirm: "the diagnostics of the answer", when: all(fhir, status(400, 422), outcome("invalid", "structure", "required", "value", "invariant", "code-invalid"), not(method("GET", "HEAD", "DELETE")), not(path(`^/?$`)))},
		{ID: "fhir.invalid.status", Cause: "fhir.invalid", Confidence: 0.5, Confirm: "the diagnostics of the answer", when: all(fhir, status(400, 422), method("POST", "PUT", "PATCH"), not(path(`^/?$|\$`)))},
	}
}

// lowercaseType holds when the path begins with a resource type written in lower
// case.
func lowercaseType(f *facts) ([]string, bool) {
	first, _, _ := strings.Cut(strings.Trim(f.path(), "/"), "/")
	if first == "" || first[0] < 'a' || first[0] > 'z' {
		return nil, false
	}
	switch first {
	case "metadata", "health":
		return nil, false
	}
	letters := strings.Trim(first, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	return []string{"request.path: " + f.path() + " begins with a small letter"}, letters
}

// asksFormat holds when _format or Accept asks for something else than FHIR's
// JSON.
func asksFormat(f *facts) ([]string, bool) {
	if strings.Contains(f.query(), "_format=") {
		return []string{"request.path: _format is set"}, true
	}
	accept, present, _ := f.header("Accept")
	return []string{"request.headers: Accept: " + accept}, present && accept != "" && !strings.Contains(accept, "json") && !strings.Contains(accept, "*/*")
}

// manyEntries tells whether the bundle is known to have more than 500 entries.
func manyEntries(f *facts) bool {
	for _, n := range f.named("request", "entries", "bundle_entries", "entry_count") {
		if count, ok := n.number(); ok && count > 500 {
			return true
		}
	}
	return false
}

func bigCount(f *facts) bool {
	_, after, ok := strings.Cut(f.query(), "_count=")
	return ok && leadingNumber(after) > 1000
}

func hasSMARTScope(f *facts) ([]string, bool) {
	scp := f.claimText("scp")
	for s := range strings.FieldsSeq(scp) {
		for _, prefix := range []string{"patient.", "patient/", "user.", "user/", "system.", "launch"} {
			if strings.HasPrefix(s, prefix) {
				return []string{"claims.scp: " + scp}, true
			}
		}
	}
	return nil, false
}
