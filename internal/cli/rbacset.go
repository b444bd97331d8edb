package cli

import (
	"context"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/register"
	"hdstest/internal/suggest"
)

func (o *rbacOptions) changeFlags(roles string) []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "role", Usage: "`ROLE@SCOPE` " + roles},
		o.principalFlag("of the service principal; also the app's client id (default: the profile's app)"),
		&urfave.BoolFlag{Name: "dry-run", Destination: &o.dryRun, Usage: "show what would be done and change nothing"},
		&urfave.BoolFlag{Name: "yes", Destination: &o.yes, Usage: "do not ask before something is changed"},
		adminFlag(&o.admin)}
}

func (p *program) rbacAssignCommand() *command {
	o := &rbacOptions{}
	own := flagGroup{flags: o.changeFlags(`to give, such as "FHIR Data Reader@fhir", or at dicom, workspace, a resource id; may be repeated`)}
	return &command{
		name: "assign", usage: "give a service principal roles on the data", outputs: []string{"text", "json"},
		about: "Shows what would change and asks; without a terminal it wants --yes. What is held already, there or above, is kept: a second run " +
			"changes nothing. Needs Microsoft.Authorization/roleAssignments/write at the scope (Owner, User Access Administrator or Role Based " +
			"Access Control Administrator). The services may take up to ten minutes to honour a new role.",
		examples: []example{
			{"let the profile's app read FHIR", `hdstest rbac assign --role "FHIR Data Reader@fhir"`},
			{"see what would be done", `hdstest rbac assign --role "DICOM Data Owner@workspace" --dry-run`},
		},
		groups: []flagGroup{own, rbacKeys()},
		run:    func(ctx context.Context, c call) error { return p.rbacAssign(ctx, c, o) },
	}
}

func (p *program) rbacAssign(ctx context.Context, c call, o *rbacOptions) error {
	o.roles = c.StringSlice("role")
	if len(o.roles) == 0 {
		return problem.Usagef(`rbac assign: which role? Such as --role "FHIR Data Reader@fhir"`)
	}
	var result register.Result
	return p.changeRoles(ctx, c, o, roleChange{
		name: "rbac assign", plan: register.PlanAssign,
		apply: func(clients register.Clients, plan register.Plan, progress register.Progress) (_ []register.Assignment, err error) {
			result, err = register.ApplyAssign(ctx, clients, plan, progress)
			return result.Roles, err
		},
		partly: func([]register.Assignment) {
			for _, m := range result.Ledger {
				p.say("given before that (%s): %s; take it away with: %s rbac remove --assignment %s", m.State, m.Name, Name, m.ID)
			}
		},
	})
}

// roleChange is what giving and taking away do differently.
type roleChange struct {
	name  string
	plan  func(context.Context, register.Clients, register.RoleWish) (register.Plan, error)
	apply func(register.Clients, register.Plan, register.Progress) ([]register.Assignment, error)
	// partly tells what had been done before a failure.
	partly func(done []register.Assignment)
}

// changeRoles plans, asks, carries out and shows.
func (p *program) changeRoles(ctx context.Context, c call, o *rbacOptions, change roleChange) (err error) {
	s, clients, err := p.openRBAC(ctx, c, o)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	w, err := p.roleWish(ctx, s, clients, o)
	if err != nil {
		return err
	}
	plan, err := change.plan(ctx, clients, w)
	if err != nil {
		return err
	}
	var done []register.Assignment
	view, err := p.carryOutRoles(ctx, plan, o, func(progress register.Progress) (err error) {
		done, err = change.apply(clients, plan, progress)
		return err
	})
	if err != nil {
		change.partly(done)
		return err
	}
	return p.showRoles(change.name, w.Principal, plan, view, done)
}

func (p *program) rbacRemoveCommand() *command {
	o := &rbacOptions{}
	own := flagGroup{flags: append(o.changeFlags(`to take away, exactly where it was given; may be repeated`),
		&urfave.StringSliceFlag{Name: "assignment", Usage: "resource `ID` of a role assignment to take away, as rbac show prints it; may be repeated"})}
	return &command{
		name: "remove", usage: "take roles on the data away from a service principal", outputs: []string{"text", "json"},
		about: "Takes away only what is named exactly: the role at the scope where it was given, or the assignment by its id. What a principal " +
			"holds from a wider scope or through a group stays, and is said. Shows what would change and asks; without a terminal it wants --yes. " +
			"Needs Microsoft.Authorization/roleAssignments/delete at the scope.",
		examples: []example{
			{"take back what assign gave", `hdstest rbac remove --role "FHIR Data Reader@fhir"`},
			{"by its id, unseen", "hdstest rbac remove --assignment /subscriptions/…/roleAssignments/… --yes"},
		},
		groups: []flagGroup{own, rbacKeys()},
		run:    func(ctx context.Context, c call) error { return p.rbacRemove(ctx, c, o) },
	}
}

