package register

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// Progress is told what goes on. Both functions may be nil.
type Progress struct {
	Notify func(text string) // a line for a person, now and then
	// Record gets each entry of the ledger: before the request (state trying) and
	// after the answer. It should have stored the entry when it returns; its error
	// stops the run before anything else is made.
	Record func(Made) error
	// Prove tries a new secret once, before others are removed for it: false and no
	// error mean that it is not known everywhere yet. nil: it is not tried.
	Prove func(ctx context.Context, appID string, value secret.Value) (bool, error)
	// Keep stores a new secret's value; when it returns, the value is safe. Only
	// then are others removed. Its error ends the run.
	Keep func(ctx context.Context, r Result) error
}

// Result is what there is after a run, also after one that failed.
type Result struct {
	TenantID           string       `json:"tenant_id"`
	AppID              string       `json:"app_id"`
	AppObjectID        string       `json:"app_object_id"`
	ServicePrincipalID string       `json:"service_principal_id"`
	Secret             secret.Value `json:"-"` // zero if none was made; it is shown nowhere else
	SecretKeyID        string       `json:"secret_key_id,omitempty"`
	SecretEnds         time.Time    `json:"secret_ends,omitzero"`
	Thumbprint         string       `json:"certificate_thumbprint,omitempty"` // SHA-1, hexadecimal
	Roles              []Assignment `json:"roles,omitempty"`
	Consents           []Consent    `json:"consents,omitempty"`
	ConsentURL         string       `json:"consent_url,omitempty"` // set if consent was wanted and not given
	Blocked            []Step       `json:"blocked,omitempty"`
	// Ledger lists what was made, in order, that of the resumed run included.
	Ledger []Made `json:"ledger,omitempty"`
}

// run carries one plan out.
type run struct {
	session
	plan   Plan
	tell   Progress
	record func(Made) error
	result Result
	fresh  bool // something was made that may not be known everywhere yet
}

// Apply carries a plan out. It stops at the first failure; the result then tells
// what is there and what was made, and making a plan again with the ledger as
// Spec.Resume goes on from there. The secret comes last, so that little can fail
// after it: it is proved if it replaces others, handed to Progress.Keep, and then
// the others are removed. A refused admin consent is no failure.
func Apply(ctx context.Context, c Clients, p Plan, progress Progress) (Result, error) {
	if p.app == nil && p.spec.Name == "" {
		return Result{}, errors.New("register: the plan was not made by MakePlan")
	}
	p.apis, p.consents = slices.Clone(p.apis), slices.Clone(p.consents) // they are filled in on the way
	r := &run{session: c.with(progress), plan: p, tell: progress, record: progress.Record, fresh: len(p.spec.Resume) > 0}
	r.result = Result{TenantID: p.TenantID, AppID: p.AppID, AppObjectID: p.AppObjectID, ServicePrincipalID: p.ServicePrincipalID,
		Blocked: p.Blocked(), Ledger: slices.Clone(p.spec.Resume)}
	for _, phase := range []func(context.Context) error{r.makeAPIs, r.makeApp, r.makePrincipal, r.settle, r.changeApp, r.makeFederated,
		r.giveConsents, r.giveRoles, r.discardSecrets, r.makeSecret, r.retireSecrets} {
		if err := phase(ctx); err != nil {
			return r.result, err
		}
	}
	return r.result, nil
}

// note puts an entry into the ledger and has it recorded.
func (r *run) note(m Made) error {
	m.Undo = ""
	if m.State == Done {
		m.Undo = m.undo(r.graphBase)
	}
	r.result.Ledger = Merge(r.result.Ledger, m)
	if r.record == nil {
		return nil
	}
	if err := r.record(m); err != nil {
		return &problem.Error{Kind: problem.Usage, Tried: "record what is being made", Err: err}
	}
	return nil
}

