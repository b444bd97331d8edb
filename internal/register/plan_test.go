package register_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hdstest/internal/problem"
	"hdstest/internal/register"
)

func TestPlanOnSomebodyElsesApp(t *testing.T) {
	c := newCloud(t)
	s := spec(t)
	s.Name, s.AppID = "", c.addForeign()
	c.apps["f0f0f0f0-0000-4000-8000-000000000001"]["isFallbackPublicClient"] = true
	p, err := register.MakePlan(context.Background(), c.clients(nil), s)
	if err != nil {
		t.Fatal(err)
	}
	got := actions(p)
	for id, want := range map[string]register.Action{
		"application": register.ActionKeep, "application.spa.redirectUris": register.ActionChange, "application.publicClient.redirectUris": register.ActionChange,
		"application.isFallbackPublicClient": register.ActionKeep, "application.signInAudience": register.ActionKeep, // not asked for
		"api." + dicomApp: register.ActionChange, "service_principal": register.ActionKeep, "certificate": register.ActionCreate,
		"consent." + dicomApp: register.ActionChange, "role.1": register.ActionCreate, "secret": register.ActionCreate,
	} {
		if got[id] != want {
			t.Errorf("%s: %q, want %q", id, got[id], want)
		}
	}
	if len(c.changing()) > 0 {
		t.Errorf("planning changed %q", c.changing())
	}
}

// TestAbsentAPI: no DICOM service was deployed in the tenant yet.
func TestAbsentAPI(t *testing.T) {
	c := newCloud(t)
	delete(c.principals, dicomSP)
	var ledger []register.Made
	p, r, err := registers(c.clients(nil), spec(t), &ledger)
	if err != nil {
		t.Fatal(err)
	}
	b := p.Blocked()
	if len(b) != 2 || b[0].ID != "api."+dicomApp || !strings.Contains(b[0].Note, "first DICOM service") || b[0].Evidence.Graph.Status != 404 {
		t.Errorf("blocked %+v", b)
	}
	if len(r.Blocked) != 2 || r.ConsentURL != "" || r.Secret.IsZero() {
		t.Errorf("result %+v", r)
	}
}

func TestScopeIsLookedUp(t *testing.T) {
	c := newCloud(t)
	const id = "abababab-0000-4000-8000-000000000000"
	c.principals[dicomSP]["oauth2PermissionScopes"] = []any{
		object{"id": dicomID, "value": "Dicom.ReadWrite", "isEnabled": false}, object{"id": id, "value": "user_impersonation", "isEnabled": true}}
	var ledger []register.Made
	_, r, err := registers(c.clients(nil), spec(t), &ledger)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.snapshot(), `"id": "`+id+`"`) || r.Consents[0].Scopes[0] != "user_impersonation" {
		t.Errorf("consents %+v", r.Consents)
	}
}

func TestRolesThatAreThere(t *testing.T) {
	assignment := func(id, scope, principal string) object {
		return object{"id": id, "properties": object{"scope": scope, "principalId": principal,
			"roleDefinitionId": "/subscriptions/22222222-2222-2222-2222-222222222222/providers/Microsoft.Authorization/roleDefinitions/5a1fc7df-4bf1-4951-a576-89034ee01acd"}}
	}
	const sp = "f0f0f0f0-0000-4000-8000-000000000003"
	for _, row := range []struct {
		name, scope string
		want        register.Action
	}{
		{"on the service", fhirID, register.ActionKeep},
		{"on the workspace above", workload, register.ActionKeep},
		{"on another service below", workload + "/fhirservices/fhir2", register.ActionCreate},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCloud(t)
			c.roles["/theirs"] = assignment("/theirs", row.scope, sp)
			s := register.Spec{AppID: c.addForeign(), Roles: []register.RoleGrant{{Role: "FHIR Data Contributor", Scope: strings.TrimPrefix(fhirID, "/")}}}
			var ledger []register.Made
			p, r, err := registers(c.clients(nil), s, &ledger)
			if err != nil || actions(p)["role.1"] != row.want || len(r.Roles) != 1 {
				t.Errorf("%v, %+v, %+v", err, actions(p), r.Roles)
			}
		})
	}
}

// TestRoleExistsUnderAnotherID: the list was stale, the PUT meets the assignment.
func TestRoleExistsUnderAnotherID(t *testing.T) {
	c := newCloud(t)
	c.refuse = at("PUT", "/roleAssignments/", 409, denied("RoleAssignmentExists", "The role assignment already exists."))
	s := register.Spec{AppID: c.addForeign(), Roles: []register.RoleGrant{{Role: "FHIR Data Contributor", Scope: fhirID}}}
	var ledger []register.Made
	_, r, err := registers(c.clients(nil), s, &ledger)
	if err != nil || len(r.Roles) != 1 || len(ledger) != 0 {
		t.Errorf("%v, %+v, ledger %+v", err, r.Roles, ledger)
	}
}

