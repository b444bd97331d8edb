package explain_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"hdstest/internal/diagnose"
	"hdstest/internal/explain"
)

// token is a JWT with a claim that names a person.
func token(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","typ":"JWT","kid":"k"}`)) + "." + part([]byte(claims)) + "." + part([]byte("signature"))
}

const challenge = `Bearer authorization_uri="https://login.microsoftonline.com/t", resource_id="https://w-f.fhir.azurehealthcareapis.com"`

// TestRead: each kind of input is understood, and leads to its cause.
func TestRead(t *testing.T) {
	for name, c := range map[string]struct{ text, said, cause string }{
		"code":                     {"AADSTS50011", "AADSTS50011", "redirect.not_registered"},
		"code in small letters":    {"error: aadsts7000222 x", "AADSTS7000222", "secret.expired"},
		"code without letters":     {"7000222", "AADSTS7000222", "secret.expired"},
		"code outside the table":   {"AADSTS9999999", "error?code=9999999", ""},
		"message":                  {"AADSTS65001: The user or administrator has not consented.\r\nTrace ID: 1", "AADSTS65001", "consent.missing"},
		"token endpoint":           {`{"error":"invalid_client","error_description":"AADSTS7000222: expired","error_codes":[7000222]}`, "token endpoint: invalid_client", "secret.expired"},
		"token endpoint in a log":  {`POST /token 401 {"error":"invalid_grant","error_codes":[70008]} end`, "invalid_grant", "code.expired"},
		"JSON in a text of JSON":   {`{"log":"{\"error\":\"invalid_client\",\"error_codes\":[7000222]}"}`, "invalid_client", "secret.expired"},
		"redirect, query":          {"http://localhost:1/?error=access_denied&error_description=AADSTS65004%3a+declined&state=x", "access_denied", "consent.declined"},
		"redirect, fragment":       {"https://app/#error=access_denied&error_description=AADSTS65004", "access_denied", "consent.declined"},
		"challenge":                {"WWW-Authenticate: " + challenge, "audience https://w-f.fhir", "token.not_sent"},
		"challenge without a name": {challenge + `, error="invalid_token", error_description="The audience is invalid"`, "invalid_token", "audience.wrong"},
		"answer, curl -i":          {"HTTP/2 410 \r\ncontent-type: application/fhir+json\r\n\r\n{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"code\":\"deleted\"}]}", "410 Gone", "fhir.deleted"},
		"answer, curl -v":          {"> GET /v2/studies HTTP/2\n> Host: w-d.dicom.azurehealthcareapis.com\n> Accept: text/plain\n< HTTP/2 406 \n<\n", "GET /v2/studies", "dicom.accept"},
		"status":                   {"403 Forbidden", "403 Forbidden", "role.missing"},
		"token endpoint, saved":    {"HTTP/1.1 401 Unauthorized\n\n{\"error\":\"invalid_client\",\"error_codes\":[7000222]}", "401", "secret.expired"},
		"OperationOutcome":         {`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden","diagnostics":"Authorization failed."}]}`, "issue forbidden", "role.missing"},
		"DICOM data set":           {`{"00081198":{"vr":"SQ","Value":[{"00081197":{"vr":"US","Value":[45070]}}]}}`, "45070", "dicom.exists"},
		"DICOM XML":                {`<DicomAttribute tag="00081197" vr="US"><Value number="1">43265</Value>`, "43265", "dicom.study_mismatch"},
		"DICOM dump":               {"(0008,1197) US 45071", "45071", "dicom.pending"},
		"DICOM words":              {"Failure Reason: 0xA900", "43264", "dicom.validation"},
		"DICOM hexadecimal":        {"0xB00E", "45070", "dicom.exists"},
		"DICOM number":             {"45070", "45070", "dicom.exists"},
		"Graph":                    {`{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges","innerError":{}}}`, "Microsoft Graph", "graph.denied"},
		"ARM":                      {`{"error":{"code":"RoleAssignmentExists","message":"The role assignment already exists."}}`, "Resource Manager", "role.exists"},
		"Azure CLI":                {"ERROR: (AuthorizationFailed) The client does not have authorization", "Resource Manager", "arm.denied"},
		"Go":                       {`Get "https://login.microsoftonline.com/x": tls: failed to verify certificate: x509: certificate signed by unknown authority`, "as Go writes", "network.interception"},
		"curl":                     {"curl: (28) Connection timed out after 10001 milliseconds", "as curl writes", "network.timeout"},
		"OpenSSL":                  {"error:0A00010B:SSL routines::wrong version number", "as OpenSSL writes", "network.not_tls"},
		"Node":                     {"Error: connect ECONNREFUSED 127.0.0.1:443", "as Node writes", "network.refused"},
		"Python":                   {"urllib3: HTTPSConnectionPool(host='w.example', port=443): [Errno -2] Name or service not known", "as Python writes", "network.dns"},
		".NET":                     {"HttpRequestException: No such host is known. (w.example:443)", "as .NET writes", "network.dns"},
		"phrase in an answer":      {"HTTP/1.1 410 Gone\n\n{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"code\":\"deleted\",\"diagnostics\":\"connection refused\"}]}", "410", "fhir.deleted"},
		"phrase behind a code":     {"AADSTS7000222: the certificate has expired", "AADSTS7000222", "secret.expired"},
		"proxy's refusal":          {"< HTTP/1.1 403 Forbidden\ncurl: (56) CONNECT tunnel failed, response 403", "CONNECT tunnel failed", "network.proxy_refused"},
		"failure in the tunnel":    {"< HTTP/1.1 200 Connection established\ncurl: (60) SSL certificate problem: self-signed certificate\nGET https://localhost:1/", "self-signed", "network.unknown_authority"},
		".NET, no host":            {"System.Net.Http.HttpRequestException: UntrustedRoot", "as .NET writes", "network.unknown_authority"},
		"token":                    {"Bearer " + token(`{"aud":"https://x","upn":"mary@contoso.com"}`), "audience: https://x", "audience.wrong"}, // of low confidence: no service refused it
		"token in JSON":            {`{"access_token":"` + token(`{"aud":"https://x"}`) + `"}`, "audience: https://x", "audience.wrong"},
		"bundle":                   {`{"token_endpoint":{"error_codes":[7000222]},"graph":"in words","new":1}`, "bundle with graph, new, token_endpoint", "secret.expired"},
		"nothing known":            {"it does not work", "", ""},
		"other JSON":               {`{"a":1,"error":null}`, "", ""},
		"other number":             {"12", "", ""},
		"other address":            {"https://localhost/?code=x&state=y", "", ""},
		"other scheme":             {"Basic realm", "", ""},
		"three parts":              {"a.b.c", "", ""},
		"resource":                 {`{"resourceType":"Patient","id":"p"}`, "", ""},
		"nothing":                  {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			u := explain.Read(c.text)
			said := strings.Join(u.What, "\n")
			if c.said == "" && said != "" || !strings.Contains(said, c.said) {
				t.Errorf("understood %q, want %q", said, c.said)
			}
			cause := ""
			if found := diagnose.Diagnose(u.Bundle); len(found) > 0 {
				cause = found[0].Cause
			}
			if cause != c.cause {
				t.Errorf("cause %q, want %q; %s", cause, c.cause, print(t, u))
			}
			if len(u.Gather) == 0 {
				t.Error("does not say what to gather")
			}
		})
	}
}

