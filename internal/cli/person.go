package cli

import (
	"context"
	"sync"

	"hdstest/internal/acquire"
	"hdstest/internal/pipeline"
	"hdstest/internal/tokencache"
)

// personSession lends the session that login kept to the pipeline, to one user
// at a time: each renewal replaces the refresh token in it.
type personSession struct {
	cache  *tokencache.Cache
	key    tokencache.Key
	locked bool // the caller holds the cache's lock already

	mu sync.Mutex
}

// lendSession lets the grants of a person use the kept session. The credential
// is read once more, to find it.
func (p *program) lendSession(s *session, q *pipeline.TokenQuery) error {
	cache := p.cache()
	if cache == nil || q.Grant == pipeline.GrantClientCredentials || s.profile.Authority == "" {
		return nil
	}
	by, err := p.proofFor(s, q.Grant)
	if err != nil {
		return err
	}
	session := &personSession{cache: cache, key: keyOf(s, q.Grant, "", by)}
	q.Session = session.use
	return nil
}

// use lends the session and keeps what becomes of it. A sign-in of somebody else
// ends all that was kept of the person before.
func (s *personSession) use(ctx context.Context, use func(*acquire.Kept) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locked {
		return s.lend(use)
	}
	return s.cache.Alone(ctx, s.key, func(context.Context) error { return s.lend(use) })
}

func (s *personSession) lend(use func(*acquire.Kept) error) error {
	had, _ := s.cache.Session(s.key)
	kept := acquire.Kept{Data: had.Data, Account: had.Account}
	if err := use(&kept); err != nil {
		return err
	}
	if !had.Data.IsZero() && kept.Account != had.Account {
		if _, err := s.cache.ForgetPerson(s.key.App); err != nil {
			return err
		}
	}
	s.cache.KeepSession(s.key, tokencache.Session{Data: kept.Data, Account: kept.Account})
	return nil
}
