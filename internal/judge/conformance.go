package judge

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/diagnose/expect"
	"hdstest/internal/evidence"
)

// Conformance judges how a service describes itself, by the evidence of a run:
// of FHIR the CapabilityStatement, the SMART configuration beside it, and both
// against the profile's tenant; of DICOM the form of the change feed. What was
// not seen has no finding. Ids are conformance.<what>.
func Conformance(service, tenantID string, steps []evidence.Bundle) []check.Finding {
	c := &conformant{tenant: tenantID}
	for _, b := range steps {
		if b.Capability != nil {
			c.statement = b.Capability
		}
		if b.SMART != nil {
			c.smart = b.SMART
		}
		if f := b.ChangeFeed; f != nil {
			c.feeds = append(c.feeds, f)

		}
	}
	var out []check.Finding
	for _, r := range c.rules(service) {
		o := r.judge()
		out = append(out, check.Finding{ID: "conformance." + r.id, Group: service, Title: r.title, Source: r.source,
			Status: o.status, Expected: o.expected, Seen: o.seen, Hint: o.hint, Cause: o.cause})
	}
	return out
}

// conformant is what the rules look at.
type conformant struct {
	tenant    string
	statement *evidence.Capability
	smart     *evidence.SMART
	feeds     []*evidence.ChangeFeed
}

type conformanceRule struct {
	id, title, source string
	judge             func() outcome
}

func (c *conformant) rules(service string) []conformanceRule {
	const (
		statement = "hl7.org/fhir/R4/capabilitystatement.html"
		smart     = "hl7.org/fhir/smart-app-launch/conformance.html"
		feed      = "github.com/microsoft/dicom-server docs/concepts/change-feed.md"
	)
	var out []conformanceRule
	if service == catalogue.FHIR && c.statement != nil {
		out = append(out, conformanceRule{"version", "FHIR version", statement, c.version},
			conformanceRule{"formats", "Formats", statement, c.formats},
			conformanceRule{"security", "Security: OAuth and its endpoints", smart, c.security},
			conformanceRule{"authority", "Tenant of the endpoints", smart, c.authority},
			conformanceRule{"resources", "Patient and Observation", statement, c.resources})
	}
	if service == catalogue.FHIR && c.statement != nil && c.smart != nil {
		out = append(out, conformanceRule{"smart", "SMART configuration beside the statement", smart, c.smartAgrees})
	}
	if service == catalogue.DICOM && c.feeds != nil {
		out = append(out, conformanceRule{"changefeed", "Form of the change feed", feed, c.feed})
	}
	return out
}

// advise is a warning with a next step.
func advise(expected, seen, hint string) outcome {
	o := warn(expected, seen)
	o.hint = hint
	return o
}

func (c *conformant) version() outcome {
	const want = "4.0.1 (R4) or 3.0.2 (STU3)"
	seen := orNone(c.statement.FHIRVersion)
	if c.statement.Software != "" {
		seen += ", " + c.statement.Software
	}
	switch {
	case c.statement.FHIRVersion == "":
		return fail(want, "no fhirVersion, which every statement must have")
	case slices.Contains([]string{"4.0.1", "3.0.2"}, c.statement.FHIRVersion):
		return pass(want, seen)
	}
	return advise(want, seen, "Azure offers R4 and STU3; what the requests expect is R4")
}

func (c *conformant) formats() outcome {
	const want = "application/fhir+json"
	seen := orNone(strings.Join(c.statement.Formats, ", "))
	if patch := c.statement.PatchFormats; len(patch) > 0 {
		seen += "; patches " + strings.Join(patch, ", ")
	}
	for _, format := range c.statement.Formats {
		if media, _, _ := strings.Cut(format, ";"); slices.Contains([]string{"application/fhir+json", "json", "application/json"}, strings.TrimSpace(media)) {
			return pass(want, seen)
		}
	}
	return fail(want, seen)
}

func (c *conformant) security() outcome {
	const want = "OAuth or SMART-on-FHIR, with the addresses of authorize and token"
	s := c.statement
	oauth := slices.ContainsFunc(s.Security, func(code string) bool { return code == "OAuth" || code == "SMART-on-FHIR" })
	seen := fmt.Sprintf("%s; authorize %s, token %s", orNone(strings.Join(s.Security, ", ")), orNone(s.Authorize), orNone(s.Token))
	if !oauth || s.Authorize == "" || s.Token == "" {
		return advise(want, seen, "clients that find the authority by the statement cannot sign in here; the challenge of a 401 and the profile do without")
	}
	return pass(want, seen)
}

