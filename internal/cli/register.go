package cli

import (
	"context"
	"errors"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// registerOptions are the flags of register that are no settings.
type registerOptions struct {
	platform, admin      string
	dryRun, yes, noSave  bool
	resume, rotate       bool
	nameFlag, clientFlag bool // the app was named on the command line
}

// yesFlag is the flag of commands that ask before they change a tenant.
func yesFlag(to *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "yes", Destination: to, Usage: "do what the plan says without asking; needed where there is no terminal"}
}

// tenantKeys are the settings that say where an administrator works.
func tenantKeys() []string {
	return []string{config.TenantID, config.ClientID, config.Cloud, config.Authority, config.GraphURL, config.ARMURL}
}

func (p *program) registerCommand() *command {
	o := &registerOptions{}
	run := flagGroup{flags: []urfave.Flag{
		&urfave.BoolFlag{Name: "dry-run", Destination: &o.dryRun, Usage: "show what would be done and change nothing"},
		yesFlag(&o.yes),
		&urfave.BoolFlag{Name: "resume", Destination: &o.resume, Usage: "go on from a run that was interrupted or failed, with its settings"},
		&urfave.BoolFlag{Name: "rotate-secret", Destination: &o.rotate,
			Usage: "make another secret; once it has worked, remove those of ours that it replaces"},
		&urfave.StringFlag{Name: "redirect-platform", Destination: &o.platform,
			Usage: "`PLATFORM` of the redirect addresses that name none: web, public or spa (default: web, with --public public)"},
		&urfave.BoolFlag{Name: "no-save", Destination: &o.noSave, Usage: "do not write the ids into the profile"},
		adminFlag(&o.admin),
	}}
	keys := append(tenantKeys(), config.FHIRURL, config.FHIRResourceID, config.DICOMURL, config.DICOMResourceID)
	return &command{
		name: "register", usage: "create or reuse the client app, its service principal and its roles", outputs: []string{formTable, formJSON},
		about: "Shows a plan, asks, and changes only what differs; a second run finds everything in place. What the app should be " +
			"is said by flags or by the section register of a profile; flags win.\n\n" +
			"Works through Microsoft Graph and Azure Resource Manager with the administrator's credential, which is never the " +
			"app's own: the Azure CLI's account, HDSTEST_ADMIN_TENANT_ID, HDSTEST_ADMIN_CLIENT_ID and HDSTEST_ADMIN_CLIENT_SECRET, or another --admin-credential.\n\n" +
			"A run that was interrupted leaves a list of what it made: --resume goes on, hdstest unregister takes it back.",
		examples: []example{
			{"see what would be done", "hdstest register --name my-client --api dicom --dry-run"},
			{"an app with a secret that may read FHIR", `hdstest register --secret --role "FHIR Data Reader@fhir"`},
			{"a public client for people", "hdstest register --public --api fhir --api dicom"},
			{"for Postman, with a secret", "hdstest register --redirect-uri web=postman --secret --secret-lifetime 3mo"},
			{"for a job of GitHub Actions, without a secret", "hdstest register --github repo:OWNER/REPO:environment:prod --yes"},
			{"another secret in place of the one that ends soon", "hdstest register --rotate-secret"},
			{"after an interrupt", "hdstest register --resume"},
			{"offline", "hdstest register --sandbox --secret --secret-out - --output json"},
		},
		groups: []flagGroup{run, {title: "What the app should be", keys: config.RegisterKeys()}, {title: "Tenant and services", keys: keys}},
		run:    func(ctx context.Context, c call) error { return p.register(ctx, c, o) },
	}
}

func (p *program) register(ctx context.Context, c call, o *registerOptions) (err error) {
	o.nameFlag, o.clientFlag = c.IsSet("name"), c.IsSet("client-id")
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	r := &registration{p: p, s: s, o: o}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	defer r.ledger.close(&err)
	if r.clients, err = p.adminClients(s, o.admin); err != nil {
		return err
	}
	if r.plan, err = register.MakePlan(ctx, r.clients, r.spec); err != nil {
		return err
	}
	if err := r.out.check(r.plan, o.dryRun); err != nil {
		return err
	}
	if err := r.checkSave(); err != nil {
		return err
	}
	if o.dryRun {
		return p.showPlan(r.plan, register.Result{}, planDry)
	}
	return r.carryOut(ctx)
}

