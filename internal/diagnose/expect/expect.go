// Package expect tells what a token for a service should say, as far as the
// evidence knows: audience, tenant, issuer. Judgement compares with it claim by
// claim, and diagnosis explains what differs; so both read it here.
//
// It decides nothing about a token and knows no network.
package expect

import (
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

var guid = lazyregexp.New(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// IsGUID tells whether a text has the form of a GUID.
func IsGUID(text string) bool { return guid.MatchString(text) }

// Audiences are the values of aud that the service accepts, the one to ask for
// first, and where that is known from; nil if nothing is known. The service's
// own word counts first (resource_id of its 401 challenge), then what is known of
// its settings, then the rule of its kind: a FHIR service wants its URL, every
// DICOM service https://dicom.healthcareapis.azure.com in either spelling.
//
// Source: learn.microsoft.com/azure/healthcare-apis/get-access-token and
// authentication-authorization.
func Audiences(b evidence.Bundle) (wanted []string, source string) {
	if b.Response != nil {
		if c, ok := evidence.Bearer(b.Response.WWWAuthenticate); ok && c.Params["resource_id"] != "" {
			return spellings(c.Params["resource_id"]), "the service's challenge"
		}
	}
	if c := b.ServiceConfig; c != nil {
		if all := slices.DeleteFunc(append([]string{c.Audience}, c.Audiences...), func(s string) bool { return s == "" }); len(all) > 0 {
			return spellings(all...), "the service's settings"
		}
	}
	switch {
	case b.Service == entra.DICOM && managed(b.ServiceURL, entra.DICOM):
		return spellings(entra.DICOMResource), "the rule for DICOM services"
	case b.Service == entra.FHIR && managed(b.ServiceURL, entra.FHIR):
		return []string{root(b.ServiceURL)}, "the rule for FHIR services"
	}
	return nil, ""
}

// spellings adds to an audience of DICOM the one with, or without, a final
// slash: its resource app lists both. FHIR compares letter by letter.
func spellings(audiences ...string) []string {
	out := slices.Clone(audiences)
	for _, a := range audiences {
		if bare := strings.TrimSuffix(a, "/"); bare == entra.DICOMResource {
			out = append(out, bare, bare+"/")
		}
	}
	return slices.Compact(out)
}

// managed tells whether an address may be one of Azure's services, to which the
// rules of their kinds apply: a server of one's own can want any audience. The
// sandbox on localhost follows Azure's rules.
func managed(address, kind string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return kind == entra.DICOM && address == ""
	}
	host := u.Hostname()
	if host == "localhost" || host == "127.0.0.1" {
		return true
	}
	return slices.ContainsFunc(entra.Clouds(), func(c entra.Cloud) bool {
		return c.HealthSuffix != "" && strings.HasSuffix(strings.ToLower(host), "."+c.HealthSuffix)
	})
}

// Managed tells whether an address is on a host of Azure's health services, or
// local as the sandbox is. An empty address is not.
func Managed(address string) bool { return address != "" && managed(address, "") }

// root is the address without path and final slash.
func root(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return strings.TrimRight(address, "/")
	}
	return u.Scheme + "://" + u.Host
}

// Tenant is the tenant whose tokens the service trusts, by GUID, and where that
// is known from; empty if it is not known or known by name only. The service's
// challenge counts before the profile.
func Tenant(b evidence.Bundle) (tid, source string) {
	if b.Response != nil {
		if c, ok := evidence.Bearer(b.Response.WWWAuthenticate); ok {
			if tid := tenantOf(c.Params["authorization_uri"]); tid != "" {
				return tid, "the service's challenge"
			}
		}
	}
	if c := b.ServiceConfig; c != nil {
		for _, t := range []string{c.TenantID, tenantOf(c.Authority)} {
			if IsGUID(t) {
				return strings.ToLower(t), "the service's settings"
			}
		}
	}
	if c := b.Config; c != nil {
		for _, t := range []string{c.TenantID, tenantOf(c.Authority)} {
			if IsGUID(t) {
				return strings.ToLower(t), "the profile"
			}
		}
	}
	return "", ""
}

func tenantOf(authority string) string {
	u, err := url.Parse(authority)
	if err != nil {
		return ""
	}
	tenant, _, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	if !IsGUID(tenant) {
		return ""
	}
	return strings.ToLower(tenant)
}

// Issuers are the two issuers of a tenant, of tokens of version 1.0 and of
// version 2.0. A Microsoft cloud has hosts of its own for them; a custom
// authority uses its own host for both. Without an authority the public cloud is
// meant.
//
// Source: access-tokens.md of the Microsoft identity platform.
func Issuers(b evidence.Bundle, tid string) (v1, v2 string) {
	authority := ""
	if b.ServiceConfig != nil {
		authority = b.ServiceConfig.Authority
	}
	if authority == "" && b.Config != nil {
		authority = b.Config.Authority
	}
	cloud := entra.Clouds()[0]
	u, err := url.Parse(authority)
	if err == nil && u.Host != "" {
		known, ok := entra.CloudByHost(u.Hostname())
		if !ok {
			own := "https://" + u.Host + "/" + tid
			return own + "/", own + "/v2.0"
		}
		cloud = known
	}
	return "https://" + cloud.V1IssuerHost + "/" + tid + "/", cloud.Authority + "/" + tid + "/v2.0"
}
