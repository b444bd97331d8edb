package graph_test

import (
	"net/http"
	"testing"
	"time"

	"hdstest/internal/sandbox/keys"
)

func TestTokenRefused(t *testing.T) {
	w := newWorld(t)
	other, err := keys.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := keys.NewRing(other).Sign(w.claims(), 1)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, value any) string {
		claims := w.claims()
		claims[name] = value
		return w.sign(claims)
	}
	for name, row := range map[string]struct{ token, message string }{
		"no token":        {"", "Access token is empty."},
		"no JWT":          {"abc", "CompactToken parsing failed"},
		"wrong audience":  {with("aud", "https://management.azure.com"), "Invalid audience."},
		"expired":         {with("exp", w.clock().Add(-time.Hour).Unix()), "the token is expired"},
		"not yet valid":   {with("nbf", w.clock().Add(time.Hour).Unix()), "not yet valid"},
		"wrong issuer":    {with("iss", "https://sts.windows.net/x/"), "Invalid issuer."},
		"foreign key":     {stranger, "Invalid signature."},
		"wrong signature": {w.admin()[:len(w.admin())-8] + "AAAAAAAA", "Invalid signature."},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.send(row.token, "GET", "/v1.0/applications", "")
			r.refused(t, http.StatusUnauthorized, "InvalidAuthenticationToken", row.message)
			if r.header.Get("WWW-Authenticate") == "" {
				t.Error("a 401 has a challenge")
			}
		})
	}
}

func TestPermissions(t *testing.T) {
	const one = "/v1.0/applications/5a4db0c5-0000-4000-9000-ffffffffffff"
	const grants, roles = "/v1.0/oauth2PermissionGrants", "/v1.0/servicePrincipals/" + adminID + "/appRoleAssignments"
	for name, row := range map[string]struct {
		roles        []string
		method, path string
		body         string
		want         int
	}{
		"nothing reads nothing":               {nil, "GET", "/v1.0/applications", "", 403},
		"Read.All reads":                      {[]string{"Application.Read.All"}, "GET", "/v1.0/applications", "", 200},
		"Read.All writes not":                 {[]string{"Application.Read.All"}, "POST", "/v1.0/applications", `{"displayName":"x"}`, 403},
		"Read.All deletes not":                {[]string{"Application.Read.All"}, "DELETE", one, "", 403},
		"OwnedBy lists all":                   {[]string{"Application.ReadWrite.OwnedBy"}, "GET", "/v1.0/applications", "", 200},
		"OwnedBy creates":                     {[]string{"Application.ReadWrite.OwnedBy"}, "POST", "/v1.0/applications", `{"displayName":"x"}`, 201},
		"OwnedBy opens no other principal":    {[]string{"Application.ReadWrite.OwnedBy"}, "GET", "/v1.0/servicePrincipals(appId='75e725bf-66ce-4cea-9b9a-5c4caae57f33')", "", 403},
		"OwnedBy opens itself":                {[]string{"Application.ReadWrite.OwnedBy"}, "GET", "/v1.0/servicePrincipals/" + adminID, "", 200},
		"OwnedBy changes not itself":          {[]string{"Application.ReadWrite.OwnedBy"}, "PATCH", "/v1.0/servicePrincipals/" + adminID, `{"notes":"x"}`, 403},
		"All finds nothing, and says so":      {[]string{"Application.ReadWrite.All"}, "GET", one, "", 404},
		"All grants nothing":                  {[]string{"Application.ReadWrite.All"}, "POST", grants, `{}`, 403},
		"All reads no grants":                 {[]string{"Application.ReadWrite.All"}, "GET", grants, "", 403},
		"DelegatedPermissionGrant":            {[]string{"DelegatedPermissionGrant.ReadWrite.All"}, "GET", grants, "", 200},
		"Directory.Read.All reads grants":     {[]string{"Directory.Read.All"}, "GET", grants, "", 200},
		"AppRoleAssignment alone":             {[]string{"AppRoleAssignment.ReadWrite.All"}, "POST", roles, `{}`, 403},
		"AppRoleAssignment with reading":      {[]string{"AppRoleAssignment.ReadWrite.All", "Application.Read.All"}, "POST", roles, `{}`, 400},
		"reading gives no roles":              {[]string{"Application.Read.All"}, "POST", roles, `{}`, 403},
		"users need a permission":             {[]string{"Application.ReadWrite.All"}, "GET", "/v1.0/users", "", 403},
		"organization needs a permission":     {nil, "GET", "/v1.0/organization", "", 403},
		"directoryObjects need a permission":  {nil, "GET", "/v1.0/directoryObjects/" + adminID, "", 403},
		"the recycle bin needs a permission":  {nil, "GET", "/v1.0/directory/deletedItems/" + adminID, "", 403},
		"the recycle bin lists to readers":    {[]string{"Application.Read.All"}, "GET", "/v1.0/directory/deletedItems/microsoft.graph.application", "", 200},
		"federated records need a permission": {nil, "GET", one + "/federatedIdentityCredentials", "", 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.send(w.app(row.roles...), row.method, row.path, row.body)
			if r.status != row.want {
				t.Errorf("want %d, got %d %s", row.want, r.status, r.raw)
			}
			if row.want == http.StatusForbidden {
				r.refused(t, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
			}
		})
	}
}

