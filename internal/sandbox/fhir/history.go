package fhir

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/sandbox/querystring"
)

// history answers _history of a resource, a type or everything, newest first.
// Source: microsoft/fhir-server BundleFactory.CreateHistoryBundle.
func (s *Service) history(in *request) (*response, *refusal) {
	f, refused := parseHistory(in.query)
	if refused != nil {
		return nil, refused
	}
	where := s.base + "/" + strings.Join(in.path, "/")
	source := s.store.log
	if len(in.path) > 1 {
		f.typ = in.path[0]
	}
	if len(in.path) > 2 {
		r := s.store.find(in.path[0], in.path[1])
		if r == nil {
			return nil, resourceNotFound(in.path[0], in.path[1])
		}
		source = r.versions
	}
	found, next := f.collect(source)
	links := []link{{"self", where + queryString(f.links, "")}}
	if next.set {
		links = append([]link{{"next", where + queryString(f.links, next.String())}}, links...)
	}
	return s.historyOf(in, found, len(in.path) > 2, len(source), links)
}

// historyFilter is what a history is narrowed to.
type historyFilter struct {
	typ           string
	since, before string // time keys; before is not in it
	count         int
	from          position
	links         []querystring.Pair
}

func parseHistory(pairs []querystring.Pair) (historyFilter, *refusal) {
	f := historyFilter{count: defaultCount}
	for _, p := range pairs {
		switch p.Name {
		case "ct":
			from, ok := parsePosition(p.Value)
			if !ok {
				return f, badRequest("The continuation token is invalid.")
			}
			f.from = from
			continue
		case "_count":
			n, err := strconv.Atoi(p.Value)
			if err != nil || n < 1 {
				return f, badRequest("The count must be greater than zero.")
			}
			f.count = min(n, mostCount)
		case "_since", "_before", "_at":
			at, ok := parsePeriod(p.Value)
			if !ok {
				return f, badRequest("The date time string '%s' is not in a correct format.", p.Value)
			}
			if p.Name != "_before" {
				f.since = timeKey(at.start)
			}
			if p.Name == "_before" {
				f.before = timeKey(at.start)
			}
			if p.Name == "_at" {
				f.before = after(timeKey(at.end))
			}
		}
		f.links = append(f.links, p)
	}
	return f, nil
}

// collect walks back from the newest version, or from where the last page ended.
func (f historyFilter) collect(source []*version) (found []*version, next position) {
	for _, v := range slices.Backward(source) {
		if v == nil || f.typ != "" && v.of.typ != f.typ || f.from.set && v.number >= f.from.after {
			continue
		}
		key := timeKey(v.at)
		if f.before != "" && key >= f.before || f.since != "" && key < f.since {
			continue
		}
		if len(found) == f.count {
			return found, position{set: true, after: found[len(found)-1].number}
		}
		found = append(found, v)
	}
	return found, position{}
}

func (s *Service) historyOf(in *request, found []*version, counted bool, total int, links []link) (*response, *refusal) {
	b := bundle{ResourceType: "Bundle", ID: in.id, Type: "history", Link: links,
		Meta: outcomeMeta{LastUpdated: instant(s.deps.Directory.Now())}}
	if counted {
		b.Total = &total
	}
	for _, v := range found {
		e := entry{FullURL: s.base + "/" + v.of.typ + "/" + v.of.id, Request: &entryRequest{v.method, v.of.typ + "/" + v.of.id},
			Response: &entryResponse{Status: v.statusText(), ETag: etag(v.version), LastModified: instant(v.at)}}
		if v.method == http.MethodPost {
			e.Request.URL = v.of.typ + "/"
		}
		if !v.deleted {
			body, err := s.store.body(v)
			if err != nil {
				return nil, failed(err)
			}
			e.Resource = body
		}
		b.Entry = append(b.Entry, e)
	}
	return &response{status: http.StatusOK, body: encode(b)}, nil
}

// statusText is how the server names what a version's call was answered with.
func (v *version) statusText() string {
	switch {
	case v.deleted:
		return "204 NoContent"
	case v.version == "1":
		return "201 Created"
	}
	return "200 OK"
}
