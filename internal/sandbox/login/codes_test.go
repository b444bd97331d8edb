package login_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/login"
	"hdstest/internal/sandbox/scenario"
)

// codeRow produces one AADSTS code.
type codeRow struct {
	code  int
	oauth string // the OAuth error it must come with; "page" for one that is only shown
	make  func(t *testing.T, f *fixture) outcome
}

// outcome is a refusal as it came: JSON, or at the redirect URI, or on a page.
type outcome struct {
	oauth       string
	description string
	status      int
	codes       []int // of JSON
	suberror    string
}

func fromJSON(a answer) outcome {
	o := outcome{oauth: a.text("error"), description: a.text("error_description"), status: a.status, suberror: a.text("suberror")}
	if len(a.json) > 0 {
		o.codes = []int{a.code()}
	}
	return o
}

// fromBrowser reads the refusal from where the person was led.
func fromBrowser(b *browser) outcome {
	if b.left == nil {
		return outcome{oauth: "page", description: b.page, status: b.status}
	}
	got := b.answer()
	return outcome{oauth: got.Get("error"), description: got.Get("error_description"), status: 302}
}

// The makers of rows.

func token(pairs ...string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome { return fromJSON(f.post(t, pairs...)) }
}

// secretly is a client credentials request with the right secret.
func secretly(more ...string) []string {
	return append([]string{"grant_type", "client_credentials", "client_id", confidentialApp, "client_secret", secret,
		"scope", dicom + "/.default"}, more...)
}

func at(method, path, body string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome { return fromJSON(f.send(t, method, path, body)) }
}

func visit(address string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome { return fromBrowser(f.browser(t).open(address)) }
}

// redeemed signs in with the public app and redeems the code with changes.
func redeemed(more ...string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
		return fromJSON(f.post(t, redemption(code, more...)...))
	}
}

func asserted(change func(*assertionSpec)) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		return fromJSON(f.post(t, assertionForm(f.assertion(t, change))...))
	}
}

// presented exchanges a token of the outside issuer.
func presented(subject, audience, app string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		raw, err := f.issuer.Token(subject, audience, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return fromJSON(f.post(t, assertionForm(raw, "client_id", app)...))
	}
}

func under(sw scenario.Switch, make func(*testing.T, *fixture) outcome) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		f.on(t, sw)
		return make(t, f)
	}
}

// refreshed gets a refresh token, lets time pass and uses it.
func refreshed(later time.Duration, more ...string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
		first := f.post(t, redemption(code)...)
		f.move(later)
		return fromJSON(f.post(t, append([]string{"grant_type", "refresh_token", "client_id", publicApp,
			"refresh_token", first.text("refresh_token")}, more...)...))
	}
}

func publicAuthorize(more ...string) string {
	return authorizeURL(append([]string{"client_id", publicApp, "redirect_uri", redirect, "scope", dicom + "/.default"}, more...)...)
}

