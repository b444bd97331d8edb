package dicom

import (
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/sandbox/dicom/part10"
)

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
	job := s.newJob("reindex")
	for _, q := range added {
		s.store.tags = append(s.store.tags, q)
		job.resources = append(job.resources, "/extendedquerytags/"+q.path)
	}
	if err := s.store.reindex(added); err != nil {
		return failed(err)
	}
	return s.started(r, job)
}

// checkTag says what is wrong with a tag that is asked for.
// Source: microsoft/dicom-server ExtendedQueryTagEntryValidator.cs.
func (s *Service) checkTag(n newTag) (*queryTag, *refusal) {
	for name, value := range map[string]string{"Path": n.Path, "Level": n.Level} {
		if strings.TrimSpace(value) == "" {
			return nil, invalidBody("The Dicom Tag Property %s must be specified and must not be null, empty or whitespace.", name)
		}
	}
	at := slices.IndexFunc([]level{studyLevel, seriesLevel, instanceLevel}, func(l level) bool { return strings.EqualFold(l.String(), n.Level) })
	if at < 0 {
		return nil, invalidBody("Input Dicom Tag Level '%s' is invalid. It must have value 'Study', 'Series' or 'Instance'.", n.Level)
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