// TestNoSecretIsRepeated plants a secret and a person wherever inputs have them.
func TestNoSecretIsRepeated(t *testing.T) {
	const canary, person = "Zq8Q~canary.Canary-0123456789", "mary@contoso.com"
	jwt := token(`{"aud":"a","name":"` + person + `","upn":"` + person + `"}`)
	for name, text := range map[string]string{
		"curl":        "curl -u x:" + canary + " -d client_secret=" + canary + " https://x\nAADSTS7000215",
		"description": `{"error":"invalid_client","error_description":"AADSTS7000215: wrong ` + canary + ` of ` + person + `","error_codes":[7000215],"trace_id":"` + canary + `"}`,
		"message":     "AADSTS50020: User account '" + person + "' " + canary,
		"redirect":    "http://localhost/?error=access_denied&error_description=AADSTS65004+" + canary + "&state=" + canary + "&code=" + canary,
		"challenge":   `WWW-Authenticate: Bearer realm="` + canary + `", resource_id="` + canary + `", error="` + canary + `", error_description="` + canary + `"`,
		"exchange":    "> GET /Patient/" + canary + "?name=" + canary + " HTTP/2\n> Authorization: Bearer " + canary + "\n> Cookie: " + canary + "\n< HTTP/2 401\n< Set-Cookie: " + canary + "\n< Server: " + canary,
		"outcome":     `{"resourceType":"OperationOutcome","id":"` + canary + `","text":{"div":"` + person + `"},"issue":[{"code":"invalid","diagnostics":"Patient/` + canary + ` ` + person + `"}]}`,
		"graph":       `{"error":{"code":"Request_BadRequest","message":"` + canary + ` ` + person + `","innerError":{}}}`,
		"arm":         "(AuthorizationFailed) The client '" + person + "' " + canary,
		"network":     "dial https://u:" + canary + "@proxy.example:1/" + canary + ": no such host " + canary,
		"token":       jwt, "token in text": "AADSTS50013 for " + jwt,
	} {
		u := explain.Read(text)
		if len(u.What) == 0 {
			t.Errorf("%s: not understood", name)
		}
		out := print(t, u)
		for _, m := range diagnose.Diagnose(u.Bundle) {
			out += m.Fix + strings.Join(m.Evidence, "\n")
		}
		for _, secret := range []string{canary, "canary", person, "contoso.com", strings.Split(jwt, ".")[2]} {
			if strings.Contains(out, secret) {
				t.Errorf("%s: %q is repeated in %s", name, secret, out)
			}
		}
		if line := explain.Printed("seen: " + text); strings.Contains(line, canary) || strings.Contains(line, person) {
			t.Errorf("%s: printed as %s", name, line)
		}
	}
}