func credentialRows() []codeRow {
	keyID := "9d5c9a55-6a3a-4f6e-9d4b-6d1c52a3b0a1" // a secret's ID in the place of its value
	return []codeRow{
		{7000215, entra.ErrInvalidClient, token(secretly("client_secret", keyID)...)},
		{7000215, entra.ErrInvalidClient, under(scenario.SecretUnknown, token(secretly()...))},
		{7000222, entra.ErrInvalidClient, token(secretly("client_secret", expiredSecret)...)},
		{7000222, entra.ErrInvalidClient, under(scenario.SecretExpired, token(secretly()...))},
		{7000216, entra.ErrInvalidClient, token(secretly("client_secret", "")...)},
		{7000218, entra.ErrInvalidClient, webRedemption("client_secret", "")},
		{7000218, entra.ErrInvalidClient, under(scenario.PublicFlowsOff, deviceRow(nil))},
		{700025, entra.ErrInvalidClient, redeemed("client_secret", secret)},
		{700027, entra.ErrInvalidClient, under(scenario.CertificateUnknown, asserted(nil))},
		{700024, entra.ErrInvalidClient, asserted(claim("exp", 1000))},
		{700021, entra.ErrInvalidClient, asserted(func(s *assertionSpec) { s.claims["iss"], s.claims["sub"] = publicApp, publicApp })},
		{700023, entra.ErrInvalidClient, asserted(claim("aud", "https://login.microsoftonline.com/common"))},
		{5002738, entra.ErrInvalidClient, token(assertionForm("eyJhbGciOiJIUzI1NiJ9.e30.c2ln")...)},
		{50027, entra.ErrInvalidRequest, token(assertionForm("no-token")...)},
		{50048, entra.ErrInvalidClient, asserted(claim("sub", publicApp))},
		{50013, entra.ErrInvalidGrant, under(scenario.AssertionReplay, func(t *testing.T, f *fixture) outcome {
			asserted(nil)(t, f)
			return asserted(nil)(t, f)
		})},
		{70021, entra.ErrInvalidRequest, presented(subject, federation, emptyApp)},
		{700211, entra.ErrInvalidClient, func(t *testing.T, f *fixture) outcome {
			return fromJSON(f.post(t, assertionForm(f.federated(t, "https://token.actions.githubusercontent.com"))...))
		}},
		{700212, entra.ErrInvalidClient, presented(subject, "api://other", confidentialApp)},
		{700213, entra.ErrInvalidClient, presented("system:serviceaccount:default:app", federation, confidentialApp)},
		{7002138, entra.ErrInvalidClient, presented(strings.ToUpper(subject), federation, confidentialApp)},
		{90061, entra.ErrInvalidRequest, func(t *testing.T, f *fixture) outcome {
			return fromJSON(f.post(t, assertionForm(f.federated(t, "https://127.0.0.1:1"))...))
		}},
	}
}

// webRedemption redeems a code of the web app, with changes.
func webRedemption(more ...string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		code := f.browser(t).open(authorizeURL("client_id", confidentialApp, "redirect_uri", webURI, "scope", dicom+"/.default")).
			signIn().answer().Get("code")
		return fromJSON(f.post(t, append([]string{"grant_type", "authorization_code", "client_id", confidentialApp, "client_secret", secret,
			"code", code, "redirect_uri", webURI}, more...)...))
	}
}

// deviceRow starts a device flow, lets something happen, and polls.
func deviceRow(meanwhile func(*testing.T, *fixture, answer)) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		d := f.send(t, "POST", "/"+tenantID+"/oauth2/v2.0/devicecode", form("client_id", publicApp, "scope", dicom+"/.default"))
		if meanwhile != nil {
			meanwhile(t, f, d)
		}
		return fromJSON(f.poll(t, "device_code", d.text("device_code")))
	}
}

