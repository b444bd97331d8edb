package register

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"hdstest/internal/problem"
)

// errUnseen says that what is to be taken back cannot be seen.
var errUnseen = errors.New("not seen")

// binning remembers what went to the recycle bin. A service principal that was
// not to be seen may go there along with its application.
func (r *remover) binning(id string, err error) error {
	if (err == nil || absent(err)) && !slices.Contains(r.binned, id) {
		r.binned = append(r.binned, id)
	}
	return err
}

func (r *remover) takeRole(ctx context.Context, m Made) error { return r.unassign(ctx, m.ID) }

func (r *remover) takeApp(ctx context.Context, m Made) error {
	id := m.ID
	if id == "" {
		app, err := r.appByUniqueName(ctx, m.Name)
		if err != nil || app == nil {
			return cmp.Or(err, errUnseen)
		}
		id = app.ID
	}
	return r.binning(id, r.deleteApp(ctx, id))
}

// takePrincipal deletes a service principal. One whose answer was lost is ours
// only if its registration is: that of an API may have come with a deployment.
func (r *remover) takePrincipal(ctx context.Context, m Made) error {
	if m.ID != "" {
		return r.binning(m.ID, r.deletePrincipal(ctx, m.ID))
	}
	sp, err := r.principalByAppID(ctx, m.Name)
	if err != nil || sp == nil {
		return cmp.Or(err, errUnseen)
	}
	app, err := r.appByAppID(ctx, m.Name)
	if err != nil {
		return err
	}
	if app == nil || !app.ours() {
		return &problem.Error{Tried: "take back the service principal of client id " + m.Name,
			Seen: "whether this program made it is not known, since the answer was lost", Expected: "a person's decision about " + sp.ID}
	}
	return r.binning(sp.ID, r.deletePrincipal(ctx, sp.ID))
}

// takeConsent takes the scopes of an entry away; a consent that has no others goes.
func (r *remover) takeConsent(ctx context.Context, m Made) error {
	have, err := r.grantsFor(ctx, m.Of)
	if err != nil {
		return err
	}
	for _, g := range have {
		if g.ID != m.ID && (m.ID != "" || g.Resource != m.Name) {
			continue
		}
		stays := missing(value(m.Change).Added, g.Scopes)
		if len(stays) == 0 {
			return r.deleteGrant(ctx, g.ID)
		}
		if len(stays) < len(g.Scopes) {
			return r.patchGrant(ctx, g.ID, stays) // somebody else's stay
		}
	}
	return errUnseen
}

func (r *remover) takeSecret(ctx context.Context, m Made) error {
	app, err := r.appByID(ctx, m.Of)
	if err != nil || app == nil {
		return cmp.Or(err, errUnseen)
	}
	for _, s := range app.Secrets {
		if s.KeyID == m.ID || m.ID == "" && s.Name == m.Name && s.Ends.Equal(value(m.Ends)) {
			return r.removePassword(ctx, app.ID, s.KeyID)
		}
	}
	return errUnseen
}

func (r *remover) takeFederated(ctx context.Context, m Made) error {
	have, err := r.federatedOf(ctx, m.Of)
	if err != nil {
		return err
	}
	for _, f := range have {
		if f.ID == m.ID || m.ID == "" && f.Name == m.Name {
			return r.deleteFederated(ctx, m.Of, f.ID)
		}
	}
	return errUnseen
}

// putBack turns a change of an application around, as far as it still stands:
// what a person changed since then stays.
func (r *remover) putBack(ctx context.Context, m Made) error {
	app, err := r.appByID(ctx, m.Of)
	if err != nil || app == nil || m.Change == nil {
		return cmp.Or(err, errUnseen)
	}
	back := Change{Field: m.Change.Field, Removed: m.Change.Added, Added: m.Change.Removed}
	after := app.apply([]Change{back})
	stands := false
	switch back.Field {
	case fieldKeys:
		after.Keys = resent(app.Keys, last(back.Removed))
		stands = len(after.Keys) < len(app.Keys)
	case fieldPublic:
		stands = fmt.Sprint(app.Public) == last(back.Removed)
	case fieldVersion:
		stands = fmt.Sprint(app.TokenVersion) == last(back.Removed)
	case fieldAudience:
		stands = app.Audience == last(back.Removed)
	default:
		stands = !slices.Equal(after.Redirects, app.Redirects) || !slices.Equal(after.Access, app.Access)
	}
	if !stands {
		return errUnseen
	}
	body, err := after.body([]Change{back})
	if err != nil {
		return err
	}
	return r.patchApp(ctx, app.ID, body)
}
