package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/register"
)

var accessNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// holding is access by built-in roles at the service, an hour old.
func holding(service string, roles ...string) register.Access {
	a := register.Access{Scope: "/service", Service: service, Principal: register.Who{ID: "p", Kind: register.KindServicePrincipal}}
	made := accessNow.Add(-time.Hour)
	for _, name := range roles {
		r, known := entra.RoleByName(name)
		a.Held = append(a.Held, register.Held{Level: register.LevelService, Management: !known,
			Assignment: register.Assignment{Role: name, DataActions: r.DataActions, NotActions: r.NotDataActions, Created: &made}})
	}
	return a
}

// told is a finding as ID status cause.
func told(a register.Access, write bool) []string {
	var out []string
	for _, f := range (Env{Now: func() time.Time { return accessNow }}).judgeAccess(a, write) {
		if f.Status == check.Pass {
			continue
		}
		out = append(out, strings.TrimSpace(strings.TrimPrefix(f.ID, "access."+a.Service+".")+" "+string(f.Status)+" "+f.Cause))
	}
	return out
}

// TestJudgeAccess: each thing that can be wrong is said, and nothing else.
func TestJudgeAccess(t *testing.T) {
	young := holding(entra.FHIR, "FHIR Data Contributor")
	minutes := accessNow.Add(-time.Minute)
	young.Held[0].Created = &minutes
	far := holding(entra.FHIR, "FHIR Data Contributor")
	far.Held[0].Level = register.LevelManagementGroup
	conditional := holding(entra.DICOM, "DICOM Data Reader")
	conditional.Held[0].Condition = "x"
	denied := holding(entra.DICOM, "DICOM Data Owner")
	denied.Denials = []register.Denial{{Name: "d", DataActions: []string{"*/write"}}}
	unread := holding(entra.DICOM, "DICOM Data Owner")
	unread.DenialsUnread = "403"
	off := holding(entra.DICOM, "DICOM Data Owner")
	off.Principal.Disabled = true
	for name, row := range map[string]struct {
		a     register.Access
		write bool
		want  []string
	}{
		"everything": {holding(entra.FHIR, "FHIR Data Contributor"), true, nil},
		"nothing":    {holding(entra.FHIR), false, []string{"roles fail role.missing", "read fail role.missing", "write skip", "delete skip"}},
		"Owner alone": {holding(entra.FHIR, "Owner"), true,
			[]string{"roles fail role.control_plane", "read fail role.missing", "write fail role.missing", "delete fail role.missing"}},
		"the other service's role": {holding(entra.DICOM, "FHIR Data Contributor"), false,
			[]string{"roles fail role.other_service", "read fail role.missing", "write skip", "delete skip"}},
		"a reader":                  {holding(entra.FHIR, "FHIR Data Reader"), false, []string{"write skip", "delete skip"}},
		"a reader who should write": {holding(entra.DICOM, "DICOM Data Reader"), true, []string{"write fail role.too_small", "delete fail role.too_small"}},
		"a converter":               {holding(entra.FHIR, "FHIR Data Converter"), false, []string{"read fail role.too_small", "write skip", "delete skip"}},
		"young":                     {young, true, []string{"pending warn role.pending"}},
		"from a management group":   {far, true, []string{"management_group warn role.management_group"}},
		"under a condition":         {conditional, false, []string{"read warn", "write skip", "delete skip"}},
		"a denial":                  {denied, false, []string{"write fail role.deny", "deny warn"}},
		"denials that are not read": {unread, true, []string{"deny skip"}},
		"a SMART user":              {holding(entra.FHIR, "FHIR SMART User"), false, []string{"write skip", "delete skip", "smart warn role.smart_user"}},
		"disabled":                  {off, true, []string{"disabled fail"}},
	} {
		if got := told(row.a, row.write); !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

// TestLeastRole: the hint names the role that gives as little else as can be.
func TestLeastRole(t *testing.T) {
	for want, at := range map[string][2]string{"FHIR Data Reader": {entra.FHIR, entra.ActionRead}, "FHIR Data Writer": {entra.FHIR, entra.ActionWrite},
		"FHIR Data Contributor": {entra.FHIR, entra.ActionHardDelete}, "FHIR Data Converter": {entra.FHIR, entra.ActionConvertData},
		"DICOM Data Reader": {entra.DICOM, entra.ActionRead}, "DICOM Data Owner": {entra.DICOM, entra.ActionDelete}} {
		if got := leastRole(at[0], at[1]); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	group := holding(entra.FHIR)
	group.Principal.Kind = register.KindGroup
	if hint := assignHint(group, entra.ActionRead); !strings.HasPrefix(hint, "az role assignment create --assignee-object-id p --assignee-principal-type Group ") {
		t.Errorf("a group is not given roles by us: %s", hint)
	}
}
