package register_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"hdstest/internal/entra"
	"hdstest/internal/register"
)

const (
	fhirActions = "Microsoft.HealthcareApis/workspaces/fhirservices/resources/"
	service     = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.HealthcareApis/workspaces/ws/fhirservices/fhir"
)

func held(role string) register.Held {
	r, _ := entra.RoleByName(role)
	return register.Held{Assignment: register.Assignment{Role: r.Name, RoleID: r.ID, DataActions: r.DataActions, NotActions: r.NotDataActions}}
}

func custom(dataActions, notActions []string) register.Held {
	return register.Held{Assignment: register.Assignment{Role: "custom", DataActions: dataActions, NotActions: notActions}}
}

// TestMay: data actions less those left out, with wildcards, less denials.
// Source: learn.microsoft.com/azure/role-based-access-control/role-definitions.
func TestMay(t *testing.T) {
	conditional := held("FHIR Data Reader")
	conditional.Condition = "@Resource[x] StringEquals 'y'"
	deny := register.Denial{Name: "d", DataActions: []string{fhirActions + "*"}, NotDataActions: []string{fhirActions + "read"}}
	for name, row := range map[string]struct {
		held    []register.Held
		denials []register.Denial
		action  string
		want    bool
	}{
		"nothing held":                            {nil, nil, entra.ActionRead, false},
		"a reader reads":                          {[]register.Held{held("FHIR Data Reader")}, nil, entra.ActionRead, true},
		"a reader writes not":                     {[]register.Held{held("FHIR Data Reader")}, nil, entra.ActionWrite, false},
		"a converter reads not":                   {[]register.Held{held("FHIR Data Converter")}, nil, entra.ActionRead, false},
		"two roles add up":                        {[]register.Held{held("FHIR Data Converter"), held("FHIR Data Reader")}, nil, entra.ActionRead, true},
		"a contributor may everything":            {[]register.Held{held("FHIR Data Contributor")}, nil, entra.ActionHardDelete, true},
		"but not what its role leaves out":        {[]register.Held{held("FHIR Data Contributor")}, nil, entra.ActionSMART, false},
		"what one leaves out another gives":       {[]register.Held{held("FHIR Data Contributor"), held("FHIR SMART User")}, nil, entra.ActionSMART, true},
		"a role of the other service":             {[]register.Held{held("DICOM Data Owner")}, nil, entra.ActionRead, false},
		"Owner has no data actions":               {[]register.Held{custom(nil, nil)}, nil, entra.ActionRead, false},
		"a star for all":                          {[]register.Held{custom([]string{"*"}, nil)}, nil, entra.ActionRead, true},
		"a star at the end of the provider":       {[]register.Held{custom([]string{"Microsoft.HealthcareApis/*"}, nil)}, nil, entra.ActionRead, true},
		"a star in the middle":                    {[]register.Held{custom([]string{"microsoft.healthcareapis/*/resources/READ"}, nil)}, nil, entra.ActionRead, true},
		"two stars":                               {[]register.Held{custom([]string{"*/fhirservices/*/read"}, nil)}, nil, entra.ActionRead, true},
		"two stars that do not fit":               {[]register.Held{custom([]string{"*/dicomservices/*/read"}, nil)}, nil, entra.ActionRead, false},
		"the end counts":                          {[]register.Held{custom([]string{"Microsoft.HealthcareApis/*/rea"}, nil)}, nil, entra.ActionRead, false},
		"no star, no prefix":                      {[]register.Held{custom([]string{fhirActions + "rea"}, nil)}, nil, entra.ActionRead, false},
		"what a pattern leaves out":               {[]register.Held{custom([]string{fhirActions + "*"}, []string{"*/harddelete/*"})}, nil, entra.ActionHardDelete, false},
		"read left out, searching not":            {[]register.Held{custom([]string{fhirActions + "*"}, []string{"*/read"})}, nil, entra.ActionRead, true},
		"a denial goes before a role":             {[]register.Held{held("FHIR Data Contributor")}, []register.Denial{deny}, entra.ActionWrite, false},
		"what the denial leaves out":              {[]register.Held{held("FHIR Data Contributor")}, []register.Denial{deny}, entra.ActionRead, true},
		"narrower actions together":               {[]register.Held{custom([]string{fhirActions + "search/action", fhirActions + "readById/action"}, nil)}, nil, entra.ActionRead, true},
		"one narrower action is not enough":       {[]register.Held{custom([]string{fhirActions + "search/action"}, nil)}, nil, entra.ActionRead, false},
		"a condition leaves it allowed, and told": {[]register.Held{conditional}, nil, entra.ActionRead, true},
	} {
		a := register.Access{Scope: service, Service: entra.FHIR, Held: row.held, Denials: row.denials}
		if got := a.May(row.action); got.Allowed != row.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	a := register.Access{Service: entra.FHIR, Held: []register.Held{conditional}}
	if v := a.May(entra.ActionRead); !v.Conditional {
		t.Errorf("only under a condition: %+v", v)
	}
	a.Held = append(a.Held, held("FHIR Data Contributor"))
	if v := a.May(entra.ActionRead); v.Conditional || len(v.By) != 2 {
		t.Errorf("one without a condition is enough: %+v", v)
	}
	a.Denials = []register.Denial{{Name: "all", DataActions: []string{"*"}}}
	if v := a.May(entra.ActionRead); v.Allowed || !slices.EqualFunc(v.Denied, a.Denials, func(x, y register.Denial) bool { return x.Name == y.Name }) {
		t.Errorf("denied: %+v", v)
	}
}

// FuzzMay compares the wildcards with a regular expression.
func FuzzMay(f *testing.F) {
	for _, pattern := range []string{"*", "", "**", "Microsoft.*/read", "*/FHIRservices/*", fhirActions + "read", "*d", "*.*", "a*a"} {
		f.Add(pattern)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if !utf8.ValidString(pattern) || strings.ToLower(pattern) != pattern {
			t.Skip("case does not count, which is not the same in every alphabet")
		}
		parts := strings.Split(pattern, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		action := fhirActions + "hardDelete/action"
		want := regexp.MustCompile("^(?s:" + strings.Join(parts, ".*") + ")$").MatchString(strings.ToLower(action))
		a := register.Access{Service: entra.FHIR, Held: []register.Held{custom([]string{pattern}, nil)}}
		if got := a.May(entra.ActionHardDelete).Allowed; got != want {
			t.Errorf("%q: %v, want %v", pattern, got, want)
		}
	})
}
