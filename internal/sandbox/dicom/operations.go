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
	results   map[string]any // nil: it has none
	failed    bool
}

// newJob is one that begins now. Ids of operations have no hyphens.
func (s *Service) newJob(kind string) *job {
	return &job{ID: strings.ReplaceAll(s.deps.NewID(), "-", ""), Type: kind, started: s.deps.Directory.Now()}
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
	switch {
	case j.failed:
		status = "failed"
	case r.version == 1:
		status = "completed"
	}
	var resources []string
	for _, one := range j.resources {
		resources = append(resources, s.root(r)+one)
	}
	at := j.started.UTC().Format(time.RFC3339)
	out := map[string]any{"operationId": j.ID, "type": j.Type, "createdTime": at, "lastUpdatedTime": at, "status": status}
	if j.Type != "export" { // which does not know beforehand how much there is
		out["percentComplete"] = 100
	}
	if resources != nil {
		out["resources"] = resources
	}
	if j.results != nil {
		out["results"] = j.results
	}
	return r.answer(http.StatusOK, plainJSON, out)
}
