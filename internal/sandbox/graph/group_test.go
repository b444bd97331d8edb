package graph_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestGroups: nested groups with every kind of member.
// Source: learn.microsoft.com/graph/api/resources/group and the pages of its methods.
func TestGroups(t *testing.T) {
	w := newWorld(t)
	token := w.app("Group.ReadWrite.All", "Directory.Read.All")
	made := func(name string) string {
		r := w.send(token, http.MethodPost, "/v1.0/groups", `{"displayName":"`+name+`","mailNickname":"`+name+`","mailEnabled":false,"securityEnabled":true}`)
		if r.status != 201 {
			t.Fatalf("create: %d %s", r.status, r.raw)
		}
		id, _ := r.body["id"].(string)
		return id
	}
	inner, outer := made("inner"), made("outer")
	add := func(group, member string, want int) {
		t.Helper()
		body := `{"@odata.id":"` + w.server.URL + `/v1.0/directoryObjects/` + member + `"}`
		if r := w.send(token, http.MethodPost, "/v1.0/groups/"+group+"/members/$ref", body); r.status != want {
			t.Errorf("add a member: want %d, got %d %s", want, r.status, r.raw)
		}
	}
	add(inner, adminID, 204)
	add(inner, adminID, 400)
	add(inner, tenantID, 404)
	add(outer, inner, 204)
	add(inner, outer, 204) // a ring ends
	for _, path := range []string{"/v1.0/servicePrincipals/" + adminID, "/v1.0/directoryObjects/" + adminID} {
		r := w.send(token, http.MethodPost, path+"/getMemberGroups", `{"securityEnabledOnly":true}`)
		if r.status != 200 || !strings.Contains(r.raw, inner) || !strings.Contains(r.raw, outer) {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
	check := `{"groupIds":["` + outer + `","` + tenantID + `"]}`
	r := w.send(token, http.MethodPost, "/v1.0/directoryObjects/"+adminID+"/checkMemberGroups", check)
	if found, _ := r.body["value"].([]any); len(found) != 1 || found[0] != outer {
		t.Errorf("checkMemberGroups: %d %s", r.status, r.raw)
	}
	if r := w.send(token, http.MethodPost, "/v1.0/users/"+userID+"/getMemberGroups", `{"securityEnabledOnly":true}`); r.status != 200 || strings.Contains(r.raw, inner) {
		t.Errorf("somebody else: %d %s", r.status, r.raw)
	}
	for path, want := range map[string]int{"memberOf": 1, "transitiveMemberOf": 2} {
		r := w.send(token, http.MethodGet, "/v1.0/servicePrincipals/"+adminID+"/"+path, "")
		if list, _ := r.body["value"].([]any); len(list) != want || !strings.Contains(r.raw, "#microsoft.graph.group") {
			t.Errorf("%s: want %d, got %s", path, want, r.raw)
		}
	}
	if r := w.send(token, http.MethodGet, "/v1.0/directoryObjects/"+inner, ""); r.body["displayName"] != "inner" {
		t.Errorf("as an object: %s", r.raw)
	}
	if r := w.send(token, http.MethodDelete, "/v1.0/groups/"+inner+"/members/"+adminID+"/$ref", ""); r.status != 204 {
		t.Errorf("remove: %d %s", r.status, r.raw)
	}
	if r := w.send(token, http.MethodDelete, "/v1.0/groups/"+outer, ""); r.status != 204 {
		t.Errorf("delete: %d %s", r.status, r.raw)
	}
	r = w.send(token, http.MethodGet, "/v1.0/groups/"+inner+"/members", "")
	if list, _ := r.body["value"].([]any); len(list) != 0 {
		t.Errorf("members that are gone: %s", r.raw)
	}
}

func TestGroupsRefuse(t *testing.T) {
	w := newWorld(t)
	for name, row := range map[string]struct {
		token, method, path, body string
		want                      int
	}{
		"no right":            {w.app("Application.Read.All"), "GET", "/v1.0/groups", "", 403},
		"reading is no right": {w.app("GroupMember.Read.All"), "POST", "/v1.0/groups", `{}`, 403},
		"incomplete":          {w.app("Group.ReadWrite.All"), "POST", "/v1.0/groups", `{"displayName":"x"}`, 400},
		"with mail":           {w.app("Group.ReadWrite.All"), "POST", "/v1.0/groups", `{"displayName":"x","mailNickname":"x","mailEnabled":true,"securityEnabled":true}`, 501},
		"unknown property":    {w.app("Group.ReadWrite.All"), "POST", "/v1.0/groups", `{"nothing":1}`, 400},
		"unknown group":       {w.app("Group.Read.All"), "GET", "/v1.0/groups/" + tenantID, "", 404},
		"no groups":           {w.app("Directory.Read.All"), "POST", "/v1.0/directoryObjects/" + adminID + "/checkMemberGroups", `{"groupIds":[]}`, 400},
		"no flag":             {w.app("Directory.Read.All"), "POST", "/v1.0/directoryObjects/" + adminID + "/getMemberGroups", `{}`, 400},
	} {
		if r := w.send(row.token, row.method, row.path, row.body); r.status != row.want {
			t.Errorf("%s: want %d, got %d %s", name, row.want, r.status, r.raw)
		}
	}
}