func requestRows() []codeRow {
	const invalid = entra.ErrInvalidRequest
	otherTenant := "/" + "6f0e3d2a-1111-4222-8333-444455556666"
	return []codeRow{
		{700016, entra.ErrUnauthorizedClient, token(secretly("client_id", tenantID)...)},
		{700016, entra.ErrUnauthorizedClient, under(scenario.AppNotFound, token(secretly()...))},
		{700016, "page", visit(publicAuthorize("client_id", tenantID))},
		{7000229, entra.ErrInvalidClient, token(secretly("client_id", orphanApp)...)},
		{7000112, entra.ErrUnauthorizedClient, token(secretly("client_id", disabledApp)...)},
		{90002, entra.ErrInvalidTenant, at("GET", otherTenant+"/v2.0/.well-known/openid-configuration", "")},
		{90002, entra.ErrInvalidTenant, at("POST", "/other.invalid/oauth2/v2.0/token", form(secretly()...))},
		{90002, "page", visit("/other.invalid/oauth2/v2.0/authorize?client_id=x")},
		{900023, invalid, at("POST", "/%22"+tenantID+"%22/oauth2/v2.0/token", form(secretly()...))},
		{50059, invalid, at("POST", "/common/oauth2/v2.0/token", form(secretly()...))},
		{50059, invalid, at("POST", "/organizations/oauth2/v2.0/token", form(secretly()...))},
		{50194, "page", visit("/common/oauth2/v2.0/authorize?" + form("client_id", publicApp, "response_type", "code"))},
		{50194, invalid, at("POST", "/common/oauth2/v2.0/devicecode", form("client_id", publicApp, "scope", "openid"))},
		{9001023, invalid, at("POST", "/common/oauth2/v2.0/token", "grant_type=password")},
		{9002332, invalid, at("POST", "/consumers/oauth2/v2.0/token", form(secretly()...))},
		{50049, entra.ErrInvalidInstance, at("GET", "/common/discovery/instance?api-version=1.1&authorization_endpoint=https%3A%2F%2Fexample.invalid%2Fx", "")},
		{9002313, invalid, at("POST", tokenV2, "grant_type=%zz")},
		{9002313, invalid, token(redemption("garbage")...)},
		{9002313, invalid, token(secretly("x", strings.Repeat("x", 2<<20))...)},
		{9000411, invalid, at("POST", tokenV2, form(secretly()...)+"&scope=again")},
		{90014, invalid, token(secretly("scope", "")...)},
		{900144, invalid, at("POST", tokenV2+"?"+form(secretly()...), "")},
		{900144, invalid, token(secretly("client_id", "")...)},
		{900144, invalid, at("POST", tokenV1, form(secretly()...))},
		{900561, invalid, at("GET", tokenV2+"?"+form(secretly()...), "")},
		{90023, invalid, visit(publicAuthorize("prompt", "please"))},
		{901002, invalid, token(secretly("resource", dicom)...)},
		{901002, invalid, visit(publicAuthorize("resource", dicom))},
		{70003, entra.ErrUnsupportedGrant, token(secretly("grant_type", "client_credential")...)},
	}
}

func resourceRows() []codeRow {
	const scope, resource = entra.ErrInvalidScope, entra.ErrInvalidResource
	return []codeRow{
		{500011, resource, token(secretly("scope", "https://nobody.invalid/.default")...)},
		{500011, resource, under(scenario.DICOMPrincipalMissing, token(secretly()...))},
		{500011, resource, visit(publicAuthorize("scope", "https://nobody.invalid/Read"))},
		{500014, resource, token(secretly("scope", "api://broken/.default")...)},
		{1002012, scope, token(secretly("scope", dicom+"/Dicom.ReadWrite")...)},
		{1002012, scope, token(secretly("scope", dicom)...)},
		{1002012, scope, token(secretly("scope", "openid")...)},
		{70011, scope, visit(publicAuthorize("scope", dicom+"/.default "+dicom+"/Dicom.ReadWrite"))},
		{70011, scope, visit(publicAuthorize("scope", dicom))},
		{700022, scope, token(secretly("scope", dicom+"/.default "+fhirURL+"/.default")...)},
		{28000, scope, redeemed("scope", dicom+"/.default "+fhirURL+"/.default")},
		{28002, scope, redeemed("scope", dicom+"/Dicom.Nothing")},
		{28003, scope, func(t *testing.T, f *fixture) outcome {
			both := dicom + "/Dicom.ReadWrite " + fhirURL + "/user_impersonation"
			code := f.browser(t).open(publicRequest("scope", both)).signIn().answer().Get("code")
			return fromJSON(f.post(t, redemption(code, "scope", "")...))
		}},
		{650053, entra.ErrInvalidClient, func(t *testing.T, f *fixture) outcome {
			return fromBrowser(f.browser(t).open(publicAuthorize("scope", dicom+"/user_impersonation")).signIn())
		}},
		{650053, entra.ErrInvalidClient, under(scenario.DICOMImpersonation, func(t *testing.T, f *fixture) outcome {
			return fromBrowser(f.browser(t).open(publicAuthorize("scope", dicom+"/Dicom.ReadWrite")).signIn())
		})},
		{650057, entra.ErrInvalidClient, func(t *testing.T, f *fixture) outcome {
			return fromBrowser(f.browser(t).open(publicAuthorize("scope", "https://graph.microsoft.com/.default")).signIn())
		}},
		{90009, entra.ErrInvalidRequest, func(t *testing.T, f *fixture) outcome {
			return fromBrowser(f.browser(t).open(publicAuthorize("scope", "api://"+publicApp+"/.default")).signIn())
		}},
	}
}

