package config_test

import (
	"strings"
	"testing"

	"hdstest/internal/config"
	"hdstest/internal/problem"
)

// names lists profiles with their tenant.
func names(all []*config.Settings) string {
	var out []string
	for _, s := range all {
		out = append(out, s.Profile+"="+s.TenantID[:min(len(s.TenantID), 1)])
	}
	return strings.Join(out, " ")
}

func TestResolveEach(t *testing.T) {
	for _, c := range []struct {
		rule  string
		names []string
		env   map[string]string
		want  string
	}{
		{"no names mean all with a service", nil, nil, "full=a open="},
		{"names come in the order of the file", []string{"half", "full"}, nil, "full=a half=a"},
		{"the profile of the environment is not asked", nil, map[string]string{"HDSTEST_PROFILE": "half"}, "full=a open="},
		{"the environment fills what a profile leaves open", nil, map[string]string{"AZURE_TENANT_ID": tenantB}, "full=a open=b"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			all, err := config.ResolveEach(world{file: two, env: c.env}.input(t), c.names)
			if err != nil {
				t.Fatal(err)
			}
			if got := names(all); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestResolveEachIsResolve: a profile among many has the settings that it has alone.
func TestResolveEachIsResolve(t *testing.T) {
	in := world{file: two, profile: "full"}.input(t)
	one, err := config.Resolve(in)
	if err != nil {
		t.Fatal(err)
	}
	all, err := config.ResolveEach(in, []string{"full", "open"})
	if err != nil {
		t.Fatal(err)
	}
	if all[0].Credential != one.Credential || all[0].FHIR != one.FHIR || all[0].File != one.File {
		t.Errorf("among many %+v, alone %+v", all[0], one)
	}
}

func TestResolveEachRefuses(t *testing.T) {
	const foreign = "profiles:\n  one:\n    authority: https://login.example\n  two:\n    proxy: http://proxy.example\n"
	for _, c := range []struct {
		rule  string
		w     world
		names []string
		want  []string
	}{
		{"profiles that are not there, all at once", world{file: two}, []string{"ful", "full", "xyz"}, []string{`profile ful: `, `did you mean`, `profile xyz: `}},
		{"no file", world{}, nil, []string{"there is no config file"}},
		{"no service anywhere", world{file: "profiles:\n  half:\n    tenant_id: " + tenantA + "\n"}, nil, []string{"no profile of", "fhir.url"}},
		{"a file that was merely found", world{here: foreign}, []string{"one", "two"}, []string{"authority (line 3)", "proxy (line 5)"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := config.ResolveEach(c.w.input(t), c.names)
			if problem.KindOf(err) != problem.Usage {
				t.Fatalf("got %v, want a usage error", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %v", want, err)
				}
			}
		})
	}
}
