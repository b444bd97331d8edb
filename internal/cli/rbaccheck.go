package cli

import (
	"context"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/register"
	"hdstest/internal/report"
)

func (p *program) rbacCheckCommand() *command {
	o := &rbacOptions{}
	own := flagGroup{flags: []urfave.Flag{
		o.principalFlag("of a service principal, user or group; also a client id or a user's name (default: the profile's app)"),
		atFlag("to look at, a service (default: the profile's services)"),
		&urfave.BoolFlag{Name: "write", Destination: &o.write, Usage: "what requests that change data need counts too"}, adminFlag(&o.admin)}}
	return &command{
		name: "check", usage: "compare what a principal's roles give with what the requests need", outputs: tableForms(),
		about: "Finds every assignment that counts, through scopes above and through groups, and which data actions they give: data actions " +
			"less those left out, wildcards included, less deny assignments. These are compared with what the FHIR and DICOM requests of " +
			"probe and the exports need. Owner and Contributor give nothing on the data, and that is said.\n\n" +
			"No FHIR or DICOM service is called: hdstest probe does that. Conditions of assignments are not evaluated.",
		examples: []example{
			{"may the profile's app do what the probes need?", "hdstest rbac check"},
			{"may it write, too?", "hdstest rbac check --write --output json"},
			{"may this person read?", "hdstest rbac check --principal somebody@contoso.com --at fhir"},
		},
		groups: []flagGroup{own, rbacKeys()},
		run:    func(ctx context.Context, c call) error { return p.rbacCheck(ctx, c, o) },
	}
}

func (p *program) rbacCheck(ctx context.Context, c call, o *rbacOptions) (err error) {
	o.at = c.StringSlice("at")
	s, clients, err := p.openRBAC(ctx, c, o)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	services, err := o.services(s)
	if err != nil {
		return err
	}
	who, err := p.whoseRoles(ctx, s, clients, o)
	if err != nil {
		return err
	}
	result, access := s.env.CheckAccess(ctx, clients, pipeline.AccessQuery{Principal: who, Services: services, Write: o.write})
	r := report.Report{Title: "Access to data", Whole: true, Facts: accessFacts(s, who, services),
		Extra: []field{named("command", "rbac check"), named("access", orEmpty(access))}}
	return p.show(ctx, result, r)
}

// services are the services among the scopes.
func (o *rbacOptions) services(s *session) (map[string]string, error) {
	scopes, err := o.scopes(s)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, scope := range scopes {
		kind := register.ServiceOf(scope)
		switch {
		case kind == "":
			return nil, problem.Usagef("--at: %s is no FHIR or DICOM service; what a role at a wider scope gives is checked at a service", scope)
		case out[kind] != "":
			return nil, problem.Usagef("--at: one %s service at a time", strings.ToUpper(kind))
		}
		out[kind] = scope
	}
	return out, nil
}

func accessFacts(s *session, who register.Who, services map[string]string) []report.Fact {
	out := []report.Fact{{Name: "tenant", Text: s.TenantID}, {Name: spaced(who.Kind), Text: who.Label()}}
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		if id := services[kind]; id != "" {
			out = append(out, report.Fact{Name: strings.ToUpper(kind), Text: id})
		}
	}
	return out
}
