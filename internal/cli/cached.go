package cli

import (
	"context"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/pipeline"
	"hdstest/internal/tokencache"
	"hdstest/internal/when"
)

// wanted is a token that is to be handed out: from the cache as long as it is
// good, else from the authority.
type wanted struct {
	p       *program
	s       *session
	query   pipeline.TokenQuery
	proof   *proof // nil: a public client
	minLife time.Duration
	fresh   bool // the cache is not asked, but told
}

// token hands the token out. From the cache that takes no connection.
func (w *wanted) token(ctx context.Context) (acquire.Result, error) {
	scope, err := w.s.profile.Scope(w.query)
	if err != nil {
		return acquire.Result{}, err
	}
	key, cache := keyOf(w.s, w.query.Grant, scope, w.proof), w.p.cache()
	if cache == nil || w.proof != nil && w.proof.parts == nil {
		t, err := w.fetch(ctx)
		return result(t), err
	}
	if key.Partition == tokencache.ForPerson {
		session := &personSession{cache: cache, key: key, locked: true}
		w.query.Session = session.use
	}
	if !w.fresh {
		t, err := cache.Once(ctx, key, w.good, w.fetch)
		return result(t), err
	}
	var t tokencache.Token
	err = cache.Alone(ctx, key, func(ctx context.Context) error {
		t, err = w.fetch(ctx)
		return err
	})
	if err == nil {
		cache.KeepToken(key, t)
	}
	return result(t), err
}

func (w *wanted) good(t tokencache.Token) bool { return t.ExpiresOn.Sub(w.p.Now()) >= w.minLife }

// fetch asks the authority.
func (w *wanted) fetch(ctx context.Context) (tokencache.Token, error) {
	if err := w.p.connect(w.s); err != nil {
		return tokencache.Token{}, err
	}
	if w.proof != nil {
		var err error
		if w.s.profile.Credential, err = w.proof.credential(w.s.env.HTTP); err != nil {
			return tokencache.Token{}, err
		}
	}
	got, _, err := pipeline.Token(ctx, w.s.env, w.s.profile, w.query)
	t := tokencache.Token{Token: got.Token, TokenType: got.TokenType, ExpiresOn: got.ExpiresOn, Scopes: got.Scopes, Account: got.Account,
		HasRefreshToken: got.HasRefreshToken}
	if err == nil && !w.good(t) && !w.p.global.sandbox {
		w.p.say("the new token is good until %s only, less than --min-lifetime %s", when.Until(t.ExpiresOn, w.p.Now()), w.minLife)
	}
	return t, err
}

func result(t tokencache.Token) acquire.Result {
	return acquire.Result{Token: t.Token, TokenType: t.TokenType, ExpiresOn: t.ExpiresOn, Scopes: t.Scopes, Account: t.Account,
		HasRefreshToken: t.HasRefreshToken}
}
