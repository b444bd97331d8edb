package fhir_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hdstest/internal/sandbox/access"
	"hdstest/internal/sandbox/access/accesstest"
)

func TestAnonymousPaths(t *testing.T) {
	r := newRig(t, nil)
	for path, contains := range map[string]string{
		"/metadata":                           `"kind":"capability"`,
		"/.well-known/smart-configuration":    `"token_endpoint":"https://localhost:1/tenant/oauth2/token"`,
		"/$versions":                          `{"default":"4.0","versions":["4.0"]}`,
		"/health/check":                       `"overallStatus":"Healthy"`,
		"/OperationDefinition/export":         `"code":"export"`,
		"/OperationDefinition/patient-export": `"type":true`,
	} {
		a := r.want(r.do("", "GET", path, ""), 200)
		if !strings.Contains(a.body, contains) {
			t.Errorf("%s: want %s in %s", path, contains, a.body)
		}
	}
}

func TestChallenge(t *testing.T) {
	r := newRig(t, nil)
	plain := `Bearer authorization_uri="` + accesstest.Authority + `", resource_id="` + r.server.URL + `", realm="` + r.server.URL + `"`
	rows := map[string]struct {
		claims map[string]any
		error  string
	}{
		"a final slash is another audience": {map[string]any{"aud": r.server.URL + "/"},
			`, error="invalid_token", error_description="The audience '` + r.server.URL + `/' is invalid"`},
		"the legacy audience": {map[string]any{"aud": "https://azurehealthcareapis.com"},
			`, error="invalid_token", error_description="The audience 'https://azurehealthcareapis.com' is invalid"`},
		"another tenant's issuer": {map[string]any{"iss": "https://localhost:1/other/"},
			`, error="invalid_token", error_description="The issuer 'https://localhost:1/other/' is invalid"`},
		"expired": {map[string]any{"exp": r.Now().Add(-time.Hour).Unix()},
			`, error="invalid_token", error_description="The token expired at '03/04/2026 04:06:07'"`},
	}
	for name, row := range rows {
		token, err := r.Token(contributor, row.claims)
		if err != nil {
			t.Fatal(err)
		}
		req, _ := http.NewRequest("GET", r.server.URL+"/Patient", nil)
		req.Header.Set("Authorization", "Bearer "+token)
		if got := r.want(r.send(req), 401).header.Get("WWW-Authenticate"); got != plain+row.error {
			t.Errorf("%s:\nwant %s\ngot  %s", name, plain+row.error, got)
		}
	}
	a := r.want(r.do("", "GET", "/Patient", ""), 401)
	if got := a.header.Get("WWW-Authenticate"); got != plain {
		t.Errorf("no token:\nwant %s\ngot  %s", plain, got)
	}
	if got := a.issue(); got != "login: Authentication failed." || a.json["meta"] != nil {
		t.Errorf("want the error page's body without meta, got %s", a.body)
	}
	if a.text("id") != a.header.Get("X-Request-Id") {
		t.Errorf("want the outcome's id to be X-Request-Id, got %s and %s", a.text("id"), a.header.Get("X-Request-Id"))
	}
}

func TestVersion2IssuerIsAccepted(t *testing.T) {
	r := newRig(t, nil)
	token, _ := r.Token(reader, map[string]any{"iss": accesstest.Authority + "/v2.0"})
	req, _ := http.NewRequest("GET", r.server.URL+"/Patient", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	r.want(r.send(req), 200)
}

func TestHeadersOnEveryAnswer(t *testing.T) {
	r := newRig(t, nil)
	for _, a := range []answer{
		r.do("", "GET", "/metadata", "", "X-Request-Id: mine"), r.do("", "GET", "/Patient", "", "X-Request-Id: mine"),
		r.do(nobody, "GET", "/Patient", "", "X-Request-Id: mine"), r.do("", "GET", "/nothing", "", "X-Request-Id: mine"),
	} {
		for name, want := range map[string]string{"X-Correlation-Id": "mine", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "SAMEORIGIN", "Content-Security-Policy": "frame-src 'self';"} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%d %s: want %q, got %q", a.status, name, want, got)
			}
		}
		if a.header.Get("X-Request-Id") == "" {
			t.Errorf("%d: want an X-Request-Id", a.status)
		}
	}
	if a := r.do("", "GET", "/metadata", ""); a.header.Get("X-Correlation-Id") != "" {
		t.Errorf("want no X-Correlation-Id unless one was sent")
	}
}

