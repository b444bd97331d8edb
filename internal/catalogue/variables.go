package catalogue

import "slices"

// Variable describes one of the variables for people who fill them in.
type Variable struct {
	Name    string
	Meaning string
	Secret  bool // must be masked wherever a format can
	Run     bool // made or captured by a run, not filled in by a person
}

// Variables lists all variables, those that people fill in first.
//
// Source of the spelling of the first ones: the articles "Use Postman" and
// "Using REST Client" of Azure Health Data Services.
func Variables() []Variable {
	return append([]Variable{
		{Name: VarTenantID, Meaning: "Directory (tenant) ID"},
		{Name: VarClientID, Meaning: "Application (client) ID"},
		{Name: VarClientSecret, Meaning: "Value of a client secret (not its ID)", Secret: true},
		{Name: VarAssertion, Meaning: "Signed client assertion, in place of the secret; it lives some minutes", Secret: true},
		{Name: VarAuthority, Meaning: "Sign-in host, without the tenant"},
		{Name: VarFHIRURL, Meaning: "FHIR service, without a final slash"},
		{Name: VarFHIRScope, Meaning: "Scope of tokens for the FHIR service: its audience and /.default"},
		{Name: VarBearerToken, Meaning: "Access token for the FHIR service", Secret: true, Run: true},
		{Name: VarDICOMURL, Meaning: "DICOM service with its version, https://host/v2"},
		{Name: VarDICOMRoot, Meaning: "DICOM service without a path"},
		{Name: VarDICOMScope, Meaning: "Scope of tokens for every DICOM service"},
		{Name: VarDICOMToken, Meaning: "Access token for the DICOM service", Secret: true, Run: true},
		{Name: VarRun, Meaning: "Marks what one run creates", Run: true},
		{Name: VarPatientID, Meaning: "Id of the Patient that this run created", Run: true},
		{Name: VarObservation, Meaning: "Id of the Observation that this run created", Run: true},
		{Name: VarStudyUID, Meaning: "Study Instance UID of what this run stores", Run: true},
		{Name: VarSeriesUID, Meaning: "Series Instance UID of what this run stores", Run: true},
		{Name: VarInstanceUID, Meaning: "SOP Instance UID of the first instance", Run: true},
		{Name: VarSecondUID, Meaning: "SOP Instance UID of the second instance", Run: true},
		{Name: VarAbsentUID, Meaning: "A UID that nothing has", Run: true},
		{Name: VarAbsentID, Meaning: "An id that nothing has", Run: true},
		{Name: VarContainer, Meaning: "Container of the storage account that FHIR exports go to"},
		{Name: VarContainerURL, Meaning: "Complete address of the container that DICOM exports go to: https://account.blob.core.windows.net/container"},
		{Name: VarImportURL, Meaning: "Address of an NDJSON file of Patients in the storage account for imports"},
		{Name: VarTagPath, Meaning: "Attribute that is made an extended query tag for a while"},
		{Name: VarPartition, Meaning: "Data partition of the DICOM service"},
		{Name: VarExportJob, Meaning: "Id of the export, at the end of its Content-Location"},
		{Name: VarPatientsJob, Meaning: "Id of the patients' export, at the end of its Content-Location"},
		{Name: VarReindexJob, Meaning: "Id of the reindexing that this run started", Run: true},
		{Name: VarSearchParam, Meaning: "Id of the SearchParameter that this run created", Run: true},
		{Name: VarOperation, Meaning: "Id of the operation that adds the tag", Run: true},
		{Name: VarUpdateJob, Meaning: "Id of the operation that updates studies", Run: true},
		{Name: VarFilesJob, Meaning: "Id of the operation that exports DICOM files", Run: true},
		{Name: VarWorkitem, Meaning: "UID of the worklist item that this run creates; an item stays, so the next run needs another", Run: true},
		{Name: VarCanceledItem, Meaning: "UID of the worklist item that this run cancels; the next run needs another", Run: true},
		{Name: VarTransaction, Meaning: "UID with which this run claims the item", Run: true},
	}, typeVariables()...)
}

// Settable lists the variables of requests on demand that people fill in.
func Settable() []Variable {
	return slices.DeleteFunc(Variables(), func(v Variable) bool { return !IsSettable(v.Name) })
}

// IsSettable tells whether the variable of this name is one of them.
func IsSettable(name string) bool {
	switch name {
	case VarContainer, VarContainerURL, VarImportURL, VarTagPath, VarPartition:
		return true
	}
	return false
}
