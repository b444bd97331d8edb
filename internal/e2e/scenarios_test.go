//go:build e2e

package e2e_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"hdstest/internal/entra"
)

// seen is how a scenario looks to curl.
type seen struct {
	exit   int // curl's exit code; with any but 0 nothing else counts
	status int
	header map[string]string // each value begins so; empty: there is none
	body   []string          // each text occurs; in a redirect, in its query
}

// show is a scenario's test: what is asked, which must succeed without the
// scenario, and what is seen with it.
type show struct {
	ask func(*testing.T, sandbox) reply
	seen
}

// TestScenarios switches each scenario on by curl, asks by curl, and sees what
// the scenario's own description promises; before that, the same request sees
// something else. A scenario without a row here is a failure.
//
// Source: each scenario names its own; see `hdstest sandbox --list-scenarios`
// and the page at the sandbox's root.
func TestScenarios(t *testing.T) {
	s := startSandbox(t)
	j := newJudge(t, s, nil)
	rows := scenarioRows(s)
	listed := s.curl(t, s.LoginURL+"/_sandbox/")
	all, _ := place(listed.json, "scenarios").([]any)
	j.that(len(all) > 20, "%d scenarios are listed", len(all))
	for _, one := range all {
		name, _ := place(one, "name").(string)
		row, ok := rows[name]
		j.that(ok, "no test shows the scenario %q, which says: %v", name, place(one, "seen"))
		delete(rows, name)
		if ok {
			j.scenario(name, row)
		}
	}
	j.equal("rows without a scenario", len(rows), 0)
	record(t, used{"curl (scenarios)", fmt.Sprint(len(all)), s.requests(t, "curl/"), j.n})
}

func (j *judge) scenario(name string, row show) {
	j.t.Helper()
	j.t.Run(name, func(t *testing.T) {
		if without := row.differs(row.ask(t, j.s)); without == "" {
			t.Error("the same is seen without the scenario")
		}
		j.s.turn(t, "PUT", name)
		defer j.s.turn(t, "DELETE", name)
		got := row.ask(t, j.s)
		if wrong := row.differs(got); wrong != "" {
			t.Errorf("%s\nexit code %d, status %d\n%v\n%s", wrong, got.exit, got.status, got.header, got.body)
		}
	})
	j.n += 2 + len(row.header) + len(row.body)
}

// turn switches a scenario on (PUT) or off (DELETE) while the sandbox runs.
func (s sandbox) turn(t *testing.T, method, name string) {
	t.Helper()
	if r := s.curl(t, "--request", method, "--header", "X-Hdstest-Sandbox: 1", s.LoginURL+"/_sandbox/scenarios/"+name); r.status != 204 {
		t.Fatalf("%s scenario %s: %d %s", method, name, r.status, r.body)
	}
}

// moveClock sets the sandbox's clock off from the machine's.
func (s sandbox) moveClock(t *testing.T, offset string) {
	t.Helper()
	if r := s.curl(t, "--request", "PUT", "--header", "X-Hdstest-Sandbox: 1", "--data", offset, s.LoginURL+"/_sandbox/clock"); r.status != 204 {
		t.Fatalf("move the clock: %d %s", r.status, r.body)
	}
}

// differs says what a reply lacks; empty if nothing.
func (w seen) differs(r reply) string {
	switch {
	case r.exit != w.exit:
		return fmt.Sprintf("curl's exit code: %d, want %d", r.exit, w.exit)
	case w.exit != 0:
		return ""
	case r.status != w.status:
		return fmt.Sprintf("status: %d, want %d", r.status, w.status)
	}
	for name, value := range w.header {
		if got := r.header.Get(name); !strings.HasPrefix(got, value) || value == "" && got != "" {
			return fmt.Sprintf("header %s: %q, want %q", name, got, value)
		}
	}
	body := r.body
	if r.status == 302 {
		body = strings.Join([]string{r.answer().Get("error"), r.answer().Get("error_description")}, " ")
	}
	for _, text := range w.body {
		if !strings.Contains(body, text) {
			return fmt.Sprintf("the body does not hold %q", text)
		}
	}
	return ""
}

// oauthError is a refusal of the token endpoint.
func oauthError(status int, code int, texts ...string) seen {
	return seen{status: status, header: map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"},
		body: append(texts, fmt.Sprintf(`"error_codes":[%d]`, code), fmt.Sprintf("AADSTS%d: ", code))}
}

