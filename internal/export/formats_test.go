package export_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/export/bruno"
	"hdstest/internal/export/curl"
	"hdstest/internal/export/httpfile"
	"hdstest/internal/export/k6"
	"hdstest/internal/export/postman"
	"hdstest/internal/secret"
)

// hostile has what some format would take for something else: quotes of all
// kinds, separators, escapes, variables, comments, a line end, letters beyond
// ASCII.
const hostile = `p+w&r=d %2F"'$#\ $(id) ${HOME} %PATH% }}{{ ;` + "\u00fc\u2019\nsecond // line"

// format is a renderer as the rules below need it.
type format struct {
	name        string
	render      func(export.Input) ([]export.File, error)
	environment string                              // the one file that may hold the secret
	read        func(t *testing.T, file []byte) any // the secret as the tool would read it
}

func with(render func(export.Input, string) ([]export.File, error), dialect string) func(export.Input) ([]export.File, error) {
	return func(in export.Input) ([]export.File, error) { return render(in, dialect) }
}

func formats() []format {
	return []format{
		{"postman", postman.Render, "example.postman_environment.json", readPostman},
		{"httpyac", with(httpfile.Render, httpfile.HTTPYac), "http-client.private.env.json", readEnvironments},
		{"jetbrains", with(httpfile.Render, httpfile.JetBrains), "http-client.private.env.json", readEnvironments},
		{"rest-client", with(httpfile.Render, httpfile.RESTClient), ".env", readDotenv},
		{"visualstudio", with(httpfile.Render, httpfile.VisualStudio), "http-client.env.json.user", readEnvironments},
		{"sh", with(curl.Render, curl.POSIX), "example.env", readShell},
		{"powershell", with(curl.Render, curl.PowerShell), "example.env.json", readJSON},
		{"bru", with(bruno.Render, bruno.Bru), "environments/example.bru", readBru},
		{"opencollection", with(bruno.Render, bruno.OpenCollection), "environments/example.yml", readYAML},
		{"k6", k6.Render, "example.k6.env.json", readJSON},
	}
}

func each(t *testing.T, check func(t *testing.T, f format)) {
	t.Helper()
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) { check(t, f) })
	}
}

func (f format) files(t *testing.T, in export.Input) map[string]export.File {
	t.Helper()
	list, err := f.render(in)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]export.File{}
	for _, file := range list {
		if _, twice := out[file.Name]; twice {
			t.Errorf("%s stands twice", file.Name)
		}
		out[file.Name] = file
	}
	return out
}

func example() export.Input {
	return export.Input{Name: "example", ClientSecret: secret.New(hostile), Vars: catalogue.Vars{
		"tenantid": "11111111-1111-1111-1111-111111111111", "clientid": "22222222-2222-2222-2222-222222222222",
		"fhirurl": "https://w-f.fhir.azurehealthcareapis.com", "dicomurl": "https://w-d.dicom.azurehealthcareapis.com/v2"}}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		if diff := cmp.Diff(f.files(t, example()), f.files(t, example())); diff != "" {
			t.Error(diff)
		}
	})
}

// fragments are traces of the secret, raw and as JSON and a URL write them.
func fragments() []string { return []string{"p+w&r", "p%2Bw", `p+w\u0026`, "second // line", "$(id)"} }

func TestTheSecretIsInItsFileAndNowhereElse(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		for _, included := range []bool{false, true} {
			in := example()
			in.IncludeSecrets = included
			files := f.files(t, in)
			for name, file := range files {
				holds := slices.ContainsFunc(fragments(), func(s string) bool { return strings.Contains(string(file.Data), s) })
				if holds != (included && name == f.environment) {
					t.Errorf("included %v: %s holds the secret: %v", included, name, holds)
				}
			}
			if !included {
				continue
			}
			if mode := files[f.environment].Mode; mode != 0o600 {
				t.Errorf("%s has mode %v", f.environment, mode)
			}
			if ignore := files[".gitignore"]; !ignore.Merge || !slices.Contains(strings.Split(string(ignore.Data), "\n"), f.environment) {
				t.Errorf(".gitignore: %q", ignore.Data)
			}
		}
	})
}

func TestAHostileSecretSurvives(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		in := example()
		in.IncludeSecrets = true
		want := any(hostile)
		if f.name == "visualstudio" { // it encodes no form, so its settings are encoded
			want = "p%2Bw%26r%3Dd%20%252F%22%27%24%23%5C%20%24%28id%29%20%24%7BHOME%7D%20%25PATH%25%20%7D%7D%7B%7B%20%3B%C3%BC%E2%80%99%0Asecond%20%2F%2F%20line"
		}
		if got := f.read(t, f.files(t, in)[f.environment].Data); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

// TestASecretThatAToolWouldChangeIsRefused: scripts take it as it is.
func TestASecretThatAToolWouldChangeIsRefused(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		in := example()
		in.ClientSecret = secret.New("a{{tenantid}}b")
		if _, err := f.render(in); err != nil {
			t.Errorf("where it is not written: %v", err)
		}
		in.IncludeSecrets = true
		_, err := f.render(in)
		if script := slices.Contains([]string{"sh", "powershell", "k6"}, f.name); script != (err == nil) || err != nil && strings.Contains(err.Error(), "tenantid") {
			t.Errorf("%v", err)
		}
	})
}

