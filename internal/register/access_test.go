package register_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/register"
	"hdstest/internal/sandbox/arm"
	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/graph"
	"hdstest/internal/sandbox/keys"
)

// ring is one signing key for all tests: making one takes a while.
var ring = sync.OnceValue(func() *keys.Ring {
	key, err := keys.Generate(time.Now())
	if err != nil {
		panic(err)
	}
	return keys.NewRing(key)
})

// azure is the sandbox's Graph and Azure Resource Manager over a directory that
// the test fills, with an administrator whose permissions in Graph it names.
type azure struct {
	t         *testing.T
	state     *directory.State
	directory *directory.Directory
	graph     *httptest.Server
	arm       *httptest.Server
	roles     []string // in Graph
	ids       int
	puts      int
	slept     time.Duration
}

const (
	adminID = "5a4db0c5-0000-4000-8000-00000000000a"
	appID   = "5a4db0c5-0000-4000-8000-0000000000aa" // client id
	objID   = "5a4db0c5-0000-4000-8000-0000000000ab" // of the registration
	spID    = "5a4db0c5-0000-4000-8000-0000000000ac" // of the service principal
	bareApp = "5a4db0c5-0000-4000-8000-0000000000ad" // client id without a service principal
	bareObj = "5a4db0c5-0000-4000-8000-0000000000ae"
	userID  = "5a4db0c5-0000-4000-8000-0000000000af"
	groupA  = "5a4db0c5-0000-4000-8000-0000000000b1"
	groupB  = "5a4db0c5-0000-4000-8000-0000000000b2" // groupA is in it
	subID   = "5a4db0c5-0000-4000-8000-0000000000c1"
	subPath = "/subscriptions/" + subID
	wsPath  = subPath + "/resourceGroups/rg/providers/Microsoft.HealthcareApis/workspaces/ws"
	fhirRes = wsPath + "/fhirservices/fhir"
	login   = "https://localhost:1"
)

func newAzure(t *testing.T, permissions ...string) *azure {
	t.Helper()
	s := directory.NewState(directory.Tenant{ID: tenantID, Domain: "x.invalid"},
		directory.Subscription{ID: subID, DisplayName: "Sub", ResourceGroup: "rg", Workspace: "ws"})
	s.Services = []*directory.HealthService{{Kind: entra.FHIR, Name: "fhir", URL: "https://localhost:3"}}
	s.Applications[objID] = &directory.Application{ID: objID, AppID: appID, DisplayName: "Mine"}
	s.Applications[bareObj] = &directory.Application{ID: bareObj, AppID: bareApp, DisplayName: "Bare"}
	for id, client := range map[string]string{spID: appID, adminID: tenantID} {
		s.ServicePrincipals[id] = &directory.ServicePrincipal{ID: id, AppID: client, DisplayName: "Mine", AccountEnabled: true, AppOwnerOrganizationID: tenantID, ServicePrincipalType: "Application"}
	}
	s.Users[userID] = &directory.User{ID: userID, UserPrincipalName: "ann@x.invalid", DisplayName: "Ann", AccountEnabled: true}
	s.Groups[groupA] = &directory.Group{ID: groupA, DisplayName: "Inner", Members: []string{spID, userID}}
	s.Groups[groupB] = &directory.Group{ID: groupB, DisplayName: "Outer", Members: []string{groupA}}
	a := &azure{t: t, state: s, roles: permissions}
	now := func() time.Time { return time.Now() }
	a.directory = directory.New(s, now)
	checker := bearer.Checker{Keys: ring(), Now: now, Issuers: []string{login + "/" + tenantID + "/"}, Audiences: []string{"https://test"}}
	newID := func() string { a.ids++; return fmt.Sprintf("5a4db0c5-0000-4000-9000-%012x", a.ids) }
	a.graph = httptest.NewTLSServer(graph.New(graph.Deps{Directory: a.directory, URL: login, LoginURL: login, NewID: newID, Tokens: checker}))
	a.arm = httptest.NewUnstartedServer(nil)
	handler := arm.New(arm.Deps{Directory: a.directory, URL: "https://" + a.arm.Listener.Addr().String(), LoginURL: login, NewID: newID, PageSize: 1, Tokens: checker})
	a.arm.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			a.puts++
		}
		handler.ServeHTTP(w, r)
	})
	a.arm.StartTLS()
	t.Cleanup(a.graph.Close)
	t.Cleanup(a.arm.Close)
	a.give(adminID, arm.RoleOwner, subPath)
	return a
}

