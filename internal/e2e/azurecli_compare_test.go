//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/entra"
)

// TestSameJobAsAzureCLI has az and hdstest do the same job on a fresh sandbox
// each: an app with a redirect address, a secret, a permission with consent, its
// service principal and a role. What the tenant holds afterwards, and the kinds of
// writes that led there, are compared; every difference is in the tables below
// with its reason, and none else may occur.
//
// Source of the commands: learn.microsoft.com/azure/healthcare-apis/register-application-cli-rest,
// /configure-azure-rbac-using-scripts.
func TestSameJobAsAzureCLI(t *testing.T) {
	byAZ, byUs := startSandbox(t), startSandbox(t)
	c := newCLI(t, byAZ)
	c.jobByAZ()
	byUs.jobByUs(t)

	for _, d := range []struct {
		what      string
		of        func(*testing.T, sandbox) map[string]any
		different map[string][2]any // by property: az, hdstest
	}{
		{"application", comparedApp, map[string][2]any{
			// The app is found again by its unique name, so that a second run makes no
			// second app and never patches one of the same display name, as az does.
			"uniqueName": {nil, "hdstest-compare-app"},
			"tags":       {"[]", `["hdstest"]`}, // tells in the portal who made it
			// A secret of half a year instead of one year; its name says what made it.
			"secret days": {365, 180},
			"secret name": {nil, "hdstest"},
		}},
		{"service principal", comparedPrincipal, nil},
		{"consent", comparedGrant, nil},
		{"role assignment", comparedRole, nil},
	} {
		az, us := d.of(t, byAZ), d.of(t, byUs)
		for name, pair := range d.different {
			c.that(fmt.Sprint(az[name]) == fmt.Sprint(pair[0]) && fmt.Sprint(us[name]) == fmt.Sprint(pair[1]),
				"%s, %s: az %v, hdstest %v; expected %v", d.what, name, az[name], us[name], pair)
			delete(az, name)
			delete(us, name)
		}
		diff := cmp.Diff(az, us)
		c.that(diff == "", "%s: az (-) and hdstest (+) made different things:\n%s", d.what, diff)
		c.that(len(az) > 0, "%s: nothing was compared", d.what)
	}
	c.writesCompared(byAZ.writes(t), byUs.writes(t))

	// The same job again: az finds the display name and patches the app, whoever's it
	// is, and removes the secret for a new one; hdstest changes nothing.
	az, us := len(byAZ.writes(t)), len(byUs.writes(t))
	c.az("ad", "app", "create", "--display-name", "compare-app", "--sign-in-audience", "AzureADMyOrg")
	byUs.jobByUs(t)
	c.equal("writes of az the second time", byAZ.writes(t)[az:], []string{"graph PATCH /v1.0/applications/{id}"})
	c.equal("writes of hdstest the second time", byUs.writes(t)[us:], []string{})
	record(t, used{"Azure CLI (same job)", pythonVersion(t, "azure-cli"), byAZ.requests(t, "AZURECLI") + byAZ.requests(t, "MSAL.Python"), c.n})
}

// jobByAZ does the job in the steps that the articles show.
func (c cli) jobByAZ() {
	c.t.Helper()
	c.az("cloud", "register", "--name", "hdstest", "--endpoint-resource-manager", c.s.ARMURL)
	c.az("cloud", "set", "--name", "hdstest")
	c.az("config", "set", "core.instance_discovery=false")
	c.az("login", "--service-principal", "--username", c.s.AdminClientID, "--password", c.s.AdminSecret, "--tenant", c.s.TenantID)
	id := c.text("ad", "app", "create", "--display-name", "compare-app", "--sign-in-audience", "AzureADMyOrg", "--is-fallback-public-client", "false",
		"--web-redirect-uris", "http://localhost", "--query", "appId")
	c.az("ad", "app", "permission", "add", "--id", id, "--api", entra.DICOMAppID, "--api-permissions", dicomScopeID()+"=Scope")
	principal := c.text("ad", "sp", "create", "--id", id, "--query", "id")
	c.az("ad", "app", "permission", "grant", "--id", id, "--api", entra.DICOMAppID, "--scope", "Dicom.ReadWrite")
	c.az("role", "assignment", "create", "--assignee-object-id", principal, "--assignee-principal-type", "ServicePrincipal",
		"--role", "FHIR Data Reader", "--scope", c.s.FHIRResource)
	c.az("ad", "app", "credential", "reset", "--id", id)
}

func dicomScopeID() string {
	app, _ := entra.ResourceAppByID(entra.DICOMAppID)
	return app.Permissions[0].ID
}

