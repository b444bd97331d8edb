package login

import (
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/sandbox/directory"
)

// The segments that stand for more than one tenant.
const (
	common        = "common"
	organizations = "organizations"
	consumers     = "consumers"
)

// realm is the first segment of the path, resolved.
type realm struct {
	// Name is common, organizations, consumers or the tenant's id. A code is good
	// only at the realm it was asked from.
	Name     string
	TenantID string // of the sandbox's tenant, whatever the segment
	Tenant   string // its display name
	Domain   string
}

// shared tells whether the segment names no single tenant.
func (r realm) shared() bool { return r.Name == common || r.Name == organizations }

var (
	guidShape   = lazyregexp.New(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	domainShape = lazyregexp.New(`^(?i)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

// findRealm resolves a tenant's GUID, its domain or one of the shared names.
// Source: learn.microsoft.com/entra/identity-platform/v2-protocols.
func (s *service) findRealm(segment string) (realm, *refusal) {
	var tenant directory.Tenant
	s.Directory.View(func(st *directory.State) { tenant = st.Tenant })
	r := realm{Name: strings.ToLower(segment), TenantID: tenant.ID, Tenant: tenant.DisplayName, Domain: tenant.Domain}
	switch {
	case r.Name == common, r.Name == organizations, r.Name == consumers:
		return r, nil
	case r.Name == entra.ConsumersTenant:
		r.Name = consumers
		return r, nil
	case strings.EqualFold(segment, tenant.ID), strings.EqualFold(segment, tenant.Domain):
		r.Name = tenant.ID
		return r, nil
	case guidShape.MatchString(segment), domainShape.MatchString(segment):
		return r, refuse(90002, segment)
	}
	return r, refuse(900023, segment)
}

// admits refuses a client at a realm that does not serve it.
func (r realm) admits(c *client) *refusal {
	switch {
	case r.Name == consumers:
		return refuse(9002332, c.AppID, c.Name)
	case r.shared() && !c.Multi:
		return refuse(50194, c.AppID, c.Name)
	}
	return nil
}