// give puts an assignment into the directory, old enough to count.
func (a *azure) give(principal, role, scope string) string {
	r, known := entra.RoleByName(role)
	if known {
		role = r.ID
	}
	name := fmt.Sprintf("5a4db0c5-0000-4000-a000-%012x", len(a.state.RoleAssignments)+1)
	id := scope + "/providers/Microsoft.Authorization/roleAssignments/" + name
	_ = a.directory.Update(func(s *directory.State) error {
		s.RoleAssignments[strings.ToLower(id)] = &directory.RoleAssignment{ID: id, Name: name, Scope: scope, PrincipalID: principal,
			PrincipalType: s.Assignee(principal), RoleDefinitionID: entra.RoleDefinitionID(subID, role), Created: time.Now().Add(-time.Hour)}
		return nil
	})
	return id
}

func (a *azure) GetToken(_ context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	now := time.Now()
	token, err := ring().Sign(map[string]any{"aud": "https://test", "iss": login + "/" + tenantID + "/", "tid": tenantID, "oid": adminID,
		"appid": tenantID, "roles": a.roles, "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(), "ver": "1.0"}, 1)
	return azcore.AccessToken{Token: token, ExpiresOn: now.Add(time.Hour)}, err
}

func (a *azure) clients() register.Clients {
	a.t.Helper()
	c, err := register.NewClients(register.Options{HTTP: a.graph.Client(), GraphURL: a.graph.URL, ARMURL: a.arm.URL, Credential: a, Now: time.Now,
		Sleep: func(ctx context.Context, d time.Duration) error { a.slept += d; return ctx.Err() }})
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

func (a *azure) check(id string) register.Access {
	a.t.Helper()
	who, err := register.FindWho(a.t.Context(), a.clients(), id)
	if err != nil {
		a.t.Fatal(err)
	}
	access, err := register.CheckAccess(a.t.Context(), a.clients(), who, fhirRes)
	if err != nil {
		a.t.Fatal(err)
	}
	return access
}

// ways are how somebody holds what, in the order told.
func ways(a register.Access) []string {
	var out []string
	for _, h := range a.Held {
		text := h.Role + "/" + h.Level
		if h.Through != nil {
			text += "/" + h.Through.Name
		}
		out = append(out, text)
	}
	return out
}

// TestAccessByEveryWay: own roles and those of nested groups, from every level,
// over as many pages as there are assignments.
func TestAccessByEveryWay(t *testing.T) {
	a := newAzure(t, "Directory.Read.All")
	mg := a.state.ManagementGroupID()
	a.give(spID, "FHIR Data Reader", fhirRes)
	a.give(spID, "FHIR Data Converter", mg)
	a.give(groupB, "FHIR Data Writer", wsPath)
	a.give(spID, arm.RoleContributor, subPath+"/resourceGroups/rg")
	a.give(userID, "FHIR Data Contributor", fhirRes) // somebody else's
	got := a.check(spID)
	want := []string{"FHIR Data Reader/service", "FHIR Data Writer/workspace/Outer", "Contributor/resource group", "FHIR Data Converter/management group"}
	if !slices.Equal(ways(got), want) || len(got.Groups) != 2 || got.GroupsUnread != "" || got.DenialsUnread != "" {
		t.Errorf("%q, want %q (%+v)", ways(got), want, got)
	}
	if !got.Held[2].Management || got.Held[0].Management {
		t.Errorf("Contributor is about the resource alone: %+v", got.Held)
	}
	for action, allowed := range map[string]bool{entra.ActionRead: true, entra.ActionWrite: true, entra.ActionHardDelete: false} {
		own := a.state.Allowed(spID, fhirRes, entra.DataAction(entra.FHIR, action), time.Now())
		if got.May(action).Allowed != allowed || own != allowed {
			t.Errorf("%s: %+v; the service decides %v", action, got.May(action), own)
		}
	}
	if of := a.check(groupA); !slices.Equal(ways(of), []string{"FHIR Data Writer/workspace/Outer"}) {
		t.Errorf("of a group: %q", ways(of))
	}
	if of := a.check("ann@x.invalid"); !slices.Equal(ways(of), []string{"FHIR Data Contributor/service", "FHIR Data Writer/workspace/Outer"}) {
		t.Errorf("of a user: %q", ways(of))
	}
}

// TestAccessDenied: deny assignments go before roles, for whom and where they are.
func TestAccessDenied(t *testing.T) {
	all := []string{"Microsoft.HealthcareApis/*"}
	for name, row := range map[string]struct {
		d       directory.DenyAssignment
		allowed bool
	}{
		"everyone":               {directory.DenyAssignment{Scope: wsPath, Principals: []string{directory.Everyone}, DataActions: all}, false},
		"the principal itself":   {directory.DenyAssignment{Scope: fhirRes, Principals: []string{spID}, DataActions: all}, false},
		"a group above it":       {directory.DenyAssignment{Scope: subPath, Principals: []string{groupB}, DataActions: all}, false},
		"excepted":               {directory.DenyAssignment{Scope: subPath, Principals: []string{directory.Everyone}, Except: []string{groupA}, DataActions: all}, true},
		"somebody else":          {directory.DenyAssignment{Scope: subPath, Principals: []string{adminID}, DataActions: all}, true},
		"not below its scope":    {directory.DenyAssignment{Scope: wsPath, HereOnly: true, Principals: []string{directory.Everyone}, DataActions: all}, true},
		"about the resource":     {directory.DenyAssignment{Scope: wsPath, Principals: []string{directory.Everyone}, Actions: []string{"*"}}, true},
		"what it leaves out":     {directory.DenyAssignment{Scope: wsPath, Principals: []string{directory.Everyone}, DataActions: all, NotDataActions: []string{"*/read"}}, true},
		"the management group's": {directory.DenyAssignment{Scope: "/providers/Microsoft.Management/managementGroups/" + tenantID, Principals: []string{spID}, DataActions: all}, false},
	} {
		a := newAzure(t, "Directory.Read.All")
		a.give(spID, "FHIR Data Reader", fhirRes)
		d := row.d
		d.Name, d.DisplayName = "5a4db0c5-0000-4000-b000-000000000001", "locked"
		d.ID = d.Scope + "/providers/Microsoft.Authorization/denyAssignments/" + d.Name
		a.state.DenyAssignments[strings.ToLower(d.ID)] = &d
		v, own := a.check(spID).May(entra.ActionRead), a.state.Allowed(spID, fhirRes, entra.DataAction(entra.FHIR, entra.ActionRead), time.Now())
		if v.Allowed != row.allowed || own != row.allowed {
			t.Errorf("%s: allowed %v, the service decides %v; want %v", name, v.Allowed, own, row.allowed)
		}
	}
}

// TestAccessWithoutGraph: Azure Resource Manager looks into groups by itself.
func TestAccessWithoutGraph(t *testing.T) {
	a := newAzure(t) // no permission at all
	a.give(groupB, "FHIR Data Reader", fhirRes)
	got := a.check(spID)
	if len(got.Held) != 1 || got.Held[0].Through == nil || got.Held[0].Through.ID != groupB || !got.May(entra.ActionRead).Allowed {
		t.Errorf("%+v", got)
	}
	if got.Principal.Kind != "" || !strings.Contains(got.Principal.Note, "Graph may not be read (Directory.Read.All)") ||
		!strings.Contains(got.GroupsUnread, "GroupMember.Read.All") {
		t.Errorf("what could not be read is told: %+v", got)
	}
}

func TestFindWho(t *testing.T) {
	a := newAzure(t, "Directory.Read.All")
	for name, row := range map[string]struct{ id, kind, found, note string }{
		"a service principal":  {spID, register.KindServicePrincipal, spID, ""},
		"a client id":          {appID, register.KindServicePrincipal, spID, "is a client id; roles go to its service principal"},
		"a registration's id":  {objID, register.KindServicePrincipal, spID, "is the object id of the app registration Mine"},
		"a user":               {userID, register.KindUser, userID, ""},
		"a user's name":        {"ann@x.invalid", register.KindUser, userID, ""},
		"a group, in capitals": {strings.ToUpper(groupA), register.KindGroup, groupA, ""},
	} {
		who, err := register.FindWho(t.Context(), a.clients(), row.id)
		if err != nil || who.Kind != row.kind || who.ID != row.found || !strings.Contains(who.Note, row.note) || row.note == "" && who.Note != "" {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	for name, row := range map[string]struct{ id, want string }{
		"nobody's":           {tenantID[:35] + "2", "nobody in the tenant has the id"},
		"an app without one": {bareApp, "has no service principal in the tenant: hdstest register makes it"},
		"its registration":   {bareObj, "an app has three ids"},
		"no GUID":            {"lab", "is no object id"},
		"nobody's name":      {"eve@x.invalid", "the tenant has no user eve@x.invalid"},
	} {
		_, err := register.FindWho(t.Context(), a.clients(), row.id)
		if problem.KindOf(err) != problem.Usage || err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (a *azure) wish(who register.Who, roles ...register.RoleGrant) register.RoleWish {
	return register.RoleWish{TenantID: tenantID, Principal: who, Roles: roles}
}

// TestAssignAndUnassign: a plan first, then exactly what it says, and nothing the
// second time.
func TestAssignAndUnassign(t *testing.T) {
	a, ctx := newAzure(t, "Directory.Read.All"), t.Context()
	who := register.Who{ID: spID, Kind: register.KindServicePrincipal}
	reader := register.RoleGrant{Role: "fhir data reader", Scope: fhirRes}
	writer := register.RoleGrant{Role: "FHIR Data Writer", Scope: wsPath}
	for run, want := range [][]register.Action{{register.ActionCreate, register.ActionCreate}, {register.ActionKeep, register.ActionKeep}} {
		plan, err := register.PlanAssign(ctx, a.clients(), a.wish(who, reader, writer))
		if err != nil || len(plan.Steps) != 2 || plan.Steps[0].Action != want[0] || plan.Steps[1].Action != want[1] || plan.TenantID != tenantID {
			t.Fatalf("run %d: %+v, %v", run, plan.Steps, err)
		}
		before := a.puts
		if _, err := register.ApplyAssign(ctx, a.clients(), plan, register.Progress{}); err != nil || run == 1 && a.puts != before {
			t.Errorf("run %d: %d writes, %v", run, a.puts-before, err)
		}
	}
	inherited := register.RoleGrant{Role: "FHIR Data Writer", Scope: fhirRes} // held at the workspace
	plan, err := register.PlanUnassign(ctx, a.clients(), a.wish(who, reader, inherited))
	if err != nil || plan.Steps[0].Action != register.ActionRemove || plan.Steps[1].Action != register.ActionKeep ||
		!strings.Contains(plan.Steps[1].Note, "it is held at the workspace "+wsPath) {
		t.Fatalf("%+v, %v", plan.Steps, err)
	}
	gone, err := register.ApplyUnassign(ctx, a.clients(), plan, register.Progress{})
	if err != nil || len(gone) != 1 || !slices.Equal(ways(a.check(spID)), []string{"FHIR Data Writer/workspace"}) {
		t.Errorf("%+v, %v; left %q", gone, err, ways(a.check(spID)))
	}
	again, err := register.PlanUnassign(ctx, a.clients(), a.wish(who, reader))
	if err != nil || again.Changes() {
		t.Errorf("the second time: %+v, %v", again.Steps, err)
	}
	byID := register.RoleWish{IDs: []string{a.check(spID).Held[0].ID}}
	plan, err = register.PlanUnassign(ctx, a.clients(), byID)
	if err != nil || !plan.Changes() {
		t.Fatalf("by id: %+v, %v", plan.Steps, err)
	}
	if _, err := register.ApplyUnassign(ctx, a.clients(), plan, register.Progress{}); err != nil || len(a.check(spID).Held) != 0 {
		t.Errorf("by id: %v", err)
	}
	if plan, err = register.PlanUnassign(ctx, a.clients(), byID); err != nil || plan.Changes() {
		t.Errorf("by id again: %+v, %v", plan.Steps, err)
	}
}

// TestAssignKeepsWhatIsHeldAbove: a role from a wider scope is held already, the
// management group's too.
func TestAssignKeepsWhatIsHeldAbove(t *testing.T) {
	for _, above := range []string{wsPath, subPath + "/resourceGroups/rg", subPath, "/providers/Microsoft.Management/managementGroups/" + tenantID} {
		a := newAzure(t, "Directory.Read.All")
		a.give(spID, "FHIR Data Reader", above)
		plan, err := register.PlanAssign(t.Context(), a.clients(), a.wish(register.Who{ID: spID}, register.RoleGrant{Role: "FHIR Data Reader", Scope: fhirRes}))
		if err != nil || plan.Changes() || plan.Steps[0].Old != above {
			t.Errorf("%s: %+v, %v", above, plan.Steps, err)
		}
	}
}

// TestRolesRefuseBeforeAnythingChanges: bad input, and nothing was written.
func TestRolesRefuseBeforeAnythingChanges(t *testing.T) {
	a, ctx := newAzure(t, "Directory.Read.All"), t.Context()
	who := register.Who{ID: spID, Kind: register.KindServicePrincipal}
	ofUser := a.give(userID, "FHIR Data Reader", fhirRes)
	owner := a.give(spID, arm.RoleContributor, fhirRes)
	grant := func(role, scope string) register.RoleWish {
		return a.wish(who, register.RoleGrant{Role: role, Scope: scope})
	}
	writes := a.puts
	for name, row := range map[string]struct {
		wish   register.RoleWish
		remove bool
		want   string
	}{
		"an unknown role":             {grant("FHIR Data Raeder", fhirRes), false, "did you mean FHIR Data Reader?"},
		"an unknown role's id":        {grant(tenantID, fhirRes), false, "there is no role"},
		"a management role":           {grant("Owner", fhirRes), false, "the role Owner gives nothing on FHIR or DICOM data"},
		"a role of the other service": {grant("DICOM Data Owner", fhirRes), false, "gives nothing on"},
		"a scope that is none":        {grant("FHIR Data Reader", "fhir"), false, "is no Azure resource id"},
		"a user":                      {a.wish(register.Who{ID: userID, Kind: register.KindUser, Name: "ann"}, register.RoleGrant{Role: "FHIR Data Reader", Scope: fhirRes}), false, "is a user, not a service principal"},
		"a group":                     {a.wish(register.Who{ID: groupA, Kind: register.KindGroup}, register.RoleGrant{Role: "FHIR Data Reader", Scope: fhirRes}), true, "is a group, not a service principal"},
		"another tenant":              {register.RoleWish{TenantID: objID, Principal: who}, false, "belongs to tenant"},
		"no assignment's id":          {register.RoleWish{IDs: []string{fhirRes}}, true, "is no id of a role assignment"},
		"an assignment of a user":     {register.RoleWish{IDs: []string{ofUser}}, true, "is of a user, not of a service principal"},
		"one of a management role":    {register.RoleWish{IDs: []string{owner}}, true, "which is no role on FHIR or DICOM data"},
		"one of somebody else":        {register.RoleWish{Principal: register.Who{ID: adminID}, IDs: []string{owner}}, true, "is of the principal " + spID},
	} {
		plan := register.PlanAssign
		if row.remove {
			plan = register.PlanUnassign
		}
		_, err := plan(ctx, a.clients(), row.wish)
		if problem.KindOf(err) != problem.Usage || err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a.puts != writes {
		t.Errorf("%d requests changed something", a.puts-writes)
	}
}

// TestAssignWithoutGraph: an id of a wrong kind that nobody could look up is
// refused by Azure, after a short wait and in its words.
func TestAssignWithoutGraph(t *testing.T) {
	a, ctx := newAzure(t), t.Context()
	who, err := register.FindWho(ctx, a.clients(), objID)
	if err != nil || who.Kind != "" {
		t.Fatalf("%+v, %v", who, err)
	}
	plan, err := register.PlanAssign(ctx, a.clients(), a.wish(who, register.RoleGrant{Role: "FHIR Data Reader", Scope: fhirRes}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = register.ApplyAssign(ctx, a.clients(), plan, register.Progress{})
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != "PrincipalTypeNotSupported" || a.slept > 30*time.Second || a.slept == 0 {
		t.Errorf("after %s: %v", a.slept, err)
	}
}

// TestRosterNamesEverybody lists all holders at a scope.
func TestRosterNamesEverybody(t *testing.T) {
	a := newAzure(t, "Directory.Read.All")
	a.give(spID, "FHIR Data Reader", fhirRes)
	a.give(groupA, "FHIR Data Writer", wsPath)
	a.give(userID, "FHIR Data Reader", wsPath+"/fhirservices/fhir")
	r, err := register.RolesAt(t.Context(), a.clients(), fhirRes, nil)
	var names []string
	for _, h := range r.Held {
		if h.Holder != nil && !h.Management {
			names = append(names, h.Holder.Name)
		}
	}
	slices.Sort(names)
	if err != nil || !slices.Equal(names, []string{"Inner", "Mine", "ann@x.invalid"}) {
		t.Errorf("%q, %v", names, err)
	}
	who := register.Who{ID: spID, Kind: register.KindServicePrincipal, Name: "Mine"}
	if r, err = register.RolesAt(t.Context(), a.clients(), fhirRes, &who); err != nil || len(r.Held) != 2 || r.Held[1].Holder.Name != "Inner" {
		t.Errorf("of one: %+v, %v", r, err)
	}
}
