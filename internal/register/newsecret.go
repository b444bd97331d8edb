package register

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"hdstest/internal/secret"
)

// discardSecrets removes secrets of the resumed run whose value nobody has.
func (r *run) discardSecrets(ctx context.Context) error {
	for _, id := range r.plan.discard {
		if err := r.removePassword(ctx, r.plan.app.ID, id); err != nil && !gone(err) {
			return err
		}
		err := r.undone(func(m Made) bool { return m.Kind == KindSecret && (m.ID == id || m.ID == "" && m.Of == r.plan.app.ID) })
		if err != nil {
			return err
		}
	}
	return nil
}

// makeSecret is the last step but what belongs to the secret: its value is told
// only once, so little may fail after it.
func (r *run) makeSecret(ctx context.Context) error {
	want, app := r.plan.spec.Secret, r.plan.app.ID
	if r.plan.keep != nil {
		r.result.SecretKeyID, r.result.SecretEnds = r.plan.keep.KeyID, r.plan.keep.Ends
	}
	if !r.plan.addSecret {
		return nil
	}
	_, end := want.span(r.now())
	err := r.making(Made{Kind: KindSecret, Of: app, Name: want.name(), Ends: &end}, func(m *Made) error {
		return r.patiently(ctx, "the application to be known", r.lag, func(ctx context.Context) error {
			made, err := r.addPassword(ctx, app, want.name(), want.Start, end)
			if err != nil {
				return err
			}
			m.ID = made.KeyID
			r.result.Secret, r.result.SecretKeyID, r.result.SecretEnds = made.Value, made.KeyID, made.Ends
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("after everything else was done: %w", err)
	}
	if err := r.proveSecret(ctx); err != nil {
		return r.withdraw(ctx, err)
	}
	if r.tell.Keep == nil {
		return nil
	}
	return r.tell.Keep(ctx, r.result)
}

// proveSecret tries the new secret before it replaces others, until it worked
// several times in a row: the sign-in service learns of it within minutes, each
// of its servers by itself.
func (r *run) proveSecret(ctx context.Context) error {
	if len(r.plan.retire) == 0 || r.tell.Prove == nil {
		return nil
	}
	return r.until(ctx, "the new secret to work", func(ctx context.Context) (bool, error) {
		return r.tell.Prove(ctx, r.result.AppID, r.result.Secret)
	})
}

// withdraw takes back a secret that did not work; the older ones are as they
// were. Who interrupts is not kept waiting: the ledger lists the secret, and the
// run that goes on removes it.
func (r *run) withdraw(ctx context.Context, failed error) error {
	id := r.result.SecretKeyID
	r.result.Secret, r.result.SecretKeyID, r.result.SecretEnds = secret.Value{}, "", time.Time{}
	if ctx.Err() != nil {
		return failed
	}
	failed = fmt.Errorf("the older secrets stay, the new one is taken back: %w", failed)
	if err := r.removePassword(ctx, r.plan.app.ID, id); err != nil {
		return errors.Join(failed, err)
	}
	return errors.Join(failed, r.undone(func(m Made) bool { return m.Kind == KindSecret && m.ID == id }))
}

// retireSecrets removes the secrets that the new one replaces.
func (r *run) retireSecrets(ctx context.Context) error {
	for _, old := range r.plan.retire {
		if err := r.removePassword(ctx, r.plan.app.ID, old.KeyID); err != nil && !gone(err) {
			return err
		}
		ends := old.Ends
		m := Made{Kind: KindSecret, State: Undone, ID: old.KeyID, Of: r.plan.app.ID, Name: old.Name, Ends: &ends, At: r.now().UTC()}
		if err := r.note(m); err != nil {
			return err
		}
	}
	return nil
}

// gone: the application is there no more, or has no such secret. The text of the
// latter is unverified.
func gone(err error) bool {
	return absent(err) || answered(err).Status == http.StatusBadRequest && mentions(answered(err).Message, "no password credential found")
}

// undone notes that entries of the ledger were taken back.
func (r *run) undone(about func(Made) bool) error {
	for _, m := range slices.Clone(r.result.Ledger) {
		if !about(m) {
			continue
		}
		m.State = Undone
		if err := r.note(m); err != nil {
			return err
		}
	}
	return nil
}
