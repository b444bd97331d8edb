package register_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/problem"
	"hdstest/internal/register"
)

func TestRolesByThemselves(t *testing.T) {
	c, ctx := newCloud(t), context.Background()
	sp, err := register.FindPrincipal(ctx, c.clients(nil), c.addForeign())
	if err != nil || sp.ID != "f0f0f0f0-0000-4000-8000-000000000003" {
		t.Fatalf("%+v, %v", sp, err)
	}
	wanted := []register.RoleGrant{{Role: "FHIR Data Reader", Scope: workload}, {Role: "Custom", Scope: fhirID}}
	for run, made := range []int{2, 0} {
		r, err := register.Assign(ctx, c.clients(nil), sp.ID, wanted, register.Progress{})
		if err != nil || len(r.Roles) != 2 || len(r.Ledger) != made {
			t.Fatalf("run %d: %+v, %v", run, r, err)
		}
	}
	held, err := register.Assignments(ctx, c.clients(nil), fhirID, sp.ID)
	if err != nil || len(held) != 2 {
		t.Fatalf("%+v, %v", held, err)
	}
	i := slices.IndexFunc(held, func(a register.Assignment) bool { return a.RoleID == customRole })
	if i < 0 || held[i].Role != "Custom" || !slices.Equal(held[i].DataActions, []string{"x/read"}) || len(held[1-i].DataActions) == 0 {
		t.Errorf("%+v", held)
	}
	for range 2 { // gone counts as taken away
		if err := register.Unassign(ctx, c.clients(nil), held[0].ID); err != nil {
			t.Error(err)
		}
	}
	if len(c.roles) != 1 {
		t.Errorf("%v", c.roles)
	}
}

func TestRolesByThemselvesRefuse(t *testing.T) {
	c, ctx := newCloud(t), context.Background()
	_, noPrincipal := register.FindPrincipal(ctx, c.clients(nil), tenantID)
	_, noGUID := register.FindPrincipal(ctx, c.clients(nil), "lab")
	_, noObject := register.Assignments(ctx, c.clients(nil), fhirID, "lab")
	_, noScope := register.Assignments(ctx, c.clients(nil), "https://x", tenantID)
	_, unknown := register.Assign(ctx, c.clients(nil), tenantID, []register.RoleGrant{{Role: "Owner of all", Scope: fhirID}}, register.Progress{})
	for i, err := range []error{noPrincipal, noGUID, noObject, noScope, unknown, register.Unassign(ctx, c.clients(nil), fhirID)} {
		if err == nil || problem.KindOf(err) != problem.Usage {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestTokensAreKept: the Azure CLI's credential starts a program for each.
func TestTokensAreKept(t *testing.T) {
	c := newCloud(t)
	n := &counting{}
	cs, err := register.NewClients(register.Options{HTTP: c.graph.Client(), GraphURL: c.graph.URL, ARMURL: c.arm.URL, Credential: n,
		GraphScope: "https://graph.microsoft.com/.default", Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := register.MakePlan(context.Background(), cs, spec(t)); err != nil || n.asked != 1 {
		t.Errorf("%d tokens, %v", n.asked, err)
	}
}

type counting struct {
	credential
	asked int
}

func (n *counting) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n.asked++
	return n.credential.GetToken(ctx, o)
}
