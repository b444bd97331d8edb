package fhir

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
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

// checkValidateType checks the Content-Type of $validate; what is wrong with the
// body is the operation's answer.
func checkValidateType(in *request) *refusal { return resourceBody.checkType(in) }

// validate answers 200 with what it found, good or bad.
// Source: microsoft/fhir-server ValidateController.cs and the Validate branch of
// OperationOutcomeExceptionFilterAttribute.cs.
func (s *Service) validate(in *request) (*response, *refusal) {
	body := in.body
	if _, profile := in.value("profile"); profile {
		return nil, absent("$validate against a profile")
	}
	if p, ok := in.sent(); ok && in.path[0] != "Parameters" {
		for _, one := range p.Parameter {
			switch one.Name {
			case "resource":
				body = one.Resource
			case "profile":
				return nil, absent("$validate against a profile")
			}
		}
	}
	return s.validated(in, body)
}

func (s *Service) validateStored(in *request) (*response, *refusal) {
	r := s.store.find(in.path[0], in.path[1])
	if r == nil {
		return nil, resourceNotFound(in.path[0], in.path[1])
	}
	if r.current().deleted {
		return nil, gone(r.current().version)
	}
	body, err := s.store.body(r.current())
	if err != nil {
		return nil, failed(err)
	}
	return s.validated(in, body)
}

// validated says All OK only of what the sandbox can judge: types whose elements
// it knows, without a profile.
func (s *Service) validated(in *request, body []byte) (*response, *refusal) {
	d, refused := parseDocument(body)
	switch {
	case refused != nil:
		return s.verdict(in, refused.issues), nil
	case d.typ != in.path[0]:
		return s.verdict(in, notValid(d.typ, "Resource type in the URL must match resourceType in the resource.").issues), nil
	case elements(d.typ) == nil:
		return nil, absent("$validate of the type " + d.typ + ", whose elements it does not know")
	case strings.Contains(string(encode(d.tree["meta"])), `"profile"`):
		return nil, absent("$validate against a profile")
	}
	return s.verdict(in, []issue{{Severity: "information", Code: "informational", Diagnostics: "All OK"}}), nil
}

func (s *Service) verdict(in *request, issues []issue) *response {
	return &response{status: http.StatusOK, body: encode(outcome{ResourceType: "OperationOutcome", ID: in.id, Issues: issues})}
}

// customParameter tells whether a SearchParameter resource defines a name for a type.
func (s *Service) customParameter(typ, name string) bool {
	of := s.store.types["SearchParameter"]
	if of == nil {
		return false
	}
	bases := of.indexOf("base").Equal(codeKey + typ)
	return slices.ContainsFunc(of.indexOf("code").Equal(codeKey+name), func(n uint64) bool { return slices.Contains(bases, n) })
}