func consentRows() []codeRow {
	return []codeRow{
		{65001, entra.ErrInvalidGrant, under(scenario.ConsentMissing, redeemed())},
		{65001, entra.ErrInvalidGrant, redeemed("scope", "User.Read")},
		{65001, entra.ErrInteractionRequired, func(t *testing.T, f *fixture) outcome {
			b := f.browser(t).open(publicAuthorize("scope", "User.Read")).signIn()
			return fromBrowser(b.open(publicAuthorize("scope", "User.Read", "prompt", "none")))
		}},
		{65004, entra.ErrAccessDenied, func(t *testing.T, f *fixture) outcome {
			return fromBrowser(f.browser(t).open(publicAuthorize("scope", "User.Read")).signIn().submit("consent", "cancel"))
		}},
		{90094, "page", func(t *testing.T, f *fixture) outcome {
			return fromBrowser(f.browser(t).open(publicAuthorize("scope", "api://strict/Manage")).signIn())
		}},
		{501051, entra.ErrInvalidClient, token(secretly("scope", "api://strict/.default")...)},
		{50105, "page", func(t *testing.T, f *fixture) outcome {
			return fromBrowser(f.browser(t).open(publicAuthorize("client_id", assignedApp)).signIn())
		}},
		{50105, entra.ErrInteractionRequired, func(t *testing.T, f *fixture) outcome {
			b := f.browser(t).open(publicAuthorize()).signIn()
			b.left = nil
			return fromBrowser(b.open(publicAuthorize("client_id", assignedApp, "prompt", "none")))
		}},
	}
}

