package fhir

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jobs are the asynchronous operations that were started.
type jobs struct {
	last    int
	exports map[string]*exportJob
	reindex []*reindexJob
}

func newJobs() jobs { return jobs{exports: map[string]*exportJob{}} }

// exportJob is one $export. What it exports is fixed when it starts; it is done
// when its status is asked for the second time.
type exportJob struct {
	started  time.Time
	request  string // URL of the call
	key      string // part of the files' URLs that nobody can guess
	asked    int
	canceled bool
	types    []string
	versions map[string][]*version // by type
}

// checkExport is the check of an export's headers and parameters.
// Source: microsoft/fhir-server ValidateExportRequestFilterAttribute.cs; the texts
// for absent headers are of a later version than the one that could be read.
func checkExport(in *request) *refusal {
	accept := in.header.Values("Accept")
	if len(accept) == 0 {
		return badRequest("Missing required header; Accept")
	}
	if len(accept) != 1 || !strings.EqualFold(accept[0], fhirJSON) {
		return badRequest(`Value supplied, %s,  for the "Accept" header is not supported.`, strings.Join(accept, ","))
	}
	if refused := checkAsync(in); refused != nil {
		return refused
	}
	known := strings.Fields(`_outputFormat _since _till _type _container _format _typeFilter _maxCount _isParallel includeAssociatedData
		_anonymizationConfig _anonymizationConfigEtag _anonymizationConfigCollectionReference`)
	for _, p := range in.query {
		if !slices.Contains(known, p.Name) {
			return badRequest(`The "%s" parameter is not supported.`, p.Name)
		}
	}
	_, filtered := in.value("_typeFilter")
	if _, typed := in.value("_type"); filtered && !typed {
		return badRequest("The _type parameter must be included when using the _typeFilter parameter.")
	}
	if format, given := in.value("_outputFormat"); given &&
		!slices.Contains([]string{"application/fhir+ndjson", "application/ndjson", "ndjson"}, format) {
		return badRequest("The output format '%s' is not supported.", format)
	}
	return nil
}

// checkAsync wants Prefer: respond-async, to which handling= may be added.
func checkAsync(in *request) *refusal {
	prefer := in.header.Values("Prefer")
	if len(prefer) == 0 {
		return badRequest("Missing required header; Prefer")
	}
	async := false
	for part := range strings.SplitSeq(strings.Join(prefer, ","), ",") {
		part = strings.TrimSpace(part)
		async = async || strings.EqualFold(part, "respond-async")
		if !strings.EqualFold(part, "respond-async") && !strings.HasPrefix(part, "handling=") {
			return badRequest(`Value supplied, %s,  for the "Prefer" header is not supported.`, strings.Join(prefer, ","))
		}
	}
	if !async {
		return badRequest(`Value supplied, %s,  for the "Prefer" header is not supported.`, strings.Join(prefer, ","))
	}
	return nil
}

// export starts an export of everything, of all patients' data, or of a group's.
func (s *Service) export(in *request) (*response, *refusal) {
	for _, p := range in.query {
		if p.Name == "_typeFilter" || p.Name == "includeAssociatedData" || strings.HasPrefix(p.Name, "_anonymizationConfig") {
			return nil, absent(p.Name + " of $export")
		}
	}
	job := &exportJob{started: s.deps.Directory.Now(), key: s.deps.NewID(), versions: map[string][]*version{},
		request: s.base + "/" + strings.Join(in.path, "/") + queryString(in.query, "")}
	if refused := s.choose(in, job); refused != nil {
		return nil, refused
	}
	s.jobs.last++
	id := strconv.Itoa(s.jobs.last)
	s.jobs.exports[id] = job
	out := &response{status: http.StatusAccepted}
	return out.set("Content-Location", s.base+"/_operations/export/"+id), nil
}
