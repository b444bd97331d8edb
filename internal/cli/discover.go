package cli

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/admin"
	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/discover"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/suggest"
)

// discoverOptions are the flags of discover.
type discoverOptions struct {
	subscriptions          []string
	workspace, fhir, dicom string
	save, admin            string
}

func (o *discoverOptions) query() discover.Query {
	return discover.Query{Workspace: o.workspace, Names: map[string]string{entra.FHIR: o.fhir, entra.DICOM: o.dicom}}
}

func (p *program) discoverCommand() *command {
	o := &discoverOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringSliceFlag{Name: "subscription", Usage: "look only in this `SUBSCRIPTION`, id or name; may be repeated"},
		&urfave.StringFlag{Name: "workspace", Destination: &o.workspace, Usage: "only services of the workspace `NAME`"},
		&urfave.StringFlag{Name: "fhir", Destination: &o.fhir, Usage: "the FHIR service `NAME`, or its resource id"},
		&urfave.StringFlag{Name: "dicom", Destination: &o.dicom, Usage: "the DICOM service `NAME`, or its resource id"},
		&urfave.StringFlag{Name: "save", Destination: &o.save, Usage: "write one FHIR and one DICOM service into the `PROFILE` of the config file"},
		adminFlag(&o.admin),
	}}
	keys := flagGroup{title: "Tenant", keys: []string{config.TenantID, config.Cloud, config.Authority, config.GraphURL, config.ARMURL}}
	return &command{
		name: "discover", usage: "find the FHIR and DICOM services that you can see, to fill a profile", outputs: []string{"table", "json", "yaml"},
		about: "Lists workspaces and services over all subscriptions with their addresses, audiences, authorities, state and network access, " +
			"by the administrator's credential (the Azure CLI's account, as in register). It only reads: Reader on a service is enough.\n\n" +
			"--output yaml prints a profile, --save writes it. With several services to choose from it asks at a terminal; elsewhere " +
			"name them with --workspace, --fhir and --dicom.",
		examples: []example{
			{"what is there?", "hdstest discover"},
			{"fill the profile work", "hdstest discover --workspace myworkspace --save work"},
			{"a profile to be read first", "hdstest discover --fhir myfhir --output yaml"},
		},
		groups: []flagGroup{own, keys},
		run:    func(ctx context.Context, c call) error { return p.discover(ctx, c, o) },
	}
}

// adminFlag is the flag of every command that acts as the administrator.
func adminFlag(into *string) urfave.Flag {
	return &urfave.StringFlag{Name: "admin-credential", Destination: into, Value: admin.Auto,
		Usage: "`KIND` of the administrator's credential: " + list(admin.Kinds())}
}

func (p *program) discover(ctx context.Context, c call, o *discoverOptions) (err error) {
	o.subscriptions = c.StringSlice("subscription")
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	if o.save != "" && s.Sandbox != nil {
		return problem.Usagef("--save: a sandbox has no profile to save to; --output yaml prints one")
	}
	clients, err := p.adminClients(s, o.admin)
	if err != nil {
		return err
	}
	bar := p.progress()
	found, err := discover.Find(ctx, clients, discover.Options{HealthSuffix: s.Cloud.HealthSuffix, Subscriptions: o.subscriptions, Progress: bar.step})
	bar.clear()
	if err != nil {
		return err
	}
	for _, u := range found.Unread {
		p.warn("not seen: " + u.What + ": " + u.Err.Error())
	}
	if err := o.check(found); err != nil {
		return err
	}
	if o.save != "" || p.global.output == "yaml" {
		return p.discoverProfile(ctx, s, o, found)
	}
	return p.showFound(o, found)
}

