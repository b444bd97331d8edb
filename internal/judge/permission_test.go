package judge_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
)

// answers are those of a service to a caller with the roles.
func answers(service string, roles ...string) []evidence.Bundle {
	byID := map[string]catalogue.Permission{}
	for _, p := range catalogue.Permissions(service) {
		for _, id := range p.Told {
			if len(p.Told) == 1 {
				byID[id] = p
			}
		}
	}
	var out []evidence.Bundle
	for _, r := range catalogue.PermissionRequests(service) {
		response := &evidence.Response{Status: r.Expect.Status[0]}
		if p, ok := byID[r.ID]; ok && !slices.ContainsFunc(judge.RolesThatGive(service, p), func(r string) bool { return slices.Contains(roles, r) }) {
			response = &evidence.Response{Status: http.StatusForbidden, Mismatch: []string{"status 403, expected 200"}}
		}
		out = append(out, evidence.Bundle{Request: &evidence.Request{ID: r.ID, Method: r.Method, Path: r.Path}, Response: response})
	}
	return out
}

// TestEveryRoleIsRecognised: what a caller with one built-in role sees fits that
// role, and another only where no request tells the two apart.
func TestEveryRoleIsRecognised(t *testing.T) {
	alike := map[string]string{"FHIR Data Reader": "FHIR SMART User", "FHIR SMART User": "FHIR Data Reader"}
	for _, role := range entra.Roles() {
		cells := judge.Permissions(role.Service, answers(role.Service, role.Name), nil)
		for _, set := range judge.Fits(role.Service, cells) {
			if len(set) != 1 || set[0] != role.Name && set[0] != alike[role.Name] {
				t.Errorf("%s: fits %v", role.Name, set)
			}
		}
		if len(judge.Fits(role.Service, cells)) == 0 {
			t.Errorf("%s: fits nothing", role.Name)
		}
	}
}

func TestRolesTogetherAreRecognised(t *testing.T) {
	cells := judge.Permissions(entra.FHIR, answers(entra.FHIR, "FHIR Data Exporter", "FHIR Data Converter"), nil)
	if got := check.FitText(judge.Fits(entra.FHIR, cells)); got != "FHIR Data Exporter + FHIR Data Converter" {
		t.Errorf("fits %q", got)
	}
	if got := check.FitText(judge.Fits(entra.FHIR, judge.Permissions(entra.FHIR, answers(entra.FHIR), nil))); got != "no role" {
		t.Errorf("of one who may do nothing: %q", got)
	}
	if got := judge.Fits(entra.FHIR, judge.Permissions(entra.FHIR, nil, nil)); got != nil {
		t.Errorf("of one of whom nothing is told: %q", got)
	}
}

// TestWhatDoesNotTell: neither another refusal nor an odd answer is a verdict.
func TestWhatDoesNotTell(t *testing.T) {
	odd := answers(entra.FHIR, "FHIR Data Contributor")
	at := func(id string) *evidence.Bundle {
		return &odd[slices.IndexFunc(odd, func(b evidence.Bundle) bool { return b.Request.ID == id })]
	}
	at("permission.fhir.convert").Response = &evidence.Response{Status: 400, Mismatch: []string{"status 400, expected 200"}}
	at("permission.fhir.export").Response = &evidence.Response{Status: 401, Mismatch: []string{"status 401, expected 404"}}
	at("permission.fhir.import").Network, at("permission.fhir.import").Response = &evidence.Network{Error: "no answer in time"}, nil
	at("permission.fhir.delete").Response = &evidence.Response{Status: 403, Mismatch: []string{"status 403, expected 204"}}
	at("permission.fhir.hard-delete").Response = &evidence.Response{Status: 403, Mismatch: []string{"status 403, expected 204"}}
	cells := judge.Permissions(entra.FHIR, odd, map[string]string{"permission.fhir.reindex": "not sent"})
	for i, p := range catalogue.Permissions(entra.FHIR) {
		want, why := check.Allowed, ""
		switch p.Action {
		case entra.ActionConvertData:
			want, why = check.NotTold, "400"
		case entra.ActionExport:
			want, why = check.NotTold, "token is refused"
		case entra.ActionImport:
			want, why = check.NotTold, "no answer in time"
		case entra.ActionReindex:
			want, why = check.NotTold, "not sent"
		case entra.ActionDelete:
			want = check.Denied
		case entra.ActionHardDelete:
			want, why = check.NotTold, "for want of delete"
		case entra.ActionCreate, entra.ActionSearchParameter, entra.ActionEditProfiles, entra.ActionSMART:
			want = check.NotTold
		}
		if cells[i].Verdict != want || !strings.Contains(cells[i].Why, why) {
			t.Errorf("%s: %+v", p.Action, cells[i])
		}
	}
}

// TestExpectedAgainstSeen: a role that was given and does not count yet, and one
// that counts and was not found.
func TestExpectedAgainstSeen(t *testing.T) {
	for name, row := range map[string]struct {
		has      string
		assigned []judge.Assigned
		status   check.Status
		cause    string
	}{
		"the same":    {"FHIR Data Reader", []judge.Assigned{{Role: "FHIR Data Reader"}}, check.Pass, ""},
		"custom":      {"FHIR Data Reader", []judge.Assigned{{Role: "Ours", DataActions: []string{"Microsoft.HealthcareApis/workspaces/fhirservices/resources/READ"}}}, check.Pass, ""},
		"not yet":     {"FHIR Data Reader", []judge.Assigned{{Role: "FHIR Data Writer"}}, check.Fail, "role.pending"},
		"not found":   {"FHIR Data Reader", nil, check.Fail, ""},
		"taken as no": {"", nil, check.Pass, ""},
	} {
		cells := judge.Permissions(entra.FHIR, answers(entra.FHIR, row.has), nil)
		judge.Expect(entra.FHIR, cells, row.assigned)
		m := check.Matrix{Service: entra.FHIR, Identities: []check.Identity{{Name: "work", Fits: judge.Fits(entra.FHIR, cells), Assigned: []string{}}}}
		for i, p := range catalogue.Permissions(entra.FHIR) {
			m.Actions = append(m.Actions, check.Action{Title: p.Title, Cells: cells[i : i+1]})
		}
		if f := judge.Identified(m, 0); f.Status != row.status || f.Cause != row.cause || f.Status == check.Fail && f.Hint == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