func redirectRows() []codeRow {
	const invalid, grant = entra.ErrInvalidRequest, entra.ErrInvalidGrant
	return []codeRow{
		{50011, "page", visit(publicAuthorize("redirect_uri", "https://evil.invalid/"))},
		{50011, "page", under(scenario.StrictLoopbackPort, visit(publicAuthorize("redirect_uri", "http://127.0.0.1:51234/cb")))},
		{500113, "page", visit(publicAuthorize("client_id", emptyApp))},
		{900971, "page", visit(publicAuthorize("redirect_uri", ""))},
		{90102, "page", visit(publicAuthorize("redirect_uri", "/callback"))},
		{700054, entra.ErrUnsupportedResponse, visit(publicAuthorize("response_type", "code id_token"))},
		{70005, entra.ErrUnsupportedResponse, visit(publicAuthorize("response_type", "ticket"))},
		{70007, invalid, visit(publicAuthorize("response_mode", "pigeon"))},
		{50149, invalid, visit(publicAuthorize("code_challenge", verifier, "code_challenge_method", "S512"))},
		{501491, invalid, visit(publicAuthorize("code_challenge", "short"))},
		{9002325, invalid, visit(publicAuthorize("client_id", spaApp))},
		{500112, entra.ErrInvalidClient, redeemed("redirect_uri", redirect+"/")},
		{9002326, invalid, func(t *testing.T, f *fixture) outcome {
			code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
			return fromJSON(f.send(t, "POST", tokenV2, form(redemption(code)...), "Origin", "https://app.contoso.invalid"))
		}},
		{9002327, invalid, func(t *testing.T, f *fixture) outcome {
			code := f.browser(t).open(publicRequest("client_id", spaApp)).signIn().answer().Get("code")
			return fromJSON(f.post(t, redemption(code, "client_id", spaApp)...))
		}},
		{54005, grant, func(t *testing.T, f *fixture) outcome {
			code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
			f.post(t, redemption(code)...)
			return fromJSON(f.post(t, redemption(code)...))
		}},
		{54005, grant, func(t *testing.T, f *fixture) outcome {
			code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
			f.post(t, redemption(code)...)
			f.move(11 * time.Minute)
			return fromJSON(f.post(t, redemption(code)...))
		}},
		{70000, grant, redeemed("code", "1.hdstest-sandbox-code.unknown")},
		{70000, grant, redeemed("client_id", manyApp)},
		{70000, grant, refreshed(0, "client_id", manyApp)},
		{70008, grant, func(t *testing.T, f *fixture) outcome {
			code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
			f.move(11 * time.Minute)
			return fromJSON(f.post(t, redemption(code)...))
		}},
		{700005, grant, func(t *testing.T, f *fixture) outcome {
			request := strings.Replace(publicRequest("client_id", manyApp), tenantID, "common", 1)
			code := f.browser(t).open(request).signIn().answer().Get("code")
			return fromJSON(f.post(t, redemption(code, "client_id", manyApp)...))
		}},
		{501481, grant, redeemed("code_verifier", strings.Repeat("x", 43))},
		{501481, grant, redeemed("code_verifier", "")},
		{501481, grant, func(t *testing.T, f *fixture) outcome { // a verifier that nothing asked for
			code := f.browser(t).open(publicAuthorize()).signIn().answer().Get("code")
			return fromJSON(f.post(t, redemption(code)...))
		}},
		{50147, invalid, redeemed("code_verifier", "short")},
		{700082, grant, refreshed(91 * 24 * time.Hour)},
		{700084, grant, spaRefresh},
	}
}

func spaRefresh(t *testing.T, f *fixture) outcome {
	code := f.browser(t).open(publicRequest("client_id", spaApp, "scope", dicom+"/Dicom.ReadWrite offline_access")).signIn().answer().Get("code")
	first := f.send(t, "POST", tokenV2, form(redemption(code, "client_id", spaApp, "scope", "")...), "Origin", redirect)
	f.move(25 * time.Hour)
	return fromJSON(f.send(t, "POST", tokenV2, form("grant_type", "refresh_token", "client_id", spaApp,
		"refresh_token", first.text("refresh_token")), "Origin", redirect))
}

func deviceRows() []codeRow {
	typed := func(code func(answer) string, before func(*testing.T, *fixture, answer)) func(*testing.T, *fixture) outcome {
		return func(t *testing.T, f *fixture) outcome {
			d := f.send(t, "POST", "/"+tenantID+"/oauth2/v2.0/devicecode", form("client_id", publicApp, "scope", dicom+"/.default"))
			if before != nil {
				before(t, f, d)
			}
			return fromBrowser(f.browser(t).open("/devicelogin").submit("user_code", code(d)))
		}
	}
	right := func(d answer) string { return d.text("user_code") }
	decline := func(t *testing.T, f *fixture, d answer) {
		f.browser(t).open("/devicelogin").submit("user_code", d.text("user_code")).submit("action", "cancel")
	}
	late := func(_ *testing.T, f *fixture, _ answer) { f.move(16 * time.Minute) }
	return []codeRow{
		{70016, entra.ErrPending, deviceRow(nil)},
		{65004, "authorization_declined", deviceRow(decline)},
		{70020, entra.ErrExpiredToken, deviceRow(late)},
		{70018, entra.ErrBadVerificationCode, token("grant_type", "device_code", "client_id", publicApp, "device_code", "x")},
		{70018, "page", typed(func(answer) string { return "ABCDEFGHJ" }, nil)},
		{70019, "page", typed(right, late)},
		{90119, "page", typed(func(answer) string { return " " }, nil)},
		{90120, "page", typed(right, decline)},
		{700022, entra.ErrInvalidScope, at("POST", "/"+tenantID+"/oauth2/v2.0/devicecode",
			form("client_id", publicApp, "scope", dicom+"/.default "+fhirURL+"/.default"))},
	}
}

