package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/config"
	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/directory"
)

// tenantOf is the tenant of a sandbox, whole.
func tenantOf(t *testing.T, s *sandbox.Sandbox) string {
	t.Helper()
	var data []byte
	var err error
	s.Directory.View(func(state *directory.State) { data, err = json.Marshal(state) })
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// addApps puts apps of one display name into the tenant.
func addApps(t *testing.T, s *sandbox.Sandbox, name string, tags []string, ids ...string) {
	t.Helper()
	err := s.Directory.Update(func(state *directory.State) error {
		for _, id := range ids {
			state.Applications[id] = &directory.Application{ID: id, AppID: id, DisplayName: name, SignInAudience: "AzureADMyOrg", Tags: tags}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

const (
	oneApp   = "b0b0b0b0-0000-4000-8000-000000000001"
	otherApp = "b0b0b0b0-0000-4000-8000-000000000002"
	foreign  = "b0b0b0b0-0000-4000-8000-000000000003"
	nobody   = "00000000-0000-4000-8000-000000000000"
)

// keyFiles are certificates that Entra would not take.
type keyFiles struct{ private, elliptic, expired, garbage string }

func makeKeyFiles(t *testing.T) keyFiles {
	t.Helper()
	dir := t.TempDir()
	f := keyFiles{private: filepath.Join(dir, "private.pem"), elliptic: filepath.Join(dir, "ec.pem"), garbage: filepath.Join(dir, "garbage.pem"),
		expired: makeFiles(t).expired}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, f.private, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	writeFile(t, f.elliptic, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeFile(t, f.garbage, canary)
	return f
}

// TestRegisterRefuses is the table of what people get wrong about an app: one
// message, exit code 2, and a tenant in which nothing was changed. Arguments are
// separated by |.
func TestRegisterRefuses(t *testing.T) {
	w := newWorld(t)
	s := w.sandboxOf(t)
	addApps(t, s, "twice", []string{"hdstest"}, oneApp, otherApp)
	addApps(t, s, "theirs", nil, foreign)
	files := makeKeyFiles(t)
	taken := filepath.Join(t.TempDir(), "taken")
	writeFile(t, taken, canary)
	secret := "--secret|--secret-out|" + filepath.Join(t.TempDir(), "s") + "|"
	redirect := func(text string) string { return "--redirect-uri|" + text }
	for name, row := range map[string]struct{ args, want string }{
		"expiry beyond the portal's":        {secret + "--secret-lifetime|731d", "the secret would live 731 days; the portal allows 24 months, here 730 days"},
		"end beyond the portal's":           {secret + "--secret-end|2099-01-01", "the portal allows 24 months"},
		"end before the start":              {secret + "--secret-start|2027-03-01|--secret-end|2027-02-01", "would end (2027-02-01 00:00 UTC) before it starts (2027-03-01 00:00 UTC)"},
		"end that is past":                  {secret + "--secret-start|2020-01-01|--secret-end|2020-02-01", "would have ended already"},
		"end and lifetime":                  {secret + "--secret-end|2027-02-01|--secret-lifetime|3mo", "give the secret's end or its lifetime, not both"},
		"months that are not offered":       {secret + "--secret-lifetime|5mo", "--secret-lifetime: months are counted as the portal does: expected 3mo, 6mo, 12mo, 24mo"},
		"minutes for months":                {secret + "--secret-lifetime|6m", "--secret-lifetime: 6m would be minutes: write 6mo"},
		"no date":                           {secret + "--secret-end|31.1.2027", "--secret-end: expected a date such as 2027-01-31"},
		"details without a secret":          {"--secret-lifetime|3mo", "--secret-lifetime: no secret is made without --secret or --rotate-secret"},
		"two places for the secret":         {secret + "--secret-command|true", "--secret-out and --secret-command exclude each other"},
		"file that is there":                {"--secret|--secret-out|" + taken, taken + " exists already"},
		"folder that cannot be":             {"--secret|--secret-out|" + taken + "/s", "nothing can be written there"},
		"no place for the secret":           {"--secret", "--secret: name the file for it with --secret-out"},
		"secret of a public client":         {secret + "--public", "--public and --secret exclude each other"},
		"rotation for later":                {"--rotate-secret|--secret-out|-|--secret-start|2099-01-01", "it cannot be tried now"},
		"redirect without scheme":           {redirect("example.com"), "is not allowed: a full address with scheme and host is expected"},
		"redirect over http":                {redirect("http://example.com/cb"), "is not allowed: https is required"},
		"redirect with a wildcard":          {redirect("https://*.example.com"), "is not allowed: wildcards are not matched safely"},
		"redirect with a fragment":          {redirect("https://example.com/#x"), "is not allowed: it has a fragment"},
		"redirect with a comma":             {redirect("https://example.com/a,b"), "is not allowed: none of the characters"},
		"redirect with a person":            {redirect("https://me@example.com"), "is not allowed: it has a user name"},
		"redirect to IPv6":                  {redirect("http://[::1]/"), "is not allowed: the IPv6 loopback address is not supported"},
		"redirect too long":                 {redirect("https://example.com/" + strings.Repeat("a", 256)), "is not allowed: it is longer than 256 characters"},
		"redirect of an unknown platform":   {redirect("native=https://example.com"), "--redirect-uri: expected the platform web, public or spa"},
		"unknown standard platform":         {"--redirect-platform|ios", "--redirect-platform: expected the platform web, public or spa"},
		"one redirect under two platforms":  {redirect("web=https://a.example") + "|" + redirect("spa=https://a.example"), "count as one"},
		"redirects that differ in the port": {redirect("public=http://localhost:1") + "|" + redirect("public=http://localhost:2"), "count as one"},
		"query for personal accounts":       {"--account-type|personal|" + redirect("https://a.example/?x=1"), "personal accounts allow no query"},
		"unknown account type":              {"--account-type|everybody", "--account-type: expected single-tenant, multi-tenant"},
		"unknown role":                      {"--role|FHIR Data Raeder@fhir", `there is no role "FHIR Data Raeder" at /subscriptions/`},
		"role of the other service":         {"--role|DICOM Data Owner@fhir", "gives nothing on"},
		"role at a place that is none":      {"--role|FHIR Data Reader@/subscriptions/x", "is no Azure resource id"},
		"role without a place":              {"--role|Owner", "--role: expected ROLE@fhir, ROLE@dicom or ROLE@/subscriptions/"},
		"nothing for a certificate":         {"--certificate|" + taken, "--certificate " + taken + ": the certificate cannot be read as DER or PEM"},
		"private key for a certificate":     {"--certificate|" + files.private, ": the certificate file holds no certificate, and so no public key to upload, only PRIVATE KEY"},
		"certificate of another kind":       {"--certificate|" + files.elliptic, "public key is ECDSA; only RSA is accepted"},
		"certificate that has ended":        {"--certificate|" + files.expired, "the certificate ended on"},
		"certificate that is none":          {"--certificate|" + files.garbage, "cannot be read as DER or PEM"},
		"certificate that is not there":     {"--certificate|/no/such.pem", "could not read the certificate file /no/such.pem"},
		"subject that GitHub never has":     {"--github|repo:o/r:branch:main", "--github: expected repo:OWNER/REPO:environment:NAME"},
		"account without its issuer":        {"--kubernetes|default/app", "--kubernetes: expected NAMESPACE/ACCOUNT@https://ISSUER"},
		"issuer that is none":               {"--federated|subject@http://issuer.example", "--federated: expected [NAME=]SUBJECT@https://ISSUER"},
		"subject with a wildcard":           {"--federated|one=repo:o/*@https://issuer.example", "no wildcard"},
		"name that is too short":            {"--federated|ci=subject@https://issuer.example", "name \"ci\" must have 3 to 120 letters"},
		"unknown API":                       {"--api|graph", "--api: expected fhir, dicom or the app id"},
		"API with empty scopes":             {"--api|dicom=", "--api: expected fhir, dicom or the app id"},
		"scope that is not offered":         {"--api|dicom=Dicom.Read", "offers no scope Dicom.Read in this tenant; it offers Dicom.ReadWrite"},
		"name of several apps":              {"--name|twice", `2 apps of ours are named "twice": name one by its client id (`},
		"name of somebody else's app":       {"--name|theirs", "was not made by hdstest: name it by its client id (" + foreign + ")"},
		"client id that nobody has":         {"--client-id|" + nobody, "has no app registration with the client id " + nobody},
		"client id that is none":            {"--client-id|my-app", "--client-id: expected a GUID"},
		"tenant of somebody else":           {"--tenant-id|" + nobody, "but the profile's tenant is " + nobody},
		"no tenant of its own":              {"--tenant-id|organizations", "--tenant-id: organizations is no tenant in which an app can be registered"},
		"nothing to go on from":             {"--resume", "--resume: there is no unfinished run"},
	} {
		t.Run(name, func(t *testing.T) {
			before := tenantOf(t, s)
			code := w.run(t, append([]string{"register", "--yes", "--profile", "sandbox"}, strings.Split(row.args, "|")...)...)
			if code != ExitUsage || w.stdout.Len() > 0 {
				t.Errorf("exit code %d, stdout %q", code, w.stdout.String())
			}
			if got := w.stderr.String(); !strings.Contains(got, row.want) {
				t.Errorf("stderr %q, want %q in it", got, row.want)
			}
			if tenantOf(t, s) != before {
				t.Error("the tenant was changed")
			}
			noSecret(t, w, s.Info)
		})
	}
}

// TestRegisterAsks: without a terminal nothing changes unless --yes is given; at
// one the person sees the plan with the privileges, and decides.
func TestRegisterAsks(t *testing.T) {
	w := newWorld(t)
	s := w.sandboxOf(t)
	w.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	before := tenantOf(t, s)
	register := []string{"register", "--profile", "sandbox", "--name", "lab"}
	if code := w.run(t, register...); code != ExitUsage || !strings.Contains(w.stderr.String(), "--yes is needed") || w.stdout.Len() > 0 {
		t.Errorf("no terminal: exit code %d, %q", code, w.stderr.String())
	}
	var asked []string
	answer := false
	w.Ask = func(_ context.Context, question string) (bool, error) {
		asked = append(asked, question)
		return answer, nil
	}
	if code := w.run(t, register...); code != ExitUsage || !strings.Contains(w.stderr.String(), "it was not confirmed") || tenantOf(t, s) != before {
		t.Errorf("no: exit code %d, %q", code, w.stderr.String())
	}
	if got := w.stderr.String(); !strings.Contains(got, "+ create  application") || !strings.Contains(got, "needs Application.ReadWrite.OwnedBy") {
		t.Errorf("the plan was not shown: %q", got)
	}
	answer = true
	if code := w.run(t, register...); code != ExitOK || strings.Contains(w.stdout.String(), "+ create") || !strings.Contains(w.stdout.String(), "client id ") {
		t.Errorf("yes: exit code %d, stdout %q, stderr %q", code, w.stdout.String(), w.stderr.String())
	}
	if len(asked) != 2 || !strings.Contains(asked[0], s.Info.TenantID) {
		t.Errorf("asked %q", asked)
	}
	if code := w.run(t, register...); code != ExitOK || len(asked) != 2 {
		t.Errorf("nothing to do: exit code %d, asked %q", code, asked)
	}
	answer = false
	if code := w.run(t, "unregister", "--profile", "sandbox", "--name", "lab"); code != ExitUsage || len(asked) != 3 || !strings.Contains(w.stderr.String(), "- remove  application") {
		t.Errorf("unregister, no: exit code %d, %q", code, w.stderr.String())
	}
}

// TestSecretOut: the value goes to one place, and only there.
func TestSecretOut(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a Unix shell")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "deep", "secret")
	for name, row := range map[string]struct {
		out  []string
		read func(w *world) string
	}{
		"a file":          {[]string{"--secret-out", file}, func(*world) string { return content(t, file) }},
		"standard output": {[]string{"--secret-out", "-"}, func(w *world) string { return w.stdout.String() }},
		"a command":       {[]string{"--secret-command", "cat > " + dir + "/got; echo stored"}, func(*world) string { return content(t, dir+"/got") }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.sandboxOf(t)
			w.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
			w.must(t, append([]string{"register", "--name", "lab", "--secret", "--yes"}, row.out...)...)
			value := strings.TrimSpace(row.read(w))
			works := false
			s.Directory.View(func(state *directory.State) {
				for _, a := range state.Applications {
					works = works || a.DisplayName == "lab" && a.PasswordCredentials[0].Matches(value)
				}
			})
			if !works || strings.Contains(w.stderr.String(), value) || name != "standard output" && strings.Contains(w.stdout.String(), value) {
				t.Errorf("works %v, stdout %q, stderr %q", works, w.stdout.String(), w.stderr.String())
			}
			if name == "a file" {
				if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%v, mode %v", err, info.Mode())
				}
			}
			w.must(t, append([]string{"register", "--name", "lab", "--secret", "--yes"}, row.out...)...)
			if strings.Contains(w.stdout.String(), "+ create") || !strings.Contains(w.stdout.String(), "= keep    client secret") {
				t.Errorf("a second secret: %q", w.stdout.String())
			}
		})
	}
}

// TestSecretOfAPerson: a secret and its file that a person made are not touched by
// the first secret that register makes.
func TestSecretOfAPerson(t *testing.T) {
	w := newWorld(t)
	s := w.sandboxOf(t)
	w.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	i := s.Info
	for name, value := range map[string]string{"HDSTEST_GRAPH_URL": i.GraphURL, "HDSTEST_ARM_URL": i.ARMURL, "HDSTEST_CA_FILE": i.CAFile,
		"HDSTEST_ADMIN_TENANT_ID": i.TenantID, "HDSTEST_ADMIN_CLIENT_ID": i.AdminClientID, "HDSTEST_ADMIN_CLIENT_SECRET": i.AdminClientSecret} {
		w.env[name] = value
	}
	dir := t.TempDir()
	file, theirs := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "theirs.secret")
	writeFile(t, theirs, i.ClientSecret)
	writeFile(t, file, "profiles:\n  work:\n    authority: "+i.LoginURL+"\n    tenant_id: "+i.TenantID+"\n    client_id: "+i.ClientID+
		"\n    client_secret_file: theirs.secret\n")
	if code := w.run(t, "register", "--config", file, "--rotate-secret", "--yes"); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	if content(t, theirs) != i.ClientSecret || !strings.Contains(w.stdout.String(), "not known to be ours") ||
		!strings.Contains(content(t, file), "client_secret_file: "+filepath.Join(dir, "c.work.secret")) {
		t.Errorf("%s\n%s", w.stdout.String(), content(t, file))
	}
	if code := w.run(t, "register", "--config", file, "--rotate-secret", "--yes"); code != ExitOK || !strings.Contains(w.stdout.String(), "- remove  client secret") {
		t.Errorf("again: exit code %d: %s\n%s", code, w.stderr.String(), w.stdout.String())
	}
	if code := w.run(t, "token", "--config", file, "--scope", i.FHIRURL+"/.default", "--fresh"); code != ExitOK {
		t.Errorf("token: exit code %d: %s", code, w.stderr.String())
	}
}

// TestSecretThatNobodyTook: where the command fails, the run stays unfinished; the
// one that goes on makes another secret and removes the lost one.
func TestSecretThatNobodyTook(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a Unix shell")
	}
	w := newWorld(t)
	s := w.sandboxOf(t)
	w.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	code := w.run(t, "register", "--profile", "sandbox", "--name", "lab", "--secret", "--yes", "--secret-command", "cat; exit 3")
	if code != ExitFailed || !strings.Contains(w.stderr.String(), "the command of --secret-command failed: exit status 3") ||
		!strings.Contains(w.stderr.String(), "--resume goes on") {
		t.Errorf("exit code %d: %s", code, w.stderr.String())
	}
	var ids []string
	secrets := func() []string {
		ids = nil
		s.Directory.View(func(state *directory.State) {
			for _, a := range state.Applications {
				if a.DisplayName == "lab" {
					for _, p := range a.PasswordCredentials {
						ids = append(ids, p.KeyID)
						if strings.Contains(w.stderr.String(), p.Hint) {
							t.Errorf("the value was printed: %s", w.stderr.String())
						}
					}
				}
			}
		})
		return ids
	}
	lost := secrets()
	w.must(t, "register", "--resume", "--yes", "--secret-command", "cat > /dev/null")
	if now := secrets(); len(now) != 1 || slices.Equal(now, lost) {
		t.Errorf("secrets %q, lost was %q", now, lost)
	}
}

// TestResumeNeedsNoFlags: what was said by flags only is remembered in forms
// that stand by themselves.
func TestResumeNeedsNoFlags(t *testing.T) {
	w := newWorld(t)
	s := w.sandboxOf(t)
	w.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	fhir := strings.Replace(s.Info.FHIRResourceID, "/fhirservices/fhir", "/fhirservices/other", 1)
	code := w.run(t, "register", "--profile", "sandbox", "--name", "lab", "--yes", "--fhir-resource-id", fhir, "--role", "FHIR Data Reader@fhir",
		"--redirect-platform", "spa", "--redirect-uri", "localhost")
	if code != ExitFailed || !strings.Contains(w.stderr.String(), "could not give a role at "+fhir) {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	if code := w.run(t, "register", "--profile", "sandbox", "--resume", "--yes"); code != ExitFailed || !strings.Contains(w.stderr.String(), fhir) {
		t.Errorf("the other service is forgotten: exit code %d: %s", code, w.stderr.String())
	}
	w.must(t, "register", "--resume", "--yes", "--role", "FHIR Data Reader@"+s.Info.FHIRResourceID)
	if !strings.Contains(w.stdout.String(), "redirect URIs (single-page): http://localhost") {
		t.Errorf("stdout %s", w.stdout.String())
	}
	if code := w.run(t, "register", "--profile", "sandbox", "--resume", "--yes"); code != ExitUsage {
		t.Errorf("finished: exit code %d: %s", code, w.stderr.String())
	}
}

// TestTenantByItsDomain: a profile may name the tenant by a domain; the id is
// compared with the administrator's all the same.
func TestTenantByItsDomain(t *testing.T) {
	w := newWorld(t)
	s := w.sandboxOf(t)
	w.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	i := s.Info
	for name, value := range map[string]string{"AZURE_AUTHORITY_HOST": i.LoginURL, "AZURE_TENANT_ID": i.TenantDomain, "HDSTEST_GRAPH_URL": i.GraphURL,
		"HDSTEST_ARM_URL": i.ARMURL, "HDSTEST_CA_FILE": i.CAFile, "HDSTEST_ADMIN_TENANT_ID": i.TenantID, "HDSTEST_ADMIN_CLIENT_ID": i.AdminClientID,
		"HDSTEST_ADMIN_CLIENT_SECRET": i.AdminClientSecret} {
		w.env[name] = value
	}
	if code := w.run(t, "register", "--name", "lab", "--yes"); code != ExitOK || !strings.Contains(w.stdout.String(), "tenant             "+i.TenantID) {
		t.Errorf("exit code %d: %s", code, w.stderr.String())
	}
	if code := w.run(t, "unregister", "--yes", "--name", "lab"); code != ExitOK {
		t.Errorf("unregister: exit code %d: %s", code, w.stderr.String())
	}
	w.env["AZURE_TENANT_ID"] = "nobody.invalid"
	if code := w.run(t, "register", "--name", "lab", "--yes"); code != ExitNoToken || !strings.Contains(w.stderr.String(), "nobody.invalid") {
		t.Errorf("unknown domain: exit code %d: %s", code, w.stderr.String())
	}
}

// TestOneAtATime: two programs do not work on one app.
func TestOneAtATime(t *testing.T) {
	w := newWorld(t)
	s := w.sandboxOf(t)
	p := &program{Env: w.Env}
	settings, err := config.Resolve(config.Input{Profile: "sandbox", StateDir: w.StateDir})
	if err != nil {
		t.Fatal(err)
	}
	other, err := p.ledger(&session{Settings: settings}, app{name: "lab"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.close(&err)
	before := tenantOf(t, s)
	code := w.run(t, "register", "--profile", "sandbox", "--name", "lab", "--yes")
	if code != ExitUsage || !strings.Contains(w.stderr.String(), "another hdstest is working on the same app") || tenantOf(t, s) != before {
		t.Errorf("exit code %d: %s", code, w.stderr.String())
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestFederatedWish: issuer, subject and audience of each flag; the audience follows the
// cloud.
func TestFederatedWish(t *testing.T) {
	for text, want := range map[string]string{
		"repo:o/r:ref:refs/heads/main":                          "repo:o/r:ref:refs/heads/main",
		"o/r:environment:prod":                                  "repo:o/r:environment:prod",
		"repo:o@1/r@2:pull_request":                             "repo:o@1/r@2:pull_request",
		"repository_owner_id:1:repository_id:2:environment:x y": "repository_owner_id:1:repository_id:2:environment:x y",
	} {
		if f, err := gitHub(text); err != nil || f.Subject != want || !nameForm.MatchString(f.Name) || f.Issuer != "https://token.actions.githubusercontent.com" {
			t.Errorf("%s: %+v, %v", text, f, err)
		}
	}
	if f, err := kubernetes("a-b/c.d@https://oidc.example/id/"); err != nil || f.Subject != "system:serviceaccount:a-b:c.d" || f.Issuer != "https://oidc.example/id/" {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := federated("ci-job=a@b@https://issuer.example"); err != nil || f.Name != "ci-job" || f.Subject != "a@b" {
		t.Errorf("%+v, %v", f, err)
	}
	long := strings.Repeat("x", 300)
	if f, err := federated(long + "@https://issuer.example"); err != nil || len(f.Name) > 120 {
		t.Errorf("%+v, %v", f, err)
	}
	for cloud, audience := range map[string]string{"public": "api://AzureADTokenExchange", "usgov": "api://AzureADTokenExchangeUSGov", "china": "api://AzureADTokenExchangeChina"} {
		if got := audienceIn(t, cloud); got != audience {
			t.Errorf("%s: audience %s, want %s", cloud, got, audience)
		}
	}
}

// audienceIn gives the audience of trust in an issuer in a cloud.
func audienceIn(t *testing.T, cloud string) string {
	t.Helper()
	s, err := config.Resolve(config.Input{Flags: map[string]config.Value{config.Cloud: {Text: cloud}, config.RegisterGitHub: {Text: "o/r:pull_request"}}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := federatedWish(s)
	if err != nil || len(all) != 1 {
		t.Fatal(err, all)
	}
	return all[0].Audience
}
