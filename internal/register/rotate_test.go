package register_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hdstest/internal/register"
	"hdstest/internal/secret"
)

// rotation is a run that exchanges secrets, with what it was told and did.
type rotation struct {
	proofs  []bool // what each proof says; the last one for ever
	proved  int
	kept    []string
	refusal error
	undone  []string // key ids
}

func (o *rotation) run(c *cloud, s register.Spec) (register.Plan, register.Result, error) {
	clients := c.clients(nil)
	p, err := register.MakePlan(context.Background(), clients, s)
	if err != nil {
		return p, register.Result{}, err
	}
	r, err := register.Apply(context.Background(), clients, p, register.Progress{
		Prove: func(_ context.Context, appID string, value secret.Value) (bool, error) {
			o.proved++
			if appID == "" || value.IsZero() {
				return false, errors.New("nothing to prove")
			}
			return o.proofs[min(o.proved, len(o.proofs))-1], o.refusal
		},
		Keep: func(_ context.Context, r register.Result) error {
			o.kept = append(o.kept, r.SecretKeyID)
			return nil
		},
		Record: func(m register.Made) error {
			if m.State == register.Undone {
				o.undone = append(o.undone, m.ID)
			}
			return nil
		}})
	return p, r, err
}

// TestRotate: the old secret goes once the new one has worked three times in a
// row and its value is stored; a secret that is not known to be ours stays.
func TestRotate(t *testing.T) {
	c := newCloud(t)
	var ledger []register.Made
	_, first, err := registers(c.clients(nil), register.Spec{Name: "lab", Secret: &register.SecretSpec{}}, &ledger)
	if err != nil {
		t.Fatal(err)
	}
	app := c.apps[first.AppObjectID]
	app["passwordCredentials"] = append(app["passwordCredentials"].([]any),
		object{"keyId": "f0f0f0f0-0000-4000-8000-000000000009", "displayName": "theirs", "endDateTime": "2027-01-01T00:00:00Z"})
	o := rotation{proofs: []bool{false, true, false, true}}
	p, r, err := o.run(c, register.Spec{Name: "lab", Secret: &register.SecretSpec{New: true, Have: first.SecretKeyID, Retire: []string{first.SecretKeyID}}})
	if err != nil {
		t.Fatal(err)
	}
	got := actions(p)
	if got["secret"] != register.ActionCreate || got["secret."+first.SecretKeyID] != register.ActionRemove ||
		got["secret.f0f0f0f0-0000-4000-8000-000000000009"] != register.ActionKeep {
		t.Errorf("plan %+v", p.Steps)
	}
	left := strings.Count(c.snapshot(), `"endDateTime"`)
	if o.proved != 6 || len(o.kept) != 1 || o.kept[0] != r.SecretKeyID || left != 2 || strings.Contains(c.snapshot(), first.SecretKeyID) {
		t.Errorf("%d proofs, kept %q, %d secrets left", o.proved, o.kept, left)
	}
	if len(o.undone) != 1 || o.undone[0] != first.SecretKeyID {
		t.Errorf("undone %q", o.undone)
	}
}

// TestRotateInVain: a new secret that does not work is taken back, at once or
// when the time is up; the old one stays.
func TestRotateInVain(t *testing.T) {
	for name, row := range map[string]struct {
		o    rotation
		want string
	}{
		"never known": {rotation{proofs: []bool{false}}, "wait for the new secret to work: not everywhere yet after"},
		"refused":     {rotation{proofs: []bool{false}, refusal: errors.New("the app is disabled")}, "the app is disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			var ledger []register.Made
			_, first, err := registers(c.clients(nil), register.Spec{Name: "lab", Secret: &register.SecretSpec{}}, &ledger)
			if err != nil {
				t.Fatal(err)
			}
			before := c.snapshot()
			_, r, err := row.o.run(c, register.Spec{Name: "lab", Secret: &register.SecretSpec{New: true, Retire: []string{first.SecretKeyID}}})
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "the older secrets stay") {
				t.Errorf("got %v", err)
			}
			diff(t, "in vain", before, c.snapshot())
			if len(row.o.kept) > 0 || !r.Secret.IsZero() {
				t.Errorf("kept %q", row.o.kept)
			}
		})
	}
}