// making brackets a request with its entries. do fills in what the answer tells;
// it may set the state to refused if nothing had to be made.
func (r *run) making(m Made, do func(*Made) error) error {
	m.State, m.At = Trying, r.now().UTC()
	if err := r.note(m); err != nil {
		return err
	}
	err := do(&m)
	switch {
	case err == nil && m.State == Trying:
		m.State = Done
	case err == nil:
	case answered(err).Status >= 400 && answered(err).Status < 500:
		m.State = Refused
	default:
		return err // it stays on trial: nobody knows
	}
	return errors.Join(err, r.note(m))
}

// confirm turns entries of the resumed run, whose answer was lost, into ones
// that were made, now that the thing was found under an id.
func (r *run) confirm(id string, about func(Made) bool) error {
	for _, m := range slices.Clone(r.result.Ledger) {
		if m.State != Trying || !about(m) {
			continue
		}
		m.State, m.ID = Done, id
		if err := r.note(m); err != nil {
			return err
		}
	}
	return nil
}

// lag accepts a refusal as passing while new objects spread.
func (r *run) lag(err error) bool { return r.fresh && unready(err) }

// makeAPIs makes the service principals of APIs that are not in the tenant, and
// then finds out about their scopes.
func (r *run) makeAPIs(ctx context.Context) error {
	for i := range r.plan.apis {
		a := &r.plan.apis[i]
		if a.present() {
			if err := r.confirm(a.principal.ID, Made{Kind: KindPrincipal, Name: a.AppID}.same); err != nil {
				return err
			}
		}
		if a.present() || !r.plan.spec.CreateAPIs {
			continue
		}
		var err error
		if a.principal, err = r.makeOnePrincipal(ctx, a.AppID, func(error) bool { return false }); err != nil {
			return err
		}
		// The answer to the POST may lack the scopes; the object read has them.
		if err := r.until(ctx, "the service principal of "+a.Name+" to be readable", func(ctx context.Context) (bool, error) {
			seen, err := r.principalByAppID(ctx, a.AppID)
			if seen != nil {
				a.principal = seen
			}
			return seen != nil, err
		}); err != nil {
			return err
		}
		if a.scopes, err = r.plan.spec.choose(*a); err != nil {
			return err
		}
		r.replan()
	}
	return nil
}

// replan takes scopes into account that were not known before.
func (r *run) replan() {
	have := r.plan.blank()
	if r.plan.app != nil {
		have = *r.plan.app
	}
	r.plan.changes = r.plan.spec.changes(have, r.plan.access())
	for i, c := range r.plan.consents {
		for _, a := range r.plan.apis {
			if c.later && a.AppID == c.api && a.present() {
				r.plan.consents[i] = planConsent(a, nil)
			}
		}
	}
}

// makeOnePrincipal creates a service principal, or finds the one that somebody
// (perhaps an earlier try of ours) made meanwhile: status 409.
func (r *run) makeOnePrincipal(ctx context.Context, appID string, transient func(error) bool) (*principal, error) {
	var sp *principal
	err := r.making(Made{Kind: KindPrincipal, Name: appID}, func(m *Made) error {
		return r.patiently(ctx, "the application to be known", transient, func(ctx context.Context) (err error) {
			if sp, err = r.createPrincipal(ctx, appID); err == nil {
				m.ID = sp.ID
			}
			return err
		})
	})
	if answered(err).Status != http.StatusConflict {
		r.fresh = r.fresh || err == nil
		return sp, err
	}
	err = r.until(ctx, "the service principal of client id "+appID+" to be readable", func(ctx context.Context) (bool, error) {
		sp, err = r.principalByAppID(ctx, appID)
		return sp != nil, err
	})
	if err == nil {
		err = r.confirmEarlier(Made{Kind: KindPrincipal, ID: sp.ID, Name: appID})
	}
	return sp, err
}

// confirmEarlier: the entry of the try that met the 409 is gone; if the resumed
// ledger had one, that run made the thing.
func (r *run) confirmEarlier(m Made) error {
	i := slices.IndexFunc(r.plan.spec.Resume, m.same)
	if i < 0 {
		return nil
	}
	m.State, m.At = Done, r.plan.spec.Resume[i].At
	return r.note(m)
}

func bundleOf(err error) *evidence.Bundle {
	var p *problem.Error
	if errors.As(err, &p) {
		return p.Evidence
	}
	return nil
}
