package directory_test

import (
	"testing"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
)

const workspace = "/subscriptions/s/resourceGroups/g/providers/Microsoft.HealthcareApis/workspaces/w"

func TestAllowed(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		role, at, scope, action string
		from                    time.Time
		want                    bool
	}{
		"at the service":                  {"FHIR Data Reader", workspace + "/fhirservices/f", workspace + "/fhirservices/f", entra.ActionRead, time.Time{}, true},
		"at the workspace, case ignored":  {"FHIR Data Reader", "/SUBSCRIPTIONS/S/resourcegroups/g/providers/microsoft.healthcareapis/workspaces/w", workspace + "/fhirservices/f", entra.ActionRead, time.Time{}, true},
		"at another service":              {"FHIR Data Reader", workspace + "/fhirservices/f2", workspace + "/fhirservices/f", entra.ActionRead, time.Time{}, false},
		"reader may not write":            {"FHIR Data Reader", workspace, workspace + "/fhirservices/f", entra.ActionWrite, time.Time{}, false},
		"writer may not delete for good":  {"FHIR Data Writer", workspace, workspace + "/fhirservices/f", entra.ActionHardDelete, time.Time{}, false},
		"contributor may delete for good": {"FHIR Data Contributor", workspace, workspace + "/fhirservices/f", entra.ActionHardDelete, time.Time{}, true},
		"contributor is no SMART user":    {"FHIR Data Contributor", workspace, workspace + "/fhirservices/f", entra.ActionSMART, time.Time{}, false},
		"converter may not read":          {"FHIR Data Converter", workspace, workspace + "/fhirservices/f", entra.ActionRead, time.Time{}, false},
		"not effective yet":               {"FHIR Data Reader", workspace, workspace + "/fhirservices/f", entra.ActionRead, now.Add(time.Minute), false},
	} {
		t.Run(name, func(t *testing.T) {
			role, ok := entra.RoleByName(tc.role)
			if !ok {
				t.Fatalf("no role %q", tc.role)
			}
			s := directory.NewState(directory.Tenant{}, directory.Subscription{})
			s.RoleAssignments["x"] = &directory.RoleAssignment{Scope: tc.at, PrincipalID: "p", EffectiveFrom: tc.from,
				RoleDefinitionID: entra.RoleDefinitionID("s", role.ID)}
			if got := s.Allowed("p", tc.scope, entra.DataAction(entra.FHIR, tc.action), now); got != tc.want {
				t.Errorf("Allowed() = %v", got)
			}
			if s.Allowed("q", tc.scope, entra.DataAction(entra.FHIR, tc.action), now) {
				t.Error("allowed to somebody else")
			}
		})
	}
}

func TestSecretIsKeptAsDigest(t *testing.T) {
	var p directory.PasswordCredential
	p.SetText("sandbox~abc")
	if p.Hint != "san" || !p.Matches("sandbox~abc") || p.Matches("sandbox~abd") || p.Matches("") {
		t.Errorf("hint %q", p.Hint)
	}
}
