package dicom

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/dicom/part10"
)

// operation is what a method does on a path.
type operation struct {
	needs    []string                // data actions: one of them
	json     bool                    // there must be an Accept header that JSON satisfies
	consumes func(string) bool       // media types of the body; nil: any
	check    func(*request) *refusal // further filter, before the permission
	writes   bool                    // changes the store
	spools   bool                    // reads its body before it locks the store
	do       func(*request) *refusal
}

// methods are the operations on one path.
type methods map[string]operation

// one is a set of data actions of which one suffices.
func one(actions ...string) []string { return actions }

// paths finds what there is at a path; nil is nothing.
// Source: microsoft/dicom-server Features/Routing/KnownRoutes.cs.
func (s *Service) paths(in *request) methods {
	switch in.path[0] {
	case "studies", "series", "instances":
		return s.dataPaths(in)
	case "changefeed":
		return s.feedPaths(in)
	case "extendedquerytags":
		return s.tagPaths(in)
	case "operations":
		if len(in.path) == 2 {
			return methods{"GET": {needs: one(entra.ActionRead, entra.ActionManageExtendedTags), do: s.operation}}
		}
	case "export":
		if len(in.path) == 1 {
			o := &exportOrder{}
			return methods{"POST": {needs: one(entra.ActionExport), check: o.check, writes: true, do: func(r *request) *refusal { return s.export(r, o) }}}
		}
	case "partitions":
		return s.partitionPaths(in)
	case "workitems":
		return s.workitemPaths(in)
	}
	return nil
}

// partitionPaths refuse: data partitions are off, as they are on a new service.
func (s *Service) partitionPaths(in *request) methods {
	disabled := func(*request) *refusal { return badRequest("Data partitions feature is disabled.") }
	if len(in.path) == 1 {
		return methods{"GET": {needs: one(entra.ActionRead), do: disabled}}
	}
	if len(in.path) < 3 {
		return nil
	}
	inner := *in
	inner.path = in.path[2:]
	if inner.path[0] != "studies" && inner.path[0] != "series" && inner.path[0] != "instances" {
		return nil
	}
	found := s.dataPaths(&inner)
	for method, op := range found {
		op.check, op.do, op.spools = disabled, disabled, false
		found[method] = op
	}
	return found
}

// dataPaths are those of studies, series, instances and frames.
func (s *Service) dataPaths(in *request) methods {
	p := in.path
	read := one(entra.ActionRead)
	if len(p) == 1 {
		found := methods{"GET": s.searching(p[0], "", "")}
		if p[0] == "studies" {
			s.addStore(found, in)
		}
		return found
	}
	if p[0] != "studies" {
		return nil
	}
	if len(p) == 2 && p[1] == "$bulkUpdate" {
		if in.version == 1 {
			return nil
		}
		o := &updateOrder{}
		return methods{"POST": {needs: one(entra.ActionWrite), check: o.check(s.words()), writes: true, do: func(r *request) *refusal { return s.bulkUpdate(r, o) }}}
	}
	metadata := operation{needs: read, json: true, do: s.retrieveMetadata}
	retrieve := methods{"GET": {needs: read, do: s.retrieve}, "DELETE": {needs: one(entra.ActionDelete), writes: true, do: s.delete}}
	switch shape(p) {
	case "studies/*":
		s.addStore(retrieve, in)
		return retrieve
	case "studies/*/series/*", "studies/*/series/*/instances/*":
		return retrieve
	case "studies/*/metadata", "studies/*/series/*/metadata", "studies/*/series/*/instances/*/metadata":
		return methods{"GET": metadata}
	case "studies/*/series":
		return methods{"GET": s.searching("series", p[1], "")}
	case "studies/*/instances":
		return methods{"GET": s.searching("instances", p[1], "")}
	case "studies/*/series/*/instances":
		return methods{"GET": s.searching("instances", p[1], p[3])}
	case "studies/*/series/*/instances/*/frames/*":
		return methods{"GET": {needs: read, check: checkFrames, do: s.retrieveFrames}}
	case "studies/*/series/*/instances/*/rendered":
		return methods{"GET": {needs: read, check: checkQuality, do: s.render}}
	case "studies/*/series/*/instances/*/frames/*/rendered":
		return methods{"GET": {needs: read, check: checkRendered, do: s.render}}
	}
	return nil
}

// shape puts a star for the UIDs and frame numbers, which stand at the odd places.
func shape(path []string) string {
	out := slices.Clone(path)
	for i := 1; i < len(out); i += 2 {
		out[i] = "*"
	}
	return strings.Join(out, "/")
}

// addStore adds storing: POST, and on version 2 the managed service's PUT, which
// replaces what is there.
func (s *Service) addStore(found methods, in *request) {
	op := operation{needs: one(entra.ActionWrite), json: true, consumes: storable, spools: true, do: s.storeInstances}
	found["POST"] = op
	if in.version > 1 {
		found["PUT"] = op
	}
}

func storable(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == dicomType || media == "multipart/related")
}

func (s *Service) searching(what, study, series string) operation {
	in := scope{target: map[string]level{"studies": studyLevel, "series": seriesLevel, "instances": instanceLevel}[what], study: study, series: series}
	return operation{needs: one(entra.ActionRead), json: true,
		check: func(r *request) *refusal { _, _, refused := parseLimits(in, r.query); return refused },
		do:    func(r *request) *refusal { return s.searchFor(r, in) }}
}

// checkUIDs checks the UIDs of the path, and that they differ.
func checkUIDs(in *request) *refusal {
	names := []string{"StudyInstanceUid", "SeriesInstanceUid", "SopInstanceUid"}
	var seen []string
	for i, at := range []int{1, 3, 5} {
		if in.path[0] != "studies" || at >= len(in.path) || in.path[at] == "$bulkUpdate" || in.path[at-1] != []string{"studies", "series", "instances"}[i] {
			break
		}
		uid := in.path[at]
		if !part10.ValidUID(uid) {
			return badRequest("%s", part10.UIDText(names[i]))
		}
		if slices.Contains(seen, uid) {
			return badRequest("The values for StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID must be unique.")
		}
		seen = append(seen, uid)
	}
	return nil
}

// acceptsJSON is the Accept filter of the JSON routes. Without a header nothing is
// acceptable: most HTTP libraries send one, Go's does not.
// Source: microsoft/dicom-server AcceptContentFilterAttribute.cs and its tests.
func acceptsJSON(headers []string) bool {
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		media, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(media)) {
		case dicomJSON, plainJSON, "application/xml", "application/*", "*/*":
			return true
		}
	}
	return false
}

// searchFor answers QIDO-RS: an array, or 204 without a body if nothing matches.
func (s *Service) searchFor(r *request, in scope) *refusal {
	q, rest, refused := parseLimits(in, r.query)
	if refused != nil {
		return refused
	}
	if refused := s.store.parseQuery(q, rest); refused != nil {
		return refused
	}
	if len(q.erroneous) > 0 {
		r.out.Header().Set("erroneous-dicom-attributes", strings.Join(q.erroneous, ","))
	}
	var results []part10.Attributes
	for _, e := range s.store.search(q) {
		a, err := s.store.result(q, e, r.version)
		if err != nil {
			return failed(err)
		}
		results = append(results, a)
	}
	if results == nil {
		r.out.WriteHeader(http.StatusNoContent)
		return nil
	}
	return r.answer(http.StatusOK, dicomJSON, results)
}
