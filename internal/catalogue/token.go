package catalogue

// TokenRequest is the request for an access token by client credentials with a
// secret, for the FHIR or the DICOM service. It is for exports: hdstest itself
// acquires tokens with MSAL.
//
// Source: RFC 6749 section 4.4; learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
// Microsoft's article "Use Postman" posts resource= to the v1.0 endpoint; the
// v2.0 endpoint takes scope= and refuses resource=.
func TokenRequest(service string) Request {
	scope, title := VarFHIRScope, "Get a token for the FHIR service"
	if service == DICOM {
		scope, title = VarDICOMScope, "Get a token for the DICOM service"
	}
	return Request{
		ID: "token." + service, Title: title, Group: GroupToken, Service: Entra,
		Method: "POST", Path: "/{{" + VarTenantID + "}}/oauth2/v2.0/token",
		Headers: accept(typeJSON),
		Body: Body{ContentType: "application/x-www-form-urlencoded", Form: []Pair{
			{Name: "grant_type", Value: "client_credentials"},
			{Name: "client_id", Value: "{{" + VarClientID + "}}"},
			{Name: "client_secret", Value: "{{" + VarClientSecret + "}}"},
			{Name: "scope", Value: "{{" + scope + "}}"},
		}},
		Auth:     Anonymous,
		Expect:   Expect{Status: []int{200}, JSON: []JSONRule{equals("token_type", "Bearer"), exists("access_token")}},
		Captures: []Capture{{Variable: TokenVariable(service), JSON: "access_token", Secret: true}},
		Effect:   EffectNone,
		Source:   "learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow; RFC 6749 section 4.4",
	}
}

// AssertionType is the value of client_assertion_type for a JWT.
//
// Source: RFC 7523 section 2.2.
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// ByAssertion gives the token request with a signed client assertion in place of
// the secret, for an app that has a certificate.
//
// Source: learn.microsoft.com/entra/identity-platform/certificate-credentials.
func ByAssertion(r Request) Request {
	var form []Pair
	for _, p := range r.Body.Form {
		if p.Name == "client_secret" {
			form = append(form, Pair{"client_assertion_type", AssertionType}, Pair{"client_assertion", "{{" + VarAssertion + "}}"})
			continue
		}
		form = append(form, p)
	}
	r.Body.Form = form
	return r
}
