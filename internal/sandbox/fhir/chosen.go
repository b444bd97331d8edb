package fhir

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

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
