package register_test

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// TestAssignmentsOfAPrincipal: those from above the scope count, each with what it
// gives on data.
func TestAssignmentsOfAPrincipal(t *testing.T) {
	c, ctx := newCloud(t), context.Background()
	c.addForeign()
	who := register.Who{ID: "f0f0f0f0-0000-4000-8000-000000000003", Kind: register.KindServicePrincipal}
	wish := register.RoleWish{Principal: who, Roles: []register.RoleGrant{{Role: "FHIR Data Reader", Scope: workload}, {Role: "FHIR Data Writer", Scope: fhirID}}}
	for run, made := range []int{2, 0} {
		plan, err := register.PlanAssign(ctx, c.clients(nil), wish)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := register.ApplyAssign(ctx, c.clients(nil), plan, register.Progress{}); err != nil || len(r.Roles) != 2 || len(r.Ledger) != made {
			t.Fatalf("run %d: %+v, %v", run, r, err)
		}
	}
	held, err := register.Assignments(ctx, c.clients(nil), fhirID, who.ID)
	if err != nil || len(held) != 2 || len(held[0].DataActions) == 0 || len(held[1].DataActions) == 0 {
		t.Fatalf("%+v, %v", held, err)
	}
	_, noObject := register.Assignments(ctx, c.clients(nil), fhirID, "lab")
	_, noScope := register.Assignments(ctx, c.clients(nil), "https://x", tenantID)
	for i, err := range []error{noObject, noScope} {
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
