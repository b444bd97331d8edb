package dicom

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/dicom/part10"
)

// mostTags is how many extended query tags there may be.
const mostTags = 128

// queryTag is an extended query tag: a further attribute that can be searched for.
type queryTag struct {
	path        string
	tag         part10.Tag
	vr          string
	level       level
	creator     string
	status      string // Ready; the sandbox indexes at once
	queryStatus string // Enabled or Disabled
	errors      int    // instances whose value has another representation
}

// of gives the tag's attribute of a data set, if it is there in the right
// representation.
func (q *queryTag) of(metadata part10.Attributes) (part10.Attribute, bool) {
	a, ok := metadata[q.tag]
	if !ok || len(a.Value) == 0 {
		return a, false
	}
	if q.creator != "" && metadata[q.tag&0xFFFF0000|q.tag>>8&0xFF].First() != q.creator {
		return a, false
	}
	if a.VR != q.vr {
		q.errors++
		return a, false
	}
	return a, true
}

// shownTag is a tag as the service shows it.
type shownTag struct {
	Path           string     `json:"path"`
	VR             string     `json:"vr"`
	PrivateCreator string     `json:"privateCreator,omitempty"`
	Level          string     `json:"level"`
	Status         string     `json:"status"`
	QueryStatus    string     `json:"queryStatus"`
	Errors         *tagErrors `json:"errors,omitempty"`
}

type tagErrors struct {
	Count int    `json:"count"`
	Href  string `json:"href"`
}

func (s *Service) shownTag(r *request, q *queryTag) shownTag {
	out := shownTag{Path: q.path, VR: q.vr, PrivateCreator: q.creator, Level: q.level.String(), Status: q.status, QueryStatus: q.queryStatus}
	if q.errors > 0 {
		out.Errors = &tagErrors{q.errors, s.root(r) + "/extendedquerytags/" + q.path + "/errors"}
	}
	return out
}

func (s *Service) tagPaths(in *request) methods {
	read, manage := one(entra.ActionRead), one(entra.ActionManageExtendedTags)
	switch {
	case len(in.path) == 1:
		return methods{
			"GET":  {needs: read, check: func(r *request) *refusal { _, refused := parseWindow(r, 100, 200); return refused }, do: s.listTags},
			"POST": {needs: manage, writes: true, do: s.addTags}}
	case len(in.path) == 2:
		return methods{"GET": {needs: read, do: s.readTag}, "DELETE": {needs: manage, writes: true, do: s.deleteTag},
			"PATCH": {needs: manage, writes: true, do: s.changeTag}}
	case len(in.path) == 3 && in.path[2] == "errors":
		return methods{"GET": {needs: read, do: s.listTagErrors}}
	}
	return nil
}

func (s *Service) listTags(r *request) *refusal {
	w, _ := parseWindow(r, 100, 200)
	out := []shownTag{}
	for i, q := range s.store.tags {
		if i >= w.offset && len(out) < w.limit {
			out = append(out, s.shownTag(r, q))
		}
	}
	return r.answer(http.StatusOK, plainJSON, out)
}

// tagOf finds the tag of the path.
func (s *Service) tagOf(r *request) (*queryTag, *refusal) {
	tag, ok := s.store.words.Parse(r.path[1])
	if !ok {
		return nil, badRequest("The extended query tag '%s' is invalid as it cannot be parsed into a valid Dicom Tag.", r.path[1])
	}
	i := slices.IndexFunc(s.store.tags, func(q *queryTag) bool { return q.tag == tag })
	if i < 0 {
		return nil, refuse(http.StatusNotFound, "The specified extended query tag with tag path %s cannot be found.", tag)
	}
	return s.store.tags[i], nil
}

func (s *Service) readTag(r *request) *refusal {
	q, refused := s.tagOf(r)
	if refused != nil {
		return refused
	}
	return r.answer(http.StatusOK, plainJSON, s.shownTag(r, q))
}

func (s *Service) listTagErrors(r *request) *refusal {
	q, refused := s.tagOf(r)
	if refused != nil {
		return refused
	}
	if q.errors > 0 {
		return absent("the list of an extended query tag's errors")
	}
	return r.answer(http.StatusOK, plainJSON, []any{})
}

func (s *Service) deleteTag(r *request) *refusal {
	q, refused := s.tagOf(r)
	if refused != nil {
		return refused
	}
	s.store.tags = slices.DeleteFunc(s.store.tags, func(o *queryTag) bool { return o == q })
	for _, e := range s.store.tables[q.level].byNumber {
		delete(e.values, q.tag)
	}
	delete(s.store.tables[q.level].indexes, q.tag)
	r.out.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) changeTag(r *request) *refusal {
	var body struct{ QueryStatus string }
	if refused := r.decode(&body); refused != nil {
		return refused
	}
	if body.QueryStatus != "Enabled" && body.QueryStatus != "Disabled" {
		return badRequest("The request body is not valid. Details: Input Dicom Tag QueryStatus '%s' is invalid. It must have value 'Enabled' or 'Disabled'.", body.QueryStatus)
	}
	q, refused := s.tagOf(r)
	if refused != nil {
		return refused
	}
	q.queryStatus = body.QueryStatus
	return r.answer(http.StatusOK, plainJSON, s.shownTag(r, q))
}

// decode reads a JSON body; names are taken without regard to case.
func (r *request) decode(into any) *refusal {
	data, err := io.ReadAll(http.MaxBytesReader(r.out, r.Body, 1<<20))
	if err != nil || json.Unmarshal(data, into) != nil {
		return badRequest("The syntax of the request body is invalid.")
	}
	return nil
}
