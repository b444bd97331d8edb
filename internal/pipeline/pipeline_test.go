package pipeline_test

import (
	"context"
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/sandboxtest"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

// world is a sandbox with a profile of its example app.
type world struct {
	*sandbox.Sandbox
	env     pipeline.Env
	profile pipeline.Profile
}

// start runs a sandbox in which the scenarios go wrong.
func start(t *testing.T, state string, timeout time.Duration, scenarios ...string) world {
	t.Helper()
	s, err := sandboxtest.Start(context.Background(), sandbox.Options{StateDir: state, PortBase: sandbox.AnyPort, Now: time.Now, Scenarios: scenarios})
	if err != nil {
		t.Fatal(err)
	}
	client, err := transport.New(transport.Options{CAFile: s.Info.CAFile, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	i := s.Info
	return world{s, pipeline.Env{HTTP: client, Now: time.Now, Rand: rand.Reader,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }},
		pipeline.Profile{Name: "example", Authority: i.Authority, CustomAuthority: true, TenantID: i.TenantID, ClientID: i.ClientID,
			Credential: acquire.Credential{Secret: secret.New(i.ClientSecret)},
			FHIR:       pipeline.Service{Kind: entra.FHIR, URL: i.FHIRURL, ResourceID: i.FHIRResourceID},
			DICOM:      pipeline.Service{Kind: entra.DICOM, URL: i.DICOMURL, ResourceID: i.DICOMResourceID}}}
}

func (w world) certificate(t *testing.T) acquire.Credential {
	t.Helper()
	data, err := os.ReadFile(w.Info.CertificateFile)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := acquire.ParseCertificate(data, secret.Value{})
	if err != nil {
		t.Fatal(err)
	}
	return acquire.Credential{Certificate: certificate}
}

// TestSmoke is the check of a tenant: green with the example app, read-only, and
// open about what it did not do.
func TestSmoke(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	w.profile.Grants = []string{pipeline.GrantClientCredentials, pipeline.GrantAuthorizationCode}
	r := pipeline.Smoke(context.Background(), w.env, w.profile, pipeline.SmokeOptions{})
	if r.Status() != check.Pass || len(r.Errors) != 0 {
		t.Errorf("status %s, errors %v\n%+v", r.Status(), r.Errors, r.Findings)
	}
	for _, id := range []string{"register", "token.fhir.authorization_code", "probe.fhir.patient.create", "probe.dicom.store"} {
		i := slices.IndexFunc(r.Findings, func(f check.Finding) bool { return f.ID == id })
		if i < 0 || r.Findings[i].Status != check.Skip || r.Findings[i].Hint == "" {
			t.Errorf("%s is not reported as a skip with a way to have it", id)
		}
	}
}

// TestClaimsKnowTheRequest: smoke and doctor asked for the token themselves, so they
// compare how the client proved itself; each claim's line names the service.
func TestClaimsKnowTheRequest(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	for name, findings := range map[string][]check.Finding{
		"smoke":  pipeline.Smoke(context.Background(), w.env, w.profile, pipeline.SmokeOptions{}).Findings,
		"doctor": w.doctor(pipeline.DoctorOptions{}).Findings,
	} {
		titles := []string{}
		for _, f := range findings {
			if f.ID == "claims.appidacr" && f.Status == check.Pass && f.Seen == "1 (secret)" {
				titles = append(titles, strings.SplitN(f.Title, ":", 2)[0])
			}
		}
		if slices.Sort(titles); !slices.Equal(titles, []string{"DICOM", "FHIR"}) {
			t.Errorf("%s compared the credential for %q, want DICOM and FHIR", name, titles)
		}
	}
}

// TestSmokeNamesCauses runs the check of a tenant while one thing is wrong, and
// wants the cause named.
func TestSmokeNamesCauses(t *testing.T) {
	state := t.TempDir()
	start(t, state, time.Minute) // makes the keys
	for scenario, want := range map[string]string{
		"secret-expired":           "secret.expired",
		"certificate-not-uploaded": "certificate.not_registered",
		"app-not-found":            "app.not_found",
		"wrong-audience":           "audience.legacy",
		"token-expired":            "token.expired",
		"role-missing":             "role.missing",
		"private-link":             "network.private_link",
		"html-answer":              "service.not_fhir",
		"cut-short":                "network.cut_short",
		"slow":                     "network.timeout",
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if scenario == "slow" {
				timeout = 300 * time.Millisecond
			}
			w := start(t, state, timeout, scenario)
			if strings.HasPrefix(scenario, "certificate") {
				w.profile.Credential = w.certificate(t)
			}
			r := pipeline.Smoke(context.Background(), w.env, w.profile, pipeline.SmokeOptions{})
			if r.Status() != check.Fail {
				t.Fatalf("status %s", r.Status())
			}
			var causes []string
			for _, f := range r.Findings {
				if f.Status == check.Fail {
					causes = append(causes, f.ID+": "+f.Cause)
				}
			}
			if !slices.ContainsFunc(causes, func(c string) bool { return strings.HasSuffix(c, ": "+want) }) {
				t.Errorf("want %s among the causes, got %q", want, causes)
			}
		})
	}
}

