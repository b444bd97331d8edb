package dicom

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

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

// newTag is a tag as it is asked for.
type newTag struct {
	Path, VR, PrivateCreator, Level string
}

// addTags adds tags and indexes what is stored already. The operation that the
// answer names is done by then.
// Source: microsoft/dicom-server AddExtendedQueryTagService.cs.
func (s *Service) addTags(r *request) *refusal {
	var wanted []newTag
	if refused := r.decode(&wanted); refused != nil {
		return refused
	}
	if len(wanted) == 0 {
		return badRequest("The extended query tag(s) is missing.")
	}
	var added []*queryTag
	for _, n := range wanted {
		q, refused := s.checkTag(n)
		if refused != nil {
			return refused
		}
		if slices.ContainsFunc(added, func(o *queryTag) bool { return o.tag == q.tag }) {
			return badRequest("The extended query tag '%s' has been specified before.", n.Path)
		}
		added = append(added, q)
	}
	for _, q := range added {
		if slices.ContainsFunc(s.store.tags, func(o *queryTag) bool { return o.tag == q.tag }) {
			return refuse(http.StatusConflict, "One or more extended query tags already exist.")
		}
	}
	if len(s.store.tags)+len(added) > mostTags {
		return badRequest("Extended query tags exceeds max allowed count '%d'.", mostTags)
	}
	job := &job{ID: strings.ReplaceAll(s.deps.NewID(), "-", ""), Type: "reindex", started: s.deps.Directory.Now()}
	for _, q := range added {
		s.store.tags = append(s.store.tags, q)
		job.resources = append(job.resources, "/extendedquerytags/"+q.path)
	}
	if err := s.store.reindex(added); err != nil {
		return failed(err)
	}
	s.operations[job.ID] = job
	href := s.root(r) + "/operations/" + job.ID
	r.out.Header().Set("Location", href)
	return r.answer(http.StatusAccepted, plainJSON, map[string]string{"id": job.ID, "href": href})
}

// checkTag says what is wrong with a tag that is asked for.
// Source: microsoft/dicom-server ExtendedQueryTagEntryValidator.cs.
func (s *Service) checkTag(n newTag) (*queryTag, *refusal) {
	for name, value := range map[string]string{"Path": n.Path, "Level": n.Level} {
		if strings.TrimSpace(value) == "" {
			return nil, badRequest("The request body is not valid. Details: \r\nThe Dicom Tag Property %s must be specified and must not be null, empty or whitespace.", name)
		}
	}
	at := slices.IndexFunc([]level{studyLevel, seriesLevel, instanceLevel}, func(l level) bool { return strings.EqualFold(l.String(), n.Level) })
	if at < 0 {
		return nil, badRequest("The request body is not valid. Details: \r\nInput Dicom Tag Level '%s' is invalid. It must have value 'Study', 'Series' or 'Instance'.", n.Level)
	}
	tag, ok := s.store.words.Parse(n.Path)
	if !ok {
		return nil, badRequest("The extended query tag '%s' is invalid as it cannot be parsed into a valid Dicom Tag.", n.Path)
	}
	if _, custom, known := s.store.queryable(tag); known && custom == nil {
		return nil, badRequest("The query tag '%s' is already supported.", n.Path)
	}
	vr, refused := s.checkVR(n, tag)
	if refused != nil {
		return nil, refused
	}
	return &queryTag{path: tag.String(), tag: tag, vr: vr, level: level(at), creator: n.PrivateCreator, status: "Ready", queryStatus: "Enabled"}, nil
}

