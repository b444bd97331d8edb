package catalogue

import (
	"strings"

	"hdstest/internal/entra"
)

const (
	sourcePartitions = "learn.microsoft.com/azure/healthcare-apis/dicom/data-partitions"
	sourceBulk       = "learn.microsoft.com/azure/healthcare-apis/dicom/update-files"
	sourceFiles      = "learn.microsoft.com/azure/healthcare-apis/dicom/export-files"
	sourceConform    = "github.com/microsoft/dicom-server docs/resources/Conformance-as-Postman.postman_collection.json"
)

// dicomOperations lists what the conformance collection shows besides storing,
// searching and retrieving: extended query tags with the operation that adds one,
// partitions, bulk update and export. A tag changes how the service is set up, so
// it is made under a name of the person's choice and taken away again.
func dicomOperations() []Request {
	const tag = "/extendedquerytags/{{" + VarTagPath + "}}"
	op := func(r Request, needs ...string) Request {
		r.ID, r.Group, r.Service, r.Auth, r.Needs, r.HealthDataServicesOnly = "dicom.operation."+r.ID, GroupDICOMOperations, DICOM, Bearer, needs, true
		r.Headers = accept(typeJSON)
		if r.Method == "" {
			r.Method = "GET"
		}
		if r.Effect == "" {
			r.Effect = EffectNone
		}
		r.Source += "; " + sourceConform
		return r
	}
	body := func(text string) Body { return Body{ContentType: typeJSON, Template: text} }
	added := []string{"dicom.operation.tag"}
	started := Expect{Status: []int{202}, JSON: []JSONRule{exists("id")}}
	return []Request{
		op(Request{ID: "tag", Title: "Add an extended query tag", Method: "POST", Path: "/extendedquerytags",
			Body:   body(`[{"Path": "{{` + VarTagPath + `}}", "Level": "Series"}]`),
			Expect: started, Captures: []Capture{{Variable: VarOperation, JSON: "id"}}, Effect: EffectCreates,
			Undo: "dicom.operation.tag.delete", Source: sourceTags}, entra.ActionManageExtendedTags),
		op(Request{ID: "status", Title: "Status of the operation that adds it", Path: "/operations/{{" + VarOperation + "}}",
			Expect: Expect{Status: []int{202, 200}, JSON: []JSONRule{exists("status")}}, After: added, Source: sourceTags}, entra.ActionRead),
		op(Request{ID: "tag.read", Title: "The tag", Path: tag, Expect: Expect{Status: []int{200}, JSON: []JSONRule{exists("status")}}, After: added,
			Source: sourceTags}, entra.ActionRead),
		op(Request{ID: "tag.errors", Title: "Errors of the tag", Path: tag + "/errors", Expect: Expect{Status: []int{200}, JSON: []JSONRule{{Op: IsList}}}, After: added,
			Source: sourceTags}, entra.ActionRead),
		op(Request{ID: "tag.update", Title: "Keep the tag out of searches", Method: "PATCH", Path: tag, Body: body(`{"QueryStatus": "Disabled"}`),
			Expect: Expect{Status: []int{200}}, Effect: EffectChanges, After: added, Source: sourceTags}, entra.ActionManageExtendedTags),
		op(Request{ID: "tag.delete", Title: "Delete the tag", Method: "DELETE", Path: tag, Expect: Expect{Status: []int{204}}, Effect: EffectDeletes,
			After: added, Nothing: []int{400}, Source: sourceTags}, entra.ActionManageExtendedTags),
		op(Request{ID: "partitions", Title: "Data partitions", Path: "/partitions", Expect: Expect{Status: []int{200, 400}}, Source: sourcePartitions}, entra.ActionRead),
		op(Request{ID: "partition.studies", Title: "Studies of a partition", Path: "/partitions/{{" + VarPartition + "}}/studies",
			Query: []Pair{{"limit", "1"}}, Expect: Expect{Status: []int{200, 204, 400}}, Source: sourcePartitions}, entra.ActionRead),
		op(Request{ID: "bulk-update", Title: "Update the attributes of a study that is not there", Method: "POST", Path: "/studies/$bulkUpdate",
			Body:   body(`{"studyInstanceUids": ["{{` + VarAbsentUID + `}}"], "changeDataset": {"00100010": {"vr": "PN", "Value": [{"Alphabetic": "Hdstest^Synthetic"}]}}}`),
			Expect: started, Captures: []Capture{{Variable: VarUpdateJob, JSON: "id"}}, Effect: EffectChanges, Source: sourceBulk}, entra.ActionWrite),
		op(Request{ID: "bulk-update.status", Title: "Status of the bulk update", Path: "/operations/{{" + VarUpdateJob + "}}",
			Expect: Expect{Status: []int{202, 200}, JSON: []JSONRule{exists("status")}}, After: []string{"dicom.operation.bulk-update"}, Source: sourceBulk}, entra.ActionRead),
		op(Request{ID: "export", Title: "Export a study that is not there", Method: "POST", Path: "/export",
			Body: body(`{"source": {"type": "identifiers", "settings": {"values": ["{{` + VarAbsentUID + `}}"]}},
  "destination": {"type": "azureblob", "settings": {"blobContainerUri": "{{` + VarContainerURL + `}}", "useManagedIdentity": true}}}`),
			Expect: started, Captures: []Capture{{Variable: VarFilesJob, JSON: "id"}}, Effect: EffectChanges, Source: sourceFiles}, entra.ActionExport),
		op(Request{ID: "export.status", Title: "Status of the export of files", Path: "/operations/{{" + VarFilesJob + "}}",
			Expect: Expect{Status: []int{202, 200}, JSON: []JSONRule{exists("status")}}, After: []string{"dicom.operation.export"}, Source: sourceFiles}, entra.ActionRead),
	}
}

