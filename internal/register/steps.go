package register

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/entra"
)

// planApp compares the app with the wish.
func (p planner) planApp(context.Context) error {
	p.usualRedirects()
	if p.app == nil {
		p.add(Step{ID: "application", Action: ActionCreate, What: p.label(), Needs: needApps, New: "unique name " + UniqueName(p.spec.Name)})
		p.changes = p.spec.changes(p.blank(), p.access())
	} else {
		p.AppID, p.AppObjectID = p.app.AppID, p.app.ID
		note := ""
		switch {
		case !p.app.ours():
			note = "it was not made by hdstest and is named by its id: only what is listed here changes"
		case p.spec.AppID == "" && p.app.Name != p.spec.Name:
			note = fmt.Sprintf("found by the unique name of %q; it was renamed and stays so", p.spec.Name)
		}
		p.add(Step{ID: "application", Action: ActionKeep, What: p.label(), Note: note})
		p.changes = p.spec.changes(*p.app, p.access())
	}
	p.planProperties()
	for _, a := range p.apis {
		p.planAPI(a, p.haveAccess())
	}
	return nil
}

// usualRedirects completes the wish for a public client of ours that names no
// redirect address.
func (p planner) usualRedirects() {
	if value(p.spec.Public) && p.spec.Redirects == nil && (p.app == nil || p.app.ours()) {
		p.spec.Redirects = UsualRedirects()
	}
}

// blank is the app before it is made: its audience and flows are sent along in
// any case, the rest as changes.
func (p Plan) blank() application {
	return application{Tags: []string{tag}, Audience: p.spec.audience(), Public: value(p.spec.Public)}
}

// planProperties has a line for each property: what changes, and what is so
// already, as far as it is asked for.
func (p planner) planProperties() {
	have := p.blank()
	if p.app != nil {
		have = *p.app
	}
	for _, f := range []string{fieldAudience, fieldVersion, fieldPublic, redirectField(Web), redirectField(Public), redirectField(SPA)} {
		i := slices.IndexFunc(p.changes, func(c Change) bool { return c.Field == f })
		s := Step{ID: "application." + f, What: fieldName(f)}
		switch wanted := p.spec.wants(f, have); {
		case i >= 0:
			c := p.changes[i]
			s.Action, s.Needs, s.Old, s.New, s.Note = p.changeAction(), needApps, shown(f, c.Removed), shown(f, c.Added), fieldNote(c)
		case wanted == nil:
			continue
		case p.app == nil: // goes along with the new app
			s.Action, s.Needs, s.New = ActionCreate, needApps, shown(f, wanted)
		default:
			s.Action, s.Old = ActionKeep, shown(f, wanted)
		}
		p.add(s)
	}
}

// wants is what a property of an app should hold, as Graph writes it; nil:
// nothing is asked for.
func (s Spec) wants(field string, have application) []string {
	switch field {
	case fieldAudience:
		return []string{have.Audience}
	case fieldPublic:
		return []string{fmt.Sprint(have.Public)}
	}
	var uris []string
	for _, r := range s.Redirects {
		if redirectField(r.Platform) == field {
			uris = append(uris, r.URI)
		}
	}
	return uris
}

// shown writes a property's values for a person.
func shown(field string, values []string) string {
	switch t, known := entra.AccountTypeByName(last(values)); {
	case field == fieldAudience && known:
		return fmt.Sprintf("%s (%s)", t.Name, t.Audience)
	case field == fieldPublic && values != nil:
		return map[string]string{"true": "allowed", "false": "off"}[last(values)]
	}
	return strings.Join(values, " ")
}

// changeAction: properties of a new app are created with it.
func (p planner) changeAction() Action {
	if p.app == nil {
		return ActionCreate
	}
	return ActionChange
}

func (p planner) haveAccess() []access {
	if p.app == nil {
		return nil
	}
	return p.app.Access
}

func fieldName(f string) string {
	switch f {
	case fieldPublic:
		return "public client flows"
	case fieldAudience:
		return "account types"
	case fieldVersion:
		return "version of the app's own tokens"
	case redirectField(Web):
		return "redirect URIs (web)"
	case redirectField(Public):
		return "redirect URIs (mobile and desktop)"
	case redirectField(SPA):
		return "redirect URIs (single-page)"
	}
	return f
}

func fieldNote(c Change) string {
	if c.Field == fieldVersion {
		return "apps for personal accounts must have version 2"
	}
	for _, p := range []Platform{Web, Public, SPA} {
		if c.Field == redirectField(p) && c.Added == nil {
			return "moved: a URI stands under one platform only"
		}
		if c.Field == redirectField(p) {
			return p.implies()
		}
	}
	return ""
}

// planPrincipal: Graph, unlike the portal, does not make the service principal
// along with the app.
func (p planner) planPrincipal(ctx context.Context) error {
	if p.app != nil {
		var err error
		if p.principal, err = p.principalByAppID(ctx, p.app.AppID); err != nil {
			return err
		}
	}
	s := Step{ID: "service_principal", Action: ActionCreate, What: "service principal", Needs: needApps,
		Note: "roles and consents are given to it, not to the registration"}
	if p.principal != nil {
		p.ServicePrincipalID = p.principal.ID
		s.Action, s.Old, s.Needs, s.Note = ActionKeep, p.principal.ID, "", ""
		if p.principal.Disabled {
			s.Note = "it is disabled: nobody gets a token as this app"
		}
	}
	p.add(s)
	return nil
}

