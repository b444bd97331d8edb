package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// rbacCommand groups what is to be done with roles on the data.
func (p *program) rbacCommand() *command {
	c := &command{name: "rbac", usage: "show, check, give and take away roles on FHIR and DICOM data",
		about: "Works through Azure Resource Manager with the administrator's credential, as register does. Roles go to service principals by " +
			"their object id; a client id or the object id of a registration leads there, and that is said.",
		examples: []example{{"may the profile's app do what the probes need?", "hdstest rbac check"},
			{"let it read FHIR", `hdstest rbac assign --role "FHIR Data Reader@fhir"`}}}
	return c.with(p.rbacShowCommand(), p.rbacCheckCommand(), p.rbacAssignCommand(), p.rbacRemoveCommand())
}

// rbacOptions are the flags of the commands about roles.
type rbacOptions struct {
	principal, admin string
	at, roles, ids   []string
	dryRun, yes      bool
	write, all       bool
}

// rbacKeys are the settings of all of them.
func rbacKeys() flagGroup {
	return flagGroup{title: "Tenant and services", keys: []string{config.TenantID, config.ClientID, config.Cloud, config.Authority,
		config.GraphURL, config.ARMURL, config.FHIRResourceID, config.DICOMResourceID}}
}

func (o *rbacOptions) principalFlag(usage string) urfave.Flag {
	return &urfave.StringFlag{Name: "principal", Destination: &o.principal, Usage: "object `ID` " + usage}
}

func atFlag(usage string) urfave.Flag {
	return &urfave.StringSliceFlag{Name: "at", Usage: "`SCOPE` " + usage + ": fhir, dicom, workspace or a resource id; may be repeated"}
}

func (p *program) rbacShowCommand() *command {
	o := &rbacOptions{}
	own := flagGroup{flags: []urfave.Flag{
		o.principalFlag("of whom to show; also a client id or a user's name (default: everybody)"), atFlag("to look at (default: the profile's services)"),
		&urfave.BoolFlag{Name: "all", Destination: &o.all, Usage: "show roles too that give nothing on the data, such as Owner"}, adminFlag(&o.admin)}}
	return &command{
		name: "show", usage: "list who holds roles on the data, and where they were given", outputs: []string{"text", "json"},
		about: "Lists the assignments that count at the services, those from workspace, resource group, subscription and management group " +
			"included. With --principal also those that it holds through groups.",
		examples: []example{
			{"who may use the services?", "hdstest rbac show"},
			{"what does one principal hold in the workspace?", "hdstest rbac show --principal 33333333-4444-5555-6666-777777777777 --at workspace"},
		},
		groups: []flagGroup{own, rbacKeys()},
		run:    func(ctx context.Context, c call) error { return p.rbacShow(ctx, c, o) },
	}
}

func (p *program) rbacShow(ctx context.Context, c call, o *rbacOptions) (err error) {
	o.at = c.StringSlice("at")
	s, clients, err := p.openRBAC(ctx, c, o)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	scopes, err := o.scopes(s)
	if err != nil {
		return err
	}
	var who *register.Who
	if o.principal != "" {
		found, err := p.who(ctx, clients, o.principal)
		if err != nil {
			return err
		}
		who = &found
	}
	var shown []register.Roster
	for _, scope := range scopes {
		r, err := register.RolesAt(ctx, clients, scope, who)
		if err != nil {
			return err
		}
		shown = append(shown, r)
	}
	return p.showRoster(shown, who, o.all)
}

// openRBAC makes the session and the administrator's connections.
func (p *program) openRBAC(ctx context.Context, c call, o *rbacOptions) (*session, register.Clients, error) {
	s, err := p.open(ctx, c)
	if err != nil {
		return nil, register.Clients{}, err
	}
	clients, err := p.adminClients(s, o.admin)
	if err != nil {
		return nil, register.Clients{}, errors.Join(err, s.close())
	}
	return s, clients, nil
}

// who finds the principal that an id means, and says how an id led there.
func (p *program) who(ctx context.Context, clients register.Clients, id string) (register.Who, error) {
	who, err := register.FindWho(ctx, clients, id)
	if err == nil && who.Note != "" {
		p.say("%s", who.Note)
	}
	return who, err
}

