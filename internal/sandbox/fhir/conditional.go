package fhir

import (
	"net/http"
	"strconv"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/querystring"
)

// notSelective is the refusal of a condition that matches too much, or nothing in
// particular.
func notSelective() *refusal {
	return preconditionFailed("Operation was not attempted because search criteria was not selective enough.")
}

// matching finds what a condition matches: none, one or, as a refusal, several.
func (s *Service) matching(in *request, condition string) ([]*version, *refusal) {
	q, refused := s.parse(in, in.path[0], querystring.Split(strings.TrimPrefix(condition, "?")))
	if refused != nil {
		return nil, refused
	}
	if len(q.terms) == 0 {
		return nil, notSelective()
	}
	q.count, q.sort, q.from = 2, "", position{}
	found := s.store.search(q).matches
	if len(found) > 1 {
		return nil, notSelective()
	}
	return found, nil
}

// updateMatching is PUT /Type?condition.
// Source: microsoft/fhir-server ConditionalUpsertResourceHandler.cs.
func (s *Service) updateMatching(in *request) (*response, *refusal) {
	found, refused := s.matching(in, queryString(in.query, ""))
	if refused != nil {
		return nil, refused
	}
	sent := in.document.id
	switch {
	case len(found) == 0 && sent == "":
		return s.save(in, s.newID(in))
	case len(found) == 0:
		return s.save(in, sent)
	case sent != "" && sent != found[0].of.id:
		return nil, badRequest("Found result with Id '%s', which did not match the provided Id '%s'.", found[0].of.id, sent)
	}
	return s.save(in, found[0].of.id)
}

// patchMatching is PATCH /Type?condition.
func (s *Service) patchMatching(in *request) (*response, *refusal) {
	found, refused := s.matching(in, queryString(in.query, ""))
	if refused != nil {
		return nil, refused
	}
	if len(found) == 0 {
		return nil, refuse(http.StatusNotFound, "not-found", "Resource not found.")
	}
	return s.patchOne(in, found[0].of)
}

// deleteMatching is DELETE /Type?condition. One match is deleted; several only
// with _count, up to that many.
// Source: microsoft/fhir-server ConditionalDeleteResourceHandler.cs.
func (s *Service) deleteMatching(in *request) (*response, *refusal) {
	if in.hard() && !in.caller.Holds(entra.ActionHardDelete) {
		return nil, forbidden()
	}
	most := 1
	if text, given := in.value("_count"); given {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 100 {
			return nil, badRequest("The _count parameter must be between 1 and 100.")
		}
		most = n
	}
	q, refused := s.parse(in, in.path[0], withoutSwitches(in.query))
	if refused != nil {
		return nil, refused
	}
	if len(q.terms) == 0 {
		return nil, notSelective()
	}
	q.count, q.sort = most+1, ""
	found := s.store.search(q).matches
	if len(found) > most && most == 1 {
		return nil, notSelective()
	}
	for _, v := range found[:min(most, len(found))] {
		one := *in
		one.path = []string{v.of.typ, v.of.id}
		if _, refused := s.delete(&one); refused != nil {
			return nil, refused
		}
	}
	return &response{status: http.StatusNoContent}, nil
}

// withoutSwitches leaves out what says how to delete, not what.
func withoutSwitches(pairs []querystring.Pair) []querystring.Pair {
	var out []querystring.Pair
	for _, p := range pairs {
		if p.Name != "hardDelete" && p.Name != "_hardDelete" && p.Name != "_count" {
			out = append(out, p)
		}
	}
	return out
}