// registration is one run of register.
type registration struct {
	p       *program
	s       *session
	o       *registerOptions
	spec    register.Spec
	out     secretOut
	ledger  *ledger
	clients register.Clients
	plan    register.Plan
	saved   bool // the ids are in the profile
}

// prepare reads what is wanted, from flags, profile and an unfinished run.
func (r *registration) prepare(ctx context.Context) (err error) {
	if r.o.resume {
		meant := app{name: r.s.Register.Name}
		if r.o.clientFlag {
			meant = app{id: r.s.ClientID}
		}
		if r.ledger, err = r.p.unfinished(r.s, meant, r.o.nameFlag || r.o.clientFlag); err != nil {
			return err
		}
		if err := r.s.Recall(r.ledger.Wish); err != nil {
			return problem.Usagef("--resume: %w", err)
		}
		r.o.rotate = r.o.rotate || r.ledger.Rotate
	}
	if r.spec, err = r.wish(); err == nil {
		r.spec.TenantID, err = tenantGUID(ctx, r.s)
	}
	if err == nil && r.ledger == nil {
		r.ledger, err = r.p.ledger(r.s, app{r.spec.AppID, r.spec.Name})
	}
	if err != nil {
		return err
	}
	if r.spec.Resume = r.ledger.Open; r.ledger.Unfinished {
		r.p.say("going on from an unfinished run, listed in %s", r.ledger.path)
	}
	r.secrets()
	return nil
}

// secrets completes the wish for a secret by what is known of earlier ones.
func (r *registration) secrets() {
	want := r.spec.Secret
	if want == nil {
		return
	}
	profile, _ := r.s.Value(config.ClientSecretID)
	r.out.inPlaceOf(r.s, r.ledger.SecretFile, profile.Text != "")
	if want.Have = r.ledger.SecretID; want.Have == "" {
		want.Have = profile.Text
	}
	if !r.o.rotate {
		return
	}
	want.New, want.Retire = true, append(r.ledger.secrets(), profile.Text)
	if r.ledger.Unfinished && r.ledger.Rotate {
		want.Retire = append(want.Retire, r.ledger.Retire...)
		want.New = !r.ledger.keptInThisRun() // else only the others are left to be removed
	}
}

// carryOut applies the plan, once it is confirmed.
func (r *registration) carryOut(ctx context.Context) error {
	p := r.p
	asked, err := p.agree(ctx, r.plan, r.o.yes)
	if err != nil {
		return err
	}
	var retire []string
	if r.spec.Secret != nil {
		retire = r.spec.Secret.Retire
	}
	if r.plan.Changes() || r.ledger.Unfinished {
		if err := r.ledger.begin(wishOf(r.s.Settings, r.spec), r.plan, r.o.rotate, retire); err != nil {
			return err
		}
	}
	result, failed := register.Apply(ctx, r.clients, r.plan, register.Progress{Notify: func(text string) { p.say("%s", text) },
		Record: r.ledger.record, Prove: r.prove, Keep: r.keep})
	return r.ended(asked, result, failed)
}

// ended stores what came of the run before anything is printed.
func (r *registration) ended(asked bool, result register.Result, failed error) error {
	storing := r.save(result, "")
	if failed != nil {
		storing = errors.Join(storing, r.ledger.failed(result))
		if r.ledger.Unfinished && r.ledger.path != "" {
			r.p.say("what was made is listed in %s: hdstest register --resume goes on, hdstest unregister takes it back", r.ledger.path)
		}
		return errors.Join(failed, storing)
	}
	if r.ledger.Unfinished {
		r.ledger.AppID = result.AppID
		storing = errors.Join(storing, r.ledger.finish())
	}
	if storing != nil {
		return storing
	}
	if r.out.stdout && !result.Secret.IsZero() {
		return nil // the secret is the answer
	}
	return r.p.showPlan(r.plan, result, map[bool]planView{true: planAsked, false: planDone}[asked])
}
