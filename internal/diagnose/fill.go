package diagnose

import (
	"cmp"
	"strings"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/lazyregexp"
)

var gap = lazyregexp.New(`\{\{([a-z_]+)\}\}`)

// fill puts what the evidence holds into the gaps {{name}} of a fix, as words of a
// command line (see forShell). What is not known stands as <name>, for the person to
// fill in. Braces with other names stay as they are: some fixes speak of templates.
func (f *facts) fill(text string) string {
	if f.filled == nil {
		f.filled = f.values()
	}
	values := f.filled
	return gap.ReplaceAllStringFunc(text, func(m string) string {
		name := m[2 : len(m)-2]
		value, known := values[name]
		if !ours(name) {
			value = forShell(value)
		}
		switch {
		case !known:
			return m
		case value == "":
			return "<" + strings.ReplaceAll(name, "_", " ") + ">"
		}
		return value
	})
}

// values are the gaps that a fix may have.
func (f *facts) values() map[string]string {
	wanted, _ := expect.Audiences(f.b)
	tid, _ := expect.Tenant(f.b)
	audience := ""
	if len(wanted) > 0 {
		audience = wanted[0]
	}
	n := f.b.Network
	host, port, proxy, tlsIssuer := f.text("network", "host"), f.text("network", "port"), f.text("network", "proxy"), f.first("network", "presented_issuer", "issuer", "chain_issuer")
	if n != nil && n.Port == 0 || port == "" {
		port = "443"
	}
	resource := f.resource()
	return map[string]string{
		"client_id":       f.clientID(),
		"tenant":          cmp.Or(f.tenant(), tid),
		"home_tenant":     f.first("", homeTenantKeys()...),
		"expected_tenant": cmp.Or(tid, f.tenant()),
		"token_tenant":    f.claimText("tid"),
		"authority":       cmp.Or(forShell(f.first("config", "authority")), "https://login.microsoftonline.com/"+cmp.Or(forShell(f.tenant()), "<tenant>")),
		"object_id":       cmp.Or(f.claimText("oid"), f.first("graph", "service_principal_object_id"), f.first("arm", "object_id")),
		"principal_type":  f.principalType(),
		"role":            f.role(),
		"action":          f.action(),
		"scope":           cmp.Or(forShell(f.first("arm", "scope", "resource_id", "service_resource_id")), forShell(f.first("service_config", "resource_id")), f.findScope()),
		"service":         cmp.Or(plainKind(f.kind()), "fhir"),
		"service_url":     strings.TrimRight(f.b.ServiceURL, "/"),
		"dicom_url":       f.dicomURL(),
		"audience":        audience,
		"token_audience":  f.claimText("aud"),
		"issuer":          cmp.Or(f.claimText("iss"), f.first("ci", "issuer"), f.first("token_request", "assertion_iss")),
		"subject":         inQuotes(f.subject()), // in one fix it stands in JSON
		"redirect_uri":    f.redirectURI(),
		"registered_uri":  f.nearlyRegistered(),
		"resource":        resource,
		"resource_app":    resourceApp(resource, f.kind()),
		"resource_name":   resourceName(resource, f.kind()),
		"origin":          f.originHeader(),
		"host":            cmp.Or(host, f.serviceHost()),
		"host_url":        f.hostURL(cmp.Or(host, f.serviceHost()), port),
		"port":            port,
		"proxy":           proxy,
		"tls_issuer":      tlsIssuer,
		"path":            f.first("local", "path", "file"),
		"thumbprint":      f.first("token_request", "x5t_hex", "x5t", "x5t#S256", "thumbprint"),
		"skew":            f.skewText(),
		"retry_after":     f.retryAfter(),
		"correlation_id":  f.first("", "correlation_id"),
		"request":         cmp.Or(forShell(f.first("request", "id")), "<request>"),
		"request_id":      f.first("response", "x-request-id", "request_id", "id"),
	}
}
