package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/admin"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// registerOptions are the flags of register.
type registerOptions struct {
	name, platform, certificate, secretFile, admin string
	public, secret, consent, dryRun, noSave        bool
	redirects, apis, roles                         []string
}

func (p *program) registerCommand() *command {
	o := &registerOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringFlag{Name: "name", Destination: &o.name, Usage: "display `NAME` of the app (default: that of the profile's client id, else hdstest)"},
		&urfave.BoolFlag{Name: "public", Destination: &o.public, Usage: "a public client: no secret, sign-in by device code or browser"},
		&urfave.StringSliceFlag{Name: "redirect-uri", Usage: "redirect `URL` to register, may be repeated"},
		&urfave.StringFlag{Name: "redirect-platform", Destination: &o.platform, Usage: "`PLATFORM` of the redirect addresses: web, public or spa (default: web, with --public public)"},
		&urfave.BoolFlag{Name: "secret", Destination: &o.secret, Usage: "make a client secret and write it to --secret-file"},
		&urfave.StringFlag{Name: "secret-file", Destination: &o.secretFile, Usage: "new `FILE` for the secret, mode 0600, - for stdout (default: beside the config file)"},
		&urfave.StringFlag{Name: "certificate", Destination: &o.certificate, Usage: "`FILE` with the public certificate to trust, PEM or DER; a private key in it stays here"},
		&urfave.StringSliceFlag{Name: "api", Usage: "request the delegated permission of this `API`: fhir, dicom or an app id; may be repeated"},
		&urfave.BoolFlag{Name: "consent", Destination: &o.consent, Usage: "give the requested permissions for everyone in the tenant"},
		&urfave.StringSliceFlag{Name: "role", Usage: "give the app this `ROLE@SERVICE`, such as \"FHIR Data Reader@fhir\" or a role at a resource id; may be repeated"},
		&urfave.BoolFlag{Name: "dry-run", Destination: &o.dryRun, Usage: "show what would be done and change nothing"},
		&urfave.BoolFlag{Name: "no-save", Destination: &o.noSave, Usage: "do not write the ids into the profile"},
		&urfave.StringFlag{Name: "admin-credential", Destination: &o.admin, Value: admin.Auto,
			Usage: "`KIND` of the administrator's credential: " + list(admin.Kinds())},
	}}
	keys := flagGroup{title: "Tenant and services", keys: []string{config.TenantID, config.ClientID, config.Cloud, config.Authority,
		config.GraphURL, config.ARMURL, config.FHIRURL, config.FHIRResourceID, config.DICOMURL, config.DICOMResourceID}}
	return &command{
		name: "register", usage: "create or reuse the client app, its service principal and its roles", outputs: []string{formTable, formJSON},
		about: "Works through Microsoft Graph and Azure Resource Manager with the administrator's credential, which is never the " +
			"app's own: the Azure CLI's account, HDSTEST_ADMIN_TENANT_ID, HDSTEST_ADMIN_CLIENT_ID and HDSTEST_ADMIN_CLIENT_SECRET, or another --admin-credential. " +
			"A second run finds everything in place and changes nothing.\n\n" +
			"The app's id, its object id and the service principal's object id are saved in the profile.",
		examples: []example{
			{"see what would be done", "hdstest register --name my-client --api dicom --dry-run"},
			{"an app with a secret that may read FHIR", `hdstest register --secret --role "FHIR Data Reader@fhir"`},
			{"a public client for people", "hdstest register --public --redirect-uri http://localhost --api fhir --api dicom"},
			{"offline", "hdstest register --sandbox --secret --secret-file - --output json"},
		},
		groups: []flagGroup{own, keys},
		run:    func(ctx context.Context, c call) error { return p.register(ctx, c, o) },
	}
}

func (p *program) register(ctx context.Context, c call, o *registerOptions) (err error) {
	o.redirects, o.apis, o.roles = c.StringSlice("redirect-uri"), c.StringSlice("api"), c.StringSlice("role")
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	spec, err := p.spec(s, c, o)
	if err != nil {
		return err
	}
	keep, err := p.keeping(s, o)
	if err != nil {
		return err
	}
	clients, err := p.adminClients(s, o.admin)
	if err != nil {
		return err
	}
	ledger, err := p.ledger(s, spec)
	if err != nil {
		return err
	}
	spec.Resume = ledger.open
	plan, err := register.MakePlan(ctx, clients, spec)
	if err != nil {
		return err
	}
	if o.dryRun {
		return p.showPlan(plan, register.Result{}, true)
	}
	result, err := register.Apply(ctx, clients, plan, register.Progress{Notify: func(text string) { p.say("%s", text) }, Record: ledger.record})
	return p.registered(s, o, registration{plan: plan, result: result, keep: keep, ledger: ledger}, err)
}

