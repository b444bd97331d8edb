package login

import (
	"net/http"
	"net/url"
	"strings"

	"hdstest/internal/entra"
)

// metadata is the discovery document of a realm.
// Source: a recording of the public service (azure-sdk-for-js), for v1.0 the
// FHIR article on token validation; learn.microsoft.com/entra/identity-platform/v2-protocols-oidc.
func (c *call) metadata() { c.document(c.realm.Name, c.version) }

// adfs is the one document that clients find which take the authority for
// Active Directory Federation Services. It sends them to the tenant's endpoints.
func (c *call) adfs(rest string) {
	if rest != ".well-known/openid-configuration" || c.r.Method == http.MethodPost {
		c.notFound()
		return
	}
	r, _ := c.findRealm(common)
	c.realm = r
	c.document(r.TenantID, 2)
}

func (c *call) document(name string, version int) {
	h := c.w.Header()
	h.Set("Cache-Control", "max-age=86400, private")
	h.Del("Pragma")
	h.Del("Expires")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
	doc := c.fields(name, version)
	if version == 1 {
		c.fieldsOfV1(doc, name)
	}
	c.json(http.StatusOK, doc)
}

// fields are those of the v2.0 document.
func (c *call) fields(name string, version int) map[string]any {
	base, oauth, keys := c.URL+"/"+name, "/oauth2/v2.0", "/discovery/v2.0/keys"
	if version == 1 {
		oauth, keys = "/oauth2", "/discovery/keys"
	}
	if appID := c.r.URL.Query().Get("appid"); appID != "" {
		keys += "?appid=" + url.QueryEscape(appID)
	}
	host := strings.TrimPrefix(c.URL, "https://")
	graph := strings.TrimPrefix(c.GraphURL, "https://")
	return map[string]any{
		"token_endpoint":                        base + oauth + "/token",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"jwks_uri":                              base + keys,
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"issuer":                                c.issuerOf(name, version),
		"request_uri_parameter_supported":       false,
		"userinfo_endpoint":                     c.GraphURL + "/oidc/userinfo",
		"authorization_endpoint":                base + oauth + "/authorize",
		"device_authorization_endpoint":         base + oauth + "/devicecode",
		"http_logout_supported":                 true,
		"frontchannel_logout_supported":         true,
		"end_session_endpoint":                  base + oauth + "/logout",
		"claims_supported": []string{"sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
			"msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver",
			"at_hash", "c_hash", "email"},
		"kerberos_endpoint":     base + "/kerberos",
		"tenant_region_scope":   "WW",
		"cloud_instance_name":   host,
		"cloud_graph_host_name": graph,
		"msgraph_host":          graph,
		"rbac_url":              c.URL,
	}
}

// fieldsOfV1 are those in which the v1.0 document differs.
func (c *call) fieldsOfV1(doc map[string]any, name string) {
	doc["scopes_supported"] = []string{"openid"}
	doc["response_types_supported"] = []string{"code", "id_token", "code id_token", "token id_token", "token"}
	doc["microsoft_multi_refresh_token"] = true
	doc["check_session_iframe"] = c.URL + "/" + name + "/oauth2/checksession"
	doc["userinfo_endpoint"] = c.URL + "/" + name + "/openid/userinfo"
}

// issuerOf is the issuer that a realm's document names: a template for the
// shared realms, with {tenantid} as it stands.
// Source: learn.microsoft.com/entra/identity-platform/access-tokens.
func (s *service) issuerOf(name string, version int) string {
	switch name {
	case common, organizations:
		name = "{tenantid}"
	case consumers:
		name = entra.ConsumersTenant
	}
	if version == 1 {
		return s.URL + "/" + name + "/"
	}
	return s.URL + "/" + name + "/v2.0"
}

// keySet publishes the signing keys. On v2.0 each names its issuer.
func (c *call) keySet() {
	h := c.w.Header()
	h.Set("Cache-Control", "max-age=86400, private")
	h.Set("Access-Control-Allow-Origin", "*")
	issuer := ""
	if c.version == 2 {
		issuer = c.issuerOf(c.realm.Name, 2)
	}
	c.json(http.StatusOK, map[string]any{"keys": c.Keys.Set(issuer)})
}

// instance tells which hosts are one and the same authority. It knows the
// sandbox's own host; clients ask it only if they are told to, since they look
// for instance discovery at a Microsoft host.
// Source: MSAL Go 1.10.1, apps/internal/oauth/ops/authority/authority.go.
func (c *call) instance() {
	if refused := c.readForm(); refused != nil {
		c.refuse(refused)
		return
	}
	if refused := c.need("api-version", "authorization_endpoint"); refused != nil {
		c.refuse(refused)
		return
	}
	asked, err := url.Parse(c.form["authorization_endpoint"])
	own, _ := url.Parse(c.URL)
	if err != nil || own == nil || !strings.EqualFold(asked.Hostname(), own.Hostname()) {
		c.refuse(refuse(50049))
		return
	}
	tenant, _, _ := strings.Cut(strings.Trim(asked.Path, "/"), "/")
	c.json(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": c.URL + "/" + url.PathEscape(tenant) + "/v2.0/.well-known/openid-configuration",
		"api-version":               c.form["api-version"],
		"metadata": []map[string]any{{"preferred_network": own.Host, "preferred_cache": own.Host,
			"aliases": []string{own.Host}}},
	})
}
