package config_test

import (
	"strings"
	"testing"

	"hdstest/internal/config"
	"hdstest/internal/problem"
)

const canary = "S3cr3t~canary-value_0123456789abcdef"

const valid = `# how we work
default_profile: work
profiles:
  work: # the test tenant
    tenant_id: 11111111-2222-3333-4444-555555555555
    client_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" # ours
    client_secret_file: secret.txt
    grants: [client_credentials, authentication_code]
    fhir:
      url: https://w-f.fhir.azurehealthcareapis.com/
    dicom:
      url: https://w-d.dicom.azurehealthcareapis.com
  home:
    cloud: usgov
`

func TestParse(t *testing.T) {
	doc, err := config.Parse("f.yaml", []byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Profiles["work"][config.ClientID]; got.Source.Line != 6 || got.Text != "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" {
		t.Errorf("client_id = %+v", got)
	}
	if got := strings.Join(doc.Order, " "); got != "work home" {
		t.Errorf("profiles = %q", got)
	}
}

func TestParseRefuses(t *testing.T) {
	profile := func(line string) string { return "profiles:\n  a:\n    " + line + "\n" }
	for name, row := range map[string]struct{ text, want string }{
		"a line without end":                  {"profiles: " + strings.Repeat("[", 100_000), "the line is longer than 4096 bytes"},
		"brackets in brackets":                {"profiles: " + strings.Repeat("[\n", 100_000), "expected at most 2000 brackets"},
		"an unknown key, with its line":       {profile("tenatid: x"), "f.yaml:3: unknown key tenatid (did you mean tenant_id?)"},
		"an unknown key of a section":         {profile("fhir: {uri: x}"), "f.yaml:3: unknown key fhir.uri (did you mean fhir.url?)"},
		"an unknown key at the top":           {"profile: {}", "f.yaml:1: unknown key profile (did you mean profiles?)"},
		"a key of a profile at the top":       {"tenant_id: x", "f.yaml:1: tenant_id belongs into a profile"},
		"a literal secret":                    {profile("client_secret: " + canary), "f.yaml:3: client_secret: a secret does not belong into this file"},
		"a secret with another spelling":      {profile("ClientSecret: " + canary), "a secret does not belong"},
		"a secret as variable name":           {profile("client_secret_env: " + canary), "expected the name of an environment variable"},
		"a secret as key":                     {profile(canary + ": x"), "f.yaml:3: expected a key or name of up to 41 letters"},
		"a secret in broken YAML":             {profile("client_secret_file: \"" + canary), "f.yaml:3: not valid YAML"},
		"a secret in a wrong place":           {profile("tenant_id: " + canary), "f.yaml:3: tenant_id: expected a tenant id"},
		"a key that stands twice":             {profile("tenant_id: x\n    tenant_id: y"), "f.yaml:4: tenant_id stands twice"},
		"a profile that stands twice":         {"profiles:\n  " + canary + ":\n  " + canary + ":\n", "f.yaml:3: a key stands twice"},
		"a section that is a text":            {profile("fhir: " + canary), "f.yaml:3: fhir: expected keys and values"},
		"a profile that is a list":            {"profiles: [a]", "f.yaml:1: expected profiles by name"},
		"a profile that is a text":            {"profiles:\n  a: " + canary, "f.yaml:2: profile a: expected keys and values"},
		"an anchor":                           {profile("tenant_id: &x y"), "f.yaml:3: tenant_id: expected a text"},
		"an alias":                            {profile("tenant_id: *x"), "f.yaml:3: tenant_id: expected a text"},
		"a tag":                               {profile("tenant_id: !!binary eA=="), "f.yaml:3: tenant_id: expected a text"},
		"a list where there is one value":     {profile("tenant_id: [a, b]"), "f.yaml:3: tenant_id: expected a text"},
		"a second document":                   {valid + "---\nx: y\n", "expected one document"},
		"http":                                {profile("fhir: {url: http://x}"), "fhir.url: expected an https address"},
		"credentials in an address":           {profile("fhir: {url: \"https://u:" + canary + "@x\"}"), "without user name and password"},
		"a query in an address":               {profile("dicom: {url: \"https://x?a=b\"}"), "without ? and #"},
		"a long path in an authority":         {profile("authority: https://x/a/b"), "without more path"},
		"an app id that is a name":            {profile("client_id: myapp"), "client_id: expected a GUID"},
		"an unknown cloud":                    {profile("cloud: germany"), "cloud: expected public, usgov, china"},
		"an unknown platform":                 {profile("redirect_platform: native"), "expected web, public or spa"},
		"an unknown grant":                    {profile("grants: [password]"), "expected client_credentials, authorization_code or device_code"},
		"a time without unit":                 {profile("timeout: 30"), "timeout: expected a time above zero with its unit"},
		"a truth that is none":                {profile("client_secret_prompt: maybe"), "expected true or false"},
		"a resource id that is a name":        {profile("fhir: {resource_id: w-f}"), "expected /subscriptions/"},
		"all faults at once":                  {profile("cloud: x\n    client_id: y"), "f.yaml:4: client_id"},
		"a proxy of unknown kind":             {profile("proxy: ftp://x"), "expected a proxy"},
		"an internal key":                     {profile("client_secret: x"), "does not belong"},
		"a default profile that is no text":   {"default_profile: [a]", "expected the name of a profile"},
		"a redirect address without a scheme": {profile("redirect_uri: localhost"), "expected an address such as http://localhost"},
	} {
		_, err := config.Parse("f.yaml", []byte(row.text))
		switch {
		case err == nil:
			t.Errorf("%s: accepted", name)
		case !strings.Contains(err.Error(), row.want):
			t.Errorf("%s: %q, want %q in it", name, err, row.want)
		case strings.Contains(err.Error(), canary):
			t.Errorf("%s: the message repeats the file: %q", name, err)
		case problem.KindOf(err) != problem.Usage:
			t.Errorf("%s: not a usage error", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(valid)
	f.Add("profiles: {a: {grants: [x, *y], fhir: &z {url: !t u}}}")
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := config.Parse("f", []byte(text))
		if (doc == nil) == (err == nil) {
			t.Errorf("document %v with error %v", doc, err)
		}
	})
}
