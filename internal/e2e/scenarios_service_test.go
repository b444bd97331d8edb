//go:build e2e

package e2e_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"hdstest/internal/entra"
)

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
