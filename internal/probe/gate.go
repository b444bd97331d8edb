package probe

import (
	"context"

	"hdstest/internal/catalogue"
)

// refusal is why a request is not sent, and what would have it sent.
type refusal struct {
	why string
	way Way
}

// reason says why a request must not be sent; the zero value if it may.
func (r *runner) reason(ctx context.Context, q catalogue.Request) refusal {
	if ctx.Err() != nil {
		return refusal{why: "interrupted"}
	}
	if no := r.refuse(q); no.why != "" {
		return no
	}
	if q.Auth == catalogue.Bearer && !r.target.Anonymous && !r.haveToken(ctx) {
		return refusal{why: "there is no token for the service"}
	}
	return refusal{}
}

// refuse holds the rules that need no token to be asked for.
func (r *runner) refuse(q catalogue.Request) refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost != nil {
		return refusal{why: "the service is not reachable"}
	}
	if q.Effect != catalogue.EffectNone && !r.o.Write {
		return refusal{"it changes data, and writing was not asked for", WayWrite}
	}
	if q.HealthDataServicesOnly && !r.o.AssumeAHDS && !azureHost(r.base) && !isAHDS(r.target.Service, r.config) {
		return refusal{"it is for Azure Health Data Services, and the server does not say that it is that", WayAssume}
	}
	if r.closed && (q.Group == catalogue.GroupFHIRPermission || q.Group == catalogue.GroupDICOMPermission) {
		return refusal{why: "the service refuses everybody from here, so that a refusal tells nothing of roles"}
	}
	if name := r.unset(q); name != "" {
		return refusal{"it needs a value for " + name, Way("--set " + name + "=…")}
	}
	for _, id := range q.After {
		if !r.passed[id] {
			return refusal{why: "it needs " + id + ", which has not succeeded in this run"}
		}
	}
	return refusal{}
}

// unset names a variable of the request that a person is to fill in and did not.
func (r *runner) unset(q catalogue.Request) string {
	for _, name := range q.Variables() {
		if r.vars[name] == "" && catalogue.IsSettable(name) {
			return name
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
