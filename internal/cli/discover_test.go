package cli

import (
	"context"
	"io"
	"strings"
	"testing"

	"hdstest/internal/discover"
	"hdstest/internal/entra"
	"hdstest/internal/problem"
)

func twoWorkspaces() discover.Found {
	var f discover.Found
	for _, w := range []string{"one", "two"} {
		f.Services = append(f.Services, discover.Service{Kind: entra.FHIR, Workspace: w, Name: "records", URL: "https://" + w + "-records", TenantID: w},
			discover.Service{Kind: entra.DICOM, Workspace: w, Name: "images", TenantID: w})
	}
	return f
}

// TestSeveralServices: at a terminal a person chooses, elsewhere the flag is named.
func TestSeveralServices(t *testing.T) {
	for name, row := range map[string]struct {
		o        discoverOptions
		terminal bool
		typed    string
		want     string // workspace/name of what was chosen, or a part of the error
	}{
		"by workspace":              {discoverOptions{workspace: "two"}, false, "", "two/records two/images"},
		"no terminal":               {discoverOptions{}, false, "", "there are 2 FHIR services: one/records, two/records; name one with --fhir"},
		"chosen":                    {discoverOptions{}, true, "2\n", "two/records two/images"},
		"a number that is none":     {discoverOptions{}, true, "3\n", "expected a number from 1 to 2"},
		"nothing typed":             {discoverOptions{}, true, "", "read from the terminal"},
		"the DICOM service by name": {discoverOptions{workspace: "one", dicom: "images"}, false, "", "one/records one/images"},
	} {
		w := newWorld(t)
		if row.terminal {
			w.Env.ReadLine = func(context.Context, string) (string, error) {
				if row.typed == "" {
					return "", io.EOF
				}
				return row.typed, nil
			}
		}
		p := &program{Env: w.Env}
		got, err := p.chooseServices(t.Context(), &row.o, twoWorkspaces())
		var names []string
		for _, s := range got {
			names = append(names, s.Workspace+"/"+s.Name)
		}
		if err != nil {
			names = []string{err.Error()}
		}
		if text := strings.Join(names, " "); !strings.Contains(text, row.want) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestServicesOfTwoTenantsMakeNoProfile(t *testing.T) {
	all := twoWorkspaces().Services
	_, err := profileValues(&session{}, []discover.Service{all[0], all[3]})
	if problem.KindOf(err) != problem.Usage || !strings.Contains(err.Error(), "different tenants, one and two") {
		t.Errorf("got %v", err)
	}
}
