// Package access is the gate in front of the sandbox's FHIR and DICOM services:
// whether the network lets a caller in, whether the token is good, and whether
// the caller holds a data action on the service. Behind it stands the sandbox's
// own service or, as a gateway, a real server (see [Upstream]).
//
// What a refusal looks like is each service's matter: FHIR answers with an
// OperationOutcome, DICOM with plain text.
package access

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// PendingTime is how long a role assignment takes to count while the switch
// [scenario.RolePending] is on.
// Source: azure-docs articles/role-based-access-control/troubleshooting.md, up
// to ten minutes.
const PendingTime = 10 * time.Minute

// Gate guards one service. Kind is [entra.FHIR] or [entra.DICOM].
type Gate struct {
	Directory *directory.Directory
	Scenarios *scenario.Set // nil: nothing is switched on
	Keys      *keys.Ring
	Kind      string
}

// Caller is who asks, once the token was found good.
type Caller struct {
	bearer.Claims
	gate Gate
}

// Service is the guarded service as the directory has it now, with its id in
// Azure Resource Manager. It is zero when the directory has no such service.
func (g Gate) Service() (service directory.HealthService, resourceID string) {
	g.Directory.View(func(s *directory.State) {
		for _, h := range s.Services {
			if h.Kind == g.Kind {
				service, resourceID = *h, h.ResourceID(s.Subscription)
				return
			}
		}
	})
	return service, resourceID
}

// Closed tells whether public network access is off: every path answers 403
// then, those that need no token too.
// Source: learn.microsoft.com/azure/healthcare-apis/healthcare-apis-configure-private-link.
func (g Gate) Closed() bool { return g.Scenarios.On(scenario.PrivateLink) }

// Authenticate checks the Authorization header. A nil problem means that the
// token is good; it does not mean that its holder may do anything.
//
// Accepted issuers are those of the service's own authority, v1.0 and v2.0.
func (g Gate) Authenticate(r *http.Request) (Caller, *bearer.Problem) {
	service, _ := g.Service()
	checker := bearer.Checker{
		Keys: g.Keys, Now: g.Directory.Now, Audiences: service.Audiences,
		Issuers: []string{service.Authority + "/", service.Authority + "/v2.0"},
	}
	claims, problem := checker.Check(r.Header.Get("Authorization"))
	return Caller{Claims: claims, gate: g}, problem
}

// Challenge is the WWW-Authenticate header of a 401: three parameters, then
// those of ASP.NET Core's JwtBearer handler.
// Source: microsoft/fhir-server src/Microsoft.Health.Fhir.Shared.Web/Startup.cs,
// options.Challenge; microsoft/dicom-server SecurityModule.cs; dotnet/aspnetcore
// JwtBearerHandler.cs.
func (g Gate) Challenge(p *bearer.Problem) string {
	service, _ := g.Service()
	audience := ""
	if len(service.Audiences) > 0 {
		audience = service.Audiences[0]
	}
	text := fmt.Sprintf(`Bearer authorization_uri="%s", resource_id="%s", realm="%s"`, service.Authority, audience, audience)
	if p == nil || p.Missing {
		return text
	}
	text += `, error="invalid_token"`
	if p.Description != "" {
		// The handler escapes nothing, so neither is anything escaped here; what
		// would break the header apart is dropped.
		text += `, error_description="` + strings.NewReplacer(`"`, "'", "\r", "", "\n", "").Replace(p.Description) + `"`
	}
	return text
}

// Holds tells whether the caller has one of the data actions, named without
// their prefix ([entra.ActionRead] and so on).
func (c Caller) Holds(actions ...string) bool {
	g := c.gate
	if g.Directory == nil || c.ObjectID == "" {
		return false
	}
	var delay time.Duration
	if g.Scenarios.On(scenario.RolePending) {
		delay = PendingTime
	}
	_, scope := g.Service()
	now, held := g.Directory.Now(), false
	g.Directory.View(func(s *directory.State) {
		for _, a := range actions {
			held = held || s.AllowedAfter(c.ObjectID, scope, entra.DataAction(g.Kind, a), now, delay)
		}
	})
	return held
}
