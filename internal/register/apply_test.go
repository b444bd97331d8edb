package register_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"hdstest/internal/register"
)

// spec asks for everything at once.
func spec(t *testing.T) register.Spec {
	return register.Spec{Name: "lab", TenantID: tenantID, Authority: "https://login.example/" + tenantID,
		Redirects:   []register.Redirect{{register.Web, "https://www.getpostman.com/oauth2/callback"}, {register.Public, "http://localhost"}},
		Secret:      &register.SecretSpec{},
		Certificate: certificate(t),
		Federated:   []register.Federated{{Name: "github-main", Issuer: "https://token.actions.githubusercontent.com", Subject: "repo:o/r:ref:refs/heads/main"}},
		APIs:        []string{dicomApp}, Consent: true,
		Roles: []register.RoleGrant{{Role: "FHIR Data Contributor", Scope: fhirID}, {Role: "dicom data owner", Scope: dicomRes}},
	}
}

var made []byte // one certificate for all tests: making a key takes a while

func certificate(t *testing.T) []byte {
	t.Helper()
	if made != nil {
		return made
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hdstest"},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}
	if made, err = x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key); err != nil {
		t.Fatal(err)
	}
	return made
}

// registers plans and applies; the ledger grows by what is recorded.
func registers(c register.Clients, s register.Spec, ledger *[]register.Made) (register.Plan, register.Result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s.Resume = *ledger
	p, err := register.MakePlan(ctx, c, s)
	if err != nil {
		return p, register.Result{}, err
	}
	r, err := register.Apply(ctx, c, p, register.Progress{Record: func(m register.Made) error {
		*ledger = register.Merge(*ledger, m)
		return nil
	}})
	return p, r, err
}

func actions(p register.Plan) map[string]register.Action {
	out := map[string]register.Action{}
	for _, s := range p.Steps {
		out[s.ID] = s.Action
	}
	return out
}

func TestRegisterOnceThenNothing(t *testing.T) {
	for _, lag := range []int{0, 4} {
		t.Run(fmt.Sprintf("replication lag of %d reads", lag), func(t *testing.T) {
			c := newCloud(t)
			c.lag = lag
			var ledger []register.Made
			p, first, err := registers(c.clients(nil), spec(t), &ledger)
			if err != nil {
				t.Fatal(err)
			}
			if !p.Changes() || len(p.Blocked()) > 0 || p.TenantID != tenantID {
				t.Errorf("plan %+v", p)
			}
			checkResult(t, c, first)
			before := len(c.changing())
			again := spec(t)
			var none []register.Made
			p, second, err := registers(c.clients(nil), again, &none)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range p.Steps {
				if s.Action != register.ActionKeep {
					t.Errorf("second plan: %+v", s)
				}
			}
			if n := len(c.changing()); n != before || p.Changes() || len(none) > 0 {
				t.Errorf("the second run changed something: %q", c.changing()[before:])
			}
			if second.AppID != first.AppID || second.SecretKeyID != first.SecretKeyID || !second.Secret.IsZero() || len(second.Roles) != 2 {
				t.Errorf("second result %+v", second)
			}
		})
	}
}

func checkResult(t *testing.T, c *cloud, r register.Result) {
	t.Helper()
	app := c.apps[r.AppObjectID]
	switch {
	case app == nil || app["appId"] != r.AppID || c.principals[r.ServicePrincipalID]["appId"] != r.AppID:
		t.Errorf("ids do not match: %+v", r)
	case app["signInAudience"] != "AzureADMyOrg" || app["isFallbackPublicClient"] != false:
		t.Errorf("app %v", app)
	case r.Secret.Reveal() != "canary~value of "+r.SecretKeyID:
		t.Errorf("the secret is not that of %s", r.SecretKeyID)
	case len(c.roles) != 2 || len(r.Roles) != 2 || len(c.grants) != 1 || !r.Consents[0].Granted || r.ConsentURL != "":
		t.Errorf("roles %v, grants %v, result %+v", c.roles, c.grants, r)
	case len(r.Thumbprint) != 40:
		t.Errorf("thumbprint %q", r.Thumbprint)
	}
	life := r.SecretEnds.Sub(time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC))
	if life < 180*register.Day || life > 180*register.Day+10*time.Minute {
		t.Errorf("the secret lives %s, want 180 days", life)
	}
	for _, a := range c.roles {
		if a["properties"].(object)["principalId"] != r.ServicePrincipalID {
			t.Errorf("a role went to %v, not to the service principal", a)
		}
	}
	if text := fmt.Sprintf("%+v", r); strings.Contains(text, "canary") {
		t.Errorf("the secret shows in %s", text)
	}
}