func userRows() []codeRow {
	signIn := func(user, pass string) func(*testing.T, *fixture) outcome {
		return func(t *testing.T, f *fixture) outcome {
			return fromBrowser(f.browser(t).open(publicAuthorize()).submit("username", user, "password", pass, "action", "signin"))
		}
	}
	return []codeRow{
		{50034, "page", signIn("nobody@contoso.invalid", password)},
		{50126, "page", signIn(upn, "wrong")},
		{50126, "page", signIn("guest@contoso.invalid", "")},
		{50057, "page", signIn("gone@contoso.invalid", password)},
		{50057, entra.ErrInvalidGrant, func(t *testing.T, f *fixture) outcome {
			code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
			_ = f.directory.Update(func(s *directory.State) error { s.Users["user-1"].AccountEnabled = false; return nil })
			return fromJSON(f.post(t, redemption(code)...))
		}},
		{50058, entra.ErrLoginRequired, visit(publicAuthorize("prompt", "none"))},
	}
}

// notProduced are the codes of the fact sheets that the service has no way to,
// with the reason.
func notProduced() map[string]string {
	return map[string]string{
		"70002 50012 700011 70001 50001 65005 90008 50128 51004": "an older or a second name of a code that is produced",
		"700030":                              "trust by subject name is for Microsoft's own apps",
		"500133":                              "the on-behalf-of grant is not there",
		"5000224":                             "tenants and apps are not deprovisioned",
		"7002137 700229":                      "managed identities are not there",
		"900439 90038 900382":                 "there is one cloud",
		"50196 90024 90033 90055 90090 50033": "loops and outages are faults that the composer plays",
		"90013 90100":                         "bad parameters are refused by the codes that name them",
		"65002":                               "the one app of Microsoft's that may sign in is authorized everywhere",
		"650052 650054 650056":                "subscriptions to services are not there",
		"90095":                               "requests for an administrator's approval are not there",
		"50173":                               "grants are not revoked",
		"50134":                               "there is one data centre",
		"50199":                               "it is the question before a device is approved, not an error",
		"50020 90072":                         "there are no guests",
		"50053 50055 50056":                   "accounts are not locked, passwords do not expire",
		"50072 50079 50074 50076 50078 50097 50129 53000 53001 50131 53003 530032 530035 53002 53004 53011 70043": "there is no Conditional Access and no second factor",
		"50140": "nobody is asked to stay signed in",
	}
}

func allRows() []codeRow {
	return slices.Concat(credentialRows(), requestRows(), resourceRows(), consentRows(), redirectRows(), deviceRows(), userRows())
}

func TestEveryCode(t *testing.T) {
	for _, row := range allRows() {
		t.Run(strconv.Itoa(row.code)+" "+row.oauth, func(t *testing.T) {
			f := start(t)
			got := row.make(t, f)
			if got.oauth != row.oauth || !strings.Contains(got.description, "AADSTS"+strconv.Itoa(row.code)+":") {
				t.Fatalf("got %s: %.300s", got.oauth, got.description)
			}
			if strings.Contains(got.description, "%!") {
				t.Errorf("the text is not filled in: %s", got.description)
			}
			if got.codes == nil {
				return
			}
			want := 400
			if row.oauth == entra.ErrInvalidClient {
				want = 401
			}
			if got.status != want || got.codes[0] != row.code {
				t.Errorf("status %d, want %d; error_codes %v", got.status, want, got.codes)
			}
		})
	}
}

