package arm

import (
	"strings"
	"testing"
)

// FuzzTarget: a path is refused or read; a name never stands without its type.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"/subscriptions/x/resourceGroups/y/providers/Microsoft.HealthcareApis/workspaces/w/providers/Microsoft.Authorization/roleAssignments/z",
		"//metadata//endpoints", "/providers", "/providers/a.b/c", "/%2f", "/subscriptions/x/providers/providers/y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		target, err := parseTarget(text)
		if err != nil {
			return
		}
		if len(target.names) > len(target.types) || target.scope != "" && !strings.HasPrefix(target.scope, "/") {
			t.Errorf("%q: %+v", text, target)
		}
		_ = target.operations()
		_ = checkVersion(target, "2022-04-01")
	})
}

// FuzzFilter: a filter is refused or read, and reading ends.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"atScope() and assignedTo('x')", "principalId eq 'it''s'", "roleName eq 'a b'", "and", "atScope() and "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFilter(text)
		if err == nil && strings.TrimSpace(text) != "" && len(parsed.conditions) == 0 {
			t.Errorf("%q: no condition", text)
		}
	})
}