// TestRoles holds, role by role, which data action allows what.
func TestRoles(t *testing.T) {
	r := newRig(t, nil)
	r.put("/Patient/p1", `{"resourceType":"Patient","id":"p1"}`)
	calls := map[string]func(caller string) answer{
		"read":   func(c string) answer { return r.do(c, "GET", "/Patient/p1", "") },
		"search": func(c string) answer { return r.do(c, "GET", "/Patient?_summary=count", "") },
		"write": func(c string) answer {
			return r.do(c, "PUT", "/Patient/absent", `{"resourceType":"Patient","id":"absent"}`, `If-Match: W/"1"`)
		},
		"delete":     func(c string) answer { return r.do(c, "DELETE", "/Patient/absent", "") },
		"hardDelete": func(c string) answer { return r.do(c, "DELETE", "/Patient/absent?hardDelete=true", "") },
		"validate": func(c string) answer {
			return r.do(c, "POST", "/Patient/$validate", `{"resourceType":"Patient","active":true}`)
		},
		"export":  func(c string) answer { return r.do(c, "GET", "/_operations/export/99", "") },
		"import":  func(c string) answer { return r.do(c, "GET", "/_operations/import/999999999", "") },
		"reindex": func(c string) answer { return r.do(c, "GET", "/$reindex", "") },
		"bulk":    func(c string) answer { return r.do(c, "GET", "/_operations/bulk-update/1", "") },
		"convert": func(c string) answer {
			return r.do(c, "POST", "/$convert-data", `{"resourceType":"Parameters","parameter":[{"name":"inputData","valueString":"{}"},`+
				`{"name":"inputDataType","valueString":"Json"},{"name":"templateCollectionReference","valueString":"microsofthealth/jsontemplates:default"},`+
				`{"name":"rootTemplate","valueString":"ExamplePatient"}]}`)
		},
		"profile": func(c string) answer {
			return r.do(c, "PUT", "/ValueSet/v", `{"resourceType":"ValueSet","id":"v"}`, `If-Match: W/"9"`)
		},
	}
	allowed := map[string]int{"read": 200, "search": 200, "write": 404, "delete": 204, "hardDelete": 204, "validate": 200, "export": 404,
		"import": 404, "reindex": 404, "bulk": 404, "convert": 200, "profile": 404}
	rows := map[string]string{
		contributor: "read search write delete hardDelete validate export import reindex bulk convert profile",
		writer:      "read search write delete validate export import reindex convert profile",
		reader:      "read search", exporter: "read search export", importer: "read search import", converter: "convert",
		smartUser: "", nobody: "",
	}
	for caller, may := range rows {
		for name, call := range calls {
			a, want := call(caller), 403
			if strings.Contains(" "+may+" ", " "+name+" ") {
				want = allowed[name]
			}
			if a.status != want {
				t.Errorf("%s, %s: want %d, got %d: %s", caller, name, want, a.status, a.body)
			}
			if a.status == 403 && (a.issue() != "forbidden: Authorization failed." || a.json["meta"] == nil || a.header.Get("WWW-Authenticate") != "") {
				t.Errorf("%s, %s: want the exception filter's body with meta and no challenge, got %s", caller, name, a.body)
			}
		}
	}
}

func TestRolePending(t *testing.T) {
	r := newRig(t, nil)
	get := func() int { return r.do(reader, "GET", "/Patient", "").status }
	r.Scenarios.Enable("role-pending")
	if got := get(); got != 403 {
		t.Errorf("role pending, at once: want 403, got %d", got)
	}
	r.Move(access.PendingTime)
	if got := get(); got != 200 {
		t.Errorf("role pending, ten minutes later: want 200, got %d", got)
	}
	r.Scenarios.Enable("private-link")
	for _, path := range []string{"/Patient", "/metadata", "/health/check"} {
		if a := r.do(reader, "GET", path, ""); a.status != 403 {
			t.Errorf("private link, %s: want 403, got %d", path, a.status)
		}
	}
}