const workitemBody = `[{
  "00080018": {"vr": "UI", "Value": ["%UID%"]},
  "00081195": {"vr": "UI"},
  "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Hdstest^Synthetic"}]},
  "00100020": {"vr": "LO", "Value": ["HDSTEST-SYNTHETIC"]},
  "00100021": {"vr": "LO"},
  "00100030": {"vr": "DA"},
  "00100040": {"vr": "CS"},
  "00380010": {"vr": "LO"},
  "00380014": {"vr": "SQ"},
  "00081080": {"vr": "LO"},
  "00081084": {"vr": "SQ"},
  "0040A370": {"vr": "SQ"},
  "00404005": {"vr": "DT", "Value": ["20200101120000"]},
  "00404018": {"vr": "SQ"},
  "00404021": {"vr": "SQ"},
  "00404025": {"vr": "SQ"},
  "00404026": {"vr": "SQ"},
  "00404027": {"vr": "SQ"},
  "00404034": {"vr": "SQ"},
  "00404041": {"vr": "CS", "Value": ["READY"]},
  "00741000": {"vr": "CS", "Value": ["SCHEDULED"]},
  "00741200": {"vr": "CS", "Value": ["LOW"]},
  "00741202": {"vr": "LO", "Value": ["SYNTHETIC"]},
  "00741204": {"vr": "LO", "Value": ["Synthetic"]},
  "00741210": {"vr": "SQ"},
  "00741216": {"vr": "SQ"},
  "00741224": {"vr": "SQ"}
}]`

// dicomWorklist lists the life of a worklist item. The standard has no deletion:
// an item ends by being completed or cancelled, and stays.
//
// Source: DICOM PS3.18 section 11; the conformance statement, "Worklist Service".
func dicomWorklist() []Request {
	const item, second = "/workitems/{{" + VarWorkitem + "}}", "/workitems/{{" + VarCanceledItem + "}}"
	ups := func(r Request, needs ...string) Request {
		r.ID, r.Group, r.Service, r.Auth, r.Needs = "dicom.workitem."+r.ID, GroupDICOMWorklist, DICOM, Bearer, needs
		r.Headers, r.Source, r.HealthDataServicesOnly = accept(typeDICOMJSON), sourceConformance+"#worklist-service-ups-rs; "+sourceConform, true
		if r.Effect == "" {
			r.Effect = EffectNone
		}
		return r
	}
	body := func(text string) Body { return Body{ContentType: typeDICOMJSON, Template: text} }
	made := func(variable string) Body { return body(strings.Replace(workitemBody, "%UID%", "{{"+variable+"}}", 1)) }
	created, claimed := []string{"dicom.workitem.create"}, []string{"dicom.workitem.claim"}
	state := func(to string) string {
		return `[{"00081195": {"vr": "UI", "Value": ["{{` + VarTransaction + `}}"]}, "00741000": {"vr": "CS", "Value": ["` + to + `"]}}]`
	}
	stored := Expect{Status: []int{201}, Headers: []HeaderRule{{Name: "Location"}}}
	return []Request{
		ups(Request{ID: "create", Title: "Create a worklist item", Method: "POST", Path: "/workitems", Body: made(VarWorkitem), Expect: stored,
			Effect: EffectChanges}, entra.ActionWrite),
		ups(Request{ID: "read", Title: "Retrieve the item", Method: "GET", Path: item,
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{equals("[0].00741000.Value[0]", "SCHEDULED")}}, After: created}, entra.ActionRead),
		ups(Request{ID: "search", Title: "Search items", Method: "GET", Path: "/workitems", Query: []Pair{{"PatientID", "HDSTEST-SYNTHETIC"}, {"limit", "1"}},
			Expect: Expect{Status: []int{200, 206}, JSON: []JSONRule{{Op: IsList}}}, After: created}, entra.ActionRead),
		ups(Request{ID: "update", Title: "Update the unclaimed item", Method: "POST", Path: item,
			Body:   body(`[{"00741202": {"vr": "LO", "Value": ["SYNTHETIC 2"]}}]`),
			Expect: Expect{Status: []int{200}}, Effect: EffectChanges, After: created}, entra.ActionWrite),
		ups(Request{ID: "claim", Title: "Claim the item", Method: "PUT", Path: item + "/state", Body: body(state("IN PROGRESS")),
			Expect: Expect{Status: []int{200}}, Effect: EffectChanges, After: created}, entra.ActionWrite),
		ups(Request{ID: "complete", Title: "End the item", Method: "PUT", Path: item + "/state", Body: body(state("CANCELED")),
			Expect: Expect{Status: []int{200}}, Effect: EffectChanges, After: claimed}, entra.ActionWrite),
		ups(Request{ID: "second", Title: "Create a second item", Method: "POST", Path: "/workitems", Body: made(VarCanceledItem), Expect: stored,
			Effect: EffectChanges}, entra.ActionWrite),
		ups(Request{ID: "cancel", Title: "Ask for the second item to be cancelled", Method: "POST", Path: second + "/cancelrequest",
			Body: body(`[{"00741238": {"vr": "LT", "Value": ["A test has ended"]}}]`), Expect: Expect{Status: []int{202}}, Effect: EffectChanges,
			After: []string{"dicom.workitem.second"}}, entra.ActionWrite),
	}
}
