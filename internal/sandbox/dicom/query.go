package dicom

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hdstest/internal/sandbox/dicom/part10"
	"hdstest/internal/sandbox/index"
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

// pair is one parameter of a query string.
type pair struct{ name, value string }

func parsePairs(raw string) []pair {
	var out []pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, pair{unescape(name), unescape(value)})
	}
	return out
}

func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// parseLimits reads limit, offset and fuzzymatching, which are checked before the
// permission (QueryModelStateValidator), and leaves the other parameters. That
// the key stands in lower case in the texts is unverified.
func parseLimits(in scope, pairs []pair) (*query, []pair, *refusal) {
	q := &query{scope: in, limit: defaultResults}
	var rest []pair
	for _, p := range pairs {
		switch strings.ToLower(p.name) {
		case "limit":
			n, err := strconv.Atoi(p.value)
			if err != nil {
				return nil, nil, badRequest("The query parameter 'limit' is invalid. The value '%s' is not valid.", p.value)
			}
			if n < 1 || n > mostResults {
				return nil, nil, badRequest("The query parameter 'limit' is invalid. The field Limit must be between 1 and %d.", mostResults)
			}
			q.limit = n
		case "offset":
			n, err := strconv.Atoi(p.value)
			if err != nil {
				return nil, nil, badRequest("The query parameter 'offset' is invalid. The value '%s' is not valid.", p.value)
			}
			if n < 0 {
				return nil, nil, badRequest("The query parameter 'offset' is invalid. The field Offset must be between 0 and 2147483647.")
			}
			q.offset = n
		case "fuzzymatching":
			yes, err := strconv.ParseBool(strings.ToLower(p.value))
			if err != nil {
				return nil, nil, badRequest("The query parameter 'fuzzymatching' is invalid. The value '%s' is not valid.", p.value)
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
func (s *store) parseQuery(q *query, pairs []pair) *refusal {
	var fields []string
	for _, p := range pairs {
		if strings.EqualFold(p.name, "includefield") {
			fields = append(fields, strings.Split(p.value, ",")...)
			continue
		}
		t, refused := s.parseTerm(q, p)
		if refused != nil {
			return refused
		}
		if slices.ContainsFunc(q.terms, func(o term) bool { return o.tag == t.tag }) {
			return badRequest("Invalid query: duplicate AttributeId '%s'. Each attribute is only allowed to be specified once.", p.name)
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

func (s *store) parseTerm(q *query, p pair) (term, *refusal) {
	const hint = "If the parameter is an attribute keyword, check the casing as they are case-sensitive. " +
		"The conformance statement has a list of supported query parameters, attributes and the levels."
	tag, ok := s.words.Parse(p.name)
	if !ok {
		return term{}, badRequest("Invalid query: unknown query parameter '%s'. %s", p.name, hint)
	}
	t, custom, ok := s.queryable(tag)
	if !ok || !slices.Contains(q.levels(), t.at) {
		return term{}, badRequest("Invalid query: AttributeId %s is not queryable. %s", p.name, hint)
	}
	if custom != nil {
		if custom.queryStatus == "Disabled" {
			return term{}, badRequest("Invalid query: Query is disabled on specified attribute '%s'.", p.name)
		}
		if custom.errors > 0 {
			q.erroneous = append(q.erroneous, p.name)
		}
	}
	if strings.TrimSpace(p.value) == "" {
		return term{}, badRequest("Invalid query: AttributeId '%s' has empty string value that is not supported.", p.name)
	}
	t.value = strings.TrimSpace(p.value)
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

// search finds a page of entities, newest first.
func (s *store) search(q *query) []*entity {
	found, ok := s.candidates(q)
	if !ok {
		return nil
	}
	var out []*entity
	skip := q.offset
	t := &s.tables[q.target]
	index.Intersect(true, func(n uint64) bool {
		e := t.byNumber[n]
		if !found.holds(e) {
			return true
		}
		if skip > 0 {
			skip--
			return true
		}
		out = append(out, e)
		return len(out) < q.limit
	}, found.lists...)
	return out
}

// candidates are what results must be in: lists of the search's own level, and
// lists of levels above in which the results' parents must be.
type candidates struct {
	lists [][]uint64
	above map[level][]uint64
}

func (c candidates) holds(e *entity) bool {
	for l, list := range c.above {
		at := e
		for at.level > l {
			at = at.parent
		}
		if !index.Has(list, at.number) {
			return false
		}
	}
	return true
}

// fewParents is how many entities of a level above are turned into a list of what
// lies below them. For more it is cheaper to look at the parent of each result,
// since a page is soon full.
const fewParents = 256

func (s *store) candidates(q *query) (candidates, bool) {
	c := candidates{above: map[level][]uint64{}}
	if q.study != "" {
		within := s.within(q.scope)
		if within == nil {
			return c, false
		}
		c.lists = append(c.lists, within)
	}
	for l := studyLevel; l <= q.target; l++ {
		switch found := s.conditions(q, l); {
		case found == nil:
		case l == q.target || len(found) <= fewParents:
			c.lists = append(c.lists, s.below(found, l, q.target))
		default:
			c.above[l] = found
		}
	}
	if len(c.lists) == 0 {
		c.lists = [][]uint64{s.tables[q.target].all}
	}
	return c, true
}

// within lists what lies in the study or series that the path names.
func (s *store) within(in scope) []uint64 {
	uids := []string{in.study}
	if in.series != "" {
		uids = append(uids, in.series)
	}
	e := s.find(uids...)
	if e == nil {
		return nil
	}
	return s.below([]uint64{e.number}, e.level, in.target)
}

// conditions lists what satisfies the conditions of a level; nil if there are none.
func (s *store) conditions(q *query, l level) []uint64 {
	var lists [][]uint64
	for _, t := range q.terms {
		if t.at == l {
			lists = append(lists, s.match(t, q.fuzzy)...)
		}
	}
	if len(lists) == 0 {
		return nil
	}
	if len(lists) == 1 {
		return notNil(lists[0])
	}
	out := []uint64{}
	index.Intersect(false, func(n uint64) bool { out = append(out, n); return true }, lists...)
	return out
}

func notNil(list []uint64) []uint64 {
	if list == nil {
		return []uint64{}
	}
	return list
}

// match gives the lists that a condition demands: one, or with fuzzy matching one
// for each word.
// Source: the v2 conformance statement, "Search Matching".
func (s *store) match(t term, fuzzy bool) [][]uint64 {
	x := s.tables[t.at].indexes[t.tag]
	if x == nil {
		return [][]uint64{nil}
	}
	switch {
	case t.ranged:
		high := keyEnd
		if t.high != "" {
			high = wholeKey + t.high + "\x7f"
		}
		return [][]uint64{x.Range(wholeKey+t.low, high)}
	case fuzzy && t.vr == "PN":
		lists := [][]uint64{}
		for _, word := range words(t.value) {
			lists = append(lists, x.Prefix(wordKey+word))
		}
		if len(lists) == 0 {
			lists = append(lists, nil)
		}
		return lists
	}
	return [][]uint64{x.Equal(wholeKey + wholeForm(t.vr, t.value))}
}

// below lists what lies below entities, down to a level.
func (s *store) below(numbers []uint64, from, to level) []uint64 {
	if from == to {
		return numbers
	}
	out := []uint64{}
	for _, n := range numbers {
		for _, child := range s.tables[from].byNumber[n].children {
			out = append(out, child.number)
		}
	}
	slices.Sort(out)
	return s.below(out, from+1, to)
}

// result gives an entity's data set as a search answers with it.
func (s *store) result(q *query, e *entity, version int) (part10.Attributes, error) {
	out := part10.Attributes{}
	wanted := map[part10.Tag]bool{}
	for l := studyLevel; l <= q.target; l++ {
		if !s.shows(q, l) {
			continue
		}
		for _, tag := range defaultTags(l, version) {
			wanted[tag] = true
		}
		if q.all {
			for _, tag := range allTags(l) {
				wanted[tag] = true
			}
		}
	}
	for _, t := range q.terms {
		wanted[t.tag] = true
	}
	for _, tag := range q.include {
		wanted[tag] = true
	}
	if q.study != "" {
		wanted[part10.StudyInstanceUID] = true
	}
	if q.series != "" {
		wanted[part10.SeriesInstanceUID] = true
	}
	return out, s.fill(out, e, wanted)
}

// shows tells whether the attributes of a level are part of a search's results.
func (s *store) shows(q *query, l level) bool {
	return l == q.target || q.study == "" || l == seriesLevel && q.series == ""
}

// fill takes attributes from the entity and its parents, and what they have not
// from the metadata of its newest instance.
func (s *store) fill(out part10.Attributes, e *entity, wanted map[part10.Tag]bool) error {
	for at := e; at != nil; at = at.parent {
		for tag, a := range at.values {
			if wanted[tag] {
				out[tag] = a
			}
		}
	}
	s.fillCounted(out, e, wanted)
	missing := false
	for tag := range wanted {
		if _, have := out[tag]; !have && !s.indexed(tag) {
			missing = true
		}
	}
	if !missing {
		return nil
	}
	all := e.instances()
	metadata, err := s.metadata(all[len(all)-1])
	if err != nil {
		return err
	}
	for tag := range wanted {
		if _, have := out[tag]; !have && !s.indexed(tag) {
			if a, ok := metadata[tag]; ok {
				out[tag] = a
			}
		}
	}
	return nil
}

// indexed tells whether an attribute would stand with the entity if there was one.
func (s *store) indexed(tag part10.Tag) bool {
	for l := range levels {
		if slices.Contains(coreTags(l), tag) {
			return true
		}
	}
	return tag == part10.ModalitiesInStudy || tag == part10.StudyInstances || tag == part10.SeriesInstances
}

// fillCounted adds what is made up from the entities below.
func (s *store) fillCounted(out part10.Attributes, e *entity, wanted map[part10.Tag]bool) {
	for at := e; at != nil; at = at.parent {
		if at.level == studyLevel && wanted[part10.StudyInstances] {
			out[part10.StudyInstances] = part10.Attribute{VR: "IS", Value: []any{len(at.instances())}}
		}
		if at.level == seriesLevel && wanted[part10.SeriesInstances] {
			out[part10.SeriesInstances] = part10.Attribute{VR: "IS", Value: []any{len(at.instances())}}
		}
		if at.level == studyLevel && wanted[part10.ModalitiesInStudy] {
			a := part10.Attribute{VR: "CS"}
			var names []string
			for _, series := range at.children {
				if m := series.values[part10.Modality].First(); m != "" {
					names = append(names, m)
				}
			}
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				a.Value = append(a.Value, name)
			}
			out[part10.ModalitiesInStudy] = a
		}
	}
}

// refusal is an answer that is not what was asked for. DICOM refuses in plain
// text, or with no body at all.
// Source: microsoft/dicom-server ExceptionHandlingMiddleware.cs.
type refusal struct {
	status int
	text   string
	header map[string]string
}

// Error gives the text.
func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, values ...any) *refusal {
	return &refusal{status: status, text: fmt.Sprintf(format, values...)}
}

func badRequest(format string, values ...any) *refusal { return refuse(400, format, values...) }