func TestCustomRole(t *testing.T) {
	c := newCloud(t)
	s := register.Spec{AppID: c.addForeign(), Roles: []register.RoleGrant{{Role: "Custom", Scope: fhirID}}}
	var ledger []register.Made
	_, r, err := registers(c.clients(nil), s, &ledger)
	if err != nil || r.Roles[0].RoleID != customRole {
		t.Errorf("%v, %+v", err, r.Roles)
	}
}

func TestSecrets(t *testing.T) {
	c := newCloud(t)
	var none []register.Made
	s := register.Spec{Name: "lab", Secret: &register.SecretSpec{Lifetime: 90 * register.Day}}
	_, first, err := registers(c.clients(nil), s, &none)
	if err != nil {
		t.Fatal(err)
	}
	secrets := func() int { return len(c.apps[first.AppObjectID]["passwordCredentials"].([]any)) }
	for _, row := range []struct {
		name  string
		spec  register.SecretSpec
		later time.Duration
		want  int // secrets afterwards
		fresh bool
	}{
		{"kept", register.SecretSpec{}, 0, 1, false},
		{"kept, its value known", register.SecretSpec{Have: first.SecretKeyID}, 0, 1, false},
		{"rotated, the old one kept", register.SecretSpec{New: true}, 0, 2, true},
		{"known one is gone", register.SecretSpec{Have: dicomID}, 0, 3, true},
		{"of another name", register.SecretSpec{Name: "ci"}, 0, 4, true},
		{"all have ended", register.SecretSpec{}, 200 * register.Day, 5, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			c.now = c.now.Add(row.later)
			s.Secret = &row.spec
			var none []register.Made
			_, r, err := registers(c.clients(nil), s, &none)
			if err != nil || secrets() != row.want || r.Secret.IsZero() == row.fresh || r.SecretKeyID == "" {
				t.Errorf("%v: %d secrets, want %d; result %+v", err, secrets(), row.want, r)
			}
		})
	}
}

func TestSeveralOfOurs(t *testing.T) {
	c := newCloud(t)
	for _, id := range []string{"b0b0b0b0-0000-4000-8000-000000000001", "b0b0b0b0-0000-4000-8000-000000000002"} {
		c.apps[id] = object{"id": id, "appId": id, "displayName": "lab", "tags": []any{"hdstest"}}
	}
	_, err := register.MakePlan(context.Background(), c.clients(nil), register.Spec{Name: "lab"})
	if problem.KindOf(err) != problem.Usage || !strings.Contains(err.Error(), "2 apps of ours") {
		t.Errorf("got %v", err)
	}
}

func TestRemoveRefusesADamagedLedger(t *testing.T) {
	c := newCloud(t)
	for _, m := range []register.Made{
		{Kind: register.KindRole, State: register.Done, ID: "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg"},
		{Kind: register.KindApplication, State: register.Done, ID: "../users/x"},
		{Kind: register.KindChange, State: register.Done, Of: "me"},
		{Kind: "user", State: register.Done, ID: tenantID},
	} {
		left, err := register.Remove(context.Background(), c.clients(nil), register.Removal{Ledger: []register.Made{m}}, register.Progress{})
		if problem.KindOf(err) != problem.Usage || len(left.Left) != 1 {
			t.Errorf("%+v: left %v, %v", m, left, err)
		}
	}
	if len(c.log) > 0 {
		t.Errorf("sent %q", c.log)
	}
}

// TestRemoveGoesOn: one refusal leaves one entry, the rest is taken back.
func TestRemoveGoesOn(t *testing.T) {
	c := newCloud(t)
	var ledger []register.Made
	if _, _, err := registers(c.clients(nil), spec(t), &ledger); err != nil {
		t.Fatal(err)
	}
	c.refuse = at("DELETE", "/fhirservices/", 403, denied("AuthorizationFailed", "no"))
	var undone int
	left, err := register.Remove(context.Background(), c.clients(nil), register.Removal{Ledger: ledger},
		register.Progress{Record: func(m register.Made) error { undone++; return nil }})
	if err == nil || len(left.Left) != 1 || left.Left[0].Kind != register.KindRole || undone != len(ledger)-1 || len(c.apps) != 0 {
		t.Errorf("left %+v of %d, %d undone: %v", left, len(ledger), undone, err)
	}
}
