package diagnose

import (
	"slices"
	"strings"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

var immutableForm = lazyregexp.New(`^repo:[^/:]+@\d+/[^/:]+@\d+:`)

func immutable(subject string) bool { return immutableForm.MatchString(subject) }

// unknownApp are the refusals of a client id.
func unknownApp() condition { return code(700016, 700011) }

// registrationRules are about the client app, the tenant, the API and consent.
func registrationRules() []Rule {
	return slices.Concat(appRules(), tenantRules(), apiRules())
}

func appRules() []Rule {
	withoutRedirect := grant("device_code", "password", "iwa", "integrated_windows", "ropc")
	wantsSecret := either(code(7000218, 70002), identitySays("'client_assertion' or 'client_secret'", "'client_secret or client_assertion'"))
	return []Rule{
		{ID: "app.placeholder.form", Cause: "app.placeholder", Confidence: 0.96, when: all(either(unknownApp(), code(90013, 900023, 90100), oauthError("unauthorized_client")), placeholderID)},
		{ID: "app.placeholder.unasked", Cause: "app.placeholder", Confidence: 0.85, Confirm: "the client id as it is set", when: all(placeholderID, is(noCodeAtAll))},
		{ID: "app.other_tenant.home", Cause: "app.other_tenant", Confidence: 0.95, when: all(either(unknownApp(), oauthError("unauthorized_client"), code(5000224)), otherHome)},
		{ID: "app.other_tenant.unasked", Cause: "app.other_tenant", Confidence: 0.7, Confirm: "the sign-in's answer", when: all(otherHome, is(noCodeAtAll), not(oauthError("unauthorized_client")))},
		{ID: "app.not_found.error", Cause: "app.not_found", Confidence: 0.6, Confirm: "the AADSTS code", when: all(oauthError("unauthorized_client"), is(noCodeAtAll))},
		{ID: "app.not_found.text", Cause: "app.not_found", Confidence: 0.83, Confirm: "which tenant holds the app", when: identitySays("was not found in the directory")},
		{ID: "app.no_service_principal.graph", Cause: "app.no_service_principal", Confidence: 0.94,
			when: all(either(unknownApp(), oauthError("unauthorized_client"), code(500011)), missing("graph", "servicePrincipal", "service_principal", "service_principals", "service_principal_object_id"))},
		{ID: "app.no_service_principal.exists", Cause: "app.no_service_principal", Confidence: 0.93,
			when: all(unknownApp(), switchedOff("graph", "service_principal_exists", "sp_exists"))},
		{ID: "graph.replication.app", Cause: "graph.replication", Confidence: 0.9, when: all(unknownApp(), younger(300))},
		{ID: "app.object_id_used.graph", Cause: "app.object_id_used", Confidence: 0.96, when: all(either(unknownApp(), oauthError("unauthorized_client")), idIsObjectID)},
		{ID: "app.disabled.graph", Cause: "app.disabled", Confidence: 0.93, when: all(switchedOff("graph", "accountEnabled"), either(is(anyCode), tokenStatus(400, 401)))},
		{ID: "app.public_flows_off.grant", Cause: "app.public_flows_off", Confidence: 0.93, when: all(certain(wantsSecret), withoutRedirect, not(sentSecret))},
		{ID: "app.public_flows_off.flag", Cause: "app.public_flows_off", Confidence: 0.94,
			when: all(wantsSecret, switchedOff("graph", "isFallbackPublicClient", "allowPublicClient"), not(grant("client_credentials", "authorization_code")))},
		{ID: "app.public_flows_off.error", Cause: "app.public_flows_off", Confidence: 0.8, Confirm: "the AADSTS code",
			when: all(oauthError("invalid_client"), withoutRedirect, is(noCodeAtAll), not(sentSecret))},
		{ID: "app.public_flows_off.unasked", Cause: "app.public_flows_off", Confidence: 0.7, Confirm: "the token endpoint's answer",
			when: all(switchedOff("graph", "isFallbackPublicClient", "allowPublicClient"), withoutRedirect)},
		{ID: "app.many_of_name.graph", Cause: "app.many_of_name", Confidence: 0.85, when: severalOfName},
		{ID: "app.deleted.graph", Cause: "app.deleted", Confidence: 0.95,
			when: either(has("graph", ".", "deletedDateTime", "deleted_at"), switchedOn("graph", "deleted", "soft_deleted"))},
		{ID: "app.misconfigured.text", Cause: "app.misconfigured", Confidence: 0.8, when: identitySays("Misconfigured application")},
	}
}

// sentSecret holds when a secret went along with the request.
func sentSecret(f *facts) ([]string, bool) {
	return switchedOn("token_request", "has_client_secret")(f)
}

func placeholderID(f *facts) ([]string, bool) {
	id := f.oddClientID()
	return []string{"client id: " + id}, id != "" && looksPlaceholder(id)
}

// idIsObjectID holds when the client id of the request is an object id of the app
// or of its service principal.
func idIsObjectID(f *facts) ([]string, bool) {
	id := f.first("token_request", "client_id")
	for _, n := range f.named("graph", "id", "object_id", "application_object_id", "service_principal_object_id", "app_object_id") {
		if id != "" && strings.EqualFold(n.text(), id) {
			return []string{"token_request.client_id is " + n.shown}, true
		}
	}
	return nil, false
}

func severalOfName(f *facts) ([]string, bool) {
	for _, n := range f.nodes {
		list, ok := n.value.([]any)
		if ok && n.section() == "graph" && len(list) > 1 && strings.Contains(strings.Join(n.path, "."), "bydisplayname") {
			return []string{n.shown + ": several"}, true
		}
	}
	return nil, false
}

func tenantRules() []Rule {
	return []Rule{
		{ID: "tenant.endpoint_pasted.authority", Cause: "tenant.endpoint_pasted", Confidence: 0.97,
			when: has("config", `^https://[^/]+/.*\b(oauth2|authorize|token|devicecode|saml2)\b`, "authority", "authority_url", "aad_instance", "instance")},
		{ID: "tenant.endpoint_pasted.text", Cause: "tenant.endpoint_pasted", Confidence: 0.95,
			when: all(code(900023, 90002), identitySays("'authorize'", "'token'", "'oauth2'", "'v2.0'"))},
		{ID: "tenant.malformed.form", Cause: "tenant.malformed", Confidence: 0.93, when: all(code(900023, 90002, 50059), oddTenant)},
		{ID: "tenant.malformed.text", Cause: "tenant.malformed", Confidence: 0.8, when: identitySays("neither a valid dns name")},
		{ID: "tenant.not_found.error", Cause: "tenant.not_found", Confidence: 0.85, Confirm: "the AADSTS code", when: all(oauthError(entra.ErrInvalidTenant), not(is(anyCode)))},
		{ID: "tenant.missing.common", Cause: "tenant.missing", Confidence: 0.88, Confirm: "the AADSTS code",
			when: all(grant("client_credentials"), has("token_request", `/(common|organizations|consumers)/`, "url"), not(code(900432, 900382, 90038, 900439)), not(code(7000215)))},
		{ID: "cloud.wrong.text", Cause: "cloud.wrong", Confidence: 0.95, when: identitySays("login.microsoftonline.us", "login.partner.microsoftonline.cn", "cross cloud request")},
		{ID: "cloud.wrong.hosts", Cause: "cloud.wrong", Confidence: 0.8, Confirm: "the tenant's cloud", when: all(otherCloud, either(is(anyCode), tokenStatus(400, 401), status(401)))},
		{ID: "authority.not_entra.answer", Cause: "authority.not_entra", Confidence: 0.93, when: notSignIn},
		{ID: "authority.unknown_host.error", Cause: "authority.unknown_host", Confidence: 0.93, when: either(oauthError("invalid_instance"), anySays("unable to resolve an endpoint", "endpoints_resolution_error", "invalid_instance"))},
		{ID: "entra.busy.error", Cause: "entra.busy", Confidence: 0.88, when: all(either(oauthError("temporarily_unavailable", "server_error"), tokenStatus(429, 500, 502, 503, 504)), not(is(anyCode)))},
	}
}

// oddTenant holds when the tenant of the request is neither a GUID nor a name
// with a point, nor one of the shared ones.
func oddTenant(f *facts) ([]string, bool) {
	for _, n := range f.named("config", "tenant", "tenant_id") {
		t := n.text()
		if t == "" && n.absent() || t != strings.Trim(t, ` "'{}<>`) || t != "" && !expect.IsGUID(t) && !strings.Contains(t, ".") &&
			!slices.Contains([]string{"common", "organizations", "consumers"}, t) {
			return []string{n.shown + ": " + t}, true
		}
	}
	return nil, false
}

// otherCloud holds when authority and resource are of different clouds.
func otherCloud(f *facts) ([]string, bool) {
	address := f.first("token_request", "url")
	host := ""
	if _, rest, ok := strings.Cut(address, "://"); ok {
		host, _, _ = strings.Cut(rest, "/")
	}
	cloud, ok := entra.CloudByHost(host)
	resource := f.resource() + " " + f.b.ServiceURL
	if !ok {
		return nil, false
	}
	for _, c := range entra.Clouds() {
		if c.Name != cloud.Name && (c.HealthSuffix != "" && strings.Contains(resource, "."+c.HealthSuffix) || strings.Contains(resource, c.Graph)) {
			return []string{"the authority is of the cloud " + cloud.Name, "the resource is of the cloud " + c.Name}, true
		}
	}
	return nil, false
}

func apiRules() []Rule {
	noAPI := code(500011, 50001, 650052)
	return []Rule{
		{ID: "resource.dicom_not_in_tenant.code", Cause: "resource.dicom_not_in_tenant", Confidence: 0.96, when: all(noAPI, wantsDICOM)},
		{ID: "resource.dicom_not_in_tenant.graph", Cause: "resource.dicom_not_in_tenant", Confidence: 0.93, when: dicomPrincipalMissing},
		{ID: "resource.dicom_not_in_tenant.name", Cause: "resource.dicom_not_in_tenant", Confidence: 0.9, Confirm: "a search by the app id", when: nameMissing(entra.DICOMAppID)},
		{ID: "resource.not_in_tenant.name", Cause: "resource.not_in_tenant", Confidence: 0.88, Confirm: "a search by the app id", when: nameMissing(entra.FHIRAppID)},
		{ID: "resource.dicom_not_in_tenant.error", Cause: "resource.dicom_not_in_tenant", Confidence: 0.85, Confirm: "the AADSTS code", when: all(oauthError("invalid_resource"), wantsDICOM, is(noCodeAtAll))},
		{ID: "resource.not_in_tenant.error", Cause: "resource.not_in_tenant", Confidence: 0.75, Confirm: "the AADSTS code", when: all(oauthError("invalid_resource"), not(is(anyCode)))},
		{ID: "resource.not_in_tenant.text", Cause: "resource.not_in_tenant", Confidence: 0.84, Confirm: "the AADSTS code", when: all(identitySays("the resource principal named"), not(wantsDICOM), is(noCodeAtAll))},
		{ID: "resource.not_in_tenant.graph", Cause: "resource.not_in_tenant", Confidence: 0.9, when: all(principalMissing, not(dicomPrincipalMissing))},
		{ID: "resource.older_name.search", Cause: "resource.older_name", Confidence: 0.96, when: all(searchedByName, not(principalMissing))},
		{ID: "resource.older_name.id", Cause: "resource.older_name", Confidence: 0.6, Confirm: "the name by which it was searched", when: all(foundByIDOnly, is(onlySearched))},
		{ID: "resource.not_listed.redirect", Cause: "resource.not_listed", Confidence: 0.93, when: all(identitySays("resource which is not listed", "isn't listed in the requested permissions", "list of valid resources"))},
		{ID: "resource.not_listed.list", Cause: "resource.not_listed", Confidence: 0.85, when: all(is(listsOthersOnly))},
		{ID: "resource.not_listed.unasked", Cause: "resource.not_listed", Confidence: 0.3, Confirm: "what the sign-in answered",
			when: all(has("authorize_request", `/oauth2/authorize`, "url"), has("authorize_request", ".", "resource"), is(nothingAnswered))},
		{ID: "request.scope_unknown.dicom", Cause: "request.scope_unknown", Confidence: 0.9,
			when: all(code(70011, 650053), wantsDICOM, has("token_request", `user_impersonation`, "scope"))},
		{ID: "request.scope_unknown.dicom_sign_in", Cause: "request.scope_unknown", Confidence: 0.9,
			when: all(code(70011, 650053), wantsDICOM, has("authorize_request", `user_impersonation`, "scope"))},
		{ID: "request.smart_scope.sign_in", Cause: "request.smart_scope", Confidence: 0.93, when: all(code(70011, 650053, 28002), smartSlash)},
		{ID: "request.smart_scope.error", Cause: "request.smart_scope", Confidence: 0.9, when: all(oauthError("invalid_scope"), smartSlash)},
		{ID: "consent.missing.suberror", Cause: "consent.missing", Confidence: 0.93, when: all(oauthError("consent_required"), not(code(90094, 90095)))},
		{ID: "consent.admin.denied", Cause: "consent.admin", Confidence: 0.85, when: oauthError("permission_denied")},
		{ID: "consent.declined.error", Cause: "consent.declined", Confidence: 0.75, Confirm: "the AADSTS code", when: all(oauthError("access_denied"), not(is(anyCode)), not(identitySays("AADSTS")))},
	}
}

func wantsDICOM(f *facts) ([]string, bool) {
	r := f.resource()
	return []string{"the API asked for: " + r}, strings.Contains(r, "dicom.healthcareapis") || strings.EqualFold(r, entra.DICOMAppID) ||
		strings.Contains(r, ".dicom.azurehealthcareapis.")
}

// principalMissing holds when a service principal was looked for by an app id
// and is not there.
func principalMissing(f *facts) ([]string, bool) {
	for _, n := range f.nodes {
		if n.section() == "graph" && n.absent() && slices.ContainsFunc(n.path, func(k string) bool { return strings.Contains(k, "byappid") }) && expect.IsGUID(n.key) {
			return []string{n.shown + ": none"}, true
		}
	}
	return nil, false
}

func dicomPrincipalMissing(f *facts) ([]string, bool) {
	seen, ok := principalMissing(f)
	return seen, ok && strings.Contains(strings.Join(seen, " "), entra.DICOMAppID)
}

// searchedByName holds when a search by a display name other than the API's own
// found nothing.
func searchedByName(f *facts) ([]string, bool) {
	for _, n := range f.nodes {
		if n.section() != "graph" || !n.absent() || !slices.ContainsFunc(n.path, func(k string) bool { return strings.Contains(k, "bydisplayname") }) {
			continue
		}
		own := slices.ContainsFunc(entra.ResourceApps(), func(r entra.ResourceApp) bool { return strings.EqualFold(r.Name, n.key) })
		if !own && strings.Contains(fold(n.key), "health") {
			return []string{n.shown + ": nothing found"}, true
		}
	}
	return nil, false
}

// foundByIDOnly holds when the API was found by its app id, under a name that is
// not today's name of the product, and no search by a name found it.
func foundByIDOnly(f *facts) ([]string, bool) {
	if seen, ok := searchedByName(f); ok {
		return seen, false
	}
	for _, n := range f.nodes {
		byID := slices.ContainsFunc(n.path, func(k string) bool { return strings.Contains(k, "byappid") })
		app, known := entra.ResourceAppByID(n.key)
		if n.section() == "graph" && byID && known && strings.Contains(n.text(), app.Name) {
			return []string{n.shown + ": " + n.text()}, true
		}
	}
	return nil, false
}

// onlySearched tells whether the evidence is about a search in Graph and nothing
// else: that an API is there explains no refusal.
func onlySearched(f *facts) bool {
	for _, section := range []string{"token_request", "token_endpoint", "authorize_endpoint", "claims", "request", "response", "arm", "network", "local", "ci"} {
		if _, ok := f.at(section); ok {
			return false
		}
	}
	_, app := f.at("graph", "application")
	return !app
}

// nothingAnswered tells whether nothing but requests is known.
func nothingAnswered(f *facts) bool {
	for _, section := range append(answerSections(), "claims", "token", "config") {
		if n, ok := f.at(section); ok && !n.absent() {
			return false
		}
	}
	return true
}

// nameMissing holds when a search by the very name of the API found nothing, and
// its app id was not found either, if it was looked for.
func nameMissing(appID string) condition {
	return func(f *facts) ([]string, bool) {
		app, _ := entra.ResourceAppByID(appID)
		for _, n := range f.nodes {
			byID := slices.ContainsFunc(n.path, func(k string) bool { return strings.Contains(k, "byappid") })
			if n.section() == "graph" && byID && n.key == appID && !n.absent() {
				return nil, false
			}
		}
		for _, n := range f.nodes {
			if n.section() == "graph" && n.absent() && strings.EqualFold(n.key, app.Name) {
				return []string{n.shown + ": nothing found"}, true
			}
		}
		return nil, false
	}
}

// smartSlash holds when a SMART scope with a slash in its name was asked for.
func smartSlash(f *facts) ([]string, bool) {
	for _, s := range f.scopes() {
		for _, prefix := range []string{"patient/", "user/", "system/", "launch/"} {
			if strings.HasPrefix(s, prefix) || strings.Contains(s, "/"+prefix) {
				return []string{"the scope asked for: " + s}, true
			}
		}
	}
	return nil, false
}

// listsOthersOnly tells whether the app's listed APIs are known and the API asked
// for is none of them.
func listsOthersOnly(f *facts) bool {
	wanted := resourceApp(f.resource(), "")
	listed := append(f.named("authorize_endpoint", "valid_resources"), f.named("token_endpoint", "valid_resources")...)
	for _, n := range listed {
		if wanted == "" || n.text() == wanted {
			return false
		}
	}
	return len(listed) > 0
}