// TestCleanKeepsWords: what rules read must come through.
func TestCleanKeepsWords(t *testing.T) {
	for _, text := range []string{
		"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent is the client secret value, not the client secret ID.",
		"The audience 'https://w-f.fhir.azurehealthcareapis.com' is invalid", "api://11111111-2222-3333-4444-555555555555",
		"transfer syntax 1.2.840.10008.1.2", "error=access_denied", "Bearer authorization_uri",
	} {
		if got := explain.Clean(text); got != text {
			t.Errorf("Clean(%q) = %q", text, got)
		}
	}
}

// FuzzRead: any text is taken, and a token of it is never repeated.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"AADSTS50011", `{"error":{"code":"x"}}`, "HTTP/1.1 401 x\nWWW-Authenticate: " + challenge, "0xB00E", "?error=x",
		`{"resourceType":"OperationOutcome","issue":[null]}`, `{"00081197":{"Value":[1e99]}}`, "{{{{", `{"claims":{}}`, "lookup x.y: no such host"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if u := explain.Read(text); len(u.Gather) == 0 {
			t.Error("does not say what to gather")
		}
		u := explain.Read("Authorization: Bearer " + token(`{"upn":"mary@contoso.com"}`) + " \n" + text)
		if out := print(t, u); !strings.Contains(text, "contoso") && strings.Contains(out, "mary@contoso.com") {
			t.Errorf("repeats a person: %s", out)
		}
	})
}

func print(t *testing.T, u explain.Understanding) string {
	t.Helper()
	data, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
