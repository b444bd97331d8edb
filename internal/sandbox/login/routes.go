package login

import (
	"net/http"
	"strings"
	"time"
)

// call is one request on its way through the service.
type call struct {
	*service
	w           http.ResponseWriter
	r           *http.Request
	realm       realm
	version     int // of the endpoint: 1 or 2
	form        map[string]string
	trace       string // x-ms-request-id, trace_id
	correlation string
	now         time.Time
}

// route is an endpoint below the tenant's segment.
type route struct {
	version int
	get     func(*call)
	post    func(*call)
	open    bool // the tenant's segment may be unknown
}

// routes lists the endpoints.
// Source: learn.microsoft.com/entra/identity-platform/v2-protocols and the
// discovery documents; login, consent and deviceauth are the pages' own.
func routes() map[string]route {
	token, device := (*call).token, (*call).deviceCode
	authorize, consent := (*call).authorize, (*call).adminConsent
	both := func(version int, f func(*call)) route { return route{version: version, get: f, post: f} }
	absent := both(1, (*call).absent)
	return map[string]route{
		".well-known/openid-configuration":      {version: 1, get: (*call).metadata},
		"v2.0/.well-known/openid-configuration": {version: 2, get: (*call).metadata},
		"discovery/keys":                        {version: 1, get: (*call).keySet},
		"discovery/v2.0/keys":                   {version: 2, get: (*call).keySet},
		"discovery/instance":                    {version: 2, get: (*call).instance, open: true},
		"oauth2/authorize":                      both(1, authorize),
		"oauth2/v2.0/authorize":                 both(2, authorize),
		"oauth2/token":                          {version: 1, get: (*call).onlyPost, post: token},
		"oauth2/v2.0/token":                     {version: 2, get: (*call).onlyPost, post: token},
		"oauth2/devicecode":                     {version: 1, get: (*call).onlyPost, post: device},
		"oauth2/v2.0/devicecode":                {version: 2, get: (*call).onlyPost, post: device},
		"oauth2/deviceauth":                     both(2, (*call).deviceAuth),
		"oauth2/logout":                         both(1, (*call).logout),
		"oauth2/v2.0/logout":                    both(2, (*call).logout),
		"adminconsent":                          both(1, consent),
		"v2.0/adminconsent":                     both(2, consent),
		"login":                                 {version: 2, post: (*call).signIn},
		"consent":                               {version: 2, post: (*call).consent},
		"openid/userinfo":                       both(1, (*call).userInfo),
		"oauth2/checksession":                   absent,
		"kerberos":                              absent,
		"saml2":                                 absent,
		"wsfed":                                 absent,
		"reprocess":                             absent,
		"federationmetadata/2007-06/federationmetadata.xml": absent,
	}
}

// ServeHTTP finds the endpoint and the tenant.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	c := &call{service: s, w: w, r: r, version: 2, trace: s.NewID(), now: s.Directory.Now()}
	c.correlation = c.correlationID()
	c.headers()
	tenant, rest, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case tenant == "outside" && s.Outside != nil:
		s.Outside.ServeHTTP(w, r)
	case rest == "" && tenant == "error":
		c.errorPage()
	case rest == "" && tenant == "devicelogin":
		http.Redirect(w, r, "/common/oauth2/deviceauth", http.StatusFound)
	case strings.EqualFold(tenant, "adfs"):
		c.adfs(rest)
	case strings.HasPrefix(strings.ToLower(rest), "userrealm/"):
		c.absent()
	default:
		c.dispatch(tenant, strings.ToLower(rest))
	}
}

func (c *call) dispatch(tenant, rest string) {
	found, ok := routes()[rest]
	if !ok {
		c.notFound()
		return
	}
	c.version = found.version
	if c.r.Method == http.MethodOptions {
		c.preflight(found)
		return
	}
	handle := found.get
	if c.r.Method == http.MethodPost {
		handle = found.post
	}
	if handle == nil || c.r.Method != http.MethodPost && c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		c.w.Header().Set("Allow", allowed(found))
		http.Error(c.w, "The method "+c.r.Method+" is not taken here.", http.StatusMethodNotAllowed)
		return
	}
	var refused *refusal
	if c.realm, refused = c.findRealm(tenant); refused != nil && !found.open {
		c.refuseAs(rest, refused)
		return
	}
	handle(c)
}

// refuseAs shows a refusal to a person where the endpoint is a page, and as JSON
// otherwise.
func (c *call) refuseAs(rest string, refused *refusal) {
	switch rest {
	case "oauth2/authorize", "oauth2/v2.0/authorize", "oauth2/deviceauth", "adminconsent", "v2.0/adminconsent",
		"login", "consent", "oauth2/logout", "oauth2/v2.0/logout":
		c.showError(refused)
	default:
		c.refuse(refused)
	}
}

func allowed(r route) string {
	var methods []string
	if r.get != nil {
		methods = append(methods, http.MethodGet)
	}
	if r.post != nil {
		methods = append(methods, http.MethodPost)
	}
	return strings.Join(append(methods, http.MethodOptions), ", ")
}

// preflight answers a browser that asks before a cross-origin request.
func (c *call) preflight(r route) {
	h := c.w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", allowed(r))
	h.Set("Access-Control-Allow-Headers", c.r.Header.Get("Access-Control-Request-Headers"))
	c.w.WriteHeader(http.StatusOK)
}
