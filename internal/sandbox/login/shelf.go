package login

import (
	"sync"
	"time"
)

// shelf keeps values under unguessable keys until their time is up. What is past
// its time is dropped when the shelf has doubled since it was last tidied.
type shelf[T any] struct {
	mu     sync.Mutex
	now    func() time.Time
	items  map[string]kept[T]
	tidyAt int
}

type kept[T any] struct {
	value T
	until time.Time
}

func newShelf[T any](now func() time.Time) *shelf[T] {
	return &shelf[T]{now: now, items: map[string]kept[T]{}, tidyAt: 64}
}

// put keeps a value, also in the place of an older one.
func (s *shelf[T]) put(key string, value T, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.items) >= s.tidyAt {
		s.tidy()
	}
	s.items[key] = kept[T]{value, until}
}

// tidy drops what is past its time. The caller holds the lock.
func (s *shelf[T]) tidy() {
	now := s.now()
	for key, item := range s.items {
		if !now.Before(item.until) {
			delete(s.items, key)
		}
	}
	s.tidyAt = max(64, 2*len(s.items))
}

// get finds a value whose time is not up.
func (s *shelf[T]) get(key string) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	item, ok := s.items[key]
	return item.value, ok && s.now().Before(item.until)
}

// add keeps a value unless the key is taken, and tells whether it did.
func (s *shelf[T]) add(key string, value T, until time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if item, ok := s.items[key]; ok && s.now().Before(item.until) {
		return false
	}
	s.items[key] = kept[T]{value, until}
	return true
}

// change alters a value in its place, alone, and returns it as it then is. It
// tells whether there was one.
func (s *shelf[T]) change(key string, alter func(*T)) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	item, ok := s.items[key]
	if !ok || !s.now().Before(item.until) {
		return item.value, false
	}
	alter(&item.value)
	s.items[key] = item
	return item.value, true
}

// drop forgets a value.
func (s *shelf[T]) drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, key)
}
