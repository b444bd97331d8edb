package dicom

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hdstest/internal/sandbox/dicom/part10"
	"hdstest/internal/sandbox/querystring"
)

// Limits of a search. Source: microsoft/dicom-server QueryLimit.cs.
const (
	mostResults    = 200
	defaultResults = 100
)

// scope is what a search looks at: a level, within a study or series if the path
// names one.
type scope struct {
	target        level
	study, series string
}

// levels lists where the attributes of a search's conditions may stand.
// Source: microsoft/dicom-server QueryLimit.QueryResourceTypeToQueryLevelsMapping.
func (s scope) levels() []level {
	all := []level{studyLevel, seriesLevel, instanceLevel}
	switch {
	case s.series != "":
		return all[2:]
	case s.study != "":
		return all[1 : s.target+1]
	}
	return all[:s.target+1]
}

// query is a search, understood.
type query struct {
	scope
	terms     []term
	include   []part10.Tag
	all       bool // includefield=all
	limit     int
	offset    int
	fuzzy     bool
	erroneous []string // extended query tags with errors among the conditions
}

// term is one condition.
type term struct {
	tag       part10.Tag
	vr        string
	at        level
	value     string
	low, high string // of a range, both in it; empty: open
	ranged    bool
}

// parseLimits reads limit, offset and fuzzymatching, which are checked before the
// permission (QueryModelStateValidator), and leaves the other parameters. That
// the key stands in lower case in the texts is unverified.
func parseLimits(in scope, pairs []querystring.Pair) (*query, []querystring.Pair, *refusal) {
	q := &query{scope: in, limit: defaultResults}
	var rest []querystring.Pair
	for _, p := range pairs {
		switch strings.ToLower(p.Name) {
		case "limit":
			n, err := strconv.Atoi(p.Value)
			if err != nil {
				return nil, nil, badRequest("The query parameter 'limit' is invalid. The value '%s' is not valid.", p.Value)
			}
			if n < 1 || n > mostResults {
				return nil, nil, badRequest("The query parameter 'limit' is invalid. The field Limit must be between 1 and %d.", mostResults)
			}
			q.limit = n
		case "offset":
			n, err := strconv.Atoi(p.Value)
			if err != nil {
				return nil, nil, badRequest("The query parameter 'offset' is invalid. The value '%s' is not valid.", p.Value)
			}
			if n < 0 {
				return nil, nil, badRequest("The query parameter 'offset' is invalid. The field Offset must be between 0 and 2147483647.")
			}
			q.offset = n
		case "fuzzymatching":
			yes, err := strconv.ParseBool(strings.ToLower(p.Value))
			if err != nil {
				return nil, nil, badRequest("The query parameter 'fuzzymatching' is invalid. The value '%s' is not valid.", p.Value)
			}
			q.fuzzy = yes
		default:
			rest = append(rest, p)
		}
	}
	return q, rest, nil
}

// parseQuery reads what remains: conditions and includefield.
// Source: microsoft/dicom-server QueryParser.cs; texts of DicomCoreResource.resx,
// of which the newest wording could be read in part only.
func (s *store) parseQuery(q *query, pairs []querystring.Pair) *refusal {
	var fields []string
	for _, p := range pairs {
		if strings.EqualFold(p.Name, "includefield") {
			fields = append(fields, strings.Split(p.Value, ",")...)
			continue
		}
		t, refused := s.parseTerm(q, p)
		if refused != nil {
			return refused
		}
		if slices.ContainsFunc(q.terms, func(o term) bool { return o.tag == t.tag }) {
			return badRequest("Invalid query: duplicate AttributeId '%s'. Each attribute is only allowed to be specified once.", p.Name)
		}
		q.terms = append(q.terms, t)
	}
	return s.parseFields(q, fields)
}