// whoseRoles is the principal of commands that need one: the flag's, else the
// profile's app.
func (p *program) whoseRoles(ctx context.Context, s *session, clients register.Clients, o *rbacOptions) (register.Who, error) {
	id := cmp.Or(o.principal, s.PrincipalObjectID, s.ClientID)
	if id == "" {
		return register.Who{}, problem.Usagef("--principal: whose roles? Give the object id of a service principal, or client_id in the profile")
	}
	if o.principal != "" {
		return p.who(ctx, clients, id)
	}
	return register.FindWho(ctx, clients, id) // the profile's client id is expected to lead there
}

// showRoster prints assignments scope by scope.
func (p *program) showRoster(all []register.Roster, who *register.Who, management bool) error {
	hidden := 0
	for i := range all {
		n := len(all[i].Held)
		if !management {
			all[i].Held = slices.DeleteFunc(all[i].Held, func(h register.Held) bool { return h.Management })
		}
		hidden += n - len(all[i].Held)
	}
	if p.global.output == "json" {
		fields := []field{named("schema_version", check.SchemaVersion), named("command", "rbac show"), named("scopes", all), named("hidden", hidden)}
		if who != nil {
			fields = append(fields, named("principal", who))
		}
		return printJSON(p.Stdout, fields...)
	}
	var out []string
	for i, r := range all {
		if i > 0 {
			out = append(out, "")
		}
		out = append(out, r.Scope)
		for _, h := range r.Held {
			out = append(out, heldLines(h)...)
		}
		if len(r.Held) == 0 {
			out = append(out, "  no role on its data")
		}
	}
	if hidden > 0 {
		out = append(out, "", fmt.Sprintf("%d more are about the resources and give nothing on the data; --all shows them.", hidden))
	}
	return p.lines(out...)
}

func heldLines(h register.Held) []string {
	out := []string{"  " + cmp.Or(h.Role, h.RoleID) + ", given at the " + h.Level,
		"    to      " + holder(h), "    id      " + h.ID}
	if h.Through != nil {
		out = append(out, "    through the group "+h.Through.Label())
	}
	if h.Condition != "" {
		out = append(out, "    under   "+h.Condition)
	}
	return out
}

func holder(h register.Held) string {
	text := h.PrincipalID
	if h.Holder != nil && h.Holder.Name != "" {
		text = h.Holder.Name + " (" + h.PrincipalID + ")"
	}
	return strings.ToLower(spaced(h.Kind)) + " " + text
}

// spaced writes ServicePrincipal as two words.
func spaced(kind string) string {
	if kind == register.KindServicePrincipal {
		return "service principal"
	}
	return cmp.Or(kind, "principal")
}

// scopes are the resource ids that --at means; without it the profile's services.
func (o *rbacOptions) scopes(s *session) ([]string, error) {
	at := o.at
	if len(at) == 0 {
		for _, service := range []struct{ name, id string }{{entra.FHIR, s.FHIR.ResourceID}, {entra.DICOM, s.DICOM.ResourceID}} {
			if service.id != "" {
				at = append(at, service.name)
			}
		}
	}
	if len(at) == 0 {
		return nil, s.Require(config.FHIRResourceID)
	}
	var out []string
	for _, name := range at {
		scope, err := scopeOf(s, "--at", name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, scope) {
			out = append(out, scope)
		}
	}
	return out, nil
}

// scopeOf reads a place for a role: fhir, dicom, workspace or a resource id.
func scopeOf(s *session, flag, name string) (string, error) {
	switch name {
	case entra.FHIR:
		return s.FHIR.ResourceID, s.Require(config.FHIRResourceID)
	case entra.DICOM:
		return s.DICOM.ResourceID, s.Require(config.DICOMResourceID)
	case "workspace":
		return workspaceOf(s, flag)
	}
	if !strings.HasPrefix(name, "/") {
		return "", problem.Usagef("%s: expected fhir, dicom, workspace or a resource id /subscriptions/…, not %s", flag, show(name))
	}
	return name, register.CheckScope(flag, name)
}

// workspaceOf is the workspace of the profile's services, if they have one.
func workspaceOf(s *session, flag string) (string, error) {
	found := ""
	for _, id := range []string{s.FHIR.ResourceID, s.DICOM.ResourceID} {
		lower := strings.ToLower(id)
		end := max(strings.LastIndex(lower, "/fhirservices/"), strings.LastIndex(lower, "/dicomservices/"))
		switch {
		case end < 0:
		case found != "" && !strings.EqualFold(found, id[:end]):
			return "", problem.Usagef("%s: the profile's services lie in two workspaces; give the resource id of one", flag)
		default:
			found = id[:end]
		}
	}
	if found == "" {
		return "", s.Require(config.FHIRResourceID)
	}
	return found, nil
}
