package dicom

import (
	"maps"
	"slices"
	"strings"

	"hdstest/internal/sandbox/dicom/part10"
)

// mostUpdated is how many studies one bulk update may name.
const mostUpdated = 50

// updatable are the attributes that a bulk update may change: those of the modules
// Patient Identification and Patient Demographic that are no sequences.
//
// Source: learn.microsoft.com/azure/healthcare-apis/dicom/update-files.
func updatable() []string {
	return strings.Fields(`00100010 00100020 00101000 00100022 00101001 00101005 00101060 00101090
		00101010 00102180 00403001 00100030 00100032 00100040 00100200 00101020 00101030 00101040 00101080 00101081
		00102150 00102152 00102154 00102160 001021F0 00104000 00102297 00102298 00102299 00102201 00102292 00102295`)
}

// updateOrder is which studies are to be changed, and how.
type updateOrder struct {
	StudyInstanceUids []string
	ChangeDataset     map[string]part10.Attribute
	texts             []part10.Text
}

// check is the check of the body, which comes before the permission. What is needed
// is the article's; the texts are unverified.
// Source: microsoft/dicom-server UpdateRequestValidator.cs.
func (o *updateOrder) check(words *part10.Dictionary) func(*request) *refusal {
	return func(r *request) *refusal {
		if refused := r.decode(o); refused != nil {
			return refused
		}
		if len(o.StudyInstanceUids) == 0 || len(o.ChangeDataset) == 0 {
			return invalidBody("The StudyInstanceUids and ChangeDataset fields are required.")
		}
		if len(o.StudyInstanceUids) > mostUpdated {
			return invalidBody("The number of studies exceeds the limit of %d.", mostUpdated)
		}
		for _, uid := range o.StudyInstanceUids {
			if !part10.ValidUID(uid) {
				return badRequest("%s", part10.UIDText("StudyInstanceUid"))
			}
		}
		return o.checkChanges(words)
	}
}

// checkChanges looks at each attribute and its value.
func (o *updateOrder) checkChanges(words *part10.Dictionary) *refusal {
	allowed := updatable()
	for _, name := range slices.Sorted(maps.Keys(o.ChangeDataset)) {
		tag, known := words.Parse(name)
		if !known || !slices.Contains(allowed, strings.ToUpper(name)) {
			return badRequest("The following tag(s) cannot be updated: '%s'.", name)
		}
		text, ok := o.ChangeDataset[name].Text(tag)
		entry, standard := words.Lookup(tag)
		if !ok || text.VR == "" || standard && text.VR != entry.VR || len(text.Check(words)) > 0 {
			return badRequest("The value of the following tag(s) is not valid: '%s'.", name)
		}
		o.texts = append(o.texts, text)
	}
	return nil
}

// bulkUpdate changes all instances of each study, or none of it. No instance is found
// of a study that is not there, which is a success.
// Source: microsoft/dicom-server UpdateDurableFunction.Orchestration.cs.
func (s *Service) bulkUpdate(r *request, o *updateOrder) *refusal {
	job := s.newJob("update")
	instances, failures := 0, []string(nil)
	for _, uid := range o.StudyInstanceUids {
		study := s.store.find(uid)
		if study == nil {
			continue
		}
		all := study.instances()
		if err := s.store.update(all, o.texts); err != nil {
			failures = append(failures, "Failed to update instances for study "+uid)
			continue
		}
		for _, i := range all {
			s.store.record("update", i, job.started)
		}
		instances += len(all)
	}
	job.failed = failures != nil
	job.results = map[string]any{"studyUpdated": len(o.StudyInstanceUids) - len(failures), "instanceUpdated": instances}
	if job.failed {
		job.results["studyFailed"], job.results["errors"] = len(failures), failures
	}
	return s.started(r, job)
}
