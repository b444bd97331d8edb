package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

const (
	tenantA = "aaaaaaaa-0000-4000-8000-000000000001"
	tenantB = "bbbbbbbb-0000-4000-8000-000000000002"
	clientA = "aaaaaaaa-0000-4000-8000-0000000000c1"
	clientB = "bbbbbbbb-0000-4000-8000-0000000000c2"
)

const two = `profiles:
  full:
    tenant_id: ` + tenantA + `
    client_id: ` + clientA + `
    client_secret_file: s.txt
    fhir: {url: "https://w-f.fhir.azurehealthcareapis.com"}
  open:
    fhir: {url: "https://w-f.fhir.azurehealthcareapis.com"}
  half:
    tenant_id: ` + tenantA + `
    client_id: ` + clientA + `
`

// world is a machine on which settings are resolved.
type world struct {
	env     map[string]string
	file    string // written to the user's own config file
	here    string // written to the current folder
	profile string
	flags   map[string]string
	sandbox *config.Info
}

func (w world) input(t *testing.T) config.Input {
	t.Helper()
	dir := t.TempDir()
	in := config.Input{
		Profile: w.profile, Sandbox: w.sandbox, Flags: map[string]config.Value{},
		Dir: filepath.Join(dir, "here"), ConfigDir: filepath.Join(dir, "conf"), StateDir: filepath.Join(dir, "state"),
		Home:    "/home/x",
		Environ: func(name string) string { return w.env[name] },
	}
	if w.file != "" {
		write(t, config.UserFile(in.ConfigDir), w.file)
	}
	if w.here != "" {
		write(t, filepath.Join(in.Dir, config.FileName), w.here)
	}
	for name, text := range w.flags {
		k, _ := config.KeyByName(name)
		in.Flags[name] = config.Value{Text: text, Source: config.Source{Kind: config.FromFlag, Name: "--" + k.Flag}}
	}
	return in
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func envB() map[string]string {
	return map[string]string{"AZURE_TENANT_ID": tenantB, "AZURE_CLIENT_ID": clientB, "AZURE_CLIENT_SECRET": "x"}
}

func TestOneSet(t *testing.T) {
	for name, row := range map[string]struct {
		world              world
		tenant, client     string
		credential, warned string
	}{
		"environment over file, as one set":      {world{env: envB(), file: single(t)}, tenantB, clientB, "AZURE_CLIENT_SECRET", `profile "full"`},
		"a chosen profile over the environment":  {world{env: envB(), file: two, profile: "full"}, tenantA, clientA, "s.txt", "AZURE_CLIENT_ID"},
		"a profile chosen by variable":           {world{env: with(envB(), "HDSTEST_PROFILE", "full"), file: two}, tenantA, clientA, "s.txt", "AZURE_CLIENT_ID"},
		"the environment fills an open profile":  {world{env: envB(), file: two, profile: "open"}, tenantB, clientB, "AZURE_CLIENT_SECRET", ""},
		"never B's secret with A's tenant":       {world{env: envB(), file: two, profile: "half"}, tenantA, clientA, "", "environment are not used"},
		"a secret alone fills a half profile":    {world{env: map[string]string{"AZURE_CLIENT_SECRET": "x"}, file: two, profile: "half"}, tenantA, clientA, "AZURE_CLIENT_SECRET", ""},
		"the same app in both, profile's secret": {world{env: map[string]string{"AZURE_CLIENT_ID": clientA, "AZURE_CLIENT_SECRET": "x"}, file: two, profile: "full"}, tenantA, clientA, "s.txt", "AZURE_CLIENT_SECRET is set, but not used"},
		"a flag names another tenant":            {world{file: two, profile: "full", flags: map[string]string{"tenant_id": tenantB}}, tenantB, "", "", "--tenant-id"},
		"a flag repeats the tenant":              {world{file: two, profile: "full", flags: map[string]string{"tenant_id": strings.ToUpper(tenantA)}}, strings.ToUpper(tenantA), clientA, "s.txt", ""},
		"a flag's certificate, the profile's id": {world{file: two, profile: "full", flags: map[string]string{"certificate_file": "c.pem"}}, tenantA, clientA, "c.pem", ""},
		"a secret comes before a certificate":    {world{env: with(envB(), "AZURE_CLIENT_CERTIFICATE_PATH", "c.pem")}, tenantB, clientB, "AZURE_CLIENT_SECRET", ""},
		"only the environment":                   {world{env: envB()}, tenantB, clientB, "AZURE_CLIENT_SECRET", ""},
		"a sandbox ignores environment and file": {world{env: with(envB(), "HDSTEST_FHIR_URL", "https://x"), file: two, sandbox: info()}, tenantA, clientA, "secret", ""},
		"a sandbox's values change one by one":   {world{sandbox: info(), flags: map[string]string{"tenant_id": tenantB}}, tenantB, clientA, "secret", ""},
	} {
		s, err := config.Resolve(row.world.input(t))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.TenantID != row.tenant || s.ClientID != row.client || !strings.HasSuffix(credentialOf(s.Credential), row.credential) ||
			row.credential == "" && !s.Credential.IsZero() {
			t.Errorf("%s: tenant %s, client %s, credential %q; want %s, %s, %q", name, s.TenantID, s.ClientID, credentialOf(s.Credential),
				row.tenant, row.client, row.credential)
		}
		if got := strings.Join(s.Warnings, "\n"); !strings.Contains(got, row.warned) || (row.warned == "") != (got == "") {
			t.Errorf("%s: warnings %q, want %q", name, got, row.warned)
		}
	}
}

// single has the profile full alone, so that it is the default.
func single(*testing.T) string { return two[:strings.Index(two, "  open:")] }

func with(env map[string]string, name, value string) map[string]string {
	env[name] = value
	return env
}

func info() *config.Info {
	return &config.Info{TenantID: tenantA, ClientID: clientA, ClientSecret: "sandbox-secret", Authority: "https://localhost:7443/" + tenantA,
		GraphURL: "https://localhost:7444", FHIRURL: "https://localhost:7446", DICOMURL: "https://localhost:7447"}
}

func credentialOf(c config.Credential) string {
	if !c.Secret.IsZero() {
		return "secret"
	}
	return c.SecretFile + c.SecretEnv + c.CertificateFile + c.FederatedTokenFile
}

func TestDefaultsAndForms(t *testing.T) {
	s, err := config.Resolve(world{file: valid}.input(t))
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]string{
		"audience is the address":     {s.FHIR.Audience, "https://w-f.fhir.azurehealthcareapis.com"},
		"scope is from the audience":  {s.FHIR.Scope, "https://w-f.fhir.azurehealthcareapis.com/.default"},
		"DICOM has its version":       {s.DICOM.URL, "https://w-d.dicom.azurehealthcareapis.com/v2"},
		"DICOM has one audience":      {s.DICOM.Scope, "https://dicom.healthcareapis.azure.com/.default"},
		"public cloud":                {s.Authority, "https://login.microsoftonline.com"},
		"Graph of the cloud":          {s.GraphURL, "https://graph.microsoft.com"},
		"both grants, by their names": {strings.Join(s.Grants, " "), "client_credentials authorization_code"},
		"redirect":                    {s.RedirectURI, "http://localhost"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if !strings.HasSuffix(s.Credential.SecretFile, "conf/hdstest/secret.txt") {
		t.Errorf("the secret's file is not relative to the config file: %s", s.Credential.SecretFile)
	}
	if s.Timeout != 30*time.Second || s.CustomAuthority {
		t.Errorf("timeout %v, custom %v", s.Timeout, s.CustomAuthority)
	}
	if v, _ := s.Value(config.TenantID); v.Source.Line != 5 || !strings.HasSuffix(v.Source.Name, "config.yaml") {
		t.Errorf("source of the tenant: %v", v.Source)
	}
}

func TestCloudsAndAuthorities(t *testing.T) {
	for name, row := range map[string]struct {
		flags             map[string]string
		authority, tenant string
		cloud             string
	}{
		"cloud by name":       {map[string]string{"cloud": "usgov"}, "https://login.microsoftonline.us", "", "usgov"},
		"cloud by authority":  {map[string]string{"authority": "https://LOGIN.partner.microsoftonline.cn"}, "https://login.partner.microsoftonline.cn", "", "china"},
		"tenant in authority": {map[string]string{"authority": "https://x.example:8443/contoso.com/"}, "https://x.example:8443", "contoso.com", ""},
		"a known host at another port is not the cloud": {map[string]string{"authority": "https://login.microsoftonline.com:8443"},
			"https://login.microsoftonline.com:8443", "", ""},
	} {
		s, err := config.Resolve(world{flags: row.flags}.input(t))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Authority != row.authority || s.TenantID != row.tenant || s.Cloud.Name != row.cloud || s.CustomAuthority != (row.cloud == "") {
			t.Errorf("%s: %s, tenant %q, cloud %q, custom %v", name, s.Authority, s.TenantID, s.Cloud.Name, s.CustomAuthority)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		world world
		want  string
	}{
		"a profile that is not there":      {world{file: two, profile: "ful"}, `has no profile "ful" (did you mean full?)`},
		"a profile without any file":       {world{profile: "x"}, `profile "x": there is no config file`},
		"a sandbox that does not run":      {world{profile: "sandbox"}, "no sandbox is running"},
		"sandbox and profile":              {world{sandbox: info(), profile: "x"}, "--sandbox uses no profile"},
		"a named file that is not there":   {world{env: map[string]string{"HDSTEST_CONFIG": "/nowhere.yaml"}}, "config file /nowhere.yaml does not exist"},
		"a bad variable":                   {world{env: map[string]string{"AZURE_CLIENT_ID": "x"}}, "AZURE_CLIENT_ID: expected a GUID"},
		"a bad flag":                       {world{flags: map[string]string{"timeout": "5"}}, "--timeout: expected a time"},
		"cloud and authority of another":   {world{flags: map[string]string{"cloud": "usgov", "authority": "https://x"}}, "--cloud names another authority than --authority"},
		"tenant and authority of another":  {world{flags: map[string]string{"tenant_id": tenantA, "authority": "https://x/" + tenantB}}, "--authority names another tenant than --tenant-id"},
		"found here: an authority":         {world{here: "profiles: {a: {authority: \"https://evil.example\"}}"}, "authority (line 1)"},
		"found here: a secret's file":      {world{here: "profiles: {a: {client_secret_file: /etc/passwd}}"}, "is not trusted"},
		"found here: a secret's variable":  {world{here: "profiles: {a: {client_secret_env: AWS_SECRET}}"}, "is not trusted"},
		"found here: a foreign host":       {world{here: "profiles: {a: {fhir: {url: \"https://evil.example\"}}}"}, "fhir.url (line 1)"},
		"found here: a host that looks so": {world{here: "profiles: {a: {fhir: {url: \"https://evilazurehealthcareapis.com\"}}}"}, "fhir.url"},
		"found here: Graph's audience":     {world{here: "profiles: {a: {dicom: {scope: \"https://graph.microsoft.com/.default\"}}}"}, "dicom.scope"},
		"found here: a foreign Graph":      {world{here: "profiles: {a: {graph_url: \"https://graph.microsoft.com.evil.example\"}}"}, "graph_url"},
		"found here: a proxy":              {world{here: "profiles: {a: {proxy: \"http://evil.example\"}}"}, "proxy"},
		"found here: a CA":                 {world{here: "profiles: {a: {ca_file: ca.pem}}"}, "ca_file"},
	} {
		_, err := config.Resolve(row.world.input(t))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q in it", name, err, row.want)
			continue
		}
		if problem.KindOf(err) != problem.Usage {
			t.Errorf("%s: not a usage error", name)
		}
	}
}

func TestTrustEndsWithAChange(t *testing.T) {
	w := world{here: "profiles: {a: {ca_file: ca.pem}}"}
	in := w.input(t)
	path := filepath.Join(in.Dir, config.FileName)
	if err := config.Trust(in.StateDir, path); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Resolve(in); err != nil {
		t.Errorf("trusted, yet: %v", err)
	}
	write(t, path, "profiles: {a: {ca_file: other.pem}}")
	if _, err := config.Resolve(in); err == nil {
		t.Error("the file changed and is still trusted")
	}
	in.File = path
	if _, err := config.Resolve(in); err != nil {
		t.Errorf("named, yet: %v", err)
	}
}

func TestHarmlessFileIsFoundHere(t *testing.T) {
	s, err := config.Resolve(world{here: single(t)[:strings.Index(two, "    client_secret_file")], file: valid}.input(t))
	if err != nil || s.Profile != "full" || s.TenantID != tenantA {
		t.Errorf("%v, %+v", err, s)
	}
}

func TestRequireNamesAllWays(t *testing.T) {
	s, err := config.Resolve(world{file: two}.input(t))
	if err != nil {
		t.Fatal(err)
	}
	got := s.Require(config.TenantID, config.Timeout, config.FHIRURL).Error()
	for _, want := range []string{"missing tenant_id and fhir.url: give --tenant-id and --fhir-url, or set AZURE_TENANT_ID and HDSTEST_FHIR_URL",
		"profiles full, open, half: choose one with --profile"} {
		if !strings.Contains(got, want) {
			t.Errorf("Require: %q, want %q in it", got, want)
		}
	}
	if err := s.Require(config.Timeout); err != nil {
		t.Errorf("Require(timeout) = %v, though it has a default", err)
	}
}

func TestSandboxOfAnotherProcess(t *testing.T) {
	in := world{profile: "sandbox", env: envB()}.input(t)
	write(t, config.InfoFile(in.StateDir), `{"tenant_id":"`+tenantA+`","authority":"https://localhost:7443","client_id":"`+clientA+`","client_secret":"x"}`)
	s, err := config.Resolve(in)
	if err != nil {
		t.Fatal(err)
	}
	if s.TenantID != tenantA || s.Credential.Secret.Reveal() != "x" || s.Sandbox == nil || !s.CustomAuthority {
		t.Errorf("settings of the sandbox: %+v", s)
	}
	if _, _, err := s.SaveTo(in.ConfigDir); err == nil {
		t.Error("a sandbox was given a profile to save to")
	}
}

func TestSecretFlagIsNotShown(t *testing.T) {
	in := world{}.input(t)
	in.Flags[config.ClientSecret] = config.Value{Secret: secret.New(canary), Source: config.Source{Kind: config.FromFlag, Name: "--client-secret"}}
	s, err := config.Resolve(in)
	if err != nil || s.Credential.Secret.Reveal() != canary {
		t.Fatalf("%v, %v", err, s)
	}
	if v, _ := s.Value(config.ClientSecret); v.Text != "" {
		t.Errorf("the secret stands as text: %+v", v)
	}
}

// TestByteOrderMark: what Notepad puts in front of a file is none of its keys, and
// what PowerShell's ">" makes of a file is read, too.
func TestByteOrderMark(t *testing.T) {
	text := "profiles:\r\n  work:\r\n    timeout: 5s\r\n"
	wide := "\xff\xfe"
	for _, c := range text {
		wide += string([]byte{byte(c), 0})
	}
	for name, contents := range map[string]string{"UTF-8": "\ufeff" + text, "UTF-16": wide} {
		file := filepath.Join(t.TempDir(), "marked.yaml")
		if err := os.WriteFile(file, []byte(contents), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := config.Resolve(config.Input{File: file, Environ: func(string) string { return "" }})
		if err != nil || s.Profile != "work" {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}