// TestInspectWithoutServices inspects a token whose service and issuer are
// not there any more: only facts that need them are missing.
func TestInspectWithoutServices(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	result, _, err := pipeline.Token(context.Background(), w.env, w.profile, pipeline.TokenQuery{Service: entra.FHIR, Grant: pipeline.GrantClientCredentials})
	if err != nil {
		t.Fatal(err)
	}
	w.profile.FHIR.URL = "https://localhost:1"
	w.profile.FHIR.Audience = w.Info.FHIRURL
	got, err := pipeline.Inspect(context.Background(), w.env, w.profile, result.Token, entra.FHIR)
	if err != nil || got.Status() == check.Fail {
		t.Errorf("Inspect() = %s, %v\n%+v", got.Status(), err, got.Findings)
	}
	if !slices.ContainsFunc(got.Findings, func(f check.Finding) bool { return f.ID == "claims.challenge" && f.Status == check.Skip }) {
		t.Error("nothing says that the service could not be asked")
	}
}

// TestProofIsCompared: whoever asked for the token compares it with the credential
// that was used, and a token made by another one fails.
func TestProofIsCompared(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	proof := func(findings []check.Finding) (f check.Finding) {
		for _, one := range findings {
			if one.ID == "claims.appidacr" {
				return one
			}
		}
		return f
	}
	if f := proof(pipeline.Smoke(t.Context(), w.env, w.profile, pipeline.SmokeOptions{}).Findings); f.Status != check.Pass || f.Seen != "1 (secret)" {
		t.Errorf("smoke by a secret: %+v", f)
	}
	result, b, err := pipeline.Token(t.Context(), w.env, w.profile, pipeline.TokenQuery{Service: entra.FHIR, Grant: pipeline.GrantClientCredentials})
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	b.TokenRequest.HasClientSecret, b.TokenRequest.HasClientAssertion = &no, &yes
	got, err := pipeline.InspectWith(t.Context(), w.env, w.profile, result.Token, pipeline.InspectOptions{Service: entra.FHIR, Asked: b.TokenRequest})
	if err != nil {
		t.Fatal(err)
	}
	if f := proof(got.Findings); f.Status != check.Fail || f.Cause != "token.credential" {
		t.Errorf("a secret's token where a certificate was used: %+v", f)
	}
}

func TestTokenScope(t *testing.T) {
	for name, tc := range map[string]struct {
		service pipeline.Service
		want    string
	}{
		"FHIR asks for its URL":       {pipeline.Service{Kind: entra.FHIR, URL: "https://a"}, "https://a/.default"},
		"DICOM shares one resource":   {pipeline.Service{Kind: entra.DICOM, URL: "https://a"}, "https://dicom.healthcareapis.azure.com/.default"},
		"an audience keeps its slash": {pipeline.Service{Kind: entra.FHIR, URL: "https://a", Audience: "https://b/"}, "https://b//.default"},
		"a scope is taken as it is":   {pipeline.Service{Kind: entra.FHIR, URL: "https://a", Scope: "x/y"}, "x/y"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.service.TokenScope(); got != tc.want {
				t.Errorf("TokenScope() = %q, want %q", got, tc.want)
			}
		})
	}
}
