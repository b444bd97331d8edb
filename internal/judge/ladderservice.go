package judge

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/diagnose/expect"
	"hdstest/internal/evidence"
)

// closedCause is the cause of a 403 on what a service gives to everybody.
const closedCause = "network.private_link"

// refusedToAll is the verdict on a 403 without a token.
func refusedToAll(want string, b evidence.Bundle) verdict {
	v := verdict{fail(want, answer(b.Response)+", without a token"), b}
	v.cause = closedCause
	return v
}

// opens is about what a service gives to everybody. One part that is not as
// expected is a warning: what needs a token may work all the same.
func opens(c *climber) verdict {
	const want = "what needs no token answers"
	var seen, wrong []string
	var of evidence.Bundle
	for _, b := range c.Steps {
		r, known := c.request(b)
		if !known || r.Auth != catalogue.Anonymous || slices.Contains(r.Expect.Status, http.StatusUnauthorized) {
			continue
		}
		switch {
		case b.Response != nil && b.Response.Status == http.StatusForbidden:
			return refusedToAll(want, b)
		case b.Network != nil || b.Response != nil && len(b.Response.Mismatch) > 0:
			wrong, of = append(wrong, r.Path+": "+fault(b)), b
		case b.Response != nil:
			seen = append(seen, r.Path)
		}
	}
	switch {
	case wrong != nil && seen == nil:
		return verdict{fail(want, strings.Join(wrong, "; ")), of}
	case wrong != nil:
		return verdict{warn(want, strings.Join(wrong, "; ")), of}
	case seen == nil:
		return nothing("none was asked for")
	}
	return ok(want, strings.Join(seen, ", "))
}

// challenges is about the 401 to a request without a token. It tells whom the
// service trusts: another tenant or audience than that of the profile explains a
// token that it refuses.
func challenges(c *climber) verdict {
	const want = "401 with tenant and audience"
	b, seen := c.step(c.Service + ".challenge")
	switch {
	case !seen:
		return nothing("no request without a token was made")
	case b.Response == nil:
		return verdict{fail(want, fault(b)), b}
	case b.Response.Status == http.StatusForbidden:
		return refusedToAll(want, b)
	case b.Response.Status >= 200 && b.Response.Status < 300:
		v := advised(want, answer(b.Response)+": the service is open to everybody", "make sure that it holds nothing of a patient, or put authorization before it")
		if b.Response.Mismatch != nil {
			v.cause, v.of = openCause, b
		}
		return v
	case b.Response.Status != http.StatusUnauthorized:
		return verdict{fail(want, answer(b.Response)), b}
	}
	return c.compared(b, want)
}

// compared holds tenant and audience of a challenge against the profile's.
func (c *climber) compared(b evidence.Bundle, want string) verdict {
	bearer, _ := evidence.Bearer(b.Response.WWWAuthenticate)
	audience := cmp.Or(bearer.Params["resource_id"], bearer.Params["realm"])
	tenant := tenantIn(bearer.Params["authorization_uri"])
	if audience == "" && tenant == "" {
		return advised(want, "401; the challenge names neither", "compare tenant and audience with the service's Authentication page in the portal")
	}
	seen := fmt.Sprintf("tenant %s, audience %s", cmp.Or(tenant, "not named"), cmp.Or(audience, "not named"))
	switch {
	case expect.IsGUID(c.TenantID) && expect.IsGUID(tenant) && !strings.EqualFold(tenant, c.TenantID):
		v := verdict{warn("tenant "+c.TenantID, seen), b}
		v.cause = "token.tenant"
		return v
	case c.Audience != "" && audience != "" && !sameAudience(c.Service, audience, c.Audience):
		v := verdict{warn("audience "+c.Audience, seen), b}
		v.cause = "audience.wrong"
		return v
	}
	return ok(want, seen)
}

// advised is a warning with a next step of its own and no known cause.
func advised(want, seen, hint string) verdict {
	v := verdict{outcome: warn(want, seen)}
	v.hint = hint
	return v
}

// sameAudience compares as the services do: FHIR to the letter, DICOM with both
// spellings.
func sameAudience(service, a, b string) bool {
	if service == catalogue.DICOM {
		a, b = strings.TrimSuffix(a, "/"), strings.TrimSuffix(b, "/")
	}
	return a == b
}

// tenantIn is the first part of an authority's path.
func tenantIn(authority string) string {
	_, rest, _ := strings.Cut(authority, "://")
	_, path, _ := strings.Cut(rest, "/")
	tenant, _, _ := strings.Cut(path, "/")
	return tenant
}

// carried gives the steps that carried the token and only read.
func (c *climber) carried() []evidence.Bundle {
	var out []evidence.Bundle
	for _, b := range c.Steps {
		if r, known := c.request(b); known && r.Auth == catalogue.Bearer && r.Group == c.Service+"-read" && (b.Response != nil || b.Network != nil) {
			out = append(out, b)
		}
	}
	return out
}

func (c *climber) withStatus(status int) (evidence.Bundle, bool) {
	for _, b := range c.carried() {
		if b.Response != nil && b.Response.Status == status {
			return b, true
		}
	}
	return evidence.Bundle{}, false
}

// unasked is the verdict where no request carried a token.
func (c *climber) unasked() verdict {
	if c.NoToken != "" {
		return nothing("there is no token: " + c.NoToken)
	}
	return nothing("no request with a token was made")
}

func accepts(c *climber) verdict {
	const want = "another status than 401"
	all := c.carried()
	if b, refused := c.withStatus(http.StatusUnauthorized); refused {
		seen := answer(b.Response)
		if bearer, ok := evidence.Bearer(b.Response.WWWAuthenticate); ok && bearer.Params["error_description"] != "" {
			seen += ": " + bearer.Params["error_description"]
		}
		return verdict{fail(want, seen), b}
	}
	switch {
	case len(all) == 0:
		return c.unasked()
	case all[0].Request.Anonymous:
		return nothing("no token was sent: --anonymous")
	}
	return ok(want, "the token is accepted")
}

func allows(c *climber) verdict {
	const want = "another status than 403"
	if b, refused := c.withStatus(http.StatusForbidden); refused {
		return verdict{fail(want, answer(b.Response)+" on "+b.Request.Path), b}
	}
	if len(c.carried()) == 0 {
		return c.unasked()
	}
	return ok(want, "reading is allowed")
}

// answersData is about everything else that can be wrong with an answer.
func answersData(c *climber) verdict {
	const want = "the answers that the catalogue expects"
	var seen []string
	for _, b := range c.carried() {
		if b.Network != nil || len(b.Response.Mismatch) > 0 {
			v := verdict{fail(want, b.Request.Path+": "+fault(b)), b}
			return v
		}
		seen = append(seen, b.Request.ID)
	}
	if seen == nil {
		return c.unasked()
	}
	return ok(want, strings.Join(seen, ", "))
}

// fault says what is wrong with an exchange.
func fault(b evidence.Bundle) string {
	if b.Network != nil {
		return b.Network.Words()
	}
	return answer(b.Response)
}

// request finds the request of a step in the catalogue.
func (c *climber) request(b evidence.Bundle) (catalogue.Request, bool) {
	if b.Request == nil {
		return catalogue.Request{}, false
	}
	r, ok := catalogue.ByID(b.Request.ID)
	return r, ok
}
