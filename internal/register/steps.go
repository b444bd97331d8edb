package register

import (
	"context"
	"fmt"
	"slices"
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
