package diagnose

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

// serviceRules are common to FHIR and DICOM.
func serviceRules() []Rule {
	return []Rule{
		{ID: "service.throttled.status", Cause: "service.throttled", Confidence: 0.96, when: status(429)},
		{ID: "service.throttled.entries", Cause: "service.throttled", Confidence: 0.95, when: has("response", `^429`, "bundle_entry_statuses", "entry_statuses", "status", "statuses")},
		{ID: "service.throttled.outcome", Cause: "service.throttled", Confidence: 0.93, when: outcome("throttled")},
		{ID: "network.private_link.anonymous", Cause: "network.private_link", Confidence: 0.95, when: all(status(403), anonymousPath, not(has("network", ".", "kind")))},
		{ID: "network.private_link.setting", Cause: "network.private_link", Confidence: 0.92, when: all(status(401, 403, 404, 0), privateAccess, is(failedOrSilent))},
		{ID: "network.private_link.text", Cause: "network.private_link", Confidence: 0.9, when: serviceSays("public network access", "private endpoint", "private link")},
		{ID: "service.unavailable.status", Cause: "service.unavailable", Confidence: 0.85, Confirm: "/health/check a minute later", when: either(status(502, 503, 504), serviceSays("currently unable to receive requests"))},
		{ID: "service.internal.status", Cause: "service.internal", Confidence: 0.7, Confirm: "whether the same request works elsewhere", when: status(500)},
		{ID: "service.storage.status", Cause: "service.storage", Confidence: 0.85, Confirm: "the service's customer-managed key and storage", when: all(status(424), either(service("dicom"), serviceSays("customer-managed key", "customer managed key", "data lake", "key vault")))},
		{ID: "service.not_fhir.page", Cause: "service.not_fhir", Confidence: 0.93, when: all(service("fhir"), htmlAnswer, not(gatewayPage), not(redirected))},
		{ID: "service.not_fhir.metadata", Cause: "service.not_fhir", Confidence: 0.85, Confirm: "what the address shows in a browser", when: all(service("fhir"), path(`/metadata$`), either(status(404), all(status(200), noCapabilities)))},
		{ID: "service.not_dicom.page", Cause: "service.not_dicom", Confidence: 0.91, when: all(service("dicom"), htmlAnswer, not(gatewayPage), not(redirected))},
		{ID: "network.firewall.page", Cause: "network.firewall", Confidence: 0.8, Confirm: "the same request without the gateway", when: all(gatewayPage, is((*facts).failed))},
		{ID: "service.cors.origin", Cause: "service.cors", Confidence: 0.95, when: all(hasOrigin, missing("response", "access_control_allow_origin", "access-control-allow-origin"))},
		{ID: "service.cors.preflight", Cause: "service.cors", Confidence: 0.9, when: all(hasOrigin, preflight, not(has("response", ".", "access_control_allow_origin", "access-control-allow-origin")))},
		{ID: "service.cors.unnamed", Cause: "service.cors", Confidence: 0.82, Confirm: "the Origin of the page, and the service's CORS settings",
			when: either(all(method("OPTIONS"), missing("response", "access_control_allow_origin")), all(missing("response", "access_control_allow_origin"), not(hasOrigin)))},
		{ID: "service.cors.text", Cause: "service.cors", Confidence: 0.9, when: anySays("blocked by CORS policy", "No 'Access-Control-Allow-Origin'", "CORS header")},
		{ID: "service.redirect.status", Cause: "service.redirect", Confidence: 0.95, when: redirected},
		{ID: "service.path_doubled.path", Cause: "service.path_doubled", Confidence: 0.85, when: all(status(400, 404, 405), either(path(`//`), has("", `/(Patient|metadata|Observation|studies)/?$`, "service_url")))},
		{ID: "service.open.challenge", Cause: "service.open", Confidence: 0.95, when: all(has("request", `\.challenge$`, "id"), status(200, 204), not(htmlAnswer))},
		{ID: "service.too_much.body", Cause: "service.too_much", Confidence: 0.94, when: either(has("response", "is larger than 8 MB", "mismatch"), has("response", "of too many parts", "mismatch"))},
		{ID: "service.azure_only.path", Cause: "service.azure_only", Confidence: 0.95, when: all(either(status(404, 405, 501), all(status(400), service("fhir"))), azurePath, not(is(atRoot)))},
		{ID: "service.azure_only.upsert", Cause: "service.azure_only", Confidence: 0.93, when: all(service("dicom"), status(404, 405, 501), method("PUT"), path(`^(/v2)?/studies`), not(is(atRoot)))},
		{ID: "service.not_dicom.path", Cause: "service.not_dicom", Confidence: 0.8, Confirm: "where the server has its DICOMweb root", when: all(service("dicom"), status(404), path(`^/studies$`), is(basePath))},
		{ID: "service.no_undo.status", Cause: "service.no_undo", Confidence: 0.95, when: has("response", `^(4\d\d|501)$`, "undo_status")},
		{ID: "service.unavailable.undo", Cause: "service.unavailable", Confidence: 0.85, Confirm: "/health/check a minute later", when: has("response", `^50[0234]$`, "undo_status")},
		{ID: "service.retired.host", Cause: "service.retired", Confidence: 0.94, Confirm: "whether the account still exists in the portal", when: all(legacyAccount, afterRetirement,
			either(netKind(evidence.NetworkNoSuchHost, evidence.NetworkTimeout, evidence.NetworkRefused, evidence.NetworkUnreachable, evidence.NetworkClosed, evidence.NetworkWrongHost), status(403, 404, 410, 503)))},
		{ID: "service.unexpected.mismatch", Cause: "service.unexpected", Confidence: 0.25, Confirm: "expected and seen, side by side", when: all(has("response", ".", "mismatch"), status(200, 201, 202, 204))},
	}
}