// TestSignInSendsTheSecretUnderWebAlone: the redirect's platform decides, where a
// tool signs people in (see also the dialects of .http).
func TestSignInSendsTheSecretUnderWebAlone(t *testing.T) {
	marks := map[string]struct{ file, secret string }{
		"postman": {"example.postman_collection.json", `"key": "clientSecret"`}, "bru": {"sign-in/sign-in.fhir.bru", "client_secret: {{clientsecret}}"},
		"opencollection": {"sign-in/sign-in.fhir.yml", "clientSecret: "}}
	each(t, func(t *testing.T, f format) {
		mark, signsIn := marks[f.name]
		for platform, sends := range map[string]bool{"web": true, "public": false, "spa": false, "": false} {
			in := example()
			in.RedirectPlatform = platform
			if text := string(f.files(t, in)[mark.file].Data); signsIn && (text == "" || strings.Contains(text, mark.secret) != sends) {
				t.Errorf("%q: the secret is there: %v", platform, !sends)
			}
		}
	})
}

func TestOneServiceAlone(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		in := example()
		in.Services = []string{catalogue.FHIR}
		for name, file := range f.files(t, in) {
			if strings.Contains(name, ".dcm") || strings.Contains(string(file.Data), "dicomurl + ") || strings.Contains(string(file.Data), "/studies") {
				t.Errorf("%s has something of DICOM", name)
			}
		}
		in.Services = []string{catalogue.DICOM}
		for name, file := range f.files(t, in) {
			if strings.Contains(string(file.Data), "/Patient") {
				t.Errorf("%s has something of FHIR", name)
			}
		}
	})
}

func TestNamesOfTheExportStayInsideTheFolder(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		in := example()
		in.Name = "../../etc/pass wd"
		if err := export.Write(t.TempDir(), slices.Collect(maps.Values(f.files(t, in)))); err != nil {
			t.Error(err)
		}
	})
}

// TestReadingAloneHoldsNoDeletion takes the groups that change data away.
func TestReadingAloneHoldsNoDeletion(t *testing.T) {
	each(t, func(t *testing.T, f format) {
		deletes := func(in export.Input) bool {
			for _, file := range f.files(t, in) {
				if text := string(file.Data); strings.Contains(text, "DELETE") || strings.Contains(text, "\ndelete {") {
					return true
				}
			}
			return false
		}
		in := example()
		if !deletes(in) {
			t.Error("no deletion found in the whole: the test is blind")
		}
		in.Requests = slices.DeleteFunc(catalogue.Requests(), func(r catalogue.Request) bool {
			return r.Group == catalogue.GroupFHIRWrite || r.Group == catalogue.GroupDICOMWrite
		})
		if deletes(in) {
			t.Error("something is deleted")
		}
	})
}

func readPostman(t *testing.T, data []byte) any {
	var e struct {
		Values []struct{ Key, Value string }
	}
	unmarshal(t, data, &e)
	for _, v := range e.Values {
		if v.Key == catalogue.VarClientSecret {
			return v.Value
		}
	}
	return nil
}

func readEnvironments(t *testing.T, data []byte) any {
	var e map[string]map[string]string
	unmarshal(t, data, &e)
	return e["example"][catalogue.VarClientSecret]
}

func readJSON(t *testing.T, data []byte) any {
	var e map[string]string
	unmarshal(t, data, &e)
	return e[catalogue.VarClientSecret]
}

func unmarshal(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

func readYAML(t *testing.T, data []byte) any {
	var e struct {
		Variables []struct{ Name, Value string }
	}
	if err := yaml.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	for _, v := range e.Variables {
		if v.Name == catalogue.VarClientSecret {
			return v.Value
		}
	}
	return nil
}

// readDotenv reads NAME, a quote, everything up to the same quote at the end.
func readDotenv(t *testing.T, data []byte) any {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(string(data), "\n"), "clientsecret=")
	if !ok || len(rest) < 2 || rest[0] != rest[len(rest)-1] || strings.Count(rest, rest[:1]) != 2 {
		t.Fatalf("%q", data)
	}
	return rest[1 : len(rest)-1]
}

// readShell reads single quotes, outside of which only \' may stand.
func readShell(t *testing.T, data []byte) any {
	_, rest, ok := strings.Cut(string(data), "\nclientsecret=${clientsecret:-")
	if !ok {
		t.Fatal("no clientsecret")
	}
	var out strings.Builder
	for !strings.HasPrefix(rest, "}") {
		switch {
		case strings.HasPrefix(rest, `\'`):
			out.WriteString("'")
			rest = rest[2:]
		case strings.HasPrefix(rest, "'"):
			inner, after, closed := strings.Cut(rest[1:], "'")
			if !closed {
				t.Fatal("an open quote")
			}
			out.WriteString(inner)
			rest = after
		default:
			t.Fatalf("unquoted: %.20q", rest)
		}
	}
	return out.String()
}

// readBru reads a text within ”', indented by four.
func readBru(t *testing.T, data []byte) any {
	_, rest, ok := strings.Cut(string(data), "  clientsecret: '''\n")
	inner, _, closed := strings.Cut(rest, "\n  '''\n")
	if !ok || !closed {
		t.Fatalf("%q", data)
	}
	var lines []string
	for line := range strings.SplitSeq(inner, "\n") {
		text, indented := strings.CutPrefix(line, "    ")
		if !indented {
			t.Fatalf("%q is not indented", line)
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}