func TestCodesAreAccountedFor(t *testing.T) {
	made := map[int]bool{}
	for _, row := range allRows() {
		made[row.code] = true
	}
	for _, code := range login.Codes() {
		if !made[code] {
			t.Errorf("%d can be answered, and no row produces it", code)
		}
		if _, ok := entra.LookupError(code); !ok {
			t.Errorf("%d is not in the table of names", code)
		}
	}
	for codes, why := range notProduced() {
		for _, text := range strings.Fields(codes) {
			code, err := strconv.Atoi(text)
			if err != nil || why == "" || made[code] {
				t.Errorf("%s is said not to be produced (%s), and is", text, why)
			}
			made[code] = true
		}
	}
	for _, text := range strings.Fields(factCodes) {
		if code, _ := strconv.Atoi(text); !made[code] {
			t.Errorf("%s is neither produced nor said not to be", text)
		}
	}
}

// factCodes are the codes of the collected facts.
const factCodes = `
7000215 7000222 7000218 700025 70002 700027 700024 700030 50012 50013 500133 50027 50048 5000224
70021 700211 700212 700213 7002138 7002137 700229
700016 700011 70001 7000112 90002 900023 50059 50128 50194 9001023 9002332 900439 90038 900382 50049 50196
9002313 90014 900144 900561 90013 90023 90100 90102 901002 70003 90024 90033 90055 90090 50033
500011 50001 1002012 70011 700022 700023 28002 28003 650053 65001 65002 65004 65005 650052 650054 650056 650057
501051 50105 90008 90009 90094 90095
50011 500113 900971 700054 70005 70007 9002325 9002326 9002327 54005 70000 70008 700005 501481 50147 501491
700082 700084 50173 70016 70018 70019 70020 90119 90120 50134 50199
50020 50034 51004 90072 50053 50055 50056 50057 50126 50058 50072 50079 50074 50076 50078 50097 50129 53000 53001
50131 53003 530032 530035 53002 53004 53011 50140 70043`

// TestErrorBody checks the shape that every JSON refusal has.
func TestErrorBody(t *testing.T) {
	f := start(t)
	const correlation = "7c5e0f7e-9d8e-4d0c-8f6b-0f4d6a1b2c3d"
	a := f.send(t, "POST", tokenV2, form(secretly("client_secret", "x")...), "client-request-id", correlation, "return-client-request-id", "true")
	description := a.text("error_description")
	for _, want := range []string{"AADSTS7000215: ", " Trace ID: " + a.text("trace_id"), " Correlation ID: " + correlation, " Timestamp: " + a.text("timestamp")} {
		if !strings.Contains(description, want) {
			t.Errorf("error_description lacks %q: %s", want, description)
		}
	}
	if _, err := time.Parse("2006-01-02 15:04:05Z", a.text("timestamp")); err != nil {
		t.Error(err)
	}
	if a.text("correlation_id") != correlation || a.text("error_uri") != f.url+"/error?code=7000215" || a.header.Get("x-ms-request-id") != a.text("trace_id") ||
		a.header.Get("client-request-id") != correlation || a.header.Get("Cache-Control") != "no-store, no-cache" {
		t.Errorf("body %s, headers %v", a.body, a.header)
	}
	if b := f.send(t, "POST", tokenV2, form(secretly("client_secret", "x")...), "client-request-id", correlation); b.header.Get("client-request-id") != "" {
		t.Error("client-request-id is echoed only when that is asked for")
	}
	if page := f.send(t, "GET", strings.TrimPrefix(a.text("error_uri"), f.url), ""); page.status != 200 || page.code() != 7000215 {
		t.Errorf("error_uri leads to status %d", page.status)
	}
	if s := f.send(t, "POST", tokenV2, form(redemption("1.hdstest-sandbox-code.x")...)); s.text("suberror") != "" {
		t.Errorf("suberror %s", s.text("suberror"))
	}
	if s := under(scenario.ConsentMissing, redeemed())(t, f); s.suberror != "consent_required" {
		t.Errorf("65001: suberror %q", s.suberror)
	}
}
