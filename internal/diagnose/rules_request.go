package diagnose

import "strings"

// requestRules are about the form of token requests and their grants.
func requestRules() []Rule {
	v2 := has("token_request", `/oauth2/v2\.0/`, "url")
	v1 := has("token_request", `/oauth2/token`, "url")
	asked := either(is(anyCode), tokenStatus(400))
	return []Rule{
		{ID: "request.resource_on_v2.form", Cause: "request.resource_on_v2", Confidence: 0.9, Confirm: "the token endpoint's answer",
			when: all(v2, has("token_request", ".", "resource"), missing("token_request", "scope"))},
		{ID: "request.resource_on_v2.text", Cause: "request.resource_on_v2", Confidence: 0.97, when: identitySays("'resource' request parameter is not supported")},
		{ID: "request.resource_on_v2.field", Cause: "request.resource_on_v2", Confidence: 0.9, when: all(code(900144), v2, has("token_request", ".", "resource"), identitySays("scope"))},
		{ID: "request.scope_on_v1.form", Cause: "request.scope_on_v1", Confidence: 0.85, Confirm: "aud of the token, or the answer",
			when: all(v1, has("token_request", ".", "scope"), not(has("token_request", ".", "resource")), either(asked, hasClaim("aud")))},
		// The v1 endpoint knows no scope and, without a resource, takes Azure AD Graph.
		{ID: "request.scope_on_v1.default", Cause: "request.scope_on_v1", Confidence: 0.965,
			when: all(v1, has("token_request", ".", "scope"), not(has("token_request", ".", "resource")), audIs("https://graph.windows.net", "00000002-0000-0000-c000-000000000000"))},
		{ID: "request.not_default.scope", Cause: "request.not_default", Confidence: 0.93,
			when: all(grant("client_credentials"), namedScope, either(code(1002012, 70011), oauthError("invalid_scope")))},
		{ID: "request.scope_invalid.error", Cause: "request.scope_invalid", Confidence: 0.75, Confirm: "the scope as it was sent", when: oauthError("invalid_scope")},
		{ID: "request.two_resources.scope", Cause: "request.two_resources", Confidence: 0.93, when: all(twoResources, either(is(anyCode), oauthError("invalid_scope", "invalid_request")))},
		// Entra refuses such a request always, so the request alone tells it.
		{ID: "request.two_resources.asked", Cause: "request.two_resources", Confidence: 0.6, Confirm: "the answer", when: all(twoResources, not(asked))},
		{ID: "request.no_resource.scope", Cause: "request.no_resource", Confidence: 0.85, Confirm: "the answer",
			when: all(onlyOIDC, not(has("authorize_request", ".", "resource")), not(has("token_request", ".", "resource")), either(code(70011, 28002, 28003, 700023), oauthError("invalid_scope")))},
		{ID: "request.field_missing.scope", Cause: "request.field_missing", Confidence: 0.8, when: identitySays("must contain the following parameter")},
		{ID: "request.not_form.type", Cause: "request.not_form", Confidence: 0.95,
			when: all(has("token_request", `json|multipart|text/plain`, "content_type"), either(asked, oauthError("invalid_request")))},
		{ID: "request.not_form.query", Cause: "request.not_form", Confidence: 0.85, when: all(code(900144, 90014), has("token_request", `\?.*(grant_type|client_id)=`, "url"))},
		{ID: "request.method.get", Cause: "request.method", Confidence: 0.93, when: has("token_request", `^get$`, "method")},
		{ID: "request.grant_type.error", Cause: "request.grant_type", Confidence: 0.93, when: oauthError("unsupported_grant_type")},
		{ID: "request.response_type.error", Cause: "request.response_type", Confidence: 0.85, when: all(oauthError("unsupported_response_type"), not(code(700054)))},
		{ID: "app.id_token_off.type", Cause: "app.id_token_off", Confidence: 0.87, when: all(oauthError("unsupported_response_type"), has("authorize_request", `id_token|\btoken\b`, "response_type"))},
		{ID: "request.malformed.error", Cause: "request.malformed", Confidence: 0.45, Confirm: "the AADSTS code", when: all(oauthError("invalid_request"), is(noCodeAtAll))},
		{ID: "code.expired.error", Cause: "code.expired", Confidence: 0.5, Confirm: "the AADSTS code", when: all(oauthError("invalid_grant"), is(noCodeAtAll), grant("authorization_code"))},
		{ID: "code.reused.text", Cause: "code.reused", Confidence: 0.93, when: identitySays("already redeemed", "already been redeemed")},
		{ID: "refresh.inactive.text", Cause: "refresh.inactive", Confidence: 0.96, when: all(identitySays("due to inactivity", "was inactive for", "inactive for 90"), not(code(700084)))},
		{ID: "refresh.expired.error", Cause: "refresh.inactive", Confidence: 0.45, Confirm: "the AADSTS code", when: all(oauthError("invalid_grant"), is(noCodeAtAll), grant("refresh_token"))},
		{ID: "refresh.revoked.error", Cause: "refresh.revoked", Confidence: 0.4, Confirm: "the AADSTS code", when: all(oauthError("invalid_grant"), is(noCodeAtAll), grant("refresh_token"))},
		{ID: "refresh.inactive.old", Cause: "refresh.inactive", Confidence: 0.9, when: all(code(70008), grant("refresh_token"))},
		{ID: "device.pending.error", Cause: "device.pending", Confidence: 0.95, when: oauthError("authorization_pending")},
		{ID: "device.expired.error", Cause: "device.expired", Confidence: 0.93, when: oauthError("expired_token", "code_expired")},
		{ID: "device.declined.error", Cause: "device.declined", Confidence: 0.93, when: oauthError("authorization_declined")},
		{ID: "device.code_wrong.error", Cause: "device.code_wrong", Confidence: 0.9, when: oauthError("bad_verification_code")},
		{ID: "user.mfa.error", Cause: "user.mfa", Confidence: 0.7, Confirm: "the AADSTS code", when: all(oauthError("interaction_required", "basic_action", "additional_action"), is(noCodeAtAll))},
		{ID: "user.blocked.suberror", Cause: "user.blocked", Confidence: 0.8, Confirm: "the AADSTS code", when: all(oauthError("message_only"), is(noCodeAtAll))},
		{ID: "user.not_signed_in.error", Cause: "user.not_signed_in", Confidence: 0.9, when: oauthError("login_required")},
		{ID: "user.password_expired.suberror", Cause: "user.password_expired", Confidence: 0.93, when: oauthError("user_password_expired")},
		{ID: "user.password.grant", Cause: "user.password", Confidence: 0.55, Confirm: "the AADSTS code", when: all(oauthError("invalid_grant"), is(noCodeAtAll), grant("password"))},
	}
}

