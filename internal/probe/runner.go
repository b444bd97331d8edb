package probe

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"hdstest/internal/catalogue"
	"hdstest/internal/dicomfile"
	"hdstest/internal/evidence"
	"hdstest/internal/secret"
)

// runner is the state of one run. The lock is never held while a request is
// under way.
type runner struct {
	o        Options
	target   Target
	base     *url.URL
	all      []catalogue.Request // also those that were not chosen: for Undo and Find
	outcomes []Outcome           // one for each chosen request, in order

	mu      sync.Mutex
	vars    catalogue.Vars
	config  evidence.ServiceConfig
	passed  map[string]bool
	created []catalogue.Request // whose effect may be there
	undone  map[string]bool     // ids of requests whose Undo has passed
	// rehearsed are the answers to removals of what is not there, by the id of the
	// request; only the chain uses it.
	rehearsed map[string]rehearsal
	settled   int
	asked     sync.Once // guards the question for the token
	token     secret.Value
	tokenErr  error
	lost      error                // the server could not be reached at all
	closed    bool                 // everybody is refused, with or without a token
	way       *evidence.Connection // of the first exchange
	showing   sync.Mutex           // held while a body is shown
}

func newRunner(t Target, requests []catalogue.Request, o Options) (*runner, error) {
	if o.HTTP == nil || o.Now == nil || o.Rand == nil {
		return nil, errors.New("probe: HTTP, Now and Rand must be set")
	}
	base, err := baseURL(t)
	if err != nil {
		return nil, err
	}
	chosen, err := choose(t.Service, requests, o.Only, o.Skip)
	if err != nil {
		return nil, err
	}
	o.HTTP = unredirected(o.HTTP)
	if o.Brake == nil {
		o.Brake = &Brake{}
	}
	r := &runner{o: o, target: t, base: base, all: requests,
		vars: catalogue.Vars{}, passed: map[string]bool{}, undone: map[string]bool{}, rehearsed: map[string]rehearsal{}}
	maps.Copy(r.vars, o.Vars)
	if err := r.makeUp(); err != nil {
		return nil, err
	}
	r.outcomes = make([]Outcome, 0, len(chosen))
	for _, request := range chosen {
		r.outcomes = append(r.outcomes, Outcome{Request: request, Evidence: r.bundle(request)})
	}
	return r, nil
}

// makeUp fills in the mark and the UIDs of this run where no one gave them.
func (r *runner) makeUp() error {
	if r.vars[catalogue.VarRun] == "" {
		id, err := uuid.NewRandomFromReader(r.o.Rand)
		if err != nil {
			return err
		}
		r.vars[catalogue.VarRun] = id.String()
	}
	if r.vars[catalogue.VarAbsentID] == "" {
		id, err := uuid.NewRandomFromReader(r.o.Rand)
		if err != nil {
			return err
		}
		r.vars[catalogue.VarAbsentID] = id.String()
	}
	for _, name := range []string{catalogue.VarStudyUID, catalogue.VarSeriesUID, catalogue.VarInstanceUID,
		catalogue.VarSecondUID, catalogue.VarAbsentUID, catalogue.VarWorkitem, catalogue.VarCanceledItem, catalogue.VarTransaction} {
		if r.vars[name] != "" {
			continue
		}
		uid, err := dicomfile.NewUID(r.o.Rand)
		if err != nil {
			return err
		}
		r.vars[name] = uid
	}
	return nil
}

// standalone sends what neither changes data nor builds on what does, side by
// side.
func (r *runner) standalone(ctx context.Context) {
	limit := r.o.Concurrency
	if limit <= 0 {
		limit = 4
	}
	places := make(chan struct{}, limit)
	var all sync.WaitGroup
	for i := range r.outcomes {
		if o := &r.outcomes[i]; !inChain(o.Request) && r.open(o) {
			places <- struct{}{}
			all.Go(func() {
				r.run(ctx, o)
				<-places
			})
		}
	}
	all.Wait()
}

func inChain(q catalogue.Request) bool {
	return q.After != nil || q.Effect != catalogue.EffectNone
}

// chain sends what changes data, and what reads that, in order.
func (r *runner) chain(ctx context.Context) {
	for i := range r.outcomes {
		if o := &r.outcomes[i]; inChain(o.Request) {
			r.run(ctx, o)
		}
	}
}

// open tells whether an outcome has yet to come.
func (r *runner) open(o *Outcome) bool { return o.Skipped == "" && o.Duration == 0 && !o.Passed }

// run sends one request, or notes why not.
func (r *runner) run(ctx context.Context, o *Outcome) {
	if no := r.reason(ctx, o.Request); no.why != "" {
		o.Skipped, o.Way = no.why, no.way
	} else if r.removable(ctx, o) {
		r.exchange(ctx, o)
	}
	r.settle(o)
}

// settle counts an outcome and reports progress.
func (r *runner) settle(o *Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passed[o.Request.ID] = o.Passed
	r.settled++
	if r.o.Progress != nil {
		r.o.Progress(r.settled, len(r.outcomes), o.Request.Title)
	}
}

// finish adds to every outcome what is known of the service now.
func (r *runner) finish(ctx context.Context, leftovers []Leftover) ([]Outcome, []Leftover, error) {
	for i := range r.outcomes {
		if r.config.Audience != "" || r.config.Authority != "" || r.config.Publisher != "" {
			config := r.config
			r.outcomes[i].Evidence.ServiceConfig = &config
		}
	}
	if len(r.outcomes) > 0 && !slices.ContainsFunc(r.outcomes, func(o Outcome) bool { return o.Evidence.Connection != nil }) {
		r.outcomes[0].Evidence.Connection = r.way // the first exchange had no outcome of its own
	}
	var err error
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case r.lost != nil:
		err = r.lost
	default:
		err = r.tokenErr
	}
	return r.outcomes, slices.Clip(leftovers), err
}

func (r *runner) bundle(q catalogue.Request) evidence.Bundle {
	now := r.o.Now().UTC().Truncate(time.Second)
	return evidence.Bundle{
		SchemaVersion: evidence.SchemaVersion, Now: &now,
		Service: q.Service, ServiceURL: r.base.String(),
		Request: &evidence.Request{ID: q.ID, Method: q.Method, Path: q.Template(), Needs: q.Needs, Anonymous: r.target.Anonymous},
	}
}
