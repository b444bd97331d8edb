package login_test

import (
	"strings"
	"testing"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

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