// cut lets a number of requests pass and then breaks: the last one arrives, its
// answer does not, as when a machine goes down.
type cut struct {
	next http.RoundTripper
	left *int
}

var errCut = errors.New("the line was cut")

func (k cut) RoundTrip(r *http.Request) (*http.Response, error) {
	if *k.left <= 0 {
		return nil, errCut
	}
	*k.left--
	resp, err := k.next.RoundTrip(r)
	if err == nil && *k.left == 0 {
		_ = resp.Body.Close()
		return nil, errCut
	}
	return resp, err
}

// tenants are the states in which a registration may begin.
func tenants(t *testing.T) map[string]func() (*cloud, register.Spec) {
	return map[string]func() (*cloud, register.Spec){
		"from an empty tenant": func() (*cloud, register.Spec) { return newCloud(t), spec(t) },
		"in a slow directory": func() (*cloud, register.Spec) {
			c := newCloud(t)
			c.lag = 5
			return c, spec(t)
		},
		"without the API's service principal": func() (*cloud, register.Spec) {
			c, s := newCloud(t), spec(t)
			delete(c.principals, dicomSP)
			s.CreateAPIs = true
			return c, s
		},
		"on somebody else's app": func() (*cloud, register.Spec) {
			c, s := newCloud(t), spec(t)
			s.Name, s.AppID, s.Public = "", c.addForeign(), new(true)
			return c, s
		},
	}
}

const foreignApp = "f0f0f0f0-0000-4000-8000-000000000002"

// addForeign adds an app with all that a person may have set on it.
func (c *cloud) addForeign() string {
	id, sp := "f0f0f0f0-0000-4000-8000-000000000001", "f0f0f0f0-0000-4000-8000-000000000003"
	c.apps[id] = object{"id": id, "appId": foreignApp, "displayName": "theirs", "signInAudience": "AzureADMultipleOrgs",
		"isFallbackPublicClient": false, "tags": []any{}, "uniqueName": nil,
		"web":          object{"redirectUris": []any{"https://theirs.example/cb"}},
		"publicClient": object{"redirectUris": []any{}},
		"spa":          object{"redirectUris": []any{"http://localhost"}}, // moved by the spec
		"requiredResourceAccess": []any{object{"resourceAppId": "00000003-0000-0000-c000-000000000000",
			"resourceAccess": []any{object{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}}}},
		"passwordCredentials": []any{object{"keyId": "f0f0f0f0-0000-4000-8000-000000000004", "displayName": "theirs", "endDateTime": "2027-01-01T00:00:00Z"}},
		"keyCredentials": []any{object{"keyId": "f0f0f0f0-0000-4000-8000-000000000005", "displayName": "CN=theirs", "type": "AsymmetricX509Cert",
			"usage": "Verify", "key": "AQID", "customKeyIdentifier": "BAUG", "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-01-01T00:00:00Z"}}}
	c.principals[sp] = object{"id": sp, "appId": foreignApp, "displayName": "theirs", "appOwnerOrganizationId": tenantID}
	c.grants["theirs"] = object{"id": "theirs", "clientId": sp, "consentType": "AllPrincipals", "resourceId": dicomSP, "scope": "other.scope"}
	return foreignApp
}

