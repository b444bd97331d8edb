package register

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"hdstest/internal/problem"
)

var roleAssignmentForm = regexp.MustCompile(`(?i)^/?(.+/)?providers/Microsoft\.Authorization/roleAssignments/` + guidForm + `$`)

// Removal says what to take back.
type Removal struct {
	Ledger []Made // of one or several runs, in the order in which things were made
	// Purge deletes applications and service principals from the recycle bin too,
	// where they would stay for 30 days.
	Purge bool
}

// remover takes entries of a ledger back.
type remover struct {
	session
	removal Removal
	record  func(Made) error
	binned  []string // object ids that went to the recycle bin
}

// Remove takes back what a ledger lists and nothing else, the last first. What
// is gone already counts as taken back. It goes on after a failure, and returns
// the entries that are left with all errors joined. An entry whose answer was
// lost is looked for by its name; where it cannot be told from somebody else's
// thing, it is left.
func Remove(ctx context.Context, c Clients, removal Removal, progress Progress) ([]Made, error) {
	r := &remover{session: session{c, progress.Notify}, removal: removal, record: progress.Record}
	var left []Made
	var errs []error
	for _, m := range slices.Backward(removal.Ledger) {
		if m.State == Refused || m.State == Undone {
			continue
		}
		err := r.take(ctx, m)
		if err == nil {
			m.State = Undone
			err = r.note(m)
		}
		if err != nil {
			left, errs = append([]Made{m}, left...), append(errs, err)
		}
	}
	return left, errors.Join(append(errs, r.emptyBin(ctx))...)
}

func (r *remover) note(m Made) error {
	if r.record == nil {
		return nil
	}
	return r.record(m)
}

// take takes one entry back.
func (r *remover) take(ctx context.Context, m Made) error {
	if err := m.checkIDs(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s %s was not taken back: %w", m.Kind, m.ID, err)
	}
	switch m.Kind {
	case KindApplication:
		return r.takeApp(ctx, m)
	case KindPrincipal:
		return r.takePrincipal(ctx, m)
	case KindRole:
		return r.unassign(ctx, m.ID)
	case KindConsent, KindScopes:
		return r.takeConsent(ctx, m)
	case KindSecret, KindFederated, KindChange:
		if r.goesWithApp(m) {
			return nil
		}
		return gone(r.takeFromApp(ctx, m))
	}
	return problem.Usagef("the ledger has an entry of an unknown kind %q", m.Kind)
}

// checkIDs keeps a damaged ledger from deleting something else.
func (m Made) checkIDs() error {
	wrong := ""
	switch m.Kind {
	case KindApplication, KindPrincipal, KindSecret:
		if m.ID != "" && !guid.MatchString(m.ID) {
			wrong = m.ID
		}
	case KindRole:
		if !roleAssignmentForm.MatchString(m.ID) || strings.Contains(m.ID, "..") {
			wrong = m.ID
		}
	}
	if m.Of != "" && !guid.MatchString(m.Of) {
		wrong = m.Of
	}
	if wrong != "" {
		return problem.Usagef("the ledger's entry for a %s has an id of another form: %q", m.Kind, wrong)
	}
	return nil
}

// goesWithApp: secrets, federated credentials and changes need no request of
// their own if their application is deleted.
func (r *remover) goesWithApp(m Made) bool {
	return slices.ContainsFunc(r.removal.Ledger, func(a Made) bool {
		return a.Kind == KindApplication && a.ID == m.Of && (a.State == Done || a.State == Trying) && a.ID != ""
	})
}

func gone(err error) error {
	if absent(err) {
		return nil
	}
	return err
}

func (r *remover) takeApp(ctx context.Context, m Made) error {
	id := m.ID
	if id == "" {
		app, err := r.appByUniqueName(ctx, m.Name)
		if err != nil || app == nil {
			return err
		}
		id = app.ID
	}
	r.binned = append(r.binned, id)
	return gone(r.deleteApp(ctx, id))
}