// showFound lists what was found and fits.
func (p *program) showFound(o *discoverOptions, found discover.Found) error {
	fit := o.fitting(found)
	if p.global.output == "json" {
		err := printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "discover"), named("subscriptions", orEmpty(fit.Subscriptions)),
			named("workspaces", orEmpty(fit.Workspaces)), named("services", orEmpty(fit.Services)), named("unread", orEmpty(fit.Unread)))
		return errors.Join(err, o.nothing(fit))
	}
	var out []string
	for _, w := range fit.Workspaces {
		out = append(out, "workspace  "+w.Name+"  in "+cmp.Or(w.Subscription, w.SubscriptionID)+", group "+w.ResourceGroup+
			notEmpty(", state ", w.State)+notEmpty(", public network access ", w.PublicAccess))
	}
	for _, s := range fit.Services {
		out = append(append(out, ""), serviceLines(s)...)
	}
	return errors.Join(p.lines(out...), o.nothing(fit))
}

func serviceLines(s discover.Service) []string {
	out := []string{strings.ToUpper(s.Kind) + "  " + s.Workspace + "/" + s.Name,
		"  url        " + s.URL, "  audience   " + strings.Join(s.Audiences, ", "), "  authority  " + s.Authority,
		"  state      " + cmp.Or(s.State, "not told") + notEmpty(", public network access ", s.PublicAccess) + notEmpty(", FHIR ", s.FHIRVersion),
		"  resource   " + s.ID}
	for _, n := range s.Notes {
		out = append(out, "  note       "+n)
	}
	return out
}

func notEmpty(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// fitting leaves out what the flags do not mean.
func (o *discoverOptions) fitting(found discover.Found) discover.Found {
	q := o.query()
	kinds := []string{entra.FHIR, entra.DICOM}
	if (o.fhir == "") != (o.dicom == "") { // one was named, so the others are not meant
		kinds = []string{entra.FHIR}
		if o.dicom != "" {
			kinds = []string{entra.DICOM}
		}
	}
	found.Services = slices.DeleteFunc(slices.Clone(found.Services), func(s discover.Service) bool {
		one := discover.Found{Services: []discover.Service{s}}
		return !slices.Contains(kinds, s.Kind) || len(one.Match(s.Kind, q)) == 0
	})
	found.Workspaces = slices.DeleteFunc(slices.Clone(found.Workspaces), func(w discover.Workspace) bool {
		return o.workspace != "" && !strings.EqualFold(o.workspace, w.Name)
	})
	return found
}

// check refuses names that nothing has, where something was found at all.
func (o *discoverOptions) check(found discover.Found) error {
	if len(found.Services) == 0 {
		return nil
	}
	var errs []error
	var workspaces []string
	for _, s := range found.Services {
		if !slices.Contains(workspaces, s.Workspace) {
			workspaces = append(workspaces, s.Workspace)
		}
	}
	if o.workspace != "" && !slices.ContainsFunc(workspaces, func(w string) bool { return strings.EqualFold(w, o.workspace) }) {
		errs = append(errs, problem.Usagef("--workspace: there is none named %s with a service: %s%s", show(o.workspace), strings.Join(workspaces, ", "),
			suggest.DidYouMean(o.workspace, "", workspaces)))
	}
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		if o.query().Names[kind] != "" && len(found.Match(kind, o.query())) == 0 {
			errs = append(errs, o.noSuch(kind, found))
		}
	}
	return errors.Join(errs...)
}

// nothing is the failure of a search that found no service.
func (o *discoverOptions) nothing(found discover.Found) error {
	if len(found.Services) > 0 {
		return nil
	}
	seen := "none that this account can see"
	switch {
	case len(found.Subscriptions) == 0 && len(o.subscriptions) > 0:
		seen = "this account sees no subscription " + strings.Join(o.subscriptions, ", ")
	case len(found.Subscriptions) == 0:
		seen = "this account sees no subscription of the tenant at all"
	}
	return &problem.Error{Kind: problem.Failed, Tried: "find a FHIR or DICOM service", Seen: seen,
		Expected: "the role Reader on a service, a workspace or the subscription, and an account of the right tenant (az login --tenant)",
		Evidence: &evidence.Bundle{}}
}
