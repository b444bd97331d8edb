package cli

import (
	"fmt"
	"path/filepath"

	"hdstest/internal/config"
	"hdstest/internal/pipeline"
	"hdstest/internal/tokencache"
)

// cache is where tokens and sessions are kept; nil with --sandbox, which leaves
// nothing behind, and where there is no folder for it.
func (p *program) cache() *tokencache.Cache {
	if p.global.sandbox || p.StateDir == "" {
		return nil
	}
	return tokencache.Open(tokencache.Options{Dir: p.cacheDir(), Now: p.Now, Rand: p.Rand,
		Keyring: p.Keyring, Notify: func(format string, args ...any) { p.warn(fmt.Sprintf(format, args...)) }})
}

func (p *program) cacheDir() string { return filepath.Join(p.StateDir, Name, "tokens") }

// appOf says to the cache which app is meant. Two runs of a sandbox are two apps:
// the later one may have been told to refuse what the earlier one gave.
func appOf(s *session) tokencache.App {
	return tokencache.App{Authority: s.profile.Authority, Tenant: s.TenantID, ClientID: s.ClientID, Realm: realm(s.Sandbox)}
}

func realm(info *config.Info) string {
	if info == nil {
		return ""
	}
	return fmt.Sprintf("sandbox %d %s", info.PID, info.FHIRURL)
}

// keyOf says to the cache which token is meant.
func keyOf(s *session, grant, scope string, by *proof) tokencache.Key {
	k := tokencache.Key{App: appOf(s), Partition: tokencache.ForApp, Scopes: []string{scope}}
	if by != nil {
		k.Credential = by.parts
	}
	if grant != pipeline.GrantClientCredentials {
		k.Partition = tokencache.ForPerson
	}
	return k
}
