package diagnose

import (
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

// redirectRules are about the redirect URI, its platform and the sign-in in the
// browser.
func redirectRules() []Rule {
	unknown := code(50011, 70004)
	needsSecret := code(7000218, 70002)
	return []Rule{
		{ID: "redirect.postman_browser.uri", Cause: "redirect.postman_browser", Confidence: 0.96, when: all(unknown, postmanBrowser)},
		{ID: "redirect.postman_browser.unregistered", Cause: "redirect.postman_browser", Confidence: 0.9, when: all(postmanBrowser, unregistered, not(is(anyCode)))},
		{ID: "redirect.smart_proxy.path", Cause: "redirect.smart_proxy", Confidence: 0.94, when: all(unknown, smartProxy)},
		{ID: "redirect.smart_proxy.callbacks", Cause: "redirect.smart_proxy", Confidence: 0.82, Confirm: "whether the sign-in went through the proxy", when: all(unknown, not(smartProxy), smartCallbacks)},
		{ID: "redirect.smart_proxy.unregistered", Cause: "redirect.smart_proxy", Confidence: 0.85, Confirm: "the sign-in page's message", when: all(smartProxy, smartCallbackMissing, not(is(anyCode)))},
		{ID: "redirect.nearly.compared", Cause: "redirect.nearly", Confidence: 0.95, when: all(unknown, nearly, not(loopbackIP))},
		{ID: "redirect.nearly.text", Cause: "redirect.nearly", Confidence: 0.9, Confirm: "the registered URIs, letter by letter", when: identitySays("a trailing slash")},
		{ID: "redirect.loopback_ip.compared", Cause: "redirect.loopback_ip", Confidence: 0.9, when: all(unknown, loopbackIP)},
		{ID: "redirect.not_registered.compared", Cause: "redirect.not_registered", Confidence: 0.93,
			when: all(unknown, unregistered, not(nearly), not(postmanBrowser), not(smartProxy), not(noneRegistered))},
		{ID: "redirect.not_registered.unasked", Cause: "redirect.not_registered", Confidence: 0.7, Confirm: "the sign-in page's message",
			when: all(unregistered, is(noCodeAtAll), not(postmanBrowser), not(smartProxy))},
		{ID: "redirect.not_registered.text", Cause: "redirect.not_registered", Confidence: 0.75, Confirm: "the registered URIs",
			when: all(identitySays("does not match the redirect uris", "does not match the reply url", "specified in the request does not match"), not(postmanBrowser), not(smartProxy))},
		{ID: "redirect.none.graph", Cause: "redirect.none", Confidence: 0.95, when: all(either(unknown, code(500113)), noneRegistered)},
		{ID: "redirect.spa.platform", Cause: "redirect.spa", Confidence: 0.93, when: all(under("spa"), grant("authorization_code"), either(tokenStatus(400), missing("token_request", "origin")), not(code(7000215)))},
		{ID: "redirect.cross_origin.platform", Cause: "redirect.cross_origin", Confidence: 0.85, Confirm: "the AADSTS code",
			when: all(has("token_request", `^https?://`, "origin"), grant("authorization_code"), tokenStatus(400), not(under("spa")), is(noCodeAtAll))},
		{ID: "redirect.web_without_secret.platform", Cause: "redirect.web_without_secret", Confidence: 0.95, when: all(needsSecret, under("web"), not(sentSecret))},
		{ID: "redirect.web_without_secret.grant", Cause: "redirect.web_without_secret", Confidence: 0.88, Confirm: "the platform of the redirect URI", when: all(certain(needsSecret), grant("authorization_code"), not(sentSecret))},
		{ID: "redirect.web_without_secret.told", Cause: "redirect.web_without_secret", Confidence: 0.93, when: all(needsSecret, has("config", "^web$", "redirect_platform"), not(sentSecret))},
		{ID: "secret.for_public_client.platform", Cause: "secret.for_public_client", Confidence: 0.9,
			when: all(under("publicclient"), sentSecret, grant("authorization_code"), tokenStatus(400, 401), is(noCodeAtAll))},
		{ID: "code.other_redirect.differs", Cause: "code.other_redirect", Confidence: 0.93, when: twoRedirects},
		{ID: "redirect.invalid.graph", Cause: "redirect.invalid", Confidence: 0.85, when: all(graphSays("redirecturi", "reply url", "replyurl"), controlStatus("graph", 400))},
		{ID: "signin.not_finished.local", Cause: "signin.not_finished", Confidence: 0.85, when: unfinishedSignIn},
		{ID: "signin.state.local", Cause: "signin.state", Confidence: 0.93, when: either(switchedOff("authorize_endpoint", "state_matches"), identitySays("mismatched oauth state", "state does not match"))},
		{ID: "local.browser.local", Cause: "local.browser", Confidence: 0.93, when: problemIs(evidence.ProblemBrowser)},
	}
}

// unfinishedSignIn holds when nobody finished the sign-in in the browser.
func unfinishedSignIn(f *facts) ([]string, bool) {
	return either(switchedOn("authorize_endpoint", "timed_out", "closed", "abandoned"),
		says([]string{"authorize_endpoint", "error", "message", "log", "output"}, "no answer came"))(f)
}

func postmanBrowser(f *facts) ([]string, bool) {
	uri := f.redirectURI()
	if uri == "" { // the refusal names it
		for _, n := range f.leaves(identitySections()...) {
			if strings.Contains(n.text(), "oauth.pstmn.io") {
				uri = entra.PostmanBrowserRedirect
			}
		}
	}
	return []string{"the redirect URI of the request: " + uri}, strings.Contains(uri, "oauth.pstmn.io")
}

// unregistered holds when the registered URIs are known and the request's is
// none of them.
func unregistered(f *facts) ([]string, bool) {
	uris, known := f.registered("")
	asked := f.redirectURI()
	same := slices.ContainsFunc(uris, func(u string) bool {
		return u == asked || looseURI(u) == looseURI(asked) && strings.HasPrefix(looseURI(asked), "loopback")
	})
	return []string{"graph: registered are " + strings.Join(uris, ", "), "the redirect URI of the request: " + asked}, known && asked != "" && !same
}

func nearly(f *facts) ([]string, bool) {
	u := f.nearlyRegistered()
	return []string{"registered is " + u, "the redirect URI of the request: " + f.redirectURI()}, u != ""
}

// loopbackIP holds when the request names the loopback by address.
func loopbackIP(f *facts) ([]string, bool) {
	uri := f.redirectURI()
	return []string{"the redirect URI of the request: " + uri}, strings.HasPrefix(uri, "http://127.0.0.1") || strings.HasPrefix(uri, "http://[::1]")
}

func noneRegistered(f *facts) ([]string, bool) {
	uris, known := f.registered("")
	return []string{"graph: no redirect URI is registered"}, known && len(uris) == 0
}

// smartProxy holds when the sign-in went through the FHIR service's SMART proxy.
func smartProxy(f *facts) ([]string, bool) {
	address := f.first("authorize_request", "url")
	return []string{"authorize_request.url: " + address}, strings.Contains(strings.ToLower(address), "/aadsmartonfhirproxy/")
}

// smartCallbacks holds when the app has callbacks of the SMART proxy and none for
// the request's own redirect URI.
func smartCallbacks(f *facts) ([]string, bool) {
	uris, _ := f.registered("")
	want := smartCallback(f.redirectURI())
	has := slices.ContainsFunc(uris, func(u string) bool { return strings.Contains(strings.ToLower(u), "/aadsmartonfhirproxy/callback/") })
	return []string{"graph: callbacks of the SMART proxy are registered"}, has &&
		(f.redirectURI() == "" || !slices.ContainsFunc(uris, func(u string) bool { return strings.HasSuffix(u, want) }))
}

// smartCallbackMissing holds when the callbacks registered are known and none is
// for the request's own redirect URI.
func smartCallbackMissing(f *facts) ([]string, bool) {
	uris, known := f.registered("")
	want := smartCallback(f.redirectURI())
	return []string{"graph: no callback for " + f.redirectURI()}, known && f.redirectURI() != "" &&
		!slices.ContainsFunc(uris, func(u string) bool { return strings.HasSuffix(u, want) })
}

func twoRedirects(f *facts) ([]string, bool) {
	first, second := f.first("authorize_request", "redirect_uri"), f.first("token_request", "redirect_uri")
	return []string{"asked with " + first, "redeemed with " + second}, first != "" && second != "" && first != second
}
