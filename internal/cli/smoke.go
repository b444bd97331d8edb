package cli

import (
	"context"

	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/report"
)

func (p *program) smokeCommand() *command {
	return &command{
		name: "smoke", usage: "run everything in a row and report it", outputs: tableForms(),
		about: "With --sandbox: starts from a tenant without our app, registers it, sees 403 before the role and 200 after, " +
			"gets a token by every grant, checks claims, probes with writes, exports.\n\n" +
			"Against a tenant: token, claims and read-only probes for each configured service. It never registers, writes or opens " +
			"a browser; each of these is reported as a skip with the command that would do it.",
		examples: []example{
			{"see everything work, offline", "hdstest smoke --sandbox"},
			{"check a tenant, in CI too", "hdstest smoke --profile work --output json"},
			{"one service, for a job in CI", "hdstest smoke --only fhir --output github --report junit=hdstest.xml"},
			{"settings from the environment", "AZURE_TENANT_ID=… AZURE_CLIENT_ID=… AZURE_CLIENT_SECRET=… HDSTEST_FHIR_URL=https://… hdstest smoke"},
		},
		groups: append([]flagGroup{{flags: append(selectionFlags("a service, a group of checks or a check, such as fhir, token or claims.aud"), p.timingFlag())}}, identityGroups()...),
		run:    p.smoke,
	}
}

func (p *program) smoke(ctx context.Context, c call) (err error) {
	chosen, err := selection(c, pipeline.SmokeNames(p.global.sandbox))
	if err != nil {
		return err
	}
	if p.global.sandbox {
		return p.smokeSandbox(ctx, c, chosen)
	}
	began := p.Now()
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	grants := s.Grants
	if grants == nil {
		grants = []string{pipeline.GrantClientCredentials}
	}
	if err := p.ready(s, appKeys(s.probed("")...), grants...); err != nil {
		return err
	}
	line := p.progress()
	result := pipeline.Smoke(ctx, s.env, s.profile, pipeline.SmokeOptions{Selection: chosen, Progress: line.step})
	line.clear()
	return p.show(ctx, result, report.Report{Title: "Smoke test", Places: p.places(s), Facts: s.facts(entra.FHIR, entra.DICOM), Elapsed: p.Now().Sub(began),
		Extra: []field{{Name: "command", Value: "smoke"}, {Name: "target", Value: s.target()}}})
}
