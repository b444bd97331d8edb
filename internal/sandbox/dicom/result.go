package dicom

import (
	"slices"

	"hdstest/internal/sandbox/dicom/part10"
)

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
