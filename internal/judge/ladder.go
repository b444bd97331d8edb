package judge

import (
	"cmp"
	"slices"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
)

// Climb is what was seen on the way to one service, and what it is held against.
type Climb struct {
	Service  string // catalogue.FHIR or catalogue.DICOM
	TenantID string // of the profile; a GUID, else it is not compared
	Audience string // that tokens for the service are asked for with
	// Steps is the evidence of the exchanges with the service, whichever were made;
	// their Request.ID tells what each was.
	Steps []evidence.Bundle
	// NoToken says why no token was there, empty if one was.
	NoToken string
	Now     time.Time
}

// LadderGroup is the group of a service's rungs.
func LadderGroup(service string) string { return service + "-ladder" }

// LadderRequests are the ids of the requests that tell of every rung, the one
// that is to come first at the front.
func LadderRequests(service string) []string {
	if service == catalogue.DICOM {
		return []string{"dicom.challenge", "dicom.health", "dicom.studies.list"}
	}
	return []string{"fhir.metadata", "fhir.health", "fhir.smart-configuration", "fhir.challenge", "fhir.patient.count"}
}

// rung is one step on the way to data, each standing on those before it.
type rung struct {
	id, title, source string
	judge             func(*climber) verdict
}

// verdict is an outcome with the evidence in which its cause is to be looked for.
type verdict struct {
	outcome
	of evidence.Bundle
}

// climber is what the rungs look at.
type climber struct {
	Climb
	first evidence.Bundle // the exchange that made the connection
	way   *evidence.Connection
}

// Ladder judges the way to a service rung by rung: name, connection, proxy,
// certificate, HTTP, what is open to all, the challenge, the token, the
// permission, the data. The first rung that is broken is the answer: those above
// it are skips that name it. A warning breaks nothing.
//
// It judges what was seen and asks for nothing; a rung of which nothing was seen
// is a skip that says so. Ids are ladder.<service>.<rung>.
func Ladder(c Climb) []check.Finding {
	climber := newClimber(c)
	var out []check.Finding
	broken := ""
	for _, r := range rungs() {
		f := check.Finding{ID: "ladder." + c.Service + "." + r.id, Group: LadderGroup(c.Service), Title: r.title, Source: r.source, Status: check.Skip}
		if broken != "" {
			f.Seen = "it stands above what is broken: " + broken
			out = append(out, f)
			continue
		}
		v := r.judge(climber)
		f.Status, f.Expected, f.Seen, f.Hint = v.status, v.expected, v.seen, v.hint
		if f.Status == check.Fail || f.Status == check.Warn {
			f = explained(f, v)
		}
		if f.Status == check.Fail {
			broken = r.title
		}
		out = append(out, f)
	}
	return out
}

// explained gives a finding the cause that the rung knows, else the likeliest.
func explained(f check.Finding, v verdict) check.Finding {
	if v.cause == "" {
		return WithCause(f, v.of)
	}
	f.Cause = v.cause
	if f.Hint == "" {
		f.Hint = diagnose.Fix(v.of, v.cause)
	}
	return f
}

// AllowedID is the id of the rung that a 403 breaks.
func AllowedID(service string) string { return "ladder." + service + ".allowed" }

// FirstBroken is the rung that is the answer; false if none is broken.
func FirstBroken(findings []check.Finding) (check.Finding, bool) {
	i := slices.IndexFunc(findings, func(f check.Finding) bool { return f.Status == check.Fail })
	if i < 0 {
		return check.Finding{}, false
	}
	return findings[i], true
}

func rungs() []rung {
	const (
		tls   = "RFC 5280 section 6"
		names = "RFC 6125 section 6"
		azure = "learn.microsoft.com/azure/healthcare-apis/authentication-authorization"
	)
	return []rung{
		{"dns", "Name resolves", "RFC 1035", resolves},
		{"tcp", "Connection (TCP)", "RFC 9293 section 3.5", connects},
		{"proxy", "Proxy", "RFC 9110 section 9.3.6", throughProxy},
		{"tls", "TLS", "RFC 8446", agrees},
		{"certificate.chain", "Certificate: chain to a trusted authority", tls, chained},
		{"certificate.name", "Certificate: name of the host", names, named},
		{"certificate.dates", "Certificate: within its dates", tls, dated},
		{"certificate.issuer", "Certificate: who issued it", tls, issued},
		{"http", "HTTP", "RFC 9110", speaksHTTP},
		{"open", "Open endpoints", azure, opens},
		{"challenge", "Challenge: tenant and audience", "RFC 6750 section 3", challenges},
		{"token", "Token accepted (no 401)", azure, accepts},
		{"allowed", "Allowed (no 403)", "learn.microsoft.com/azure/healthcare-apis/configure-azure-rbac", allows},
		{"data", "Data", azure, answersData},
	}
}

// newClimber finds the exchange that made the connection: the first one that
// opened it, else the first that knows any.
func newClimber(c Climb) *climber {
	out := &climber{Climb: c}
	for _, b := range c.Steps {
		if b.Connection == nil && b.Network == nil {
			continue
		}
		better := out.way == nil && b.Connection != nil || out.way != nil && out.way.Reused && b.Connection != nil && !b.Connection.Reused
		if out.first.Request == nil || better {
			out.first, out.way = b, cmp.Or(b.Connection, out.way)
		}
	}
	return out
}

// step finds the evidence of a request that was answered or failed.
func (c *climber) step(id string) (evidence.Bundle, bool) {
	i := slices.IndexFunc(c.Steps, func(b evidence.Bundle) bool {
		return b.Request != nil && b.Request.ID == id && (b.Response != nil || b.Network != nil)
	})
	if i < 0 {
		return evidence.Bundle{}, false
	}
	return c.Steps[i], true
}

// failed tells whether the first exchange failed at one of the stages.
func (c *climber) failed(stages ...string) bool {
	n := c.first.Network
	if n == nil {
		return false
	}
	at := n.Stage
	if during, ok := n.Extra["during"].(string); ok && at == "timeout" {
		at = during
	}
	return slices.Contains(stages, at)
}

// nothing is the verdict where nothing was seen.
func nothing(why string) verdict { return verdict{outcome: skip(why, "")} }