// jobByUs does it by two commands.
func (s sandbox) jobByUs(t *testing.T) {
	t.Helper()
	env := environment(s.home, "AZURE_TENANT_ID="+s.TenantID, "AZURE_AUTHORITY_HOST="+s.LoginURL, "HDSTEST_GRAPH_URL="+s.GraphURL, "HDSTEST_ARM_URL="+s.ARMURL,
		"HDSTEST_CA_FILE="+s.CAFile, "HDSTEST_FHIR_RESOURCE_ID="+s.FHIRResource, "HDSTEST_ADMIN_CLIENT_ID="+s.AdminClientID,
		"HDSTEST_ADMIN_CLIENT_SECRET="+s.AdminSecret)
	for _, args := range [][]string{
		{"register", "--name", "compare-app", "--redirect-uri", "http://localhost", "--api", "dicom", "--consent", "--secret", "--yes"},
		{"rbac", "assign", "--role", "FHIR Data Reader@fhir", "--yes"},
	} {
		if r := command(t, s.home, env, binary(), args...); r.code != 0 {
			t.Fatalf("hdstest %v: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
}

// onlyOne gives the one entry of a list.
func onlyOne(t *testing.T, r reply) map[string]any {
	t.Helper()
	list, _ := place(r.json, "value").([]any)
	if r.status != http.StatusOK || len(list) != 1 {
		t.Fatalf("%d entries, status %d", len(list), r.status)
	}
	one, _ := list[0].(map[string]any)
	return one
}

func filter(text string) string { return "?$filter=" + url.QueryEscape(text) }

// comparedApp is an application without what is new for each: ids, times, the
// secret's text. Lists and objects are compared as JSON.
func comparedApp(t *testing.T, s sandbox) map[string]any {
	app := onlyOne(t, s.graph(t, "GET", "/applications"+filter("displayName eq 'compare-app'"), ""))
	secrets, _ := app["passwordCredentials"].([]any)
	if len(secrets) != 1 {
		t.Fatalf("%d secrets", len(secrets))
	}
	secret, _ := secrets[0].(map[string]any)
	start, _ := time.Parse(time.RFC3339, fmt.Sprint(secret["startDateTime"]))
	end, _ := time.Parse(time.RFC3339, fmt.Sprint(secret["endDateTime"]))
	out := flat(app, "id", "appId", "createdDateTime", "passwordCredentials")
	out["secret days"] = int(end.Sub(start).Hours()/24 + 0.5)
	out["secret name"] = secret["displayName"]
	return out
}

func comparedPrincipal(t *testing.T, s sandbox) map[string]any {
	return flat(s.principalDocument(t), "id", "appId", "createdDateTime", "appOwnerOrganizationId", "servicePrincipalNames")
}

func (s sandbox) principalDocument(t *testing.T) map[string]any {
	return onlyOne(t, s.graph(t, "GET", "/servicePrincipals"+filter("displayName eq 'compare-app'"), ""))
}

func comparedGrant(t *testing.T, s sandbox) map[string]any {
	id, _ := s.principalDocument(t)["id"].(string)
	return flat(onlyOne(t, s.graph(t, "GET", "/oauth2PermissionGrants"+filter("clientId eq '"+id+"'"), "")), "id", "clientId", "resourceId")
}

// comparedRole leaves out the assignment's name, which az makes at random and
// hdstest derives, so that a lost answer leads to no second assignment.
func comparedRole(t *testing.T, s sandbox) map[string]any {
	id, _ := s.principalDocument(t)["id"].(string)
	a := onlyOne(t, s.arm(t, "GET", s.FHIRResource+"/providers/Microsoft.Authorization/roleAssignments"+
		filter("principalId eq '"+id+"'")+"&api-version=2022-04-01", ""))
	properties, _ := a["properties"].(map[string]any)
	out := flat(properties, "createdOn", "updatedOn", "createdBy", "updatedBy", "principalId")
	out["scope"] = strings.TrimPrefix(fmt.Sprint(properties["scope"]), "/subscriptions/"+s.SubscriptionID)
	role := fmt.Sprint(properties["roleDefinitionId"])
	out["roleDefinitionId"] = role[strings.LastIndex(role, "/")+1:]
	return out
}

// flat writes lists and objects as JSON and leaves out some properties, and
// OData's own.
func flat(document map[string]any, leftOut ...string) map[string]any {
	out := map[string]any{}
	for name, value := range document {
		if slices.Contains(leftOut, name) || strings.Contains(name, "@odata") {
			continue
		}
		switch value.(type) {
		case []any, map[string]any:
			data, _ := json.Marshal(value)
			value = string(data)
		}
		out[name] = value
	}
	return out
}

var ids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// writes are the requests that changed something, ids taken out; those of curl
// are the test's own.
func (s sandbox) writes(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, e := range s.entries(t) {
		if (e.Service == "graph" || e.Service == "arm") && e.Method != http.MethodGet && !strings.HasPrefix(e.UserAgent, "curl/") && e.Status < 300 {
			out = append(out, fmt.Sprintf("%s %s %s", e.Service, e.Method, ids.ReplaceAllString(e.Path, "{id}")))
		}
	}
	return out
}

// writesCompared compares the kinds of writes. They are the same but for these:
//
//   - az makes the app and adds the permission in a second request; hdstest makes
//     it whole in one, an upsert by unique name, which repeated after a lost answer
//     makes no second app (learn.microsoft.com/graph/api/application-upsert);
//   - the order: hdstest makes the secret last, since its value is told only once
//     and nothing may fail behind it.
func (c cli) writesCompared(az, us []string) {
	c.t.Helper()
	c.t.Logf("az:\n%s\nhdstest:\n%s", strings.Join(az, "\n"), strings.Join(us, "\n"))
	onlyAZ := []string{"graph POST /v1.0/applications", "graph PATCH /v1.0/applications/{id}"}
	onlyUs := []string{"graph PATCH /v1.0/applications(uniqueName='hdstest-compare-app')"}
	c.equal("writes of az alone", without(az, us), onlyAZ)
	c.equal("writes of hdstest alone", without(us, az), onlyUs)
	both := without(az, onlyAZ)
	c.equal("writes of both", len(both), 4)
	ours := without(us, onlyUs)
	slices.Sort(both)
	slices.Sort(ours)
	c.equal("each as often", ours, both)
	grants := slices.Index(us, "graph POST /v1.0/applications/{id}/addPassword")
	c.that(grants > slices.Index(us, "graph POST /v1.0/oauth2PermissionGrants"), "the secret is made before other things: %q", us)
}

// without gives the entries of a list that another list has not.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(text string) bool { return slices.Contains(other, text) })
}