// authority compares the tenant of the endpoints with the profile's. A proxy for
// SMART has the service's own address, which names no tenant.
func (c *conformant) authority() outcome {
	want := "the profile's tenant " + c.tenant
	got := tenantIn(c.statement.Token)
	switch {
	case !expect.IsGUID(c.tenant):
		return skip("the profile names its tenant by a domain or not at all", "set tenant_id to the directory's id")
	case !expect.IsGUID(got):
		return skip("the token endpoint names no tenant: "+orNone(c.statement.Token), "")
	case !strings.EqualFold(got, c.tenant):
		o := warn(want, got)
		o.cause, o.hint = "token.tenant", "get tokens in the tenant that the service trusts: tenant_id "+got
		return o
	}
	return pass(want, got)
}

func (c *conformant) resources() outcome {
	const want = "read, search-type, create, update, delete"
	if len(c.statement.Interactions) == 0 {
		return advise(want, "the statement lists no resource types", "ask the server's documentation; the requests themselves show what works")
	}
	var lacks []string
	for _, typ := range []string{"Patient", "Observation"} {
		codes, listed := c.statement.Interactions[typ]
		if !listed {
			lacks = append(lacks, typ+" itself")
			continue
		}
		for code := range strings.SplitSeq(want, ", ") {
			if !slices.Contains(codes, code) {
				lacks = append(lacks, code+" of "+typ)
			}
		}
	}
	if lacks != nil {
		return advise(want, "not in the statement: "+strings.Join(lacks, ", "), "what it does not list may be refused; the requests themselves show it")
	}
	return pass(want, fmt.Sprintf("%d types; transactions: %v", len(c.statement.Interactions), slices.Contains(c.statement.System, "transaction")))
}

// smartAgrees holds the two documents against each other: a client may read either.
func (c *conformant) smartAgrees() outcome {
	const want = "the same endpoints as in the statement, PKCE by S256"
	var odd []string
	for _, pair := range [][3]string{{"authorize", c.smart.Authorize, c.statement.Authorize}, {"token", c.smart.Token, c.statement.Token}} {
		if pair[2] != "" && pair[1] != pair[2] {
			odd = append(odd, pair[0]+" is "+orNone(pair[1])+", "+pair[2]+" in the statement")
		}
	}
	if len(c.smart.PKCE) > 0 && !slices.Contains(c.smart.PKCE, "S256") {
		odd = append(odd, "PKCE by "+strings.Join(c.smart.PKCE, ", "))
	}
	for _, code := range c.statement.SMART {
		if len(c.smart.Capabilities) > 0 && !slices.Contains(c.smart.Capabilities, code) {
			odd = append(odd, code+" is in the statement alone")
		}
	}
	if odd != nil {
		return advise(want, strings.Join(odd, "; "), "clients differ in which of the two they read: use the endpoints of the profile's authority")
	}
	return pass(want, fmt.Sprintf("the same; %d capabilities", len(c.smart.Capabilities)))
}

// feed judges the entries that were seen. Clients must read names and values
// without regard to case: article and service differ in it.
func (c *conformant) feed() outcome {
	const want = "entries with sequence, UIDs, action, timestamp and state, whatever their case"
	entries, form, found := 0, "", ""
	var lacks, odd []string
	for _, f := range c.feeds {
		entries += f.Entries
		lacks, odd = append(lacks, f.Missing...), append(odd, f.Odd...)
		if f.Form != "" {
			form = f.Form
		}
		if f.OfRun != "" {
			found = f.OfRun
		}
	}
	switch {
	case lacks != nil:
		return fail(want, "an entry lacks "+strings.Join(lacks, ", "))
	case odd != nil:
		return advise(want, "unknown: "+strings.Join(odd, ", "), "let clients pass over actions and states that they do not know")
	case found != "" && found != "create" && found != "update":
		return fail("create for what was just stored", found)
	case entries == 0:
		return pass(want, "empty")
	}
	seen := fmt.Sprintf("%d read; names in %s, to be read without regard to case", entries, form)
	if found != "" {
		seen += "; what this run stored is in it"
	}
	return pass(want, seen)
}
