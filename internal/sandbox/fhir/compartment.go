package fhir

import (
	"slices"
	"strings"
)

// everything gives a patient with all that refers to it. The compartment is
// simplified to that: what has a reference to the patient in any parameter.
func (s *Service) everything(in *request) (*response, *refusal) {
	r := s.store.find("Patient", in.path[1])
	if r == nil || r.current().deleted {
		return nil, resourceNotFound("Patient", in.path[1])
	}
	found := append([]*version{r.current()}, s.store.referring("Patient", in.path[1], "*")...)
	return s.bundleOf(in, "searchset", found, nil, -1, nil, []link{{"self", s.base + "/" + strings.Join(in.path, "/")}})
}

// compartment searches what belongs to a resource: /Patient/1/Observation.
func (s *Service) compartment(in *request) (*response, *refusal) {
	if len(in.query) > 0 {
		return nil, absent("search parameters within a compartment")
	}
	found := s.store.referring(in.path[0], in.path[1], in.path[2])
	return s.bundleOf(in, "searchset", found, nil, -1, nil, []link{{"self", s.base + "/" + strings.Join(in.path, "/")}})
}

// referring lists what refers to a resource, of one type or (*) of all.
func (s *store) referring(typ, id, source string) []*version {
	sources := []string{source}
	if source == "*" {
		sources = (&query{}).searched(s)
	}
	var out []*version
	seen := map[*version]bool{}
	for _, name := range sources {
		of := s.types[name]
		if of == nil {
			continue
		}
		for _, p := range s.parameters.of(name) {
			if p.kind != referenceKind {
				continue
			}
			for _, n := range of.indexOf(p.name).Equal(localKey + typ + "/" + id) {
				if v := s.log[n]; !seen[v] {
					seen[v] = true
					out = append(out, v)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b *version) int { return int(a.number) - int(b.number) })
	return out
}