// TestCutAtEveryRequest breaks a registration after each of its requests, goes
// on with the ledger, and finds the same tenant as without a break; undoing
// then leaves the tenant as it was.
func TestCutAtEveryRequest(t *testing.T) {
	for name, tenant := range tenants(t) {
		t.Run(name, func(t *testing.T) {
			whole, s := tenant()
			whole.lag = max(whole.lag, 1)
			var ledger []register.Made
			if _, _, err := registers(whole.clients(nil), s, &ledger); err != nil {
				t.Fatal(err)
			}
			n := 1
			for ; cutResumeUndo(t, tenant, whole.shape(), n); n++ {
			}
			if n < 12 {
				t.Errorf("only %d requests were made", n)
			}
		})
	}
}

// cutResumeUndo tells whether the cut was before the end.
func cutResumeUndo(t *testing.T, tenant func() (*cloud, register.Spec), whole string, n int) bool {
	c, s := tenant()
	c.lag = max(c.lag, 1)
	before, left := c.snapshot(), n
	var ledger []register.Made
	_, _, err := registers(c.clients(func(rt http.RoundTripper) http.RoundTripper { return cut{rt, &left} }), s, &ledger)
	if err == nil {
		return false
	}
	_, r, err := registers(c.clients(nil), s, &ledger)
	if err != nil {
		t.Fatalf("cut at request %d: resume: %v", n, err)
	}
	diff(t, fmt.Sprintf("cut at request %d, then resumed", n), whole, c.shape())
	if r.Secret.Reveal() != "canary~value of "+r.SecretKeyID {
		t.Errorf("cut at request %d: nobody has the secret", n)
	}
	for _, m := range ledger {
		if m.State != register.Done {
			t.Errorf("cut at request %d: the ledger ends with %+v", n, m)
		}
	}
	removed, err := register.Remove(context.Background(), c.clients(nil), register.Removal{Ledger: ledger, Purge: true}, register.Progress{})
	if err != nil || len(removed.Left) > 0 {
		t.Fatalf("cut at request %d: undo left %v: %v", n, removed.Left, err)
	}
	diff(t, fmt.Sprintf("cut at request %d, resumed, undone", n), before, c.snapshot())
	if len(c.deleted) > 0 {
		t.Errorf("cut at request %d: the recycle bin holds %v", n, c.deleted)
	}
	return true
}

// TestCutThenUndone undoes from the ledger alone, without going on first. Only
// an API's service principal whose answer was lost is left to a person.
func TestCutThenUndone(t *testing.T) {
	for name, tenant := range tenants(t) {
		t.Run(name, func(t *testing.T) {
			for n := 1; ; n++ {
				c, s := tenant()
				before, left := c.snapshot(), n
				var ledger []register.Made
				_, _, err := registers(c.clients(func(rt http.RoundTripper) http.RoundTripper { return cut{rt, &left} }), s, &ledger)
				removed, undo := register.Remove(context.Background(), c.clients(nil), register.Removal{Ledger: ledger}, register.Progress{})
				if len(removed.Left) == 1 && removed.Left[0].Name == dicomApp && removed.Left[0].State == register.Trying && undo != nil {
					continue
				}
				if undo != nil || len(removed.Left) > 0 {
					t.Fatalf("cut at request %d: undo left %v: %v", n, removed.Left, undo)
				}
				diff(t, fmt.Sprintf("cut at request %d, undone", n), before, c.snapshot())
				if err == nil {
					return
				}
			}
		})
	}
}

// TestTwoRunsOneLedger: the second run adds to a property that the first one
// changed; both changes are taken back.
func TestTwoRunsOneLedger(t *testing.T) {
	c := newCloud(t)
	s := register.Spec{AppID: c.addForeign()}
	before := c.snapshot()
	var ledger []register.Made
	for _, uri := range []string{"https://one.example/cb", "https://two.example/cb"} {
		s.Redirects = append(s.Redirects, register.Redirect{Platform: register.Web, URI: uri})
		if _, _, err := registers(c.clients(nil), s, &ledger); err != nil {
			t.Fatal(err)
		}
	}
	if len(ledger) != 2 || !strings.Contains(c.snapshot(), "two.example") {
		t.Errorf("ledger %+v", ledger)
	}
	if _, err := register.Remove(context.Background(), c.clients(nil), register.Removal{Ledger: ledger}, register.Progress{}); err != nil {
		t.Fatal(err)
	}
	diff(t, "undone", before, c.snapshot())
}

