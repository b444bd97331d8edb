package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hdstest/internal/check"
	"hdstest/internal/problem"
	"hdstest/internal/register"
	"hdstest/internal/report"
)

// planView is what of a plan a person has still to see.
type planView int

const (
	planDry   planView = iota // nothing was done
	planDone                  // it was carried out
	planAsked                 // it was shown before, and carried out
)

// agree shows what is going to be done and which privileges that needs, and has
// the person decide. It tells whether the person saw the plan.
func (p *program) agree(ctx context.Context, plan register.Plan, yes bool) (asked bool, err error) {
	switch {
	case !plan.Changes() || p.global.sandbox:
		return false, nil
	case yes:
		for _, line := range needed(plan) {
			p.say("%s", line)
		}
		return false, nil
	}
	for _, line := range planLines(plan, true) {
		fmt.Fprintln(p.Stderr, report.Escape(line))
	}
	return true, p.confirm(ctx, fmt.Sprintf("Change this in tenant %s?", plan.TenantID), yes)
}

// needed lists the privileges of a plan, each with the steps that need it.
func needed(plan register.Plan) []string {
	var order []string
	steps := map[string][]string{}
	for _, s := range plan.Steps {
		if s.Needs == "" || strings.HasPrefix(s.ID, "application.") || strings.HasPrefix(s.ID, "api.") {
			continue // properties of an app need what the app needs
		}
		if steps[s.Needs] == nil {
			order = append(order, s.Needs)
		}
		steps[s.Needs] = append(steps[s.Needs], s.What)
	}
	for i, need := range order {
		order[i] = fmt.Sprintf("needs %s, for: %s", need, strings.Join(steps[need], ", "))
	}
	return order
}

// showPlan prints what is done or would be done, and what there is now.
func (p *program) showPlan(plan register.Plan, result register.Result, view planView) error {
	blocked := blockedError(plan.Blocked())
	if p.global.output == "json" {
		err := printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "register"), named("dry_run", view == planDry),
			named("plan", plan), named("result", result))
		return errors.Join(err, blocked)
	}
	var out []string
	if view != planAsked {
		out = append(planLines(plan, view == planDry), "")
	}
	if view == planDry {
		out = append(out, "Nothing was changed: this was a dry run.")
	} else {
		out = append(out, resultLines(result)...)
	}
	return errors.Join(p.lines(out...), blocked)
}

func resultLines(r register.Result) []string {
	out := []string{"client id          " + r.AppID, "app object id      " + r.AppObjectID,
		"service principal  " + r.ServicePrincipalID, "tenant             " + r.TenantID}
	if r.SecretKeyID != "" {
		out = append(out, fmt.Sprintf("secret ID          %s until %s; the ID is not the value", r.SecretKeyID, r.SecretEnds.UTC().Format("2006-01-02 15:04 MST")))
	}
	if r.Thumbprint != "" {
		out = append(out, "certificate        SHA-1 "+r.Thumbprint)
	}
	if r.ConsentURL != "" {
		out = append(out, "consent            an administrator gives it here: "+r.ConsentURL)
	}
	return out
}

// planLines write a plan. A privilege stands at the first of the steps in a row
// that need it.
func planLines(plan register.Plan, needs bool) []string {
	out := []string{"tenant " + plan.TenantID}
	last := ""
	for _, s := range plan.Steps {
		out = append(out, stepLine(s, needs && s.Needs != last)...)
		if s.Needs != "" {
			last = s.Needs
		}
	}
	return out
}

// stepLine writes a step as a diff would: + new, ~ changed, = kept, - removed, !
// blocked; with the privilege it needs where it was not done.
func stepLine(s register.Step, needs bool) []string {
	sign := map[register.Action]string{register.ActionCreate: "+", register.ActionChange: "~", register.ActionKeep: "=",
		register.ActionRemove: "-", register.ActionBlocked: "!"}[s.Action]
	text := fmt.Sprintf("%s %-7s %s", sign, s.Action, s.What)
	if change := strings.Trim(s.Old+" → "+s.New, " →"); change != "" {
		if s.Old != "" && s.New != "" {
			change = s.Old + " → " + s.New
		}
		text += ": " + change
	}
	out := []string{text}
	if s.Note != "" {
		out = append(out, "          "+s.Note)
	}
	if s.Action == register.ActionBlocked && strings.HasPrefix(s.ID, "api.") {
		out = append(out, "          --create-api makes it")
	}
	if s.Needs != "" && (needs || s.Action == register.ActionBlocked) {
		out = append(out, "          needs "+s.Needs)
	}
	return out
}

// blockedError makes a failure of steps that were wanted and are not possible.
func blockedError(steps []register.Step) error {
	var errs []error
	for _, s := range steps {
		tried := "request the " + s.What
		if strings.HasPrefix(s.ID, "consent.") {
			tried = "give the " + s.What
		}
		errs = append(errs, &problem.Error{Kind: problem.Failed, Tried: tried, Seen: s.Note, Evidence: s.Evidence})
	}
	return errors.Join(errs...)
}