// challenged is a 401 of the FHIR service for a token that it does not accept.
func challenged(s sandbox, reason string) seen {
	return seen{status: 401, body: []string{`"code":"login"`, "Authentication failed."}, header: map[string]string{
		"WWW-Authenticate": `Bearer authorization_uri="` + s.Authority + `", resource_id="` + s.FHIRURL + `", realm="` + s.FHIRURL +
			`", error="invalid_token", error_description="` + reason}}
}

func scenarioRows(s sandbox) map[string]show {
	rows := map[string]show{}
	for _, some := range []map[string]show{credentialRows(), signInRows(), tokenRows(s), serviceRows(), faultRows(), graphRows(), armRows()} {
		for name, row := range some {
			rows[name] = row
		}
	}
	return rows
}

// credentialRows: what is wrong with the app or its credential.
func credentialRows() map[string]show {
	bySecret := func(t *testing.T, s sandbox) reply {
		return s.appToken(t, s.ClientID, s.ClientSecret, entra.DICOMResource+"/.default")
	}
	byCertificate := func(t *testing.T, s sandbox) reply { return s.assert(t, s.assertion(t)) }
	return map[string]show{
		"secret-expired": {bySecret, oauthError(401, 7000222, `"error":"invalid_client"`, "are expired")},
		"secret-wrong":   {bySecret, oauthError(401, 7000215, `"error":"invalid_client"`, "Invalid client secret provided.")},
		"app-not-found":  {bySecret, oauthError(400, 700016, `"error":"unauthorized_client"`)},
		"no-dicom-principal": {bySecret, oauthError(400, 500011, `"error":"invalid_resource"`,
			"The resource principal named https://dicom.healthcareapis.azure.com was not found")},
		"certificate-not-uploaded": {byCertificate, oauthError(401, 700027, `"error":"invalid_client"`, "The key was not found.")},
		"assertion-replayed": {func(t *testing.T, s sandbox) reply {
			once := s.assertion(t)
			if first := s.assert(t, once); first.status != 200 {
				return first
			}
			return s.assert(t, once)
		}, oauthError(400, 50013, `"error":"invalid_grant"`)},
	}
}

// assert asks for a token by a client assertion.
func (s sandbox) assert(t *testing.T, assertion string) reply {
	t.Helper()
	return s.form(t, "grant_type=client_credentials", "client_id="+s.ClientID, "scope="+s.FHIRURL+"/.default",
		"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion="+assertion)
}

