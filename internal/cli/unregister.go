package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// unregisterOptions are the flags of unregister.
type unregisterOptions struct {
	name, admin        string
	dryRun, yes, purge bool
	clientFlag         bool
}

func (p *program) unregisterCommand() *command {
	o := &unregisterOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringFlag{Name: "name", Destination: &o.name, Usage: "display `NAME` of the app (default: that of the profile's client id or section register)"},
		&urfave.BoolFlag{Name: "dry-run", Destination: &o.dryRun, Usage: "show what would be taken back and change nothing"},
		yesFlag(&o.yes),
		&urfave.BoolFlag{Name: "purge", Destination: &o.purge, Usage: "delete from the recycle bin as well, for good; also after an earlier unregister"},
		adminFlag(&o.admin),
	}}
	return &command{
		name: "unregister", usage: "take back what register made, and nothing else", outputs: []string{formTable, formJSON},
		about: "Takes back what the list says that register wrote while it worked, the last first: roles, consents, credentials, " +
			"redirect addresses and other changes as far as they still stand, the service principal, the app. What somebody else made or " +
			"changed since then stays, and so does an app that register only used. The ids in the profile and the file of the secret go along.\n\n" +
			"Microsoft Entra keeps deleted apps for 30 days in a recycle bin, where they also hold their unique names; --purge empties it of ours.",
		examples: []example{
			{"see what would be taken back", "hdstest unregister --dry-run"},
			{"take it back, in a script", "hdstest unregister --name my-client --yes"},
			{"for good", "hdstest unregister --purge"},
		},
		groups: []flagGroup{own, {title: "Tenant", keys: tenantKeys()}},
		run:    func(ctx context.Context, c call) error { return p.unregister(ctx, c, o) },
	}
}

func (p *program) unregister(ctx context.Context, c call, o *unregisterOptions) (err error) {
	if p.global.sandbox {
		return problem.Usagef("unregister: a sandbox in this process begins anew each time; start one with hdstest sandbox and use --profile sandbox")
	}
	o.clientFlag = c.IsSet("client-id")
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	l, err := p.ledgerToUndo(s, o)
	if err != nil {
		return err
	}
	defer l.close(&err)
	clients, err := p.adminClients(s, o.admin)
	if err != nil {
		return err
	}
	removal := register.Removal{Ledger: l.entries(), Purge: o.purge}
	if o.purge {
		removal.Bin = l.Bin
	}
	plan, err := register.PlanRemoval(ctx, clients, l.TenantID, removal)
	if err != nil {
		return err
	}
	if o.dryRun || !plan.Changes() {
		return p.showRemoval(plan, register.Removed{}, l, planDry)
	}
	asked, err := p.agree(ctx, plan, o.yes)
	if err != nil {
		return err
	}
	removed, err := register.Remove(ctx, clients, removal, register.Progress{Notify: func(text string) { p.say("%s", text) }, Record: l.takenBack})
	if err := errors.Join(err, l.removed(removed, o.purge), p.forget(l)); err != nil {
		if len(removed.Left) > 0 {
			p.say("not taken back: %d of %d, listed in %s; the same command goes on", len(removed.Left), len(removal.Ledger), l.path)
		}
		return err
	}
	return p.showRemoval(plan, removed, l, map[bool]planView{true: planAsked, false: planDone}[asked])
}

// ledgerToUndo finds the ledger of the app that is meant.
func (p *program) ledgerToUndo(s *session, o *unregisterOptions) (*ledger, error) {
	meant := app{name: o.name}
	switch {
	case o.name != "":
	case o.clientFlag || s.Sandbox == nil && s.ClientID != "":
		meant = app{id: s.ClientID}
	case s.Register.Name != "":
		meant.name = s.Register.Name
	default:
		meant.name = Name
	}
	all, err := p.ledgers(s)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(l *ledger) bool { return l.about(meant) }); i >= 0 {
		return all[i].locked()
	}
	text := fmt.Sprintf("nothing is known that register made for %s in this tenant", meant)
	if len(all) > 0 {
		text += "; say which: " + labels(all)
	}
	return nil, problem.Usagef("%s", text)
}

// takenBack notes that an entry was taken back, and what of it is in the recycle
// bin now: a run that is cut here leaves that to the next.
func (l *ledger) takenBack(m register.Made) error {
	if (m.Kind == register.KindApplication || m.Kind == register.KindPrincipal) && m.ID != "" && !slices.Contains(l.Bin, m.ID) {
		l.Bin = append(l.Bin, m.ID)
	}
	l.Done, l.Open = register.Merge(l.Done, m), register.Merge(l.Open, m)
	return l.store()
}

// removed notes what came of a removal. Where nothing is left, no run can go on.
func (l *ledger) removed(r register.Removed, purged bool) error {
	if purged {
		l.Bin = nil
	}
	for _, id := range r.Bin {
		if !slices.Contains(l.Bin, id) {
			l.Bin = append(l.Bin, id)
		}
	}
	if len(l.Open) == 0 && l.Unfinished {
		return l.finish()
	}
	return l.store()
}

// forget removes what belongs to an app that is no more: the file of its secret
// and its ids in the profile, as far as they still say what register wrote.
func (p *program) forget(l *ledger) error {
	if len(l.entries()) > 0 {
		return nil
	}
	if l.SecretFile != "" {
		switch err := os.Remove(l.SecretFile); {
		case err == nil:
			p.say("removed the file of the secret, %s", l.SecretFile)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("remove the file of the secret: %w", err)
		}
	}
	if l.Saved != nil {
		err := config.Unset(config.Saving{Path: l.Saved.Path, Profile: l.Saved.Profile, Values: l.Saved.Values, StateDir: p.StateDir})
		if err != nil {
			return fmt.Errorf("take the ids out of the profile: %w", err)
		}
		p.say("took the ids out of profile %q of %s", l.Saved.Profile, l.Saved.Path)
	}
	l.SecretFile, l.SecretID, l.Saved = "", "", nil
	return l.store()
}

// showRemoval prints what is or would be taken back.
func (p *program) showRemoval(plan register.Plan, removed register.Removed, l *ledger, view planView) error {
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "unregister"), named("dry_run", view == planDry),
			named("plan", plan), named("result", removed))
	}
	var out []string
	if view != planAsked {
		out = append(planLines(plan, view == planDry), "")
	}
	switch {
	case !plan.Changes() && len(l.Bin) > 0:
		out = append(out, "Nothing is left but in the recycle bin: --purge empties it of "+fmt.Sprint(len(l.Bin))+" objects.")
	case view == planDry:
		out = append(out, "Nothing was changed: this was a dry run.")
	case len(removed.Bin) > 0:
		out = append(out, "Taken back. The recycle bin keeps the app for 30 days; hdstest unregister --purge deletes it for good.")
	default:
		out = append(out, "Taken back.")
	}
	return p.lines(out...)
}
