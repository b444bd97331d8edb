package probe

import (
	"context"

	"hdstest/internal/catalogue"
)

// reason says why a request must not be sent; empty if it may.
func (r *runner) reason(ctx context.Context, q catalogue.Request) string {
	if ctx.Err() != nil {
		return "interrupted"
	}
	if why := r.refuse(q); why != "" {
		return why
	}
	if q.Auth == catalogue.Bearer && !r.target.Anonymous && !r.haveToken(ctx) {
		return "there is no token for the service"
	}
	return ""
}

// refuse holds the rules that need no token to be asked for.
func (r *runner) refuse(q catalogue.Request) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost != nil {
		return "the service is not reachable"
	}
	if q.Effect != catalogue.EffectNone && !r.o.Write {
		return "it changes data, and writing was not asked for"
	}
	if q.HealthDataServicesOnly && !r.o.AssumeAHDS && !azureHost(r.base) && !isAHDS(r.target.Service, r.config) {
		return "it is for Azure Health Data Services, and the server does not say that it is that"
	}
	for _, id := range q.After {
		if !r.passed[id] {
			return "it needs " + id + ", which has not succeeded in this run"
		}
	}
	return ""
}

// haveToken asks for the token when the first request needs it, and no more
// than once.
func (r *runner) haveToken(ctx context.Context) bool {
	r.asked.Do(func() {
		if r.target.Token == nil {
			return
		}
		token, err := r.target.Token(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.tokenErr = err; err == nil {
			r.token = token
		}
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.token.IsZero()
}