// TestOwner shows that Application.ReadWrite.OwnedBy opens what it made and
// nothing else.
func TestOwner(t *testing.T) {
	w := newWorld(t)
	owner := w.app("Application.ReadWrite.OwnedBy")
	mine := w.send(owner, "POST", "/v1.0/applications", `{"displayName":"mine"}`)
	theirs := w.ok(201, "POST", "/v1.0/applications", `{"displayName":"theirs"}`)
	for path, want := range map[string]int{mine.text("id"): 204, theirs.text("id"): 403} {
		if r := w.send(owner, "PATCH", "/v1.0/applications/"+path, `{"notes":"n"}`); r.status != want {
			t.Errorf("want %d, got %d %s", want, r.status, r.raw)
		}
	}
	if r := w.send(owner, "POST", "/v1.0/servicePrincipals", `{"appId":"`+theirs.text("appId")+`"}`); r.status != 403 {
		t.Errorf("a principal for another's app: want 403, got %d", r.status)
	}
	r := w.send(owner, "POST", "/v1.0/servicePrincipals", `{"appId":"4f6778d8-5aef-43dc-a1ff-b073724b9494"}`)
	r.refused(t, 403, "Authorization_RequestDenied", "service principal being created must in the local tenant")
	if r := w.send(owner, "POST", "/v1.0/servicePrincipals", `{"appId":"`+mine.text("appId")+`"}`); r.status != 201 {
		t.Errorf("a principal for its own app: want 201, got %d %s", r.status, r.raw)
	}
	if r := w.send(owner, "GET", "/v1.0/servicePrincipals/"+adminID+"/ownedObjects", ""); len(r.values()) != 2 {
		t.Errorf("want two owned objects, got %s", r.raw)
	}
}

func TestDelegated(t *testing.T) {
	w := newWorld(t)
	token := w.user("User.Read Application.ReadWrite.All")
	r := w.send(token, "POST", "/v1.0/applications", `{"displayName":"x"}`)
	if r.status != 201 {
		t.Fatalf("want 201, got %d %s", r.status, r.raw)
	}
	owners := w.ok(200, "GET", "/v1.0/applications/"+r.text("id")+"/owners", "").values()
	if len(owners) != 1 || owners[0]["id"] != userID || owners[0]["@odata.type"] != "#microsoft.graph.user" {
		t.Errorf("the user owns what it made, got %v", owners)
	}
	if r := w.send(token, "GET", "/v1.0/me", ""); r.text("userPrincipalName") != "user@"+domain {
		t.Errorf("me: %s", r.raw)
	}
	w.send(w.admin(), "GET", "/v1.0/me", "").refused(t, 400, "BadRequest", "only valid with delegated authentication flow")
	// Application.ReadWrite.OwnedBy does not exist for users.
	if r := w.send(w.user("Application.ReadWrite.OwnedBy"), "GET", "/v1.0/applications", ""); r.status != 403 {
		t.Errorf("want 403, got %d", r.status)
	}
}

func TestGraphDenied(t *testing.T) {
	w := newWorld(t)
	w.scenarios.Enable("graph-denied")
	w.send(w.admin(), "POST", "/v1.0/applications", `{"displayName":"x"}`).refused(t, 403, "Authorization_RequestDenied", "Insufficient")
	w.ok(200, "GET", "/v1.0/applications", "")
	w.ok(200, "POST", "/v1.0/directoryObjects/getByIds", `{"ids":[]}`)
}
