package fhir

import (
	"bytes"
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
		if !slices.Contains(known, p.name) {
			return badRequest(`The "%s" parameter is not supported.`, p.name)
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
		if p.name == "_typeFilter" || p.name == "includeAssociatedData" || strings.HasPrefix(p.name, "_anonymizationConfig") {
			return nil, absent(p.name + " of $export")
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

// choose collects what an export writes: the current versions that are left by
// _type, _since and _till.
func (s *Service) choose(in *request, job *exportJob) *refusal {
	f, refused := s.window(in)
	if refused != nil {
		return refused
	}
	var wanted []string
	if types, given := in.value("_type"); given {
		wanted = strings.Split(types, ",")
		for _, typ := range wanted {
			if !isType(typ) {
				return badRequest("The '_type' parameter contains unknown resource(s): '%s'", typ)
			}
		}
	}
	candidates, refused := s.candidates(in)
	if refused != nil {
		return refused
	}
	for _, v := range candidates {
		key := timeKey(v.at)
		if wanted != nil && !slices.Contains(wanted, v.of.typ) || key < f.start || f.end != "" && key >= f.end {
			continue
		}
		if job.versions[v.of.typ] == nil {
			job.types = append(job.types, v.of.typ)
		}
		job.versions[v.of.typ] = append(job.versions[v.of.typ], v)
	}
	slices.Sort(job.types)
	return nil
}

// keyRange is a span of time keys; the end is not in it, and empty for none.
type keyRange struct{ start, end string }

func (s *Service) window(in *request) (keyRange, *refusal) {
	var f keyRange
	for _, name := range []string{"_since", "_till"} {
		text, given := in.value(name)
		if !given {
			continue
		}
		at, ok := parsePeriod(text)
		if !ok {
			return f, badRequest("The date time string '%s' is not in a correct format.", text)
		}
		if name == "_since" {
			f.start = timeKey(at.start)
		} else {
			f.end = timeKey(at.start)
		}
	}
	return f, nil
}

// candidates lists what an export begins with. The compartment of a patient is
// simplified to what refers to it.
func (s *Service) candidates(in *request) ([]*version, *refusal) {
	if len(in.path) == 1 {
		var all []*version
		for _, v := range s.store.log {
			if v != nil && !v.deleted && v.of.current() == v {
				all = append(all, v)
			}
		}
		return all, nil
	}
	patients, refused := s.patients(in)
	if refused != nil {
		return nil, refused
	}
	var out []*version
	seen := map[*version]bool{}
	for _, p := range patients {
		for _, v := range append([]*version{p}, s.store.referring("Patient", p.of.id, "*")...) {
			if !seen[v] && v.of.typ != "Group" {
				seen[v] = true
				out = append(out, v)
			}
		}
	}
	return out, nil
}

// patients lists those of the export: all, or the members of a group.
func (s *Service) patients(in *request) ([]*version, *refusal) {
	if in.path[0] == "Patient" {
		var out []*version
		for _, n := range s.store.typeOf("Patient").all {
			out = append(out, s.store.log[n])
		}
		return out, nil
	}
	group := s.store.find("Group", in.path[1])
	if group == nil || group.current().deleted {
		return nil, resourceNotFound("Group", in.path[1])
	}
	var out []*version
	members, _ := s.store.parameters.find("Group", "member")
	for _, id := range s.store.referred(members, group.current().number, "Patient") {
		if r := s.store.find("Patient", id); r != nil && !r.current().deleted {
			out = append(out, r.current())
		}
	}
	return out, nil
}

func jobNotFound(id string) *refusal {
	return refuse(http.StatusNotFound, "not-found", "The requested job \"%s\" was not found.", id)
}

func (s *Service) noJob(in *request) (*response, *refusal) { return nil, jobNotFound(in.path[2]) }

func (s *Service) noImport(in *request) (*response, *refusal) {
	return nil, refuse(http.StatusNotFound, "not-found", "The requested import job \"%s\" was not found.", in.path[2])
}

// exportResult is what a finished export answers.
type exportResult struct {
	TransactionTime     string       `json:"transactionTime"`
	Request             string       `json:"request"`
	RequiresAccessToken bool         `json:"requiresAccessToken"`
	Output              []exportItem `json:"output"`
	Error               []exportItem `json:"error"`
	Issues              []issue      `json:"issues"`
}

type exportItem struct {
	Type  string `json:"type"`
	URL   string `json:"url"`
	Count int    `json:"count"`
}

func (s *Service) exportStatus(in *request) (*response, *refusal) {
	job := s.jobs.exports[in.path[2]]
	if job == nil || job.canceled {
		return nil, jobNotFound(in.path[2])
	}
	if job.asked++; job.asked == 1 {
		return &response{status: http.StatusAccepted}, nil
	}
	result := exportResult{TransactionTime: instant(job.started), Request: job.request, Output: []exportItem{}, Error: []exportItem{}, Issues: []issue{}}
	for _, typ := range job.types {
		result.Output = append(result.Output, exportItem{Type: typ, Count: len(job.versions[typ]),
			URL: s.base + "/_operations/export/" + in.path[2] + "/" + job.key + "-" + typ + "-1.ndjson"})
	}
	return &response{status: http.StatusOK, body: encode(result), plain: "application/json"}, nil
}

// cancelExport is 202, or 409 for a job that is done (OSS CancelExportRequestHandler.cs).
func (s *Service) cancelExport(in *request) (*response, *refusal) {
	job := s.jobs.exports[in.path[2]]
	switch {
	case job == nil || job.canceled:
		return nil, jobNotFound(in.path[2])
	case job.asked > 1:
		return &response{status: http.StatusConflict}, nil
	}
	job.canceled = true
	return &response{status: http.StatusAccepted}, nil
}

// exportFile gives a file of an export. The real service writes it to a storage
// account; here it is found by a URL that nobody can guess, without a token, as
// behind a shared access signature.
func (s *Service) exportFile(in *request) (*response, *refusal) {
	job := s.jobs.exports[in.path[2]]
	if job == nil || job.canceled {
		return nil, routeNotFound()
	}
	typ, ok := strings.CutPrefix(strings.TrimSuffix(in.path[3], "-1.ndjson"), job.key+"-")
	if !ok || job.versions[typ] == nil {
		return nil, routeNotFound()
	}
	var out bytes.Buffer
	for _, v := range job.versions[typ] {
		body, err := s.store.body(v)
		if err != nil {
			return nil, failed(err)
		}
		out.Write(body)
		out.WriteByte('\n')
	}
	return &response{status: http.StatusOK, body: out.Bytes(), plain: "application/fhir+ndjson"}, nil
}
