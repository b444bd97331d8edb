package issuer

import (
	"net/url"
	"strings"

	"hdstest/internal/evidence"
)

// Challenge reads what a service tells about itself in the WWW-Authenticate
// header of a 401: the audience it wants (resource_id, else realm) and its
// authority with the tenant. Parameters are read by name, in any order, also
// behind other challenges. The authority is for showing and comparing: nothing
// is ever sent there. The zero value means that the header told nothing.
//
// Source: src/Microsoft.Health.Fhir.Shared.Web/Startup.cs in
// github.com/microsoft/fhir-server; the DICOM service's SecurityModule.cs.
func Challenge(header string) evidence.ServiceConfig {
	c, ok := evidence.Bearer(header)
	if !ok {
		return evidence.ServiceConfig{}
	}
	config := evidence.ServiceConfig{Audience: c.Params["resource_id"], Authority: c.Params["authorization_uri"]}
	if config.Authority == "" {
		config.Authority = c.Params["authorization"] // as Azure Resource Manager writes it
	}
	switch realm := c.Params["realm"]; {
	case config.Audience == "" && strings.Contains(realm, "://"):
		config.Audience = realm
	case realm != "" && realm != config.Audience:
		config.Extra = map[string]any{"realm": realm}
	}
	if u, err := url.Parse(config.Authority); err == nil && u.Host != "" {
		config.TenantID, _, _ = strings.Cut(strings.Trim(u.Path, "/"), "/")
	}
	return config
}
