package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/register"
	"hdstest/internal/when"
)

// registration is a run of register that has come to its end, good or bad.
type registration struct {
	plan   register.Plan
	result register.Result
	keep   string // file for the secret; empty: none is made
	ledger *ledger
}

// registered stores what came of a run before anything is printed: the secret is
// shown by nobody ever again.
func (p *program) registered(s *session, o *registerOptions, r registration, failed error) error {
	saved, err := p.keepSecret(r)
	var storing []error
	storing = append(storing, err)
	if s.Sandbox == nil && !o.noSave && r.result.AppID != "" {
		storing = append(storing, p.saveIDs(s, o, r, saved))
	}
	if failed == nil {
		storing = append(storing, r.ledger.finish())
	}
	if err := errors.Join(append([]error{failed}, storing...)...); err != nil {
		return err
	}
	if r.keep == "-" {
		return nil // the secret is the answer
	}
	return p.showPlan(r.plan, r.result, false)
}

// keepSecret writes the secret to its file and gives the absolute path.
func (p *program) keepSecret(r registration) (string, error) {
	if r.result.Secret.IsZero() {
		return "", nil
	}
	if r.keep == "-" {
		_, err := fmt.Fprintln(p.Stdout, r.result.Secret.Reveal())
		return "", err
	}
	path, err := filepath.Abs(r.keep)
	if err != nil {
		path = r.keep
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the folder of the secret's file: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("write the secret (key id %s; remove it and make another): %w", r.result.SecretKeyID, err)
	}
	_, err = fmt.Fprintln(f, r.result.Secret.Reveal())
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("write the secret: %w", err)
	}
	p.say("the secret is in %s until %s", path, when.Day(r.result.SecretEnds, p.Now()))
	return path, nil
}

// saveIDs writes ids, and what the profile does not say yet, into the profile.
func (p *program) saveIDs(s *session, o *registerOptions, r registration, secretFile string) error {
	path, profile, err := s.SaveTo(p.ConfigDir)
	if err != nil {
		return err
	}
	values := map[string]string{config.ClientID: r.result.AppID, config.AppObjectID: r.result.AppObjectID,
		config.PrincipalObjectID: r.result.ServicePrincipalID, config.ClientSecretFile: secretFile}
	if secretFile != "" {
		values[config.ClientSecretExpires] = r.result.SecretEnds.UTC().Format(time.DateOnly)
	}
	if _, there := s.Value(config.TenantID); !there {
		values[config.TenantID] = r.result.TenantID
	}
	if platform, err := platformOf(o); err == nil && len(o.redirects) > 0 {
		values[config.RedirectPlatform], values[config.RedirectURI] = string(platform), o.redirects[0]
	}
	for name, text := range values {
		if text == "" {
			delete(values, name)
		}
	}
	if err := config.Save(config.Saving{Path: path, Profile: profile, Values: values, StateDir: p.StateDir}); err != nil {
		return fmt.Errorf("save the ids of the app (client id %s): %w", r.result.AppID, err)
	}
	p.say("saved in profile %q of %s", profile, path)
	return nil
}

// showPlan prints what is done or would be done, and what there is now.
func (p *program) showPlan(plan register.Plan, result register.Result, dry bool) error {
	blocked := plan.Blocked()
	if p.global.output == "json" {
		err := printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "register"), named("dry_run", dry),
			named("plan", plan), named("result", result))
		return errors.Join(err, blockedError(blocked))
	}
	var out []string
	for _, step := range plan.Steps {
		out = append(out, stepLine(step, dry)...)
	}
	out = append(out, "")
	if dry {
		out = append(out, "Nothing was changed: this was a dry run.")
	} else {
		out = append(out, "client id          "+result.AppID, "app object id      "+result.AppObjectID,
			"service principal  "+result.ServicePrincipalID, "tenant             "+result.TenantID)
		if result.ConsentURL != "" {
			out = append(out, "consent            an administrator gives it here: "+result.ConsentURL)
		}
	}
	return errors.Join(p.lines(out...), blockedError(blocked))
}

// stepLine writes a step as a diff would: + new, ~ changed, = kept, - removed, !
// blocked; with the privilege it needs where it was not done.
func stepLine(s register.Step, dry bool) []string {
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
	if s.Needs != "" && (dry || s.Action == register.ActionBlocked) {
		out = append(out, "          needs "+s.Needs)
	}
	return out
}

// blockedError makes a failure of steps that were wanted and are not possible.
func blockedError(steps []register.Step) error {
	var errs []error
	for _, s := range steps {
		errs = append(errs, &problem.Error{Kind: problem.Failed, Tried: s.What, Seen: s.Note, Evidence: s.Evidence})
	}
	return errors.Join(errs...)
}