func (s *store) parseFields(q *query, fields []string) *refusal {
	for _, field := range fields {
		field = strings.TrimSpace(field)
		if strings.EqualFold(field, "all") {
			if len(fields) > 1 {
				return badRequest("Invalid query: cannot specify included fields in addition to 'all'.")
			}
			q.all = true
			return nil
		}
		tag, ok := s.words.Parse(field)
		if !ok {
			return badRequest("Invalid query: includefield has unknown attribute '%s'.", field)
		}
		q.include = append(q.include, tag)
	}
	return nil
}

func (s *store) parseTerm(q *query, p querystring.Pair) (term, *refusal) {
	const hint = "If the parameter is an attribute keyword, check the casing as they are case-sensitive. " +
		"The conformance statement has a list of supported query parameters, attributes and the levels."
	tag, ok := s.words.Parse(p.Name)
	if !ok {
		return term{}, badRequest("Invalid query: unknown query parameter '%s'. %s", p.Name, hint)
	}
	t, custom, ok := s.queryable(tag)
	if !ok || !slices.Contains(q.levels(), t.at) {
		return term{}, badRequest("Invalid query: AttributeId %s is not queryable. %s", p.Name, hint)
	}
	if custom != nil {
		if custom.queryStatus == "Disabled" {
			return term{}, badRequest("Invalid query: Query is disabled on specified attribute '%s'.", p.Name)
		}
		if custom.errors > 0 {
			q.erroneous = append(q.erroneous, p.Name)
		}
	}
	if strings.TrimSpace(p.Value) == "" {
		return term{}, badRequest("Invalid query: AttributeId '%s' has empty string value that is not supported.", p.Name)
	}
	t.value = strings.TrimSpace(p.Value)
	return t, t.parseValue(s.words.Name(tag))
}

// queryable tells at which level an attribute can be searched for.
func (s *store) queryable(tag part10.Tag) (term, *queryTag, bool) {
	if tag == part10.ModalitiesInStudy {
		return term{tag: tag, vr: "CS", at: studyLevel}, nil, true
	}
	for l := range levels {
		if slices.Contains(coreTags(l), tag) {
			entry, _ := s.words.Lookup(tag)
			return term{tag: tag, vr: entry.VR, at: l}, nil, true
		}
	}
	for _, q := range s.tags {
		if q.tag == tag && q.status == "Ready" {
			return term{tag: tag, vr: q.vr, at: q.level}, q, true
		}
	}
	return term{}, nil, false
}

// parseValue reads ranges of dates and checks numbers.
func (t *term) parseValue(name string) *refusal {
	switch t.vr {
	case "DA", "TM", "DT":
		low, high, ranged := strings.Cut(t.value, "-")
		if !ranged {
			return t.checkDate(t.value, name)
		}
		t.ranged, t.low, t.high = true, strings.TrimSpace(low), strings.TrimSpace(high)
		if t.low == "" && t.high == "" {
			return badRequest("Invalid query: Specified range value '%s' is invalid for attribute '%s'. Both parts in the range cannot be empty.", t.value, name)
		}
		for _, end := range []string{t.low, t.high} {
			if end == "" {
				continue
			}
			if refused := t.checkDate(end, name); refused != nil {
				return refused
			}
		}
		if t.low != "" && t.high != "" && t.low > t.high {
			return badRequest("Invalid query: Specified range '%s' is invalid.\nThe first part %s should be lesser than or equal to the second part %s.", t.value, t.low, t.high)
		}
	case "IS", "SL", "SS", "UL", "US", "FD", "FL":
		if _, err := strconv.ParseFloat(t.value, 64); err != nil {
			return badRequest("Invalid query: Specified value '%s' extended query tag with path '%s' is not a valid value.", t.value, t.tag)
		}
	}
	return nil
}

func (t *term) checkDate(text, name string) *refusal {
	if t.vr != "DA" {
		return nil
	}
	if _, err := time.Parse("20060102", text); err != nil {
		return badRequest("Invalid query: Specified Date value '%s' is invalid for attribute '%s'. Date should be valid and formatted as yyyyMMdd.", text, name)
	}
	return nil
}
