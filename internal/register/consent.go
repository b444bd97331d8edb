package register

import (
	"context"
	"net/url"
	"strings"

	"hdstest/internal/entra"
)

// consent is what is to be consented to for one API.
type consent struct {
	api   string   // its client id
	have  *grant   // consent that exists; nil: none
	add   []string // scopes to be added; of an API to be created they are not known yet
	later bool     // the API's service principal is still to be made
}

// Consent is the outcome for one API.
type Consent struct {
	API     string   `json:"api"`
	Scopes  []string `json:"scopes"`
	Granted bool     `json:"granted"`
}

// planConsents compares the tenant's consents with the requested scopes. Who may
// not even read them cannot give them: then a person with the right follows the
// consent URL.
func (p planner) planConsents(ctx context.Context) error {
	if !p.spec.Consent || len(p.apis) == 0 {
		return nil
	}
	var have []grant
	var refused error
	if p.principal != nil {
		if have, refused = p.grantsFor(ctx, p.principal.ID); refused != nil && !forbidden(refused) {
			return refused
		}
	}
	for _, a := range p.apis {
		s := Step{ID: "consent." + a.AppID, What: "admin consent for " + a.Name, New: strings.Join(a.scopeNames(), " "), Needs: needConsent,
			Note: "for everyone in the tenant"}
		switch {
		case refused != nil:
			s.Action, s.Note, s.Evidence = ActionBlocked, "not allowed: an administrator gives it at the consent URL", bundleOf(refused)
		case !a.present() && !p.spec.CreateAPIs:
			s.Action, s.Needs, s.Note = ActionBlocked, "", absentNote(a)
		default:
			c := planConsent(a, have)
			s.Action = c.action()
			if c.have != nil {
				s.Old = strings.Join(c.have.Scopes, " ")
			}
			if s.Action == ActionKeep {
				s.New, s.Needs, s.Note = "", "", ""
			}
			p.consents = append(p.consents, c)
		}
		p.add(s)
	}
	return nil
}

func planConsent(a api, have []grant) consent {
	c := consent{api: a.AppID, add: a.scopeNames(), later: !a.present()}
	for _, g := range have {
		if a.present() && g.Resource == a.principal.ID {
			c.have, c.add = &g, missing(g.Scopes, c.add)
		}
	}
	return c
}

func (c consent) action() Action {
	switch {
	case c.have == nil:
		return ActionCreate
	case len(c.add) > 0:
		return ActionChange
	}
	return ActionKeep
}

// ConsentURL is the page on which an administrator consents to all that the app
// requests. authority is https://host/tenant; empty: the public cloud's for the
// tenant. Source: ED:v2-admin-consent.md.
func ConsentURL(authority, tenant, appID string) string {
	if authority == "" {
		authority = entra.Clouds()[0].Authority + "/" + tenant
	}
	return strings.TrimRight(authority, "/") + "/adminconsent?client_id=" + url.QueryEscape(appID)
}
