package dicom

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// job is an operation that runs on its own. Those of the sandbox are done when
// they are first asked for.
type job struct {
	ID        string
	Type      string
	started   time.Time
	resources []string
}

// operation answers with the state of a job.
func (s *Service) operation(r *request) *refusal {
	id := strings.ReplaceAll(r.path[1], "-", "")
	if _, err := strconv.ParseUint(id[:min(len(id), 8)], 16, 64); err != nil || len(id) != 32 {
		return badRequest("The value '%s' is not valid.", r.path[1])
	}
	j := s.operations[strings.ToLower(id)]
	if j == nil {
		return refuse(http.StatusNotFound, "")
	}
	status := "succeeded"
	if r.version == 1 {
		status = "completed"
	}
	var resources []string
	for _, one := range j.resources {
		resources = append(resources, s.root(r)+one)
	}
	at := j.started.UTC().Format(time.RFC3339)
	return r.answer(http.StatusOK, plainJSON, map[string]any{"operationId": j.ID, "type": j.Type, "createdTime": at, "lastUpdatedTime": at,
		"status": status, "percentComplete": 100, "resources": resources})
}

// checkExport and checkBulkUpdate look at the body, which comes before the
// permission; the rest is not there.
func checkExport(r *request) *refusal {
	var body struct {
		Source, Destination *struct{ Type string }
	}
	if refused := r.decode(&body); refused != nil {
		return refused
	}
	if body.Source == nil || body.Destination == nil {
		return badRequest("The request body is not valid. Details: \r\nThe Source and Destination fields are required.")
	}
	return nil
}

func checkBulkUpdate(r *request) *refusal {
	var body struct {
		StudyInstanceUids []string
		ChangeDataset     map[string]any
	}
	if refused := r.decode(&body); refused != nil {
		return refused
	}
	if len(body.StudyInstanceUids) == 0 || len(body.ChangeDataset) == 0 {
		return badRequest("The request body is not valid. Details: \r\nThe StudyInstanceUids and ChangeDataset fields are required.")
	}
	return nil
}
