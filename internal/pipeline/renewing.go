package pipeline

import (
	"context"
	"time"

	"hdstest/internal/pause"
	"hdstest/internal/secret"
)

// renewBefore is how long before its end a token is replaced in a run that goes on.
const renewBefore = 2 * time.Minute

// renewing is a token for one service that is replaced when it nears its end. It
// is for one goroutine.
type renewing struct {
	env     Env
	profile Profile
	query   TokenQuery
	given   bool // the token is the person's own, and not replaced
	token   secret.Value
	until   time.Time
}

func (e Env) renewing(p Profile, kind string, o ProbeOptions) *renewing {
	o.Query.Service = kind
	return &renewing{env: e, profile: p, query: o.Query, given: !o.Token.IsZero() || o.Anonymous, token: o.Token}
}

// get gives a token that is good for a while, or reports why there is none. The
// report of a new token says that it was granted.
func (r *renewing) get(ctx context.Context, began time.Time) (secret.Value, Report) {
	now := r.env.Now()
	if r.given || !r.token.IsZero() && r.until.Sub(now) > renewBefore {
		return r.token, Report{}
	}
	result, _, report := r.env.grant(ctx, r.profile, r.query, began)
	if result.Token.IsZero() {
		return secret.Value{}, report
	}
	r.token, r.until = result.Token, result.ExpiresOn
	return r.token, report
}

// sleep waits, or ends with the context.
func (e Env) sleep(ctx context.Context, d time.Duration) error {
	if e.Sleep != nil {
		return e.Sleep(ctx, d)
	}
	return pause.For(ctx, d)
}