// TestSecretIDIsNoValue: an answer that tells an ID as the value is not believed.
func TestSecretIDIsNoValue(t *testing.T) {
	c := newCloud(t)
	c.refuse = at("POST", "/addPassword", 200, object{"keyId": dicomID, "secretText": dicomSP, "endDateTime": "2027-01-01T00:00:00Z"})
	var ledger []register.Made
	_, r, err := registers(c.clients(nil), register.Spec{Name: "lab", Secret: &register.SecretSpec{}}, &ledger)
	if err == nil || !strings.Contains(err.Error(), "is a GUID and so an ID, not a value") || strings.Contains(err.Error(), dicomSP) || !r.Secret.IsZero() {
		t.Errorf("%v, %+v", err, r)
	}
}

// TestPersonalAccounts: such an app has tokens of version 2; both go back in the
// order that Graph takes.
func TestPersonalAccounts(t *testing.T) {
	c := newCloud(t)
	s := register.Spec{AppID: c.addForeign(), Audience: "AzureADandPersonalMicrosoftAccount"}
	before := c.snapshot()
	var ledger []register.Made
	p, _, err := registers(c.clients(nil), s, &ledger)
	if err != nil || actions(p)["application.api.requestedAccessTokenVersion"] != register.ActionChange {
		t.Fatalf("%v, %+v", err, p.Steps)
	}
	if got := c.snapshot(); !strings.Contains(got, `"requestedAccessTokenVersion": 2`) || !strings.Contains(got, s.Audience) {
		t.Error(got)
	}
	var none []register.Made
	if p, _, err := registers(c.clients(nil), s, &none); err != nil || p.Changes() {
		t.Errorf("again: %v, %+v", err, p.Steps)
	}
	order := len(c.changing())
	if _, err := register.Remove(context.Background(), c.clients(nil), register.Removal{Ledger: ledger}, register.Progress{}); err != nil {
		t.Fatal(err)
	}
	if len(c.changing()) != order+2 || !strings.Contains(c.snapshot(), `"requestedAccessTokenVersion": null`) {
		t.Errorf("put back by %q", c.changing()[order:])
	}
	c.apps["f0f0f0f0-0000-4000-8000-000000000001"]["api"] = nil
	delete(c.apps["f0f0f0f0-0000-4000-8000-000000000001"], "api")
	diff(t, "put back", before, c.snapshot())
}

// TestUsualRedirects: a public client of ours has the usual redirect addresses
// unless others, or none, are asked for.
func TestUsualRedirects(t *testing.T) {
	for name, row := range map[string]struct {
		redirects []register.Redirect
		want      int
	}{"nothing said": {nil, 2}, "none wanted": {[]register.Redirect{}, 0}, "one": {[]register.Redirect{{Platform: register.SPA, URI: "https://a.example"}}, 1}} {
		c := newCloud(t)
		var ledger []register.Made
		if _, _, err := registers(c.clients(nil), register.Spec{Name: "lab", Public: new(true), Redirects: row.redirects}, &ledger); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(c.snapshot(), "http://localhost") + strings.Count(c.snapshot(), "https://www.getpostman.com") + strings.Count(c.snapshot(), "a.example"); got != row.want {
			t.Errorf("%s: %d redirects, want %d", name, got, row.want)
		}
	}
}

// TestPlanRemoval: the lines are those of the ledger, the last first; a tenant
// that is not the credential's is refused.
func TestPlanRemoval(t *testing.T) {
	c := newCloud(t)
	var ledger []register.Made
	if _, _, err := registers(c.clients(nil), spec(t), &ledger); err != nil {
		t.Fatal(err)
	}
	p, err := register.PlanRemoval(context.Background(), c.clients(nil), tenantID, register.Removal{Ledger: ledger, Purge: true})
	if err != nil || len(p.Steps) != len(ledger)+1 || !strings.HasPrefix(p.Steps[0].What, "client secret") || p.Steps[0].Note != "goes with the application" ||
		p.Steps[len(p.Steps)-1].ID != "purge" {
		t.Errorf("%v, %+v", err, p.Steps)
	}
	if _, err := register.PlanRemoval(context.Background(), c.clients(nil), dicomApp, register.Removal{Ledger: ledger}); err == nil || !strings.Contains(err.Error(), "belongs to tenant") {
		t.Errorf("another tenant: %v", err)
	}
}
