package audit_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/audit"
	"hdstest/internal/causes"
	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

const (
	tid    = "11111111-1111-1111-1111-111111111111"
	app    = "33333333-3333-3333-3333-333333333333"
	object = "44444444-4444-4444-4444-444444444444"
	canary = "c4n~aryQ8.value-0123456789abcdefghijkl"
)

// good is a profile with which nothing is wrong.
const good = `profiles:
  work:
    tenant_id: ` + tid + `
    client_id: ` + app + `
    app_object_id: ` + object + `
    service_principal_object_id: 55555555-5555-5555-5555-555555555555
    redirect_platform: web
    redirect_uri: http://localhost
    client_secret_file: /secret
    client_secret_expires: 2027-05-31
    ca_file: /ca.pem
    fhir:
      url: https://w-f.fhir.azurehealthcareapis.com
    dicom:
      url: https://w-d.dicom.azurehealthcareapis.com
`

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// files are those that the profiles name.
func files() map[string]audit.File {
	return map[string]audit.File{
		"/secret":   {Data: []byte(canary + "\n"), Mode: 0o600},
		"/ca.pem":   {Data: []byte("-----BEGIN CERTIFICATE-----\n"), Mode: 0o644},
		"/app.pem":  {Data: []byte("pem"), Mode: 0o600},
		"/pass.txt": {Data: []byte("word\n"), Mode: 0o600},
		"/token":    {Data: []byte("eyJh.eyJi.c2ln\n"), Mode: 0o644},
	}
}

type world struct {
	text  string
	files map[string]audit.File
	env   map[string]string
	flags map[string]config.Value
	cert  func(data []byte, password secret.Value) (*x509.Certificate, error)
}