func (p *program) rbacRemove(ctx context.Context, c call, o *rbacOptions) error {
	o.roles, o.ids = c.StringSlice("role"), c.StringSlice("assignment")
	if len(o.roles)+len(o.ids) == 0 {
		return problem.Usagef(`rbac remove: which role? Such as --role "FHIR Data Reader@fhir", or --assignment with an id of rbac show`)
	}
	return p.changeRoles(ctx, c, o, roleChange{
		name: "rbac remove", plan: register.PlanUnassign,
		apply: func(clients register.Clients, plan register.Plan, progress register.Progress) ([]register.Assignment, error) {
			return register.ApplyUnassign(ctx, clients, plan, progress)
		},
		partly: func(gone []register.Assignment) {
			for _, a := range gone {
				p.say("taken away before that: %s", a.ID)
			}
		},
	})
}

// roleWish reads roles and principal. An assignment's id names its principal by
// itself.
func (p *program) roleWish(ctx context.Context, s *session, clients register.Clients, o *rbacOptions) (register.RoleWish, error) {
	w := register.RoleWish{TenantID: s.TenantID, IDs: o.ids}
	for _, text := range o.roles {
		g, err := roleAt(s, text)
		if err != nil {
			return w, err
		}
		w.Roles = append(w.Roles, g)
	}
	if len(o.roles) == 0 && o.principal == "" {
		return w, nil
	}
	var err error
	w.Principal, err = p.whoseRoles(ctx, s, clients, o)
	return w, err
}

// roleAt reads ROLE@SCOPE; without a scope a built-in data role goes to the
// service it is made for.
func roleAt(s *session, text string) (register.RoleGrant, error) {
	role, at, _ := strings.Cut(text, "@")
	role = strings.TrimSpace(role)
	known, ok := entra.RoleByName(role)
	switch {
	case at == "" && ok:
		at = known.Service
	case at == "":
		var names []string
		for _, r := range entra.Roles() {
			names = append(names, r.Name)
		}
		return register.RoleGrant{}, problem.Usagef("--role: %s is no built-in data role%s; for another role say where: ROLE@fhir, ROLE@dicom, ROLE@workspace or ROLE@/subscriptions/…",
			show(role), suggest.DidYouMean(role, "", names))
	}
	scope, err := scopeOf(s, "--role", at)
	return register.RoleGrant{Role: role, Scope: scope}, err
}

// carryOutRoles has a person agree to a plan, and carries it out. The view is what
// of the plan is still to be shown.
func (p *program) carryOutRoles(ctx context.Context, plan register.Plan, o *rbacOptions, do func(register.Progress) error) (planView, error) {
	if o.dryRun {
		return planDry, nil
	}
	asked, err := p.agree(ctx, plan, o.yes)
	if err != nil {
		return planDry, err
	}
	if err := do(register.Progress{Notify: func(text string) { p.say("%s", text) }}); err != nil {
		return planDry, err
	}
	if asked {
		return planAsked, nil
	}
	return planDone, nil
}

// showRoles prints what was or would be done with roles.
func (p *program) showRoles(command string, who register.Who, plan register.Plan, view planView, done []register.Assignment) error {
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", command), named("dry_run", view == planDry),
			named("principal", who), named("plan", plan), named("result", orEmpty(done)))
	}
	var out []string
	if view != planAsked {
		if out = planLines(plan, view == planDry); who.ID != "" {
			out = append([]string{spaced(who.Kind) + " " + who.Label()}, out...)
		}
	}
	switch {
	case view == planDry:
		out = append(out, "", "Nothing was changed: this was a dry run.")
	case !plan.Changes():
		out = append(out, "", "Nothing had to be changed.")
	case view == planAsked:
		out = append(out, "Done.")
	}
	return p.lines(out...)
}