// TestReadinessMeansSeveralTimes: replicas take turns, one of them is late.
func TestReadinessMeansSeveralTimes(t *testing.T) {
	c := newCloud(t)
	reads := 0
	c.refuse = func(r *http.Request) (int, object) {
		if r.Method == "GET" && strings.HasPrefix(r.URL.Path, "/v1.0/servicePrincipals/") {
			if reads++; reads == 2 || reads == 5 {
				return 404, denied("Request_ResourceNotFound", "not here yet")
			}
		}
		return 0, nil
	}
	var ledger []register.Made
	if _, _, err := registers(c.clients(nil), spec(t), &ledger); err != nil {
		t.Fatal(err)
	}
	if reads != 8 { // 1, no, 2, 3: no, and then three in a row
		t.Errorf("%d reads, want 8", reads)
	}
}

// TestLateReplicaOnResume: what an unfinished run made may still be on its way
// when the next one goes on; an app that was always there is not waited for.
func TestLateReplicaOnResume(t *testing.T) {
	c := newCloud(t)
	var ledger []register.Made
	if _, _, err := registers(c.clients(nil), register.Spec{Name: "lab"}, &ledger); err != nil {
		t.Fatal(err)
	}
	s := register.Spec{Name: "lab", Secret: &register.SecretSpec{}}
	late := func() {
		times := 2
		c.refuse = func(r *http.Request) (int, object) {
			if strings.HasSuffix(r.URL.Path, "/addPassword") && times > 0 {
				times--
				return 404, denied("Request_ResourceNotFound", "not here yet")
			}
			return 0, nil
		}
	}
	late()
	var none []register.Made
	if _, _, err := registers(c.clients(nil), s, &none); err == nil {
		t.Error("waited for an app that is not there")
	}
	late()
	if _, r, err := registers(c.clients(nil), s, &ledger); err != nil || r.Secret.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestDeletedAppHoldsItsName: the recycle bin keeps unique names for 30 days.
func TestDeletedAppHoldsItsName(t *testing.T) {
	c := newCloud(t)
	for i, want := range []string{"hdstest-lab", "hdstest-lab_2", "hdstest-lab_3"} {
		var ledger, none []register.Made
		_, r, err := registers(c.clients(nil), register.Spec{Name: "lab"}, &ledger)
		if err != nil || c.apps[r.AppObjectID]["uniqueName"] != want || len(ledger) != 2 {
			t.Fatalf("app %d: %v, %v, ledger %+v", i, c.apps, err, ledger)
		}
		p, again, err := registers(c.clients(nil), register.Spec{Name: "lab"}, &none)
		if err != nil || p.Changes() || again.AppID != r.AppID {
			t.Errorf("app %d is not found again: %+v, %v", i, p.Steps, err)
		}
		if left, err := register.Remove(context.Background(), c.clients(nil), register.Removal{Ledger: ledger}, register.Progress{}); err != nil || left.Left != nil {
			t.Fatal(left, err)
		}
	}
}

// TestAppThatWasNotToBeSeen: an app of ours that a slow directory hid is used,
// and is not in the ledger of the run that did not make it.
func TestAppThatWasNotToBeSeen(t *testing.T) {
	c := newCloud(t)
	var first, second []register.Made
	_, one, err := registers(c.clients(nil), register.Spec{Name: "lab"}, &first)
	if err != nil {
		t.Fatal(err)
	}
	c.unseen[one.AppObjectID] = 3
	p, two, err := registers(c.clients(nil), register.Spec{Name: "lab"}, &second)
	if err != nil || !p.Changes() || two.AppID != one.AppID || len(second) != 0 || len(c.apps) != 1 {
		t.Errorf("%+v, %v, ledger %+v", two, err, second)
	}
}