// takePrincipal deletes a service principal. One whose answer was lost is ours
// only if its registration is: that of an API may have come with a deployment.
func (r *remover) takePrincipal(ctx context.Context, m Made) error {
	if m.ID != "" {
		r.binned = append(r.binned, m.ID)
		return gone(r.deletePrincipal(ctx, m.ID))
	}
	sp, err := r.principalByAppID(ctx, m.Name)
	if err != nil || sp == nil {
		return err
	}
	app, err := r.appByAppID(ctx, m.Name)
	if err != nil {
		return err
	}
	if app == nil || !app.ours() {
		return &problem.Error{Tried: "take back the service principal of client id " + m.Name,
			Seen: "whether this program made it is not known, since the answer was lost", Expected: "a person's decision about " + sp.ID}
	}
	r.binned = append(r.binned, sp.ID)
	return gone(r.deletePrincipal(ctx, sp.ID))
}

func (r *remover) takeConsent(ctx context.Context, m Made) error {
	have, err := r.grantsFor(ctx, m.Of)
	if err != nil {
		return gone(err)
	}
	for _, g := range have {
		if g.ID != m.ID && (m.ID != "" || g.Resource != m.Name) {
			continue
		}
		stays := missing(value(m.Change).Added, g.Scopes)
		if len(stays) == 0 {
			return gone(r.deleteGrant(ctx, g.ID))
		}
		if len(stays) < len(g.Scopes) {
			return gone(r.patchGrant(ctx, g.ID, stays)) // somebody added to it
		}
	}
	return nil
}

func (r *remover) takeFromApp(ctx context.Context, m Made) error {
	switch m.Kind {
	case KindSecret:
		return r.takeSecret(ctx, m)
	case KindFederated:
		return r.takeFederated(ctx, m)
	}
	return r.putBack(ctx, m)
}

func (r *remover) takeSecret(ctx context.Context, m Made) error {
	app, err := r.appByID(ctx, m.Of)
	if err != nil || app == nil {
		return err
	}
	for _, s := range app.Secrets {
		if s.KeyID == m.ID || m.ID == "" && s.Name == m.Name && s.Ends.Equal(value(m.Ends)) {
			return r.removePassword(ctx, app.ID, s.KeyID)
		}
	}
	return nil
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
	return nil
}

// putBack turns a change of an application around, as far as it still stands:
// what a person changed since then stays.
func (r *remover) putBack(ctx context.Context, m Made) error {
	app, err := r.appByID(ctx, m.Of)
	if err != nil || app == nil || m.Change == nil {
		return err
	}
	back := Change{Field: m.Change.Field, Removed: m.Change.Added, Added: m.Change.Removed}
	after := app.apply([]Change{back})
	switch back.Field {
	case fieldKeys:
		if after.Keys = resent(app.Keys, last(back.Removed)); len(after.Keys) == len(app.Keys) {
			return nil
		}
	case fieldPublic:
		if fmt.Sprint(app.Public) != last(back.Removed) {
			return nil
		}
	case fieldAudience:
		if app.Audience != last(back.Removed) {
			return nil
		}
	default:
		if slices.Equal(after.Redirects, app.Redirects) && slices.Equal(after.Access, app.Access) {
			return nil
		}
	}
	body, err := after.body([]Change{back})
	if err != nil {
		return err
	}
	return r.patchApp(ctx, app.ID, body)
}

// emptyBin purges what was deleted. The bin shows a deleted object after a
// moment; one that never appears there has been purged already.
func (r *remover) emptyBin(ctx context.Context) error {
	if !r.removal.Purge {
		return nil
	}
	var errs []error
	for _, id := range r.binned {
		tries := 0
		err := r.patiently(ctx, "the recycle bin to hold "+id, func(err error) bool {
			tries++
			return absent(err) && tries < 4
		}, func(ctx context.Context) error { return r.purge(ctx, id) })
		if a := answered(err); err != nil && a.Status != http.StatusNotFound {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
