package fhir

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/sandbox/querystring"
)

// Limits of a search page.
// Source: [AD fhir/fhir-faq.md] for the most; microsoft/fhir-server
// CoreFeatureConfiguration.cs for what is given when nothing is asked.
const (
	mostCount    = 1000
	defaultCount = 10
)

// query is a search, understood.
type query struct {
	typ      string   // empty: all types
	types    []string // _type, for a search over all types
	terms    []term
	count    int
	summary  string // as sent; empty: none
	accurate bool   // a total is wanted
	elements []string
	sort     string // name of the parameter; empty: by arrival
	falling  bool
	includes []inclusion
	from     position

	unsupported []string           // what is wrong and goes on unless handling is strict
	notes       []issue            // for the searchset
	links       []querystring.Pair // what the self link repeats
}

// term is one condition: any of the values.
type term struct {
	parameter parameter
	modifier  string
	values    []string
	chain     *chain
}

// chain is a condition on the resources at the other end of a reference:
// subject:Patient.name=x, or with reverse _has:Observation:patient:code=x.
type chain struct {
	types   []string // that the reference may lead to, or the one it comes from
	reverse bool
	inner   []term // by type, in the order of types
}

// inclusion is an _include or a _revinclude.
type inclusion struct {
	source, name, target string // name *: all references of the source type
	reverse              bool
}

// parser understands search parameters.
type parser struct {
	set    parameterSet
	custom func(typ, name string) bool // is there a SearchParameter resource for it?
}

// parse understands a search of one type, or of all if typ is empty. Errors are
// what cannot be answered at all; what the server ignores stands in
// query.unsupported.
// Source: microsoft/fhir-server SearchOptionsFactory.cs.
func (p parser) parse(typ string, pairs []querystring.Pair) (*query, *refusal) {
	q := &query{typ: typ, count: defaultCount}
	for _, one := range pairs {
		before := len(q.unsupported)
		if r := p.read(q, one); r != nil {
			return nil, r
		}
		if len(q.unsupported) == before && one.Name != "ct" {
			q.links = append(q.links, one)
		}
	}
	if len(q.elements) > 0 && q.summary != "" && q.summary != "false" {
		return nil, badRequest("The '_elements' parameter is supported only when '_summary' is SummaryType.False or '_summary' is not specified at all.")
	}
	return q, p.checkSort(q)
}

func (p parser) read(q *query, one querystring.Pair) *refusal {
	name, value := one.Name, one.Value
	key, modifier, _ := strings.Cut(name, ":")
	switch {
	case name == "_format" || name == "_pretty":
		return nil
	case strings.TrimSpace(name) == "" || strings.TrimSpace(value) == "" || slices.Contains(ignored(), key):
		q.ignore(name)
	case name == "ct":
		from, ok := parsePosition(value)
		if !ok {
			return badRequest("The continuation token is invalid.")
		}
		q.from = from
	case name == "_type":
		return q.readTypes(value)
	case name == "_count":
		return q.readCount(value)
	case name == "_total":
		return q.readTotal(value)
	case name == "_summary":
		return q.readSummary(value)
	case name == "_elements":
		q.elements = strings.Split(value, ",")
	case name == "_sort":
		q.readSort(value)
	case key == "_include" || key == "_revinclude":
		return p.readInclusion(q, key, modifier, value)
	case key == "_has":
		return p.readReverse(q, modifier, value)
	default:
		return p.readTerm(q, name, value)
	}
	return nil
}

// ignored lists parameters of FHIR that the server does not support (OSS).
func ignored() []string {
	return []string{"_text", "_content", "_list", "_query", "_filter", "_contained", "_containedType"}
}

func (q *query) ignore(name string) {
	types := q.typ
	if types == "" {
		types = "DomainResource"
	}
	q.unsupported = append(q.unsupported, fmt.Sprintf("The search parameter '%s' is not supported for resource type '%s'.", name, types))
}

func (q *query) readTypes(value string) *refusal {
	for typ := range strings.SplitSeq(value, ",") {
		if !isType(typ) {
			q.notes = append(q.notes, issue{Severity: "warning", Code: "not-supported",
				Diagnostics: fmt.Sprintf("The '_type' parameter contains unknown resource(s): '%s'", typ)})
		}
		if !slices.Contains(q.types, typ) {
			q.types = append(q.types, typ)
		}
	}
	return nil
}

func (q *query) readCount(value string) *refusal {
	count, err := strconv.Atoi(value)
	switch {
	case err != nil || count < 0:
		return badRequest("Invalid value for the '_count' parameter: '%s'.", value)
	case count == 0: // asks for the number only
		q.summary = "count"
	case count > mostCount:
		q.notes = append(q.notes, issue{Severity: "information", Code: "informational", Diagnostics: fmt.Sprintf(
			"The '_count' parameter exceeds limit configured for server. Current limit is %d while `_count` parameter set to %d.", mostCount, count)})
		q.count = mostCount
	default:
		q.count = count
	}
	return nil
}

func (q *query) readTotal(value string) *refusal {
	switch strings.ToLower(value) {
	case "none":
	case "accurate":
		q.accurate = true
	case "estimate":
		// SearchOperationNotSupportedException is a 403 (OSS), no matter of roles.
		return refuse(http.StatusForbidden, "forbidden",
			"The '_total' parameter value '%s' is not supported. The supported values are: none, accurate.", value)
	default:
		return badRequest("The '_total' parameter value '%s' is invalid. The supported values are: none, accurate.", value)
	}
	return nil
}

func (q *query) readSummary(value string) *refusal {
	switch value = strings.ToLower(value); value {
	case "count", "false", "text", "data":
		q.summary = value
	case "true":
		return absent("_summary=true")
	default:
		return badRequest("Invalid value for the '_summary' parameter: '%s'.", value)
	}
	return nil
}

func (q *query) readSort(value string) {
	if strings.Contains(value, ",") {
		q.unsupported = append(q.unsupported,
			"Multiple sort parameters are currently not supported. Only a single sort parameter is supported.")
		return
	}
	q.sort, q.falling = strings.CutPrefix(value, "-")
}

// checkSort leaves the order by arrival where a parameter cannot be sorted by.
func (p parser) checkSort(q *query) *refusal {
	if q.sort == "" {
		return nil
	}
	found, ok := p.set.find(q.typ, q.sort)
	switch {
	case !ok:
		q.ignore(q.sort)
	case found.kind != dateKind && found.kind != stringKind:
		q.unsupported = append(q.unsupported, fmt.Sprintf("Sorting by the '%s' parameter is not supported.", q.sort))
	case q.sort == "_lastUpdated":
		q.sort = "" // the order of arrival is that of the times
		return nil
	case q.typ == "":
		return absent("_sort over all types by other than _lastUpdated")
	default:
		return nil
	}
	q.sort, q.falling = "", false
	return nil
}
