package postman_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/export/postman"
	"hdstest/internal/secret"
)

var update = flag.Bool("update", false, "write the golden files")

const secretCanary = `p+w&r=d %2F"'$#\` + "é\n}}x{{"

func example() export.Input {
	return export.Input{Name: "Example checks", Vars: catalogue.Vars{
		"tenantid": "11111111-1111-1111-1111-111111111111", "clientid": "22222222-2222-2222-2222-222222222222",
		"fhirurl":  "https://ws-fhir.fhir.azurehealthcareapis.com/",
		"dicomurl": "https://ws-dicom.dicom.azurehealthcareapis.com/v2"},
		ClientSecret: secret.New(secretCanary)}
}

func render(t *testing.T, in export.Input) map[string]export.File {
	t.Helper()
	files, err := postman.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]export.File{}
	for _, f := range files {
		out[f.Name] = f
	}
	return out
}

// TestGolden compares with testdata; run with -update after a change on purpose
// and read the difference.
func TestGolden(t *testing.T) {
	for name, f := range render(t, example()) {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(f.Data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	first, second := render(t, example()), render(t, example())
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}

func TestFilesAndModes(t *testing.T) {
	in := example()
	var plain []string
	for name := range render(t, in) {
		plain = append(plain, name)
	}
	slices.Sort(plain)
	want := []string{"example-checks-1.dcm", "example-checks-2.dcm",
		"example-checks.postman_collection.json", "example-checks.postman_environment.json"}
	if !slices.Equal(plain, want) {
		t.Errorf("files %v", plain)
	}
	in.IncludeSecrets = true
	files := render(t, in)
	if f := files["example-checks.postman_environment.json"]; f.Mode != 0o600 {
		t.Errorf("environment with a secret has mode %v", f.Mode)
	}
	if f := files[".gitignore"]; !strings.Contains(string(f.Data), "example-checks.postman_environment.json") || !f.Merge {
		t.Errorf(".gitignore: %+v", f)
	}
}

func TestTheSecretIsWhereItWasAskedForAndNowhereElse(t *testing.T) {
	encoded, _ := json.Marshal(secretCanary)
	for _, included := range []bool{false, true} {
		in := example()
		in.IncludeSecrets = included
		for name, f := range render(t, in) {
			holds := strings.Contains(string(f.Data), secretCanary[:8]) || strings.Contains(string(f.Data), string(encoded[1:9]))
			if wanted := included && strings.HasSuffix(name, "environment.json"); holds != wanted {
				t.Errorf("included %v: %s holds the secret: %v", included, name, holds)
			}
		}
	}
	in := example()
	in.IncludeSecrets = true
	var env struct {
		Values []struct{ Key, Value, Type string }
	}
	if err := json.Unmarshal(render(t, in)["example-checks.postman_environment.json"].Data, &env); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(env.Values, func(v struct{ Key, Value, Type string }) bool { return v.Key == "clientsecret" })
	if i < 0 || env.Values[i].Value != secretCanary || env.Values[i].Type != "secret" {
		t.Errorf("%+v", env.Values)
	}
}

func TestOneServiceAlone(t *testing.T) {
	in := example()
	in.Services = []string{catalogue.FHIR}
	for name, f := range render(t, in) {
		if text := string(f.Data); strings.HasSuffix(name, ".dcm") || strings.Contains(text, "dicomurl") || strings.Contains(text, "dicomBearerToken") {
			t.Errorf("%s has something of DICOM", name)
		}
	}
}

func TestARedirectOnTheWebPlatformSendsTheSecret(t *testing.T) {
	for platform, want := range map[string]bool{"web": true, "public": false, "spa": false, "": false} {
		in := example()
		in.RedirectPlatform = platform
		text := string(render(t, in)["example-checks.postman_collection.json"].Data)
		if got := strings.Contains(text, `"key": "clientSecret"`); got != want {
			t.Errorf("%q: clientSecret in the OAuth block: %v, want %v", platform, got, want)
		}
	}
}

// parsed is a collection as far as the rules below ask.
type parsed struct {
	Info struct {
		Name, Schema string
		ID           string `json:"_postman_id"`
	}
	Item     []node
	Variable []struct{ Key, Value, Type string }
}

type node struct {
	ID, Name string
	Item     []node
	Auth     map[string]any
	Event    []struct {
		Listen string
		Script struct {
			Type string
			Exec []string
		}
	}
	Request *struct {
		Method string
		URL    struct {
			Raw        string
			Host, Path []string
		}
		Header []struct{ Key, Value string }
		Body   *struct{ Mode string }
		Auth   map[string]any
	}
}

func collectionOf(t *testing.T, in export.Input) parsed {
	t.Helper()
	var c parsed
	decoder := json.NewDecoder(strings.NewReader(string(render(t, in)["example-checks.postman_collection.json"].Data)))
	if err := decoder.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (n node) scripts(listen string) string {
	var out []string
	for _, e := range n.Event {
		if e.Listen == listen {
			out = append(out, e.Script.Exec...)
		}
	}
	return strings.Join(out, "\n")
}

// TestSchema holds the keys that the schema of v2.1.0 requires, and its values.
func TestSchema(t *testing.T) {
	c := collectionOf(t, example())
	if c.Info.Name == "" || c.Info.Schema != "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" {
		t.Errorf("info %+v", c.Info)
	}
	ids := map[string]bool{}
	uuidForm := regexp.MustCompile(`^[0-9a-f-]{36}$`)
	for _, folder := range c.Item {
		if len(folder.Item) == 0 || folder.Request != nil {
			t.Errorf("%s is no folder", folder.Name)
		}
		for _, n := range append([]node{folder}, folder.Item...) {
			if !uuidForm.MatchString(n.ID) || ids[n.ID] || n.Name == "" {
				t.Errorf("%q has the id %q", n.Name, n.ID)
			}
			ids[n.ID] = true
			for _, e := range n.Event {
				if e.Script.Type != "text/javascript" || len(e.Script.Exec) == 0 {
					t.Errorf("%s: event %+v", n.Name, e)
				}
			}
		}
		for _, n := range folder.Item {
			if r := n.Request; r == nil || r.Method == "" || r.URL.Raw == "" || len(r.URL.Host) != 1 || len(r.URL.Path) == 0 || r.Header == nil {
				t.Errorf("%s: request %+v", n.Name, n.Request)
			}
		}
	}
}

func TestEveryRequestAssertsItsStatus(t *testing.T) {
	for _, folder := range collectionOf(t, example()).Item {
		for _, n := range folder.Item {
			if !strings.Contains(n.scripts("test"), "pm.expect(pm.response.code") {
				t.Errorf("%s would be green on a 401", n.Name)
			}
		}
	}
}

func TestFoldersThatChangeDataAreGuarded(t *testing.T) {
	guarded := 0
	for _, folder := range collectionOf(t, example()).Item {
		for _, n := range folder.Item {
			unsafe := n.Request.Method != "GET" && !strings.Contains(n.Request.URL.Raw, "oauth2")
			if unsafe && !strings.Contains(folder.scripts("prerequest"), `pm.variables.get("allow_writes") !== "true"`) {
				t.Errorf("%s in %s is not guarded", n.Name, folder.Name)
			}
			if n.Request.Method == "DELETE" {
				guarded++
				if !strings.Contains(n.scripts("prerequest"), "has not succeeded in this run") {
					t.Errorf("%s does not ask what this run created", n.Name)
				}
			}
		}
	}
	if guarded < 4 {
		t.Errorf("%d deletions seen", guarded)
	}
}

// TestVariablesAreDefined looks for a variable that neither file has.
func TestVariablesAreDefined(t *testing.T) {
	files := render(t, example())
	c := collectionOf(t, example())
	known := map[string]bool{"$guid": true}
	for _, v := range c.Variable {
		known[v.Key] = true
	}
	var env struct{ Values []struct{ Key string } }
	if err := json.Unmarshal(files["example-checks.postman_environment.json"].Data, &env); err != nil {
		t.Fatal(err)
	}
	for _, v := range env.Values {
		known[v.Key] = true
	}
	text := string(files["example-checks.postman_collection.json"].Data)
	for _, m := range regexp.MustCompile(`\{\{([^}]+)\}\}`).FindAllStringSubmatch(text, -1) {
		if !known[m[1]] {
			t.Errorf("{{%s}} is in neither file", m[1])
		}
	}
}

// TestExpectationsBecomeAssertions shows one of each kind.
func TestExpectationsBecomeAssertions(t *testing.T) {
	in := example()
	r, _ := catalogue.ByID("fhir.patient.list")
	r.Expect = catalogue.Expect{Status: []int{200, 204}, Empty: true,
		Headers: []catalogue.HeaderRule{{Name: "X-A", Contains: "Bc"}},
		JSON: []catalogue.JSONRule{
			{Path: "a[0].b", Op: catalogue.Exists}, {Path: "c", Op: catalogue.Equals, Value: `q"{{run_id}}`},
			{Path: "d", Op: catalogue.OneOf, Value: "x|y"}, {Path: "e", Op: catalogue.Absent},
			{Op: catalogue.IsList, OnStatus: 200},
		}}
	in.Requests = []catalogue.Request{r}
	c := collectionOf(t, in)
	script := c.Item[len(c.Item)-1].Item[0].scripts("test")
	for _, want := range []string{
		`const statuses = [200, 204];`,
		`pm.test("status 200 or 204"`,
		`pm.response.headers.get("X-A")`, `.to.include("bc")`,
		`pm.expect(pm.response.text()).to.eql("")`,
		`pm.expect(at(["a", 0, "b"])).to.not.be.oneOf([undefined, null])`,
		`pm.expect(String(at(["c"]))).to.eql(pm.variables.replaceIn("q\"{{run_id}}"))`,
		`.split("|")).to.include(String(at(["d"])))`,
		`pm.expect(at(["e"])).to.be.oneOf([undefined, null])`,
		`if (pm.response.code === 200) { pm.test("body is a list"`,
	} {
		if !strings.Contains(script, want) {
			t.Errorf("no %s in\n%s", want, script)
		}
	}
}
