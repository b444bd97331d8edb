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
	ChangeDataset     map[string]any
}

// check is the check of the body, which comes before the permission. What is needed
// is the article's; the texts are unverified.
// Source: microsoft/dicom-server UpdateRequestValidator.cs.
func (o *updateOrder) check(r *request) *refusal {
	if refused := r.decode(o); refused != nil {
		return refused
	}
	if len(o.StudyInstanceUids) == 0 || len(o.ChangeDataset) == 0 {
		return badRequest("The request body is not valid. Details: \r\nThe StudyInstanceUids and ChangeDataset fields are required.")
	}
	if len(o.StudyInstanceUids) > mostUpdated {
		return badRequest("The request body is not valid. Details: \r\nThe number of studies exceeds the limit of %d.", mostUpdated)
	}
	for _, uid := range o.StudyInstanceUids {
		if !part10.ValidUID(uid) {
			return badRequest("%s", part10.UIDText("StudyInstanceUid"))
		}
	}
	allowed := updatable()
	for _, tag := range slices.Sorted(maps.Keys(o.ChangeDataset)) {
		if !slices.Contains(allowed, strings.ToUpper(tag)) {
			return badRequest("The following tag(s) cannot be updated: '%s'.", tag)
		}
	}
	return nil
}

// bulkUpdate changes nothing: of studies that are not there no instance is found,
// which is a success, and changing what is there is absent from the sandbox.
// Source: microsoft/dicom-server UpdateDurableFunction.Orchestration.cs.
func (s *Service) bulkUpdate(r *request, o *updateOrder) *refusal {
	for _, uid := range o.StudyInstanceUids {
		if s.store.find(uid) != nil {
			return absent("studies/$bulkUpdate of studies that are there")
		}
	}
	return s.started(r, &job{ID: strings.ReplaceAll(s.deps.NewID(), "-", ""), Type: "update", started: s.deps.Directory.Now(),
		results: map[string]any{"studyUpdated": len(o.StudyInstanceUids), "instanceUpdated": 0}})
}