// scopes are the scopes of the token or authorize request.
func (f *facts) scopes() []string {
	text := f.first("token_request", "scope", "scopes")
	if text == "" {
		text = f.first("authorize_request", "scope", "scopes")
	}
	return strings.Fields(text)
}

// namedScope holds when an app asks for something else than .default.
func namedScope(f *facts) ([]string, bool) {
	for _, s := range f.scopes() {
		if !isOIDC(s) && !strings.HasSuffix(s, "/.default") {
			return []string{"the scope asked for: " + s}, true
		}
	}
	return nil, false
}

func isOIDC(scope string) bool {
	switch scope {
	case "openid", "profile", "email", "offline_access":
		return true
	}
	return false
}

// twoResources holds when the scopes name more than one API.
func twoResources(f *facts) ([]string, bool) {
	seen := map[string]bool{}
	for _, s := range f.scopes() {
		if i := strings.LastIndex(s, "/"); i > len("https://") {
			seen[strings.TrimRight(s[:i], "/")] = true
		}
	}
	return []string{"the scopes asked for: " + strings.Join(f.scopes(), " ")}, len(seen) > 1
}

// onlyOIDC holds when there are scopes, and none of an API.
func onlyOIDC(f *facts) ([]string, bool) {
	for _, s := range f.scopes() {
		if !isOIDC(s) {
			return nil, false
		}
	}
	return []string{"the scopes asked for: " + strings.Join(f.scopes(), " ")}, len(f.scopes()) > 0
}
