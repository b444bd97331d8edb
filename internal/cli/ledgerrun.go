package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// ledgerName is the file name of an app's ledger, without what persons chose.
func ledgerName(s *session, a app) string {
	sum := sha256.Sum256([]byte(strings.ToLower(s.Authority + "|" + s.TenantID + "|" + a.id + "|" + a.name)))
	return hex.EncodeToString(sum[:8])
}

// unfinished finds the run that --resume means: the only one of the tenant, or
// that of the app that is named.
func (p *program) unfinished(s *session, a app, named bool) (*ledger, error) {
	all, err := p.ledgers(s)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(l *ledger) bool { return !l.Unfinished || named && !l.about(a) })
	switch len(all) {
	case 0:
		return nil, p.noneUnfinished()
	case 1:
		return all[0].locked()
	}
	return nil, problem.Usagef("--resume: there are %d unfinished runs; say which: %s", len(all), labels(all))
}

// noneUnfinished tells of runs in other tenants, if there are any.
func (p *program) noneUnfinished() error {
	text := "--resume: there is no unfinished run to go on from"
	elsewhere, err := p.allLedgers()
	for _, l := range elsewhere {
		if l.Unfinished {
			text += fmt.Sprintf("; there is one of %s in tenant %s: add --tenant-id or --profile", l.label(), l.TenantID)
		}
	}
	if err != nil {
		return err
	}
	return problem.Usagef("%s", text)
}

// wishOf is what an unfinished run would need to go on: settings of the section
// register, in forms that need no others.
func wishOf(s *config.Settings, spec register.Spec) map[string]string {
	wish := s.Wish()
	for _, key := range []string{config.RegisterSecretOut, config.RegisterCertificate} {
		if path := wish[key]; path != "" && path != "-" {
			if abs, err := filepath.Abs(path); err == nil {
				wish[key] = abs
			}
		}
	}
	var redirects, roles []string
	for _, r := range spec.Redirects {
		redirects = append(redirects, string(r.Platform)+"="+r.URI)
	}
	for _, g := range spec.Roles {
		roles = append(roles, g.Role+"@"+g.Scope)
	}
	for key, values := range map[string][]string{config.RegisterRedirectURIs: redirects, config.RegisterRoles: roles} {
		if k, _ := config.KeyByName(key); values != nil {
			wish[key] = k.Join(values)
		}
	}
	return wish
}

func labels(all []*ledger) string {
	var out []string
	for _, l := range all {
		out = append(out, l.label())
	}
	slices.Sort(out)
	return list(out)
}

// begin stores what is going to be done, before anything is.
func (l *ledger) begin(wish map[string]string, plan register.Plan, rotate bool, retire []string) error {
	if !l.Unfinished { // else the run that goes on keeps what it was meant to be
		l.Rotate, l.Retire = rotate, retire
	}
	l.Unfinished, l.Wish, l.TenantID, l.AppID = true, wish, plan.TenantID, plan.AppID
	return l.store()
}

// record stores an entry before the run goes on.
func (l *ledger) record(m register.Made) error {
	if m.State == register.Undone {
		l.Done = register.Merge(l.Done, m)
	}
	l.Open = register.Merge(l.Open, m)
	return l.store()
}

// kept notes whose value is stored now, and where.
func (l *ledger) kept(keyID, file string) error {
	l.SecretID, l.SecretFile = keyID, file
	return l.store()
}

// finish makes the run one that came to its end: what it made stays listed for
// whoever wants to take it back, but no later run goes on from it.
func (l *ledger) finish() error {
	for _, m := range l.Open {
		l.Done = register.Merge(l.Done, m)
	}
	l.Unfinished, l.Wish, l.Rotate, l.Retire, l.Open = false, nil, false, nil, nil
	return l.store()
}

// failed keeps the run as one to go on from, unless it made nothing.
func (l *ledger) failed(result register.Result) error {
	if result.AppID != "" {
		l.AppID = result.AppID
	}
	if len(l.Open) == 0 {
		return l.finish()
	}
	return l.store()
}

// entries lists all that was made, in order.
func (l *ledger) entries() []register.Made {
	out := l.Done
	for _, m := range l.Open {
		out = register.Merge(out, m)
	}
	return out
}

// secrets lists the key ids of the app's secrets that are known to be ours.
func (l *ledger) secrets() []string {
	var out []string
	for _, m := range l.entries() {
		if m.Kind == register.KindSecret && m.ID != "" {
			out = append(out, m.ID)
		}
	}
	return out
}

// keptInThisRun tells whether the unfinished run stored its new secret's value.
func (l *ledger) keptInThisRun() bool {
	return slices.ContainsFunc(l.Open, func(m register.Made) bool {
		return m.Kind == register.KindSecret && m.ID != "" && m.ID == l.SecretID
	})
}

// wrote notes what was written into a profile.
func (l *ledger) wrote(path, profile string, values map[string]string) error {
	if l.Saved == nil || l.Saved.Path != path || l.Saved.Profile != profile {
		l.Saved = &savedIDs{path, profile, map[string]string{}}
	}
	maps.Copy(l.Saved.Values, values)
	if !l.Unfinished && len(l.Done) == 0 {
		return nil // nothing is to be taken back
	}
	return l.store()
}
