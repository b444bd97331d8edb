package fhir

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"hdstest/internal/sandbox/querystring"
)

// bundle is the FHIR resource of that name, as far as the server writes it.
type bundle struct {
	ResourceType string      `json:"resourceType"`
	ID           string      `json:"id,omitempty"`
	Meta         outcomeMeta `json:"meta"`
	Type         string      `json:"type"`
	Total        *int        `json:"total,omitempty"`
	Link         []link      `json:"link,omitempty"`
	Entry        []entry     `json:"entry,omitempty"`
}

type link struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

type entry struct {
	FullURL  string          `json:"fullUrl,omitempty"`
	Resource json.RawMessage `json:"resource,omitempty"`
	Search   *entrySearch    `json:"search,omitempty"`
	Request  *entryRequest   `json:"request,omitempty"`
	Response *entryResponse  `json:"response,omitempty"`
}

type entrySearch struct {
	Mode string `json:"mode"`
}

type entryRequest struct {
	Method string `json:"method"`
	URL    string `json:"url"`
}

type entryResponse struct {
	Status       string          `json:"status"`
	Location     string          `json:"location,omitempty"`
	ETag         string          `json:"etag,omitempty"`
	LastModified string          `json:"lastModified,omitempty"`
	Outcome      json.RawMessage `json:"outcome,omitempty"`
}

// search answers GET with parameters and POST to _search with a form; both may
// carry some.
func (s *Service) search(in *request) (*response, *refusal) {
	pairs := in.query
	if in.method == http.MethodPost {
		pairs = append(pairs[:len(pairs):len(pairs)], querystring.Split(string(in.body))...)
	}
	typ, where := "", s.base
	if len(in.path) > 0 && isType(in.path[0]) {
		typ, where = in.path[0], s.base+"/"+in.path[0]
	} else {
		where += "/"
	}
	q, refused := s.parse(in, typ, pairs)
	if refused != nil {
		return nil, refused
	}
	found := s.store.search(q)
	links := []link{{"self", where + queryString(q.links, "")}}
	if found.next.set {
		links = append([]link{{"next", where + queryString(q.links, found.next.String())}}, links...)
	}
	return s.bundleOf(in, "searchset", found.matches, found.included, found.total, q, links)
}

// parse understands a search and decides what becomes of the parts that are not
// supported: warnings, or with Prefer: handling=strict a refusal.
func (s *Service) parse(in *request, typ string, pairs []querystring.Pair) (*query, *refusal) {
	strict, refused := in.strict()
	if refused != nil {
		return nil, refused
	}
	q, refused := s.checks.parse(typ, pairs)
	if refused != nil {
		return nil, refused
	}
	if strict && len(q.unsupported) > 0 {
		no := &refusal{status: http.StatusBadRequest}
		for _, text := range q.unsupported {
			no.issues = append(no.issues, issue{Severity: "error", Code: "invalid", Diagnostics: text})
		}
		return nil, no
	}
	for _, text := range q.unsupported {
		q.notes = append(q.notes, issue{Severity: "warning", Code: "not-supported", Diagnostics: text})
	}
	return q, nil
}

// strict reads Prefer: handling=strict|lenient.
func (r *request) strict() (bool, *refusal) {
	for _, header := range r.header.Values("Prefer") {
		for part := range strings.FieldsFuncSeq(header, func(c rune) bool { return c == ',' || c == ';' }) {
			value, ok := strings.CutPrefix(strings.TrimSpace(part), "handling=")
			switch {
			case ok && strings.EqualFold(value, "strict"):
				return true, nil
			case ok && !strings.EqualFold(value, "lenient"):
				return false, badRequest("The 'handling' value '%s' is invalid. The supported values are: strict,lenient.", value)
			}
		}
	}
	return false, nil
}

func queryString(pairs []querystring.Pair, ct string) string {
	if ct != "" {
		pairs = append(pairs[:len(pairs):len(pairs)], querystring.Pair{Name: "ct", Value: ct})
	}
	var out strings.Builder
	for i, p := range pairs {
		if i == 0 {
			out.WriteByte('?')
		} else {
			out.WriteByte('&')
		}
		out.WriteString(url.QueryEscape(p.Name) + "=" + url.QueryEscape(p.Value))
	}
	return out.String()
}

// bundleOf answers with a searchset. An empty one has no entries at all; total
// is left out when it is -1.
// Source: microsoft/fhir-server BundleFactory.cs.
func (s *Service) bundleOf(in *request, typ string, matches, included []*version, total int, q *query, links []link) (*response, *refusal) {
	b := bundle{ResourceType: "Bundle", ID: in.id, Type: typ, Link: links,
		Meta: outcomeMeta{LastUpdated: instant(s.deps.Directory.Now())}}
	if total >= 0 {
		b.Total = &total
	}
	if q != nil && len(q.notes) > 0 {
		o := outcome{ResourceType: "OperationOutcome", ID: b.ID, Issues: q.notes}
		b.Entry = append(b.Entry, entry{Resource: encode(o), Search: &entrySearch{"outcome"}})
	}
	for i, list := range [][]*version{matches, included} {
		mode := []string{"match", "include"}[i]
		for _, v := range list {
			body, err := s.store.body(v)
			if err != nil {
				return nil, failed(err)
			}
			if q != nil {
				body = q.shorten(body)
			}
			b.Entry = append(b.Entry, entry{FullURL: s.base + "/" + v.of.typ + "/" + v.of.id, Resource: body,
				Search: &entrySearch{mode}})
		}
	}
	return &response{status: http.StatusOK, body: encode(b)}, nil
}

// shorten leaves out of a resource what _elements and _summary do not ask for,
// and tags what is left. Mandatory elements that were not asked for are left out
// as well: the sandbox does not know which they are.
func (q *query) shorten(body []byte) []byte {
	keep := map[string]bool{"resourceType": true, "id": true, "meta": true}
	switch {
	case len(q.elements) > 0:
		for _, name := range q.elements {
			keep[strings.TrimSpace(name)] = true
		}
	case q.summary == "text":
		keep["text"] = true
	case q.summary != "data":
		return body
	}
	d, err := decodeDocument(body)
	if err != nil {
		return body
	}
	var members []member
	for _, m := range d.members {
		if q.summary == "data" && m.name != "text" || keep[m.name] {
			members = append(members, m)
		}
	}
	var out strings.Builder
	out.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			out.WriteByte(',')
		}
		if m.name == "meta" {
			m.raw = subsetted(m.raw)
		}
		out.Write(encode(m.name))
		out.WriteByte(':')
		out.Write(m.raw)
	}
	return []byte(out.String() + "}")
}

// subsetted adds the tag that marks a resource as incomplete.
// Source: hl7.org/fhir/R4/search.html#summary.
func subsetted(meta json.RawMessage) json.RawMessage {
	var m map[string]any
	if json.Unmarshal(meta, &m) != nil {
		return meta
	}
	tags, _ := m["tag"].([]any)
	m["tag"] = append(tags, map[string]string{
		"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"})
	return encode(m)
}