func (w world) findings(t *testing.T) []check.Finding {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(w.text), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := func(name string) string { return w.env[name] }
	settings, faults, err := config.Examine(config.Input{File: path, Environ: environ, Flags: w.flags, StateDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return audit.Check(audit.Input{Settings: settings, Faults: faults, Now: now, Environ: environ, Certificate: w.cert,
		Open: func(path string) (audit.File, error) {
			if f, ok := w.files[path]; ok {
				return f, nil
			}
			return audit.File{}, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}})
}

func TestGoodConfigurationPasses(t *testing.T) {
	for _, f := range (world{text: good, files: files()}).findings(t) {
		if f.Status != check.Pass {
			t.Errorf("%s is %s: %s", f.ID, f.Status, f.Seen)
		}
	}
}

// TestEachCheckCanFail breaks the good profile in one way at a time.
func TestEachCheckCanFail(t *testing.T) {
	certificate := func(from, to time.Time, err error) func([]byte, secret.Value) (*x509.Certificate, error) {
		return func([]byte, secret.Value) (*x509.Certificate, error) {
			return &x509.Certificate{Subject: pkix.Name{CommonName: "app"}, NotBefore: from, NotAfter: to}, err
		}
	}
	noKey := &problem.Error{Kind: problem.Usage, Seen: "no private key", Evidence: &evidence.Bundle{Local: &evidence.Local{Problem: evidence.ProblemNoKey}}}
	locked := &problem.Error{Kind: problem.Usage, Seen: "password", Evidence: &evidence.Bundle{Local: &evidence.Local{Problem: evidence.ProblemPassword}}}
	const day = 24 * time.Hour
	byCertificate := strings.Replace(good, "client_secret_file: /secret\n    client_secret_expires: 2027-05-31", "certificate_file: /app.pem", 1)
	for name, c := range map[string]struct {
		from, to string // replaced in the text
		edit     func(*world)
		id       string
		status   check.Status
		cause    string
	}{
		"an unknown key":              {"ca_file:", "ca_fiel:", nil, "config.refused", check.Fail, "local.config"},
		"a variable of no use":        {"", "", func(w *world) { w.env = map[string]string{"HDSTEST_TIMEOUT": "5"} }, "config.refused", check.Fail, "local.config"},
		"a contradiction":             {"tenant_id: " + tid, "tenant_id: " + tid + "\n    authority: https://login.microsoftonline.com/contoso.example", nil, "config.refused", check.Fail, "local.config"},
		"sources mixed":               {"", "", func(w *world) { w.env = map[string]string{"AZURE_TENANT_ID": object} }, "config.mixed", check.Warn, "local.config"},
		"no tenant":                   {"tenant_id: " + tid, "cloud: public", nil, "config.tenant_id", check.Fail, "local.config"},
		"common as tenant":            {tid, "common", nil, "config.tenant_id", check.Fail, "tenant.missing"},
		"no app":                      {"client_id: " + app, "cloud: public", nil, "config.client_id", check.Fail, "local.config"},
		"the tenant as app":           {"client_id: " + app, "client_id: " + tid, nil, "config.client_id", check.Fail, "app.not_found"},
		"an object id as app":         {"client_id: " + app, "client_id: " + object, nil, "config.client_id", check.Fail, "app.object_id_used"},
		"the API as app":              {"client_id: " + app, "client_id: 4f6778d8-5aef-43dc-a1ff-b073724b9495", nil, "config.client_id", check.Fail, "app.microsoft_client"},
		"one object id twice":         {"55555555-5555-5555-5555-555555555555", object, nil, "config.object_ids", check.Fail, "role.app_object_id"},
		"two clouds":                  {"tenant_id:", "cloud: usgov\n    tenant_id:", nil, "config.cloud", check.Fail, "cloud.wrong"},
		"no service":                  {"    fhir:\n      url: https://w-f.fhir.azurehealthcareapis.com\n    dicom:\n      url: https://w-d.dicom.azurehealthcareapis.com\n", "", nil, "config.services", check.Fail, "local.config"},
		"the retired product":         {"w-f.fhir.", "contoso.", nil, "config.fhir.url", check.Fail, "service.retired"},
		"DICOM as FHIR":               {"w-f.fhir.", "w-f.dicom.", nil, "config.fhir.url", check.Fail, "service.not_fhir"},
		"the workspace as DICOM":      {"w-d.dicom.", "w.workspace.", nil, "config.dicom.url", check.Fail, "service.not_dicom"},
		"a path behind FHIR":          {"w-f.fhir.azurehealthcareapis.com", "w-f.fhir.azurehealthcareapis.com/Patient", nil, "config.fhir.url", check.Fail, "service.path_doubled"},
		"a slash behind the audience": {"    dicom:", "      audience: https://w-f.fhir.azurehealthcareapis.com/\n    dicom:", nil, "config.fhir.audience", check.Fail, "audience.slash"},
		"the old audience":            {"    dicom:", "      audience: https://azurehealthcareapis.com\n    dicom:", nil, "config.fhir.audience", check.Fail, "audience.legacy"},
		"the audience of DICOM":       {"    dicom:", "      audience: https://dicom.healthcareapis.azure.com\n    dicom:", nil, "config.fhir.audience", check.Fail, "audience.dicom_for_fhir"},
		"another audience":            {"    dicom:", "      audience: api://x\n    dicom:", nil, "config.fhir.audience", check.Warn, "audience.wrong"},
		"its address as audience":     {"    dicom:", "    dicom:\n      audience: https://w-d.dicom.azurehealthcareapis.com", nil, "config.dicom.audience", check.Fail, "audience.fhir_for_dicom"},
		"a slash behind DICOM's":      {"    dicom:", "    dicom:\n      audience: https://dicom.healthcareapis.azure.com/", nil, "config.dicom.audience", check.Fail, "audience.slash"},
		"another audience elsewhere":  {"https://w-d.dicom.azurehealthcareapis.com", "https://orthanc.example\n      audience: api://x", nil, "config.dicom.audience", check.Warn, "audience.wrong"},
		"a scope with two slashes":    {"    dicom:", "      scope: https://w-f.fhir.azurehealthcareapis.com//.default\n    dicom:", nil, "config.fhir.scope", check.Fail, "audience.slash"},
		"a scope of another API":      {"    dicom:", "      scope: https://graph.microsoft.com/.default\n    dicom:", nil, "config.fhir.scope", check.Warn, "audience.wrong"},
		"a named scope":               {"    dicom:", "      scope: https://w-f.fhir.azurehealthcareapis.com/user_impersonation\n    dicom:", nil, "config.fhir.scope", check.Warn, "request.not_default"},
		"no secret for web":           {"    client_secret_file: /secret\n    client_secret_expires: 2027-05-31\n", "", nil, "config.credential", check.Fail, "redirect.web_without_secret"},
		"no secret at all":            {"    redirect_platform: web\n    redirect_uri: http://localhost\n    client_secret_file: /secret\n    client_secret_expires: 2027-05-31\n", "", nil, "config.credential", check.Fail, "secret.missing"},
		"no file of the secret":       {"/secret", "/nowhere", nil, "config.client_secret_file", check.Fail, "local.file_missing"},
		"a secret for everybody":      {"", "", func(w *world) { w.files["/secret"] = audit.File{Data: []byte(canary), Mode: 0o644} }, "config.client_secret_file", check.Fail, "local.open_mode"},
		"a secret for the group":      {"", "", func(w *world) { w.files["/secret"] = audit.File{Data: []byte(canary), Mode: 0o640} }, "config.client_secret_file", check.Warn, "local.open_mode"},
		"the secret's ID":             {"", "", func(w *world) { w.files["/secret"] = audit.File{Data: []byte(app), Mode: 0o600} }, "config.client_secret", check.Fail, "secret.id_used"},
		"a placeholder":               {"", "", func(w *world) { w.files["/secret"] = audit.File{Data: []byte("<your secret>"), Mode: 0o600} }, "config.client_secret", check.Fail, "secret.placeholder"},
		"a secret of the past":        {"2027-05-31", "2026-11-26", nil, "credential.secret_end", check.Fail, "secret.expired"},
		"a secret of its last day":    {"2027-05-31", "2026-11-27", nil, "credential.secret_end", check.Warn, "secret.ends_soon"},
		"an end that is not known":    {"    client_secret_expires: 2027-05-31\n", "", nil, "credential.secret_end", check.Skip, ""},
		"a variable that is not set":  {"client_secret_file: /secret", "client_secret_env: NOWHERE", nil, "config.client_secret_env", check.Fail, "ci.variable_empty"},
		"a certificate without key":   {"", "", func(w *world) { w.text, w.cert = byCertificate, certificate(now, now, noKey) }, "config.certificate", check.Fail, "certificate.no_key"},
		"a password to be typed":      {"", "", func(w *world) { w.text, w.cert = byCertificate, certificate(now, now, locked) }, "config.certificate", check.Warn, "certificate.password"},
		"a certificate of the past":   {"", "", func(w *world) { w.text, w.cert = byCertificate, certificate(now.Add(-day), now.Add(-time.Hour), nil) }, "credential.certificate_end", check.Fail, "certificate.expired"},
		"a certificate that ends":     {"", "", func(w *world) { w.text, w.cert = byCertificate, certificate(now.Add(-day), now.Add(day), nil) }, "credential.certificate_end", check.Warn, "certificate.ends_soon"},
		"a certificate of the future": {"", "", func(w *world) { w.text, w.cert = byCertificate, certificate(now.Add(day), now.Add(90*day), nil) }, "credential.certificate_begin", check.Fail, "certificate.not_yet_valid"},
		"no file of the password": {"", "", func(w *world) {
			w.text = strings.Replace(byCertificate, "/app.pem", "/app.pem\n    certificate_password_file: /nowhere", 1)
		}, "config.certificate_password_file", check.Fail, "local.file_missing"},
		"no variable of the password": {"", "", func(w *world) {
			w.text = strings.Replace(byCertificate, "/app.pem", "/app.pem\n    certificate_password_env: NOWHERE", 1)
		}, "config.certificate_password_env", check.Fail, "ci.variable_empty"},
		"no federated token":            {"client_secret_file: /secret", "federated_token_file: /nowhere", nil, "config.federated_token_file", check.Fail, "local.file_missing"},
		"a federated token of no form":  {"client_secret_file: /secret", "federated_token_file: /pass.txt", nil, "config.federated_token_file", check.Fail, "assertion.malformed"},
		"a page's platform":             {"platform: web", "platform: spa", nil, "config.redirect", check.Fail, "redirect.spa"},
		"a redirect to elsewhere":       {"http://localhost", "https://app.example/callback", nil, "config.redirect", check.Fail, "redirect.invalid"},
		"a redirect to 127.0.0.1":       {"http://localhost", "http://127.0.0.1", nil, "config.redirect", check.Warn, "redirect.loopback_ip"},
		"a secret that is never sent":   {"platform: web", "platform: public\n    grants: [authorization_code]", nil, "config.redirect", check.Warn, "secret.for_public_client"},
		"no platform":                   {"    redirect_platform: web\n", "", nil, "config.redirect", check.Warn, "local.config"},
		"no file of authorities":        {"/ca.pem", "/nowhere", nil, "config.ca_file", check.Fail, "local.file_missing"},
		"a file without any authority":  {"/ca.pem", "/pass.txt", nil, "config.ca_file", check.Fail, "certificate.unreadable"},
		"a secret on the command line":  {"", "", func(w *world) { w.flags = map[string]config.Value{config.ClientSecret: {Secret: secret.New(tid)}} }, "config.client_secret", check.Fail, "secret.id_used"},
		"an error of another sort":      {"", "", func(w *world) { w.text, w.cert = byCertificate, certificate(now, now, errors.New("odd")) }, "config.certificate", check.Fail, ""},
		"an address without any answer": {"w-f.fhir.", "f.", nil, "config.fhir.url", check.Fail, "service.retired"},
	} {
		w := world{text: strings.Replace(good, c.from, c.to, 1), files: files(), cert: certificate(now.Add(-day), now.Add(90*day), nil)}
		if c.edit != nil {
			c.edit(&w)
		}
		found := false
		for _, f := range w.findings(t) {
			if strings.Contains(f.Seen+f.Hint+f.Expected, canary) {
				t.Errorf("%s: %s repeats the secret", name, f.ID)
			}
			if _, known := causes.ByID(f.Cause); f.Cause != "" && !known {
				t.Errorf("%s: %s is no cause", name, f.Cause)
			}
			if f.ID == c.id && f.Status == c.status && f.Cause == c.cause {
				found = f.Status == check.Skip || f.Hint != "" || f.Cause == ""
			}
		}
		if !found {
			t.Errorf("%s: no %s %s with cause %q and hint in\n%+v", name, c.id, c.status, c.cause, w.findings(t))
		}
	}
}
