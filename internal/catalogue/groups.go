package catalogue

// The groups: a service, and what its requests need. Each holds requests of one
// service and one kind, so that a folder of an export can be run or left alone.
const (
	GroupToken      = "token"
	GroupFHIROpen   = "fhir-open"
	GroupFHIRRead   = "fhir-read"
	GroupFHIRWrite  = "fhir-write"
	GroupDICOMOpen  = "dicom-open"
	GroupDICOMRead  = "dicom-read"
	GroupDICOMWrite = "dicom-write"

	// Sent only when they are asked for by name.
	GroupFHIRSearch      = "fhir-search"
	GroupFHIRTypes       = "fhir-types"
	GroupFHIROperations  = "fhir-operations"
	GroupDICOMOperations = "dicom-operations"
	GroupDICOMWorklist   = "dicom-worklist"

	// What an identity may do; these requests are in no export.
	GroupFHIRPermission  = "fhir-permission"
	GroupDICOMPermission = "dicom-permission"
)

// Group is a folder of requests.
type Group struct {
	ID      string
	Title   string
	Service string // Entra for the token requests
	Writes  bool   // its requests change data, or read what those changed
	// OnDemand marks groups that are sent and exported only when they are named:
	// many requests, or ones that start jobs, need a storage account or change how
	// the service itself is set up.
	OnDemand bool
}

// Groups lists the groups in the order in which they run.
func Groups() []Group {
	return []Group{
		{ID: GroupToken, Title: "Tokens", Service: Entra},
		{ID: GroupFHIROpen, Title: "FHIR: without a token", Service: FHIR},
		{ID: GroupFHIRRead, Title: "FHIR: reading", Service: FHIR},
		{ID: GroupFHIRWrite, Title: "FHIR: writing (changes data)", Service: FHIR, Writes: true},
		{ID: GroupFHIRSearch, Title: "FHIR: searches of the guides", Service: FHIR, OnDemand: true},
		{ID: GroupFHIRTypes, Title: "FHIR: each type of the sample collection (changes data)", Service: FHIR, Writes: true, OnDemand: true},
		{ID: GroupFHIROperations, Title: "FHIR: operations (starts jobs)", Service: FHIR, Writes: true, OnDemand: true},
		{ID: GroupDICOMOpen, Title: "DICOM: without a token", Service: DICOM},
		{ID: GroupDICOMRead, Title: "DICOM: reading", Service: DICOM},
		{ID: GroupDICOMWrite, Title: "DICOM: writing (changes data)", Service: DICOM, Writes: true},
		{ID: GroupDICOMOperations, Title: "DICOM: tags, operations, partitions (changes the service)", Service: DICOM, Writes: true, OnDemand: true},
		{ID: GroupDICOMWorklist, Title: "DICOM: worklist, UPS-RS (changes data)", Service: DICOM, Writes: true, OnDemand: true},
	}
}