// checkVR finds the representation: given for private tags, known for standard ones.
func (s *Service) checkVR(n newTag, tag part10.Tag) (string, *refusal) {
	entry, standard := s.store.words.Lookup(tag)
	switch {
	case tag.Private() && n.PrivateCreator == "":
		return "", badRequest("The private creator for private tag '%s' is missing.", n.Path)
	case !tag.Private() && n.PrivateCreator != "":
		return "", badRequest("The private creator is not empty for standard tag '%s'.", n.Path)
	case n.VR == "" && !standard:
		return "", badRequest("The vr for tag '%s' is missing.", n.Path)
	case standard && n.VR != "" && n.VR != entry.VR:
		return "", badRequest("The VR code '%s' is incorrectly specified for '%s'. The expected VR code for it is '%s'. Retry this request either with the correct VR code or without specifying it.", n.VR, n.Path, entry.VR)
	}
	vr := n.VR
	if vr == "" {
		vr = entry.VR
	}
	if !slices.Contains(strings.Fields("AE AS CS DA DS DT FD FL IS LO PN SH SL SS TM UI UL US"), vr) {
		return "", badRequest("The VR code '%s' specified for tag '%s' is not supported.", vr, n.Path)
	}
	return vr, nil
}

// reindex files the new tags' values of what is stored. It reads each instance's
// metadata once.
func (s *store) reindex(added []*queryTag) error {
	for _, n := range s.tables[instanceLevel].all {
		i := s.tables[instanceLevel].byNumber[n]
		metadata, err := s.metadata(i)
		if err != nil {
			return err
		}
		for _, q := range added {
			a, ok := q.of(metadata)
			if !ok {
				continue
			}
			e := []*entity{i.parent.parent, i.parent, i}[q.level]
			s.refile(e, q.tag, a)
		}
	}
	return nil
}

// refile replaces one attribute of an entity.
func (s *store) refile(e *entity, tag part10.Tag, a part10.Attribute) {
	kept := e.filed[:0]
	for _, f := range e.filed {
		if f.tag == tag {
			s.tables[e.level].indexes[tag].Remove(f.key, e.number)
			continue
		}
		kept = append(kept, f)
	}
	e.filed = kept
	e.values[tag] = a
	s.fileValue(e, tag, a)
}

// job is an operation that runs on its own. Those of the sandbox are done when
// they are first asked for.
type job struct {
	ID        string
	Type      string
	started   time.Time
	resources []string
}

// operation answers with the state of a job.
func (s *Service) operation(r *request) *refusal {
	id := strings.ReplaceAll(r.path[1], "-", "")
	if _, err := strconv.ParseUint(id[:min(len(id), 8)], 16, 64); err != nil || len(id) != 32 {
		return badRequest("The value '%s' is not valid.", r.path[1])
	}
	j := s.operations[strings.ToLower(id)]
	if j == nil {
		return refuse(http.StatusNotFound, "")
	}
	status := "succeeded"
	if r.version == 1 {
		status = "completed"
	}
	var resources []string
	for _, one := range j.resources {
		resources = append(resources, s.root(r)+one)
	}
	at := j.started.UTC().Format(time.RFC3339)
	return r.answer(http.StatusOK, plainJSON, map[string]any{"operationId": j.ID, "type": j.Type, "createdTime": at, "lastUpdatedTime": at,
		"status": status, "percentComplete": 100, "resources": resources})
}

// checkExport and checkBulkUpdate look at the body, which comes before the
// permission; the rest is not there.
func checkExport(r *request) *refusal {
	var body struct {
		Source, Destination *struct{ Type string }
	}
	if refused := r.decode(&body); refused != nil {
		return refused
	}
	if body.Source == nil || body.Destination == nil {
		return badRequest("The request body is not valid. Details: \r\nThe Source and Destination fields are required.")
	}
	return nil
}

func checkBulkUpdate(r *request) *refusal {
	var body struct {
		StudyInstanceUids []string
		ChangeDataset     map[string]any
	}
	if refused := r.decode(&body); refused != nil {
		return refused
	}
	if len(body.StudyInstanceUids) == 0 || len(body.ChangeDataset) == 0 {
		return badRequest("The request body is not valid. Details: \r\nThe StudyInstanceUids and ChangeDataset fields are required.")
	}
	return nil
}