// spec makes the wish of the flags. The app is the profile's, unless a name is given.
func (p *program) spec(s *session, c call, o *registerOptions) (register.Spec, error) {
	spec := register.Spec{Name: o.name, TenantID: s.TenantID, Authority: s.profile.Authority, Public: o.public, Consent: o.consent}
	if o.name == "" && (s.Sandbox == nil || c.IsSet("client-id")) {
		spec.AppID = s.ClientID
	}
	if o.name == "" && spec.AppID == "" {
		spec.Name = Name
	}
	if o.secret {
		spec.Secret = &register.SecretSpec{}
	}
	var errs []error
	if o.public && o.secret {
		errs = append(errs, problem.Usagef("--public and --secret exclude each other: a public client cannot keep a secret"))
	}
	if o.secretFile != "" && !o.secret {
		errs = append(errs, problem.Usagef("--secret-file: there is no secret to write without --secret"))
	}
	platform, err := platformOf(o)
	errs = append(errs, err)
	for _, uri := range o.redirects {
		spec.Redirects = append(spec.Redirects, register.Redirect{Platform: platform, URI: uri})
	}
	if o.certificate != "" {
		spec.Certificate, err = p.readFile("certificate", o.certificate)
		errs = append(errs, err)
	}
	spec.APIs, err = apiIDs(o.apis)
	errs = append(errs, err)
	spec.Roles, err = roleGrants(s, o.roles)
	return spec, errors.Join(append(errs, err)...)
}

func platformOf(o *registerOptions) (register.Platform, error) {
	switch o.platform {
	case "web", "public", "spa":
		return register.Platform(o.platform), nil
	case "":
		if o.public {
			return register.Public, nil
		}
		return register.Web, nil
	}
	return "", problem.Usagef("--redirect-platform: expected web, public or spa, not %s", show(o.platform))
}

func apiIDs(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		switch name {
		case entra.FHIR:
			name = entra.FHIRAppID
		case entra.DICOM:
			name = entra.DICOMAppID
		}
		if !config.IsGUID(name) {
			return nil, problem.Usagef("--api: expected fhir, dicom or the app id (a GUID) of an API, not %s", show(name))
		}
		out = append(out, name)
	}
	return out, nil
}

// roleGrants reads ROLE@SERVICE; without a service a built-in data role goes to
// the service it is made for.
func roleGrants(s *session, texts []string) ([]register.RoleGrant, error) {
	var out []register.RoleGrant
	for _, text := range texts {
		role, at, _ := strings.Cut(text, "@")
		if known, ok := entra.RoleByName(role); ok && at == "" {
			at = known.Service
		}
		scope := at
		var err error
		switch at {
		case entra.FHIR:
			scope, err = s.FHIR.ResourceID, s.Require(config.FHIRResourceID)
		case entra.DICOM:
			scope, err = s.DICOM.ResourceID, s.Require(config.DICOMResourceID)
		default:
			if !strings.HasPrefix(at, "/") {
				err = problem.Usagef("--role: expected ROLE@fhir, ROLE@dicom or ROLE@/subscriptions/…, not %q", text)
			}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, register.RoleGrant{Role: role, Scope: scope})
	}
	return out, nil
}

// keeping is where the secret goes; the file must not be there yet.
func (p *program) keeping(s *session, o *registerOptions) (path string, err error) {
	switch {
	case !o.secret || o.dryRun:
		return "", nil
	case o.secretFile != "":
		path = o.secretFile
	case s.Sandbox != nil || o.noSave:
		return "", problem.Usagef("--secret: name the file for it with --secret-file, or - for stdout")
	default:
		file, profile, err := s.SaveTo(p.ConfigDir)
		if err != nil {
			return "", err
		}
		path = strings.TrimSuffix(strings.TrimSuffix(file, ".yaml"), ".yml") + "." + profile + ".secret"
	}
	if _, err := os.Lstat(path); path != "-" && err == nil {
		return "", problem.Usagef("--secret: %s exists already; remove it, or name another file with --secret-file", path)
	}
	return path, nil
}
