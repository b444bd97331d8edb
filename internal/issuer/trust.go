package issuer

import (
	"fmt"
	"net/url"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

var guid = lazyregexp.New(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Trusted tells from which authority the keys for a token of iss may be
// fetched: the profile's own authority, if the issuer is one of its forms, else
// that of a known Microsoft cloud, if the issuer names a host of it and a tenant
// by GUID. The result is made of the profile and the table of clouds, never of
// the issuer's address. authority may be empty: no profile.
//
// Both forms of an issuer count: https://host/{tid}/v2.0, and the v1.0 form
// https://sts.windows.net/{tid}/, which a custom authority has on its own host.
// Where the authority names its tenant by a domain or as common, any tenant of
// that host fits; whether it is the right one is a finding on tid.
func Trusted(iss, authority string) (keysFrom string, err error) {
	u, err := url.Parse(iss)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("issuer %q is not an https address", iss)
	}
	tenant := strings.Trim(strings.TrimSuffix(strings.Trim(u.Path, "/"), "/v2.0"), "/")
	if own, err := parseAuthority(authority); err == nil && isOwn(u, tenant, own) {
		return own.String(), nil
	}
	cloud, known := entra.CloudByHost(u.Hostname())
	if known && (u.Port() == "" || u.Port() == "443") && guid.MatchString(tenant) {
		return cloud.Authority + "/" + strings.ToLower(tenant), nil
	}
	return "", fmt.Errorf("issuer %q is neither the profile's authority nor a known Microsoft host with a tenant id", iss)
}

// isOwn tells whether the issuer is one of the authority's.
func isOwn(iss *url.URL, tenant string, own *url.URL) bool {
	cloud, microsoft := entra.CloudByHost(own.Hostname())
	sameHost := strings.EqualFold(iss.Host, own.Host) || microsoft && strings.EqualFold(iss.Host, cloud.V1IssuerHost)
	if !sameHost || tenant == "" || strings.Contains(tenant, "/") {
		return false
	}
	named := strings.Trim(own.Path, "/")
	return strings.EqualFold(tenant, named) || !guid.MatchString(named) && guid.MatchString(tenant)
}
