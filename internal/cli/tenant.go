package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/issuer"
	"hdstest/internal/problem"
)

// tenantGUID gives the id of the settings' tenant, so that it can be compared
// with that of a token. For a domain the authority is asked, whose issuer names
// the id. Empty if no tenant is named.
func tenantGUID(ctx context.Context, s *session) (string, error) {
	switch {
	case s.TenantID == "" || config.IsGUID(s.TenantID):
		return s.TenantID, nil
	case slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(s.TenantID)):
		return "", problem.Usagef("%s: %s is no tenant in which an app can be registered: name its id or domain", called(s.Settings, config.TenantID), s.TenantID)
	}
	m, err := issuer.Discover(ctx, s.env.HTTP, s.Authority+"/"+s.TenantID)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(m.Issuer)
	if err != nil {
		return "", fmt.Errorf("read the issuer of tenant %s: %w", s.TenantID, err)
	}
	id, _, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if !config.IsGUID(id) {
		return "", fmt.Errorf("the issuer %s of tenant %s names no tenant id", m.Issuer, s.TenantID)
	}
	return id, nil
}