func (p planner) planCertificate(context.Context) error {
	if p.spec.Certificate == nil {
		return nil
	}
	cert, err := parseCertificate(p.spec.Certificate)
	if err != nil {
		return err
	}
	s := Step{ID: "certificate", Action: ActionCreate, What: "certificate", Needs: needApps,
		New: fmt.Sprintf("SHA-1 %s, until %s", thumbprint(cert), day(cert.NotAfter)), Note: p.publicNote("a certificate")}
	if p.app != nil && holding(p.app.Keys, cert) != nil {
		s.Action, s.Old, s.New, s.Needs = ActionKeep, s.New, "", ""
	} else {
		p.cert = cert
	}
	p.add(s)
	return nil
}

// publicNote: what a Mobile-and-desktop redirect implies for a credential.
func (p planner) publicNote(what string) string {
	have := p.spec.Redirects
	if p.app != nil {
		have = append(slices.Clone(have), p.app.Redirects...)
	}
	if slices.ContainsFunc(have, func(r Redirect) bool { return r.Platform == Public }) {
		return what + " must not be sent when a code for a redirect of mobile and desktop is redeemed (AADSTS700025)"
	}
	return ""
}

// planSecret keeps one secret and makes one only if none is of use.
func (p planner) planSecret(context.Context) error {
	want := p.spec.Secret
	if want == nil {
		return nil
	}
	p.planDiscard()
	p.keep = p.usable()
	s := Step{ID: "secret", What: fmt.Sprintf("client secret %q", want.name())}
	if p.keep != nil {
		s.Action, s.Old, s.Note = ActionKeep, fmt.Sprintf("secret ID %s, until %s", p.keep.KeyID, day(p.keep.Ends)), p.publicNote("a secret")
		p.add(s)
		p.planRetire()
		return nil
	}
	start, end := want.span(p.now())
	p.addSecret = true
	s.Action, s.New, s.Needs, s.Note = ActionCreate, fmt.Sprintf("%d days, until %s", int(end.Sub(start)/Day), day(end)), needApps, p.publicNote("a secret")
	if end.Sub(start) < Day {
		s.New = fmt.Sprintf("%s, until %s", end.Sub(start), day(end))
	}
	if start.After(p.now()) {
		s.New = "from " + day(start) + ", " + s.New
	}
	p.add(s)
	p.planRetire()
	return nil
}

// planRetire finds the secrets that the new one replaces, among those that are
// known to be ours. All others stay, which the plan says.
func (p planner) planRetire() {
	want := p.spec.Secret
	if p.app == nil || want.Retire == nil && !want.New {
		return
	}
	for _, have := range p.app.Secrets {
		if slices.Contains(p.discard, have.KeyID) || p.keep != nil && p.keep.KeyID == have.KeyID {
			continue
		}
		s := Step{ID: "secret." + have.KeyID, What: fmt.Sprintf("client secret %q", have.Name), Old: fmt.Sprintf("secret ID %s, until %s", have.KeyID, day(have.Ends))}
		if slices.ContainsFunc(want.Retire, func(id string) bool { return strings.EqualFold(id, have.KeyID) }) {
			s.Action, s.Needs, s.Note = ActionRemove, needApps, "once the new one has worked: until then both are good"
			p.retire = append(p.retire, have)
		} else {
			s.Action, s.Note = ActionKeep, "not known to be ours: it stays until somebody removes it"
		}
		p.add(s)
	}
}

// planDiscard finds secrets that an unfinished run made and whose value is lost:
// those of its ledger but the one whose value is known.
func (p planner) planDiscard() {
	if p.app == nil {
		return
	}
	for _, m := range p.spec.Resume {
		if m.Kind != KindSecret || m.State == Refused || m.Of != p.app.ID {
			continue
		}
		for _, have := range p.app.Secrets {
			lost := have.KeyID == m.ID || m.ID == "" && have.Name == m.Name && have.Ends.Equal(value(m.Ends))
			if lost && !strings.EqualFold(have.KeyID, p.spec.Secret.Have) && !slices.Contains(p.discard, have.KeyID) {
				p.discard = append(p.discard, have.KeyID)
				p.add(Step{ID: "secret." + have.KeyID, Action: ActionRemove, What: fmt.Sprintf("client secret %q", have.Name),
					Old: "secret ID " + have.KeyID, Needs: needApps, Note: "made by an unfinished run; nobody has its value"})
			}
		}
	}
}

// usable is the secret that makes another unnecessary.
func (p planner) usable() *password {
	want := p.spec.Secret
	if want.New || p.app == nil {
		return nil
	}
	for _, s := range p.app.Secrets {
		named := want.Have == "" && s.Name == want.name() || want.Have != "" && strings.EqualFold(s.KeyID, want.Have)
		if named && s.Ends.After(p.now()) && !slices.Contains(p.discard, s.KeyID) {
			return &s
		}
	}
	return nil
}
