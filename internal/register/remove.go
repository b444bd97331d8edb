package register

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
)

var roleAssignmentForm = lazyregexp.New(`(?i)^/?(.+/)?providers/Microsoft\.Authorization/roleAssignments/` + guidForm + `$`)

// Removal says what to take back.
type Removal struct {
	Ledger []Made // of one or several runs, in the order in which things were made
	// Purge deletes applications and service principals from the recycle bin too,
	// where they would stay for 30 days.
	Purge bool
	Bin   []string // object ids that an earlier removal left in the recycle bin
}

// Removed is what came of a removal, also of one that failed.
type Removed struct {
	Left []Made   `json:"left,omitempty"` // entries that were not taken back
	Bin  []string `json:"bin,omitempty"`  // object ids that went to the recycle bin and were not purged
}

// remover takes entries of a ledger back.
type remover struct {
	session
	removal Removal
	record  func(Made) error
	binned  []string // object ids that went, or may have gone, to the recycle bin
}

// Remove takes back what a ledger lists and nothing else, the last first. What
// is gone already counts as taken back. It goes on after a failure, and returns
// the entries that are left with all errors joined. An entry whose answer was
// lost is looked for by its name; where it cannot be told from somebody else's
// thing, it is left.
func Remove(ctx context.Context, c Clients, removal Removal, progress Progress) (Removed, error) {
	r := &remover{session: c.with(progress), removal: removal, record: progress.Record, binned: slices.Clone(removal.Bin)}
	var left []Made
	var errs []error
	for _, m := range slices.Backward(removal.Ledger) {
		if m.State == Refused || m.State == Undone {
			continue
		}
		before := len(r.binned)
		err := r.take(ctx, m)
		if err == nil {
			m.State = Undone
			if m.ID == "" && len(r.binned) > before { // found by its name
				m.ID = r.binned[before]
			}
			err = r.note(m)
		}
		if err != nil {
			left, errs = append([]Made{m}, left...), append(errs, err)
		}
	}
	errs = append(errs, r.emptyBin(ctx))
	return Removed{left, r.binned}, errors.Join(errs...)
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
	if r.goesWithApp(m) {
		return nil
	}
	take := map[Kind]func(context.Context, Made) error{
		KindApplication: r.takeApp, KindPrincipal: r.takePrincipal, KindRole: r.takeRole, KindConsent: r.takeConsent, KindScopes: r.takeConsent,
		KindSecret: r.takeSecret, KindFederated: r.takeFederated, KindChange: r.putBack,
	}[m.Kind]
	if take == nil {
		return problem.Usagef("the ledger has an entry of an unknown kind %q", m.Kind)
	}
	w := waiting{s: r.session, what: fmt.Sprintf("the %s %s to be seen", strings.ReplaceAll(string(m.Kind), "_", " "), m.Name), limit: brief}
	for {
		err := take(ctx, m)
		if !errors.Is(err, errUnseen) && !absent(err) {
			return err
		}
		// It is gone, unless it was made so lately that this replica does not know.
		if r.now().Sub(m.At) > young {
			return nil
		}
		if err := w.pause(ctx, "not there, or not yet"); err != nil {
			if ctx.Err() != nil {
				return err
			}
			return nil
		}
	}
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
	return m.Of != "" && slices.ContainsFunc(r.removal.Ledger, func(a Made) bool {
		return a.Kind == KindApplication && a.ID == m.Of && (a.State == Done || a.State == Trying) && a.ID != ""
	})
}

// emptyBin purges what was deleted. The bin shows a deleted object after a
// moment; one that never appears there has been purged already.
func (r *remover) emptyBin(ctx context.Context) error {
	if !r.removal.Purge {
		return nil
	}
	var errs []error
	var stay []string
	for _, id := range r.binned {
		tries := 0
		err := r.patiently(ctx, "the recycle bin to hold "+id, func(err error) bool {
			tries++
			return absent(err) && tries < 4
		}, func(ctx context.Context) error { return r.purge(ctx, id) })
		if a := answered(err); err != nil && a.Status != http.StatusNotFound {
			errs, stay = append(errs, err), append(stay, id)
		}
	}
	r.binned = stay
	return errors.Join(errs...)
}
