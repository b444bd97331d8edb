package login

import (
	"slices"
	"strings"
)

// asked is what a scope parameter asks for.
type asked struct {
	Raw  string
	OIDC []string // openid, profile, email, offline_access, in lower case
	APIs []ask    // one for each resource, in the order of their first mention
}

// ask is what is asked of one resource.
type ask struct {
	Resource string   // as spelt, with its final slash; empty: Microsoft Graph
	Default  bool     // .default
	Names    []string // named scopes
}

// full spells a scope of the resource as the request does.
func (a ask) full(value string) string {
	if a.Resource == "" {
		return value
	}
	return a.Resource + "/" + value
}

const defaultName = ".default"

// parseScope takes a scope parameter apart. What stands before the last slash is
// the resource, so that https://host//.default names https://host/. Scopes
// without a slash are Microsoft Graph's. Names are not looked up here.
// Source: learn.microsoft.com/entra/identity-platform/scopes-oidc.
func parseScope(raw string) (asked, *refusal) {
	a := asked{Raw: raw}
	for _, item := range strings.Fields(raw) {
		if isOIDC(item) {
			a.OIDC = append(a.OIDC, strings.ToLower(item))
			continue
		}
		resource, name := "", item
		if i := strings.LastIndexByte(item, '/'); i >= 0 {
			resource, name = item[:i], item[i+1:]
		}
		if name == "" || strings.HasSuffix(resource, ":/") || strings.HasPrefix(item, "/") {
			return a, refuse(70011, item, "") // a bare address, without a scope behind it
		}
		a.add(resource, name)
	}
	for _, api := range a.APIs {
		if api.Default && len(api.Names) > 0 {
			return a, refuse(70011, raw, ".default scope can't be combined with resource-specific scopes.")
		}
	}
	return a, nil
}

func (a *asked) add(resource, name string) {
	i := slices.IndexFunc(a.APIs, func(api ask) bool { return api.Resource == resource })
	if i < 0 {
		i = len(a.APIs)
		a.APIs = append(a.APIs, ask{Resource: resource})
	}
	if name == defaultName {
		a.APIs[i].Default = true
		return
	}
	a.APIs[i].Names = append(a.APIs[i].Names, name)
}

func isOIDC(scope string) bool {
	return slices.Contains([]string{"openid", "profile", "email", "offline_access"}, strings.ToLower(scope))
}

// has tells whether an OpenID Connect scope was asked for.
func (a asked) has(scope string) bool { return slices.Contains(a.OIDC, scope) }

// api is what is asked of the one resource of a token. A request for OpenID
// Connect scopes alone is for Microsoft Graph, which serves userinfo.
func (a asked) api() ask {
	if len(a.APIs) == 0 {
		return ask{}
	}
	return a.APIs[0]
}

// askOfV1 is what a request to a v1.0 endpoint asks for: everything that was
// consented to on one resource.
func askOfV1(resource, scope string) asked {
	a := asked{Raw: resource}
	for _, item := range strings.Fields(scope) {
		if isOIDC(item) {
			a.OIDC = append(a.OIDC, strings.ToLower(item))
		}
	}
	if resource != "" {
		a.APIs = []ask{{Resource: resource, Default: true}}
	}
	return a
}

// appResource is the resource of an app-only request: exactly one .default. The
// OpenID Connect scopes beside it, which MSAL Go adds, do not count.
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
func appResource(raw string) (string, *refusal) {
	a, refused := parseScope(raw)
	switch {
	case refused != nil || len(a.APIs) == 0 || slices.ContainsFunc(a.APIs, func(api ask) bool { return !api.Default }):
		return "", refuse(1002012, raw)
	case len(a.APIs) > 1:
		return "", refuse(700022, raw)
	}
	return a.APIs[0].Resource, nil
}
