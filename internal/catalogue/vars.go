package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/lazyregexp"
)

// Variables of the requests. The first six are spelt as in Microsoft's own
// articles, so that people can follow those with an exported collection.
const (
	VarTenantID     = "tenantid"
	VarClientID     = "clientid"
	VarClientSecret = "clientsecret"
	VarFHIRURL      = "fhirurl"
	VarBearerToken  = "bearerToken"
	VarDICOMURL     = "dicomurl"  // with the version segment: https://host/v2
	VarDICOMRoot    = "dicomroot" // the same without any path

	VarAssertion   = "clientassertion" // a signed client assertion, in place of the secret
	VarAuthority   = "authority"       // https://login.microsoftonline.com
	VarFHIRScope   = "fhirscope"
	VarDICOMScope  = "dicomscope"
	VarDICOMToken  = "dicomBearerToken" // bearerToken is the FHIR service's
	VarRun         = "run_id"           // marks what this run creates
	VarPatientID   = "patient_id"
	VarObservation = "observation_id"
	VarStudyUID    = "study_uid"
	VarSeriesUID   = "series_uid"
	VarInstanceUID = "instance_uid"
	VarSecondUID   = "second_instance_uid"
	VarAbsentUID   = "absent_uid" // a UID that no one has stored
	VarAbsentID    = "absent_id"  // an id that no resource has

	// Of the requests on demand.
	VarContainer    = "containername" // of the storage account that exports go to
	VarContainerURL = "container_url" // of the same, as DICOM wants it
	VarImportURL    = "import_url"    // of a file to import
	VarExportJob    = "export_id"     // of an export that was started
	VarPatientsJob  = "patients_export_id"
	VarReindexJob   = "reindex_id" // of reindexing that was started
	VarSearchParam  = "searchparameter_id"
	VarTagPath      = "extended_query_tag"
	VarOperation    = "operation_id"
	VarUpdateJob    = "bulk_update_id" // of a bulk update that was started
	VarFilesJob     = "dicom_export_id"
	VarPartition    = "partition_name"
	VarWorkitem     = "workitem_uid"
	VarCanceledItem = "second_workitem_uid"
	VarTransaction  = "transaction_uid" // whoever claims a worklist item makes it up
)

var variable = lazyregexp.New(`\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}`)

// Vars are the values of variables.
type Vars map[string]string

// Expand replaces the variables in text. A variable without a value is an error
// that names it, so that nothing is sent with a hole in it.
func Expand(text string, vars Vars) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	var missing []string
	out := variable.ReplaceAllStringFunc(text, func(m string) string {
		name := m[2 : len(m)-2]
		value, ok := vars[name]
		if !ok || value == "" {
			missing = append(missing, name)
		}
		return value
	})
	if missing != nil {
		return "", fmt.Errorf("no value for %s", strings.Join(missing, ", "))
	}
	return out, nil
}

// Variables lists the variables that a request uses besides that of its base
// URL and its token, sorted, without doubles.
func (r Request) Variables() []string {
	texts := []string{r.Path, r.Body.Template}
	for _, p := range r.Query {
		texts = append(texts, p.Name)
	}
	for _, list := range [][]Pair{r.Query, r.Headers, r.Body.Form} {
		for _, p := range list {
			texts = append(texts, p.Value)
		}
	}
	for _, rule := range r.Expect.JSON {
		texts = append(texts, rule.Value)
	}
	if r.Body.Generator != "" {
		texts = append(texts, "{{"+VarStudyUID+"}}{{"+VarSeriesUID+"}}{{"+r.Body.Generator.InstanceVariable()+"}}")
	}
	var names []string
	for _, m := range variable.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
