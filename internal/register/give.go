package register

import (
	"context"
	"slices"
	"strings"
)

// makeFederated adds trust in outside issuers.
func (r *run) makeFederated(ctx context.Context) error {
	for _, h := range r.plan.federatedHeld {
		if err := r.confirm(h.ID, Made{Kind: KindFederated, Of: r.plan.app.ID, Name: h.Name}.same); err != nil {
			return err
		}
	}
	for _, f := range r.plan.federated {
		err := r.making(Made{Kind: KindFederated, Of: r.plan.app.ID, Name: f.Name}, func(m *Made) error {
			return r.patiently(ctx, "the application to be known", r.lag, func(ctx context.Context) (err error) {
				m.ID, err = r.createFederated(ctx, r.plan.app.ID, f)
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// giveConsents gives admin consent. Who may not is told the consent URL.
func (r *run) giveConsents(ctx context.Context) error {
	refused := slices.ContainsFunc(r.result.Blocked, func(s Step) bool { return strings.HasPrefix(s.ID, "consent.") && s.Evidence != nil })
	for _, c := range r.plan.consents {
		i := slices.IndexFunc(r.plan.apis, func(a api) bool { return a.AppID == c.api })
		a := r.plan.apis[i]
		err := r.giveConsent(ctx, c, a)
		if err != nil && !forbidden(err) {
			return err
		}
		refused = refused || err != nil
		r.result.Consents = append(r.result.Consents, Consent{a.Name, a.scopeNames(), err == nil})
	}
	if refused {
		r.result.ConsentURL = ConsentURL(r.plan.spec.Authority, r.result.TenantID, r.result.AppID)
	}
	return nil
}

func (r *run) giveConsent(ctx context.Context, c consent, a api) error {
	client := r.plan.principal.ID
	m := Made{Kind: KindConsent, Of: client, Name: a.principal.ID, Change: &Change{Field: "scope", Added: c.add}}
	switch c.action() {
	case ActionKeep:
		return r.confirm(c.have.ID, func(o Made) bool { return o.same(m) || o.Kind == KindScopes && o.ID == c.have.ID })
	case ActionChange:
		m.Kind, m.ID = KindScopes, c.have.ID
		return r.making(m, func(*Made) error { return r.patchGrant(ctx, c.have.ID, union(c.have.Scopes, c.add)) })
	}
	return r.making(m, func(m *Made) error {
		return r.patiently(ctx, "the service principal to be known", r.lag, func(ctx context.Context) (err error) {
			m.ID, err = r.createGrant(ctx, client, grant{Resource: a.principal.ID, Scopes: c.add})
			return err
		})
	})
}

// giveRoles assigns what is not held. One that exists under another id counts.
func (r *run) giveRoles(ctx context.Context) error {
	client := r.plan.principal.ID
	for _, w := range r.plan.roles {
		id := assignmentID(w.scope, w.roleID, client)
		m := Made{Kind: KindRole, ID: id, Of: client, Name: w.name()}
		if w.held != nil {
			if strings.EqualFold(w.held.ID, id) {
				if err := r.confirm(id, m.same); err != nil {
					return err
				}
			}
			r.result.Roles = append(r.result.Roles, *w.held)
			continue
		}
		err := r.making(m, func(*Made) error {
			return r.patiently(ctx, "Azure to know the service principal", principalUnready, func(ctx context.Context) error {
				return r.assign(ctx, w.scope, w.roleID, client)
			})
		})
		if err != nil && !refusedAs(err, "RoleAssignmentExists") {
			return err
		}
		if err != nil {
			if err := r.confirmEarlier(m); err != nil {
				return err
			}
		}
		r.result.Roles = append(r.result.Roles, Assignment{ID: id, Role: w.name(), RoleID: w.roleID, Scope: w.scope, PrincipalID: client})
	}
	return nil
}