// TestOrderOfChecks holds which refusal comes first when there are several
// reasons: each row breaks everything from its own check on.
func TestOrderOfChecks(t *testing.T) {
	r := newRig(t, nil)
	jwt, _ := r.Token(nobody, nil)
	for name, row := range map[string]struct {
		got  answer
		want int
		text string
	}{
		"a token in the query before all": {r.do("", "GET", "/nothing?t="+jwt, ""), 400, ""},
		"a token in the path":             {r.do("", "GET", "/Patient/"+jwt, ""), 400, ""},
		"routing before 401":              {r.do("", "GET", "/patient", ""), 404, "not-found: The requested route was not found."},
		"an unknown type is no route":     {r.do(contributor, "GET", "/Spaceship", ""), 404, "not-found: The requested route was not found."},
		"method before 401":               {r.do("", "DELETE", "/metadata", ""), 405, "not-supported: The requested operation is not supported."},
		"401 before the body":             {r.do("", "POST", "/Patient", "{"), 401, "login: Authentication failed."},
		"the body before Accept":          {r.do(nobody, "POST", "/Patient", "[]", "Accept: application/xml"), 400, "invalid: Error occurred when parsing model: 'invalid JSON: want an object'."},
		"Accept before 403":               {r.do(nobody, "GET", "/Patient", "", "Accept: application/fhir+xml"), 406, `not-supported: Value supplied, application/fhir+xml,  for the "Accept" header is not supported.`},
		"_format before 403":              {r.do(nobody, "GET", "/Patient?_format=xml", ""), 406, `not-supported: The requested "_format" parameter is not supported.`},
		"Content-Type before 403":         {r.do(nobody, "POST", "/Patient", "x", "Content-Type: text/plain"), 415, `not-supported: Value supplied, text/plain,  for the "content-type" header is not supported.`},
		"no Content-Type":                 {r.do(nobody, "POST", "/Patient", "x", "Content-Type: "), 415, `not-supported: The "content-type" header is required.`},
		"export's headers before 403":     {r.do(nobody, "GET", "/$export", "", "Accept: application/fhir+json"), 400, "invalid: Missing required header; Prefer"},
		"403 before storage":              {r.do(nobody, "GET", "/Patient/absent", ""), 403, "forbidden: Authorization failed."},
		"storage at last":                 {r.do(reader, "GET", "/Patient/absent", ""), 404, "not-found: Resource type 'Patient' with id 'absent' couldn't be found."},
	} {
		if row.got.status != row.want || row.text != "" && row.got.issue() != row.text {
			t.Errorf("%s:\nwant %d %s\ngot  %d %s", name, row.want, row.text, row.got.status, row.got.body)
		}
	}
	a := r.do("", "GET", "/Patient?token="+jwt, "")
	if a.body != "Access tokens must not be passed in the URL query string." || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		t.Errorf("a token in the query: got %s %s", a.header.Get("Content-Type"), a.body)
	}
	if got := r.do("", "DELETE", "/metadata", "").header.Get("Allow"); got != "GET" {
		t.Errorf("405: want Allow: GET, got %q", got)
	}
}

func TestContentTypeOfTheAnswer(t *testing.T) {
	r := newRig(t, nil)
	for accept, want := range map[string]string{
		"*/*": "application/fhir+json; charset=utf-8", "": "application/fhir+json; charset=utf-8",
		"application/json": "application/json; charset=utf-8", "text/html, application/fhir+json;q=0.5": "application/fhir+json; charset=utf-8",
	} {
		if got := r.want(r.do(reader, "GET", "/Patient", "", "Accept: "+accept), 200).header.Get("Content-Type"); got != want {
			t.Errorf("Accept %q: want %s, got %s", accept, want, got)
		}
	}
}

// TestSMARTScopes: they limit whoever holds smart/action, and mean nothing to others.
func TestSMARTScopes(t *testing.T) {
	r := newRig(t, nil)
	for _, row := range []struct {
		caller, scopes, path string
		want                 int
	}{
		{smartUser, "user.Patient.read", "/Patient", 200},
		{smartUser, "user.Patient.read", "/Observation", 403},
		{smartUser, "system.all.read", "/Observation", 200},
		{smartUser, "system.Patient.write", "/Patient", 403},
		{smartUser, "patient.Patient.read", "/Patient", 501},
		{smartUser, "patient%2fPatient.rs", "/Patient", 501},
		{smartUser, "", "/Patient", 403},
		{reader, "user.Observation.read", "/Patient", 200},
	} {
		token, _ := r.Token(row.caller, map[string]any{"scp": row.scopes})
		req, _ := http.NewRequest("GET", r.server.URL+row.path, nil)
		req.Header.Set("Authorization", "Bearer "+token)
		if a := r.send(req); a.status != row.want {
			t.Errorf("%s with %q on %s: want %d, got %d: %s", row.caller, row.scopes, row.path, row.want, a.status, a.body)
		}
	}
}
