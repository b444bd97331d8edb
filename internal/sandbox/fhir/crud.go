package fhir

import (
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

// weakTag is the form of If-Match: W/"version".
var weakTag = lazyregexp.New(`^W/"([^"]*)"$`)

// respond answers with a version of a resource.
func (s *Service) respond(status int, v *version) (*response, *refusal) {
	body, err := s.store.body(v)
	if err != nil {
		return nil, failed(err)
	}
	out := &response{status: status, body: body}
	out.set("ETag", etag(v.version)).set("Last-Modified", httpTime(v.at))
	if status == http.StatusCreated {
		out.set("Location", s.base+"/"+v.of.typ+"/"+v.of.id+"/_history/"+v.version)
	}
	return out, nil
}

// checkType compares the type in the URL with that in the body.
func checkType(in *request) *refusal {
	if in.document.typ != in.path[0] {
		return notValid(in.document.typ, "Resource type in the URL must match resourceType in the resource.")
	}
	return nil
}

// checkUpdate compares type and id in the URL with those in the body.
// Source: microsoft/fhir-server ValidateResourceIdFilterAttribute.cs.
func checkUpdate(in *request) *refusal {
	if refused := checkType(in); refused != nil {
		return refused
	}
	where := in.path[0] + ".id"
	switch {
	case in.document.id == "":
		return notValid(where, "Id must be specified in the resource.")
	case in.document.id != in.path[1]:
		return notValid(where, "Id in the URL must match id in the resource.")
	}
	return nil
}

// mayEdit is the further permission that profiles, value sets and code systems need.
// Source: microsoft/fhir-server ProfileResourcesBehaviour.cs.
func (r *request) mayEdit(typ string) bool {
	return !slices.Contains([]string{"StructureDefinition", "ValueSet", "CodeSystem"}, typ) ||
		r.caller.Holds(entra.ActionEditProfiles)
}

// save stores the call's document and answers 201 or 200.
func (s *Service) save(in *request, id string) (*response, *refusal) {
	if !in.mayEdit(in.document.typ) {
		return nil, forbidden()
	}
	v, changed, err := s.store.save(in.document, id, in.method, s.deps.Directory.Now())
	if err != nil {
		return nil, failed(err)
	}
	status := http.StatusOK
	if changed && v.version == "1" {
		status = http.StatusCreated
	}
	return s.respond(status, v)
}

// create stores a new resource; an id that was sent is not used. With
// If-None-Exist it looks for one that is there already.
func (s *Service) create(in *request) (*response, *refusal) {
	if condition := in.header.Get("If-None-Exist"); condition != "" {
		if !in.allowed(needsSearch()) {
			return nil, forbidden()
		}
		found, refused := s.matching(in, condition)
		if refused != nil || len(found) == 1 {
			return s.existing(in, found), refused
		}
	}
	return s.save(in, s.newID(in))
}

// existing answers a conditional create that found its resource: 200 without a
// body from outside (OSS), with what a bundle's entry needs within one.
func (s *Service) existing(in *request, found []*version) *response {
	out := &response{status: http.StatusOK}
	if len(found) == 1 && in.bundled {
		out.set("ETag", etag(found[0].version)).set("Location",
			s.base+"/"+found[0].of.typ+"/"+found[0].of.id+"/_history/"+found[0].version)
	}
	return out
}

// newID gives the id of a new resource: a bundle has chosen it, since its other
// entries may refer to it.
func (s *Service) newID(in *request) string {
	if chosen := in.header.Get(chosenID); in.bundled && chosen != "" {
		return chosen
	}
	return s.deps.NewID()
}

func (s *Service) read(in *request) (*response, *refusal) {
	r := s.store.find(in.path[0], in.path[1])
	switch {
	case r == nil:
		return nil, resourceNotFound(in.path[0], in.path[1])
	case r.current().deleted:
		return nil, gone(r.current().version)
	}
	return s.respond(http.StatusOK, r.current())
}

func (s *Service) readVersion(in *request) (*response, *refusal) {
	if r := s.store.find(in.path[0], in.path[1]); r != nil {
		for _, v := range r.versions {
			if v.version == in.path[3] {
				if v.deleted {
					return nil, gone(v.version)
				}
				return s.respond(http.StatusOK, v)
			}
		}
	}
	return nil, versionNotFound(in.path[0], in.path[1], in.path[3])
}

// update stores a new version, also of a resource that was not there.
func (s *Service) update(in *request) (*response, *refusal) {
	if refused := s.checkMatch(in, in.path[0], in.path[1]); refused != nil {
		return nil, refused
	}
	return s.save(in, in.path[1])
}

// checkMatch compares If-Match with the current version. A resource that is not
// there has no version that could match: 404.
// Source: microsoft/fhir-server SqlServerFhirDataStore.cs, WeakETagBinder.cs.
func (s *Service) checkMatch(in *request, typ, id string) *refusal {
	sent := in.header.Get("If-Match")
	if sent == "" {
		return nil
	}
	tag := weakTag.FindStringSubmatch(sent)
	if tag == nil {
		return badRequest("WeakETag must be in the weak ETag format.")
	}
	r := s.store.find(typ, id)
	switch {
	case r == nil:
		return versionNotFound(typ, id, tag[1])
	case r.current().version != tag[1]:
		return preconditionFailed("The supplied version '%s' did not match.", tag[1])
	}
	return nil
}

// delete marks a resource as deleted, or with hardDelete=true removes it and its
// history. It is 204 whether there was one or not.
func (s *Service) delete(in *request) (*response, *refusal) {
	if !in.mayEdit(in.path[0]) {
		return nil, forbidden()
	}
	if in.hard() {
		if !in.caller.Holds(entra.ActionHardDelete) {
			return nil, forbidden()
		}
		if _, err := s.store.erase(in.path[0], in.path[1]); err != nil {
			return nil, failed(err)
		}
		return &response{status: http.StatusNoContent}, nil
	}
	v, err := s.store.remove(in.path[0], in.path[1], s.deps.Directory.Now())
	if err != nil {
		return nil, failed(err)
	}
	out := &response{status: http.StatusNoContent}
	if v != nil {
		out.set("ETag", etag(v.version))
	}
	return out, nil
}

func (r *request) hard() bool {
	for _, name := range []string{"hardDelete", "_hardDelete"} {
		if value, given := r.value(name); given && strings.EqualFold(value, "true") {
			return true
		}
	}
	return false
}
