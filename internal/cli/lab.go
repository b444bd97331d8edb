package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/report"
	"hdstest/internal/sandbox"
	"hdstest/internal/secret"
	"hdstest/internal/signin"
)

// startSandbox starts a sandbox inside this process, on ports of the system's
// choice, for the length of a command.
func (p *program) startSandbox(ctx context.Context) (*config.Info, func() error, error) {
	s, err := sandbox.Start(ctx, sandbox.Options{StateDir: p.keptDir(), PortBase: sandbox.AnyPort, Now: p.Now, Version: p.Version.Version})
	if err != nil {
		return nil, nil, startError(err)
	}
	info, err := infoOf(s.Info)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return info, s.Close, nil
}

// infoOf goes through the JSON that other processes read too, so that both ways
// mean the same.
func infoOf(i sandbox.Info) (*config.Info, error) {
	data, err := json.Marshal(i)
	if err != nil {
		return nil, fmt.Errorf("describe the sandbox: %w", err)
	}
	var out config.Info
	return &out, json.Unmarshal(data, &out)
}

// smokeSandbox runs the whole job on a sandbox inside this process.
func (p *program) smokeSandbox(ctx context.Context, c call, chosen pipeline.Selection) (err error) {
	began := p.Now()
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	lab, err := p.lab(s)
	if err != nil {
		return err
	}
	line := p.progress()
	s.env.Notify = nil // the progress line tells enough
	result := pipeline.SmokeLab(ctx, s.env, s.profile, lab, pipeline.SmokeOptions{Selection: chosen, Progress: line.step})
	line.clear()
	return p.show(ctx, result, report.Report{Title: "Smoke test on the embedded sandbox", Elapsed: p.Now().Sub(began),
		Facts: []report.Fact{{Name: "tenant", Text: s.TenantID}, {Name: "FHIR", Text: s.FHIR.URL}, {Name: "DICOM", Text: s.DICOM.URL}},
		Extra: []field{{Name: "command", Value: "smoke"}, {Name: "target", Value: map[string]string{"profile": config.SandboxProfile,
			"tenant_id": s.TenantID, "authority": s.profile.Authority, "fhir_url": s.FHIR.URL, "dicom_url": s.DICOM.URL}}}})
}

// lab gives the pipeline the administrator, a certificate to register, and a
// scripted person for the sign-in page.
func (p *program) lab(s *session) (pipeline.Lab, error) {
	admin, err := p.adminClients(s, "")
	if err != nil {
		return pipeline.Lab{}, err
	}
	data, err := p.readFile("certificate", s.Sandbox.CertificateFile)
	if err != nil {
		return pipeline.Lab{}, err
	}
	certificate, err := acquire.ParseCertificate(data, secret.Value{})
	if err != nil {
		return pipeline.Lab{}, located(err, s.Sandbox.CertificateFile)
	}
	return pipeline.Lab{Admin: admin, Certificate: certificate, SignIn: walker(s.env.HTTP, s.Sandbox)}, nil
}

// walker is the scripted person: it signs in as the sandbox's user.
func walker(client *http.Client, info *config.Info) func(context.Context, string, string) error {
	return func(ctx context.Context, address, deviceCode string) error {
		person := signin.Person{HTTP: client, Press: []string{"Yes", "Accept", "Continue"}, Fields: map[string]string{
			"login": info.Username, "username": info.Username, "loginfmt": info.Username,
			"passwd": info.Password, "password": info.Password,
			"otc": deviceCode, "user_code": deviceCode}}
		at, _, err := person.Open(ctx, address)
		if err == nil && deviceCode == "" && at.Host == start(address) {
			err = errors.New("the sign-in ended on a page of the authority's, not at the redirect address")
		}
		if err != nil {
			return fmt.Errorf("%w: %w", acquire.ErrAbandoned, err)
		}
		return nil
	}
}

// start is the host at which a sign-in begins.
func start(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// armScope is for which resource tokens of Azure Resource Manager are asked.
func armScope(s *config.Settings) string {
	if s.CustomAuthority {
		return s.ARMURL + entra.DefaultScope
	}
	return s.Cloud.ManagementAudience + entra.DefaultScope
}