// redirected holds when the answer is a redirect, which has a page for people
// without a browser.
func redirected(f *facts) ([]string, bool) { return status(301, 302, 303, 307, 308)(f) }

// legacyAccount holds when the host is of the older Azure API for FHIR: the
// account's name directly before the suffix.
func legacyAccount(f *facts) ([]string, bool) {
	host := f.serviceHost()
	if host == "" {
		host = f.text("network", "host")
	}
	return []string{"the host is " + host}, entra.IsRetiredFHIRHost(host)
}

// afterRetirement holds when the evidence is from after the end of that product.
func afterRetirement(f *facts) ([]string, bool) {
	now, ok := f.now()
	return nil, ok && now.After(time.Date(2026, 9, 30, 0, 0, 0, 0, time.UTC))
}

// azurePath holds when the request went to a part that Azure's services have at
// all times and other servers have not.
func azurePath(f *facts) ([]string, bool) {
	return path(`/(changefeed(/latest)?|extendedquerytags|health/check|\$versions|\.well-known/smart-configuration)$`)(f)
}

// atRoot tells whether a versioned part of the DICOM service was called without
// the version: then that is what is wrong.
func atRoot(f *facts) bool {
	return regexp.MustCompile(`^/(changefeed|extendedquerytags|studies)`).MatchString(f.path()) && !versionInURL(f) && !basePath(f)
}

// basePath tells whether the service's address has a path.
func basePath(f *facts) bool {
	u, err := url.Parse(f.b.ServiceURL)
	return err == nil && strings.Trim(u.Path, "/") != ""
}

// anonymousPath holds when the request went to a path that needs no token.
func anonymousPath(f *facts) ([]string, bool) {
	p := strings.TrimRight(f.path(), "/")
	if strings.Contains(p, "/studies/") { // /metadata there is a retrieval of DICOM PS3.18 section 10.4
		return nil, false
	}
	for _, open := range []string{"/metadata", "/health/check", "/.well-known/smart-configuration", "/$versions"} {
		if strings.HasSuffix(p, open) {
			return []string{"request.path: " + p + " needs no token"}, true
		}
	}
	return nil, false
}

// privateAccess holds when public network access is told to be off.
func privateAccess(f *facts) ([]string, bool) {
	for _, section := range []string{"arm", "service_config", "network", "service"} {
		if seen, ok := either(has(section, "^disabled$", "publicNetworkAccess"), switchedOff(section, "publicNetworkAccess"))(f); ok {
			return seen, true
		}
	}
	return nil, false
}

func failedOrSilent(f *facts) bool { return f.status() == 403 || f.status() == 0 || f.status() == 404 }

// htmlAnswer holds when the answer is a page.
func htmlAnswer(f *facts) ([]string, bool) {
	for _, n := range f.named("response", "content-type", "content_type", "contentType") {
		if strings.Contains(n.text(), "text/html") {
			return []string{n.shown + ": " + n.text()}, true
		}
	}
	for _, n := range f.named("response", "body") {
		if t := strings.ToLower(strings.TrimSpace(n.text())); strings.HasPrefix(t, "<!doctype html") || strings.HasPrefix(t, "<html") {
			return []string{"response.body: a page"}, true
		}
	}
	return nil, false
}

// gatewayPage holds when the page is a gateway's own.
func gatewayPage(f *facts) ([]string, bool) {
	return either(serviceSays("Azure Application Gateway", "Web Application Firewall", "The request is blocked", "Azure Front Door"),
		has("response", "application-gateway|cloudfront|awselb|zscaler|bluecoat", "server"))(f)
}

// noCapabilities holds when a 200 of /metadata is known to be no capability
// statement.
func noCapabilities(f *facts) ([]string, bool) {
	for _, n := range f.named("response", "resourceType") {
		if n.text() != "" && n.text() != "CapabilityStatement" {
			return []string{n.shown + ": " + n.text()}, true
		}
	}
	return has("response", "resourceType", "mismatch")(f)
}

func hasOrigin(f *facts) ([]string, bool) {
	origin := f.originHeader()
	return []string{"request.headers: Origin: " + origin}, origin != ""
}

func preflight(f *facts) ([]string, bool) {
	_, asks, _ := f.header("Access-Control-Request-Method")
	_, asksHeaders, _ := f.header("Access-Control-Request-Headers")
	_, ok := method("OPTIONS")(f)
	return nil, ok || asks || asksHeaders
}
