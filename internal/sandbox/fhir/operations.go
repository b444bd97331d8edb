package fhir

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// checkImport checks the headers; import is off, as it is on a new service.
// Source: [AD fhir/import-data.md]; microsoft/fhir-server ImportController.cs.
func (s *Service) checkImport(in *request) *refusal {
	if refused := checkAsync(in); refused != nil {
		return refused
	}
	if refused := resourceBody.checkType(in); refused != nil {
		return refused
	}
	return badRequest(`The requested "import" operation is not enabled`)
}

// parameters is the FHIR resource of that name.
type parameters struct {
	ResourceType string           `json:"resourceType"`
	ID           string           `json:"id,omitempty"`
	Parameter    []parameterValue `json:"parameter"`
}

type parameterValue struct {
	Name          string          `json:"name"`
	ValueString   string          `json:"valueString,omitempty"`
	ValueDateTime string          `json:"valueDateTime,omitempty"`
	ValueDecimal  *float64        `json:"valueDecimal,omitempty"`
	Resource      json.RawMessage `json:"resource,omitempty"`
}

// sent decodes the call's body as Parameters.
func (r *request) sent() (parameters, bool) {
	var p parameters
	err := json.Unmarshal(r.body, &p)
	return p, err == nil && p.ResourceType == "Parameters"
}

// checkConvert checks the parameters of $convert-data, which come before the
// permission.
// Source: microsoft/fhir-server ConvertDataController.cs; texts of Resources.resx.
func checkConvert(in *request) *refusal {
	p, ok := in.sent()
	if !ok {
		return badRequest("Convert data operation parameters must be specified as a FHIR Parameters resource.  The body provided in this request is not valid.")
	}
	values := map[string]string{}
	for _, one := range p.Parameter {
		if !slices.Contains([]string{"inputData", "inputDataType", "templateCollectionReference", "rootTemplate", "jsonDeserializationTreatDatesAsStrings"}, one.Name) {
			return badRequest("Convert data does not support the following parameter %s for a POST operation.", one.Name)
		}
		values[one.Name] = one.ValueString
	}
	for _, name := range []string{"inputData", "inputDataType", "templateCollectionReference", "rootTemplate"} {
		if values[name] == "" || name == "inputDataType" && !slices.Contains([]string{"Hl7v2", "Ccda", "Json", "Fhir"}, values[name]) {
			return badRequest("Value of the following parameter %s is invalid.", name)
		}
	}
	return nil
}

// reindexJob is one $reindex. The sandbox's indexes are always up to date, so
// that it is complete as soon as it is made.
type reindexJob struct {
	id      string
	at      time.Time
	scanned int
}

// checkReindex wants Parameters, and only those that there are.
// Source: microsoft/fhir-server ReindexController.cs.
func checkReindex(in *request) *refusal {
	p, ok := in.sent()
	if !ok {
		return badRequest("Reindex operation parameters must be specified as a FHIR Parameters resource.  Provided body in this request is not valid.")
	}
	for _, one := range p.Parameter {
		if !slices.Contains([]string{"maximumConcurrency", "queryDelayIntervalInMilliseconds", "maximumNumberOfResourcesPerQuery",
			"targetDataStoreUsagePercentage", "targetResourceTypes"}, one.Name) {
			return badRequest("Reindex job does not support the following parameter %s for a POST operation.", one.Name)
		}
	}
	return nil
}

func (s *Service) reindex(*request) (*response, *refusal) {
	total := 0
	for _, t := range s.store.types {
		total += len(t.all)
	}
	job := &reindexJob{id: s.deps.NewID(), at: s.deps.Directory.Now(), scanned: total}
	s.jobs.reindex = append(s.jobs.reindex, job)
	out := job.response(http.StatusCreated)
	return out.set("Content-Location", s.base+"/_operations/reindex/"+job.id), nil
}

// response gives the job as Parameters. The names are those of the open-source
// server's job record; that these are all is unverified.
func (j *reindexJob) response(status int) *response {
	count, full := float64(j.scanned), 100.0
	p := parameters{ResourceType: "Parameters", ID: j.id, Parameter: []parameterValue{
		{Name: "id", ValueString: j.id},
		{Name: "lastModified", ValueDateTime: instant(j.at)},
		{Name: "queuedTime", ValueDateTime: instant(j.at)},
		{Name: "totalResourcesToReindex", ValueDecimal: &count},
		{Name: "resourcesSuccessfullyReindexed", ValueDecimal: &count},
		{Name: "progress", ValueDecimal: &full},
		{Name: "status", ValueString: "Completed"},
	}}
	out := &response{status: status, body: encode(p)}
	return out.set("ETag", etag("1")).set("Last-Modified", httpTime(j.at))
}

func (s *Service) reindexJob(in *request) *reindexJob {
	i := slices.IndexFunc(s.jobs.reindex, func(j *reindexJob) bool { return j.id == in.path[2] })
	if i < 0 {
		return nil
	}
	return s.jobs.reindex[i]
}

// listReindex shows the newest job; there is a 404 when there never was one.
func (s *Service) listReindex(*request) (*response, *refusal) {
	if len(s.jobs.reindex) == 0 {
		return nil, jobNotFound("")
	}
	return s.jobs.reindex[len(s.jobs.reindex)-1].response(http.StatusOK), nil
}

func (s *Service) reindexStatus(in *request) (*response, *refusal) {
	job := s.reindexJob(in)
	if job == nil {
		return nil, jobNotFound(in.path[2])
	}
	return job.response(http.StatusOK), nil
}

// cancelReindex can only refuse: a job is complete when it is first seen.
func (s *Service) cancelReindex(in *request) (*response, *refusal) {
	if s.reindexJob(in) == nil {
		return nil, jobNotFound(in.path[2])
	}
	return nil, badRequest("Reindex job id %s is in state Completed and cannot be cancelled.", in.path[2])
}
