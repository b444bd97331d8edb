package pipeline

import (
	"net/http"

	"hdstest/internal/catalogue"
	"hdstest/internal/causes"
	"hdstest/internal/check"
	"hdstest/internal/claims"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
	"hdstest/internal/probe"
	"hdstest/internal/secret"
)

// surroundings are the facts around the requests of one service that a single
// exchange does not show: whose token it was, what the service said of itself
// elsewhere, its resource id. With them a 403 ends in a complete command.
type surroundings struct {
	claims map[string]any
	config *evidence.ServiceConfig
	arm    *evidence.ControlPlane
	// closed is true if the service refused even what it gives to everybody:
	// public network access is off, and no role will help.
	closed bool
}

func around(s Service, token secret.Value, outcomes []probe.Outcome) surroundings {
	var a surroundings
	if parsed, err := claims.Parse(token.Reveal()); err == nil {
		_, a.claims = parsed.Evidence()
	}
	if s.ResourceID != "" {
		a.arm = &evidence.ControlPlane{Extra: map[string]any{"resource_id": s.ResourceID}}
	}
	for _, o := range outcomes {
		if c := o.Evidence.ServiceConfig; c != nil && (a.config == nil || a.config.Audience == "") {
			a.config = c
		}
		if r := o.Evidence.Response; r != nil && o.Request.Auth == catalogue.Anonymous && r.Status == http.StatusForbidden {
			a.closed = true
		}
	}
	return a
}

// complete adds the facts to the evidence of a request that carried the token.
func (a surroundings) complete(o *probe.Outcome) {
	b := &o.Evidence
	if b.ServiceConfig == nil {
		b.ServiceConfig = a.config
	}
	if o.Request.Auth != catalogue.Bearer {
		return
	}
	if b.Claims == nil {
		b.Claims = a.claims
	}
	if b.ARM == nil {
		b.ARM = a.arm
	}
}

// closedCause names the cause of a 403 where the service is closed to everybody.
const closedCause = "network.private_link"

// override gives a refused request of a closed service the cause that its own
// exchange cannot show.
func (a surroundings) override(f *check.Finding, b evidence.Bundle) {
	if !a.closed || f.Status != check.Fail || b.Response == nil || b.Response.Status != http.StatusForbidden {
		return
	}
	if _, known := causes.ByID(closedCause); known {
		f.Cause, f.Hint = closedCause, diagnose.Fix(b, closedCause)
	}
}