// assertion signs one with the example app's certificate.
// Source: learn.microsoft.com/entra/identity-platform/certificate-credentials.
func (s sandbox) assertion(t *testing.T) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(s.CertificateFile, s.CertificateFile)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodPS256, jwt.MapClaims{"iss": s.ClientID, "sub": s.ClientID, "jti": uuid.NewString(),
		"aud": s.Authority + "/oauth2/v2.0/token", "nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()})
	print := sha256.Sum256(pair.Certificate[0])
	token.Header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(print[:])
	signed, err := token.SignedString(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// signInRows: what is wrong with flows in which a person signs in.
func signInRows() map[string]show {
	return map[string]show{
		"consent-missing": {func(t *testing.T, s sandbox) reply {
			scope := s.FHIRURL + "/user_impersonation"
			return s.redeem(t, s.authorize(t, s.authorization(scope)).answer().Get("code"), scope)
		}, oauthError(400, 65001, `"error":"invalid_grant"`, `"suberror":"consent_required"`)},
		"public-flows-off": {func(t *testing.T, s sandbox) reply {
			code := s.curl(t, append(formArgs([]string{"client_id=" + s.PublicClientID, "scope=" + s.FHIRURL + "/.default"}),
				s.Authority+"/oauth2/v2.0/devicecode")...).text("device_code")
			return s.form(t, "grant_type=urn:ietf:params:oauth:grant-type:device_code", "client_id="+s.PublicClientID, "device_code="+code)
		}, oauthError(401, 7000218, `"error":"invalid_client"`)},
		"dicom-scope-renamed": {func(t *testing.T, s sandbox) reply {
			return s.authorize(t, s.authorization(entra.DICOMResource+"/Dicom.ReadWrite"))
		}, seen{status: 302, header: map[string]string{"Location": "http://localhost:4711"}, body: []string{"invalid_client", "AADSTS650053"}}},
		"loopback-port-strict": {func(t *testing.T, s sandbox) reply {
			app := s.graph(t, "PATCH", "/applications(appId='"+s.PublicClientID+"')",
				`{"publicClient":{"redirectUris":["http://localhost","http://127.0.0.1:4000"]}}`)
			query := s.authorization(s.FHIRURL + "/user_impersonation")
			if byName := s.authorize(t, query); app.status != 204 || byName.status != 302 {
				return byName // http://localhost works as before
			}
			query.Set("redirect_uri", "http://127.0.0.1:4711")
			return s.authorize(t, query)
		}, seen{status: 400, header: map[string]string{"Content-Type": "text/html"}, body: []string{"AADSTS50011", "http://127.0.0.1:4711"}}},
	}
}

// tokenRows: tokens are given that the services do not take.
func tokenRows(s sandbox) map[string]show {
	ask := func(t *testing.T, s sandbox) reply {
		if images := s.dicom(t, s.dicomToken(t), "/studies"); images.status != 401 || images.header.Get("WWW-Authenticate") == "" {
			return images // the DICOM service must refuse its token as well
		}
		return s.fhir(t, s.fhirToken(t), "/Patient")
	}
	return map[string]show{
		"wrong-audience": {ask, challenged(s, "The audience 'https://azurehealthcareapis.com' is invalid")},
		"token-expired":  {ask, challenged(s, "The token expired at '")},
		"clock-ahead":    {ask, challenged(s, "The token is not valid before '")},
	}
}

// serviceRows: the token is good, and the services refuse.
func serviceRows() map[string]show {
	forbidden := seen{status: 403, header: map[string]string{"Content-Type": "application/fhir+json", "Www-Authenticate": ""},
		body: []string{`"code":"forbidden"`, "Authorization failed."}}
	return map[string]show{
		"role-missing": {func(t *testing.T, s sandbox) reply {
			if images := s.dicom(t, s.dicomToken(t), "/studies"); images.status != 403 || images.body != "Authorization failed." {
				return images
			}
			return s.fhir(t, s.fhirToken(t), "/Patient")
		}, forbidden},
		"role-pending": {pendingRole, forbidden},
		"private-link": {func(t *testing.T, s sandbox) reply {
			for _, open := range []string{s.DICOMURL + "/health/check", s.FHIRURL + "/health/check"} {
				if r := s.curl(t, open); r.status != 403 {
					return r
				}
			}
			return s.curl(t, s.FHIRURL+"/metadata")
		}, seen{status: 403}},
	}
}

// pendingRole gives the administrator a data role, asks with it, and asks again
// eleven minutes later, when it must count.
func pendingRole(t *testing.T, s sandbox) reply {
	path := s.FHIRResource + "/providers/Microsoft.Authorization/roleAssignments/"
	token := s.appToken(t, s.AdminClientID, s.AdminSecret, s.FHIRURL+"/.default").text("access_token")
	oid, _ := claimsOf(t, token)["oid"].(string)
	name := uuid.NewString()
	given := s.arm(t, "PUT", path+name+"?api-version=2022-04-01", `{"properties":{"roleDefinitionId":"`+
		entra.RoleDefinitionID(s.SubscriptionID, "4c8d0bbc-75d3-4935-991f-5f3c56d81508")+`","principalId":"`+oid+`","principalType":"ServicePrincipal"}}`)
	if given.status != 201 {
		return given
	}
	defer s.arm(t, "DELETE", path+name+"?api-version=2022-04-01", "")
	if there := s.arm(t, "GET", path+name+"?api-version=2022-04-01", ""); there.status != 200 {
		return there
	}
	first := s.fhir(t, token, "/Patient")
	s.moveClock(t, "11m")
	defer s.moveClock(t, "0s")
	if later := s.fhir(t, token, "/Patient"); later.status != 200 {
		t.Errorf("eleven minutes later: %d %s", later.status, later.body)
	}
	return first
}

// faultRows: something between client and service.
func faultRows() map[string]show {
	patients := func(t *testing.T, s sandbox) reply { return s.fhir(t, s.fhirToken(t), "/Patient") }
	return map[string]show{
		"throttled": {func(t *testing.T, s sandbox) reply {
			first, second, third := patients(t, s), patients(t, s), patients(t, s)
			if second.status != first.status || third.status != 200 {
				t.Errorf("statuses: %d, %d, %d; the third call must pass", first.status, second.status, third.status)
			}
			return first
		}, seen{status: 429, header: map[string]string{"Retry-After": "1", "X-Ms-Retry-After-Ms": "500"}, body: []string{`"code":"throttled"`}}},
		"html-answer": {patients, seen{status: 200, header: map[string]string{"Content-Type": "text/html"}, body: []string{"<title>"}}},
		"cut-short": {func(t *testing.T, s sandbox) reply {
			// By HTTP/2 the stream is reset, by HTTP/1.1 the connection ends before Content-Length.
			if two := s.curl(t, "--http2", s.FHIRURL+"/metadata"); two.exit != 92 { // CURLE_HTTP2_STREAM
				return two
			}
			return s.curl(t, "--http1.1", s.FHIRURL+"/metadata")
		}, seen{exit: 18}}, // CURLE_PARTIAL_FILE
		"slow": {func(t *testing.T, s sandbox) reply { return s.curl(t, "--max-time", "2", s.FHIRURL+"/metadata") },
			seen{exit: 28}}, // CURLE_OPERATION_TIMEDOUT
	}
}

// graphRows: what Microsoft Graph refuses or forgets.
func graphRows() map[string]show {
	create := func(t *testing.T, s sandbox) reply {
		return s.graph(t, "POST", "/applications", `{"displayName":"scenario"}`)
	}
	secret := func(days int) func(*testing.T, sandbox) reply {
		return func(t *testing.T, s sandbox) reply {
			end := time.Now().UTC().Add(time.Duration(days) * 24 * time.Hour).Format(time.RFC3339)
			return s.graph(t, "POST", "/applications(appId='"+s.ClientID+"')/addPassword", `{"passwordCredential":{"endDateTime":"`+end+`"}}`)
		}
	}
	return map[string]show{
		"graph-denied": {create, graphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")},
		"graph-throttled": {func(t *testing.T, s sandbox) reply {
			first, second, third := create(t, s), create(t, s), create(t, s)
			if second.status != first.status || third.status != 201 {
				t.Errorf("statuses: %d, %d, %d; the third call must pass", first.status, second.status, third.status)
			}
			if wait := first.header.Get("Retry-After"); first.status == 429 && wait != "1" {
				t.Errorf("Retry-After: %q", wait)
			}
			return first
		}, graphError(429, "TooManyRequests")},
		"secrets-forbidden": {secret(30), graphError(400, "CredentialTypeNotAllowedAsPerAppPolicy")},
		"secret-lifetime": {func(t *testing.T, s sandbox) reply {
			if short := secret(179)(t, s); short.status != 200 {
				return short
			}
			return secret(181)(t, s)
		}, graphError(400, "CredentialInvalidLifetimeAsPerAppPolicy")},
		"replication-delay": {func(t *testing.T, s sandbox) reply {
			made := create(t, s)
			first := s.graph(t, "GET", "/applications/"+made.text("id"), "")
			s.moveClock(t, "4s")
			defer s.moveClock(t, "0s")
			if later := s.graph(t, "GET", "/applications/"+made.text("id"), ""); later.status != 200 {
				t.Errorf("four seconds later: %d %s", later.status, later.body)
			}
			return first
		}, graphError(404, "Request_ResourceNotFound")},
	}
}

func graphError(status int, code string, texts ...string) seen {
	return seen{status: status, header: map[string]string{"Content-Type": "application/json"},
		body: append(texts, `"code":"`+code+`"`, `"innerError":{`)}
}

// armRows: what Azure Resource Manager refuses.
func armRows() map[string]show {
	return map[string]show{
		"role-assignment-denied": {func(t *testing.T, s sandbox) reply {
			oid := s.graph(t, "GET", "/servicePrincipals(appId='"+s.PublicClientID+"')", "").text("id")
			return s.arm(t, "PUT", s.FHIRResource+"/providers/Microsoft.Authorization/roleAssignments/"+uuid.NewString()+"?api-version=2022-04-01",
				`{"properties":{"roleDefinitionId":"`+entra.RoleDefinitionID(s.SubscriptionID, "4c8d0bbc-75d3-4935-991f-5f3c56d81508")+
					`","principalId":"`+oid+`","principalType":"ServicePrincipal"}}`)
		}, seen{status: 403, header: map[string]string{"Content-Type": "application/json"}, body: []string{`"code":"AuthorizationFailed"`,
			"Microsoft.Authorization/roleAssignments/write"}}},
	}
}

// TestScenarioFromTheStart starts the program with a scenario, as people do.
func TestScenarioFromTheStart(t *testing.T) {
	s := startSandbox(t, "--scenario", "private-link", "--scenario", "secret-wrong")
	if r := s.curl(t, s.FHIRURL+"/metadata"); r.status != 403 {
		t.Errorf("private-link: GET /metadata: %d, want 403", r.status)
	}
	if r := s.appToken(t, s.ClientID, s.ClientSecret, s.FHIRURL+"/.default"); r.status != 401 {
		t.Errorf("secret-wrong: %d, want 401\n%s", r.status, r.body)
	}
}
