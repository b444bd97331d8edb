package dicom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hdstest/internal/sandbox/dicom/part10"
)

// exportOrder is what is to be exported, and where to.
//
// Source: learn.microsoft.com/azure/healthcare-apis/dicom/export-files.
type exportOrder struct {
	Source *struct {
		Type     string
		Settings struct{ Values []string }
	}
	Destination *struct {
		Type     string
		Settings struct {
			BlobContainerURI   string `json:"blobContainerUri"`
			UseManagedIdentity bool
		}
	}
}

// check is the check of the body, which comes before the permission. What is needed
// is the article's; the texts are unverified.
func (o *exportOrder) check(r *request) *refusal {
	if refused := r.decode(o); refused != nil {
		return refused
	}
	if o.Source == nil || o.Destination == nil {
		return invalidBody("The Source and Destination fields are required.")
	}
	if !strings.EqualFold(o.Source.Type, "identifiers") || !strings.EqualFold(o.Destination.Type, "azureblob") {
		return invalidBody("The Source must be of type identifiers, and the Destination of type azureblob.")
	}
	if len(o.Source.Settings.Values) == 0 {
		return invalidBody("The Values field is required.")
	}
	for _, one := range o.Source.Settings.Values {
		uids := strings.Split(one, "/")
		for _, uid := range uids {
			if len(uids) > 3 || !part10.ValidUID(uid) {
				return invalidBody("'%s' is not a DICOM identifier of the form <StudyInstanceUID>[/<SeriesInstanceUID>[/<SOPInstanceUID>]].", one)
			}
		}
	}
	container, err := url.Parse(o.Destination.Settings.BlobContainerURI)
	if err != nil || container.Scheme != "https" || container.Host == "" || strings.Trim(container.Path, "/") == "" {
		return invalidBody("The BlobContainerUri must be the complete URI of a blob container.")
	}
	if !o.Destination.Settings.UseManagedIdentity {
		return invalidBody("The UseManagedIdentity field must be true: this service has its managed identity alone.")
	}
	return nil
}

// exported are the files of an export, by the path at which they are found.
type exported struct {
	files  map[string]string // path on disk
	errors []byte
}

const exportsPath = "/_exports/"

// export copies what is asked for. The real service writes to the storage account;
// here the files are found by a URL that nobody can guess, and the operation is done
// when it is first asked for.
func (s *Service) export(r *request, o *exportOrder) *refusal {
	job := s.newJob("export")
	root := exportsPath + s.deps.NewID() + "/" + job.ID
	out := exported{files: map[string]string{}}
	skipped := 0
	for _, one := range o.Source.Settings.Values {
		e := s.store.find(strings.Split(one, "/")...)
		if e == nil {
			skipped++
			out.skip(job.started, one)
			continue
		}
		for _, i := range e.instances() {
			study, series, sop := i.uids()
			at := fmt.Sprintf("%s/results/%s/%s/%s.dcm", root, study, series, sop)
			kept := filepath.Join(s.store.dir, fmt.Sprintf("export-%s-%d.dcm", job.ID, i.number))
			if out.files[at] != "" {
				continue
			}
			if err := os.Link(s.store.path(i.number), kept); err != nil { // it outlives a DELETE
				return failed(err)
			}
			out.files[at] = kept
		}
	}
	job.results = map[string]any{"errorHref": s.base + root + "/errors.log", "exported": len(out.files), "skipped": skipped}
	s.exports[root] = out
	return s.started(r, job)
}

// skip adds to the log of errors.
func (e *exported) skip(at time.Time, identifier string) {
	line, err := json.Marshal(map[string]string{"timestamp": at.UTC().Format(time.RFC3339), "identifier": identifier,
		"error": "The specified study, series or instance cannot be found."})
	if err == nil {
		e.errors = append(append(e.errors, line...), '\n')
	}
}

// started files an operation and answers with its address.
func (s *Service) started(r *request, job *job) *refusal {
	s.operations[job.ID] = job
	href := s.root(r) + "/operations/" + job.ID
	r.out.Header().Set("Location", href)
	return r.answer(http.StatusAccepted, plainJSON, map[string]string{"id": job.ID, "href": href})
}

// exportedFile gives a file of an export, or its log of errors, without a token, as
// behind a shared access signature.
func (s *Service) exportedFile(w http.ResponseWriter, r *http.Request) *refusal {
	s.mu.RLock()
	defer s.mu.RUnlock()
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, exportsPath), "/", 3)
	if r.Method != http.MethodGet || len(parts) < 3 {
		return refuse(http.StatusNotFound, "")
	}
	found, ok := s.exports[exportsPath+parts[0]+"/"+parts[1]]
	if ok && parts[2] == "errors.log" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = bytes.NewReader(found.errors).WriteTo(w)
		return nil
	}
	file := found.files[r.URL.Path]
	if file == "" {
		return refuse(http.StatusNotFound, "")
	}
	w.Header().Set("Content-Type", dicomType)
	http.ServeFile(w, r, file)
	return nil
}
