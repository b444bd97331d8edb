package dicom

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strings"

	"hdstest/internal/sandbox/dicom/part10"
)

// Failure and warning reasons of STOW-RS.
// Source: microsoft/dicom-server FailureReasonCodes.cs, WarningReasonCodes.cs;
// the v2 conformance statement.
const (
	processingFailure = 272
	validationFailure = 43264
	mismatchedStudy   = 43265
	alreadyExists     = 45070
	validationWarning = 1
)

// spool keeps a request's instances on disk until they are stored or refused.
type spool struct {
	dir   string
	files []spooled
}

type spooled struct {
	path string
	size int64
}

// drop removes what was not stored.
func (s *spool) drop() {
	for _, f := range s.files {
		_ = os.Remove(f.path)
	}
}

// take copies one part. The preamble is replaced by zeros (the v2 conformance
// statement, "Preamble Sanitization").
func (s *spool) take(in io.Reader) error {
	f, err := os.CreateTemp(s.dir, "new-*")
	if err != nil {
		return err
	}
	s.files = append(s.files, spooled{path: f.Name()})
	size, err := io.Copy(f, in)
	if err == nil && size > 132 {
		mark := make([]byte, 4)
		if _, err = f.ReadAt(mark, 128); err == nil && string(mark) == "DICM" {
			_, err = f.WriteAt(make([]byte, 128), 0)
		}
	}
	s.files[len(s.files)-1].size = size
	return errors.Join(err, f.Close())
}

// errMedia carries the content type of a part that is not taken.
type errMedia struct{ contentType string }

func (e errMedia) Error() string {
	return fmt.Sprintf("The specified content type '%s' is not supported.", e.contentType)
}

// readParts spools a body: all parts of a multipart one, or itself.
// Source: microsoft/dicom-server DicomInstanceEntryReaderForMultipartRequest.cs
// and its counterpart for single parts.
func readParts(contentType string, body io.Reader, to *spool) *refusal {
	media, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return refuse(http.StatusUnsupportedMediaType, "%s", errMedia{contentType})
	}
	if media == dicomType {
		return readingRefusal(to.take(body))
	}
	switch {
	case media != "multipart/related":
		return refuse(http.StatusUnsupportedMediaType, "%s", errMedia{contentType})
	case parameters["boundary"] == "":
		return refuse(http.StatusUnsupportedMediaType, "The content type '%s' is either not multipart or is missing boundary.", contentType)
	case parameters["start"] != "":
		return badRequest("The start parameter in multipart/related request is not supported.")
	}
	parts := multipart.NewReader(body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF { //nolint:errorlint // a wrapped one is a body that ends too early
			return nil
		}
		if err != nil {
			return readingRefusal(err)
		}
		if media, err := partType(part, parameters["type"]); err != nil || media != dicomType {
			return refuse(http.StatusUnsupportedMediaType, "%s", errMedia{part.Header.Get("Content-Type")})
		}
		if err := to.take(part); err != nil {
			return readingRefusal(err)
		}
	}
}

// partType is a part's media type; the request's type stands for one that is not given.
func partType(part *multipart.Part, usual string) (string, error) {
	given := part.Header.Get("Content-Type")
	if given == "" {
		if usual == "" {
			usual = dicomType
		}
		given = usual
	}
	media, _, err := mime.ParseMediaType(given)
	return media, err
}

func readingRefusal(err error) *refusal {
	tooLarge := new(http.MaxBytesError)
	switch pathError := new(os.PathError); {
	case err == nil:
		return nil
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "The request exceeded the allowed limit of %d bytes.", tooLarge.Limit)
	case errors.As(err, &pathError):
		return failed(err)
	}
	return badRequest("There was an error reading the multipart request.")
}

// storeInstances answers STOW-RS. The permission was checked before the body is read.
func (s *Service) storeInstances(r *request) *refusal {
	contentType := r.Header.Get("Content-Type")
	if contentType == "" {
		return refuse(http.StatusUnsupportedMediaType, "%s", errMedia{})
	}
	in := &spool{dir: s.store.dir}
	defer in.drop()
	if refused := readParts(contentType, http.MaxBytesReader(r.out, r.Body, s.deps.MostBytes), in); refused != nil {
		return refused
	}
	required := ""
	if len(r.path) > 1 {
		required = r.path[1]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	result := storing{service: s, request: r, study: required}
	for _, f := range in.files {
		result.take(f)
	}
	return result.answer()
}

// storing collects the answer to a STOW-RS request.
type storing struct {
	service  *Service
	request  *request
	study    string // that the path names
	stored   []any
	failed   []any
	warned   bool
	multiple bool // some indexed attribute has several values
}

// take stores one file, or says why not.
func (g *storing) take(in spooled) {
	s := g.service
	f, err := os.Open(in.path)
	if err != nil {
		g.fail(nil, processingFailure, nil)
		return
	}
	defer f.Close()
	read, err := part10.Parse(f, in.size, s.store.words)
	if err != nil {
		g.fail(nil, processingFailure, nil)
		return
	}
	code, problems := g.judge(read)
	if code != 0 {
		g.fail(read, code, problems)
		return
	}
	dropped := map[part10.Tag]bool{}
	for _, p := range problems {
		dropped[p.Tag] = true
	}
	now := s.deps.Directory.Now()
	action := "create"
	if old := s.store.find(read.Data.Text(part10.StudyInstanceUID), read.Data.Text(part10.SeriesInstanceUID), read.Data.Text(part10.SOPInstanceUID)); old != nil && g.request.Method == http.MethodPut {
		action = "update"
		if _, err := s.store.remove(old); err != nil {
			g.fail(read, processingFailure, nil)
			return
		}
	}
	e, err := s.store.add(read, in.path, in.size, dropped)
	switch {
	case errors.Is(err, errExists):
		g.fail(read, alreadyExists, nil)
		return
	case err != nil:
		g.fail(read, processingFailure, nil)
		return
	}
	s.store.record(action, e, now)
	g.succeed(e, problems)
	for l := range levels {
		g.multiple = g.multiple || slices.ContainsFunc(coreTags(l), func(t part10.Tag) bool { return read.Data.Multiple(t) })
	}
}

// judge validates a data set. A code refuses it; without one the problems are
// warnings, of version 2 only: version 1 refuses what it indexes and finds wrong,
// and does not look at the rest.
// Source: microsoft/dicom-server StoreDatasetValidator.cs;
// [AD dicom/dicom-service-v2-api-changes.md].
func (g *storing) judge(f *part10.File) (int, []part10.Problem) {
	v2 := g.request.version > 1
	if f.Implicit() {
		return validationFailure, []part10.Problem{{Tag: part10.TransferSyntaxUID, Text: "Implicit VR is not allowed."}}
	}
	if problem := missing(f.Data, v2); problem != nil {
		return validationFailure, []part10.Problem{*problem}
	}
	required := []part10.Tag{part10.StudyInstanceUID, part10.SeriesInstanceUID, part10.SOPInstanceUID, part10.SOPClassUID}
	var warnings []part10.Problem
	for _, p := range f.Data.Check(g.service.store.words) {
		_, _, indexed := g.service.store.queryable(p.Tag)
		switch {
		case slices.Contains(required, p.Tag), p.Tag == part10.PatientID, indexed && !v2:
			return validationFailure, []part10.Problem{p}
		case v2:
			warnings = append(warnings, p)
		}
	}
	if g.study != "" && !strings.EqualFold(g.study, f.Data.Text(part10.StudyInstanceUID)) {
		return mismatchedStudy, nil
	}
	return 0, warnings
}

// missing finds a required element that is not there, and UIDs that are the same.
func missing(d *part10.Dataset, v2 bool) *part10.Problem {
	for _, tag := range []part10.Tag{part10.PatientID, part10.SOPClassUID, part10.StudyInstanceUID, part10.SeriesInstanceUID, part10.SOPInstanceUID} {
		empty := tag == part10.PatientID && v2 && d.Get(tag) != nil
		if d.Text(tag) == "" && !empty {
			return &part10.Problem{Tag: tag, Text: fmt.Sprintf("The required tag '%s' is missing.", tag.Paren())}
		}
	}
	study, series, sop := d.Text(part10.StudyInstanceUID), d.Text(part10.SeriesInstanceUID), d.Text(part10.SOPInstanceUID)
	if study == series || study == sop || series == sop {
		return &part10.Problem{Tag: part10.SOPInstanceUID, Text: "The values for StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID must be unique."}
	}
	return nil
}

// item is a data set of an answer, in the DICOM JSON model.
type item map[string]part10.Attribute

func (i item) set(tag, vr string, values ...any) { i[tag] = part10.Attribute{VR: vr, Value: values} }

// comments gives the sequence of what is wrong, each with the error code 100.
func comments(problems []part10.Problem) part10.Attribute {
	a := part10.Attribute{VR: "SQ"}
	for _, p := range problems {
		text := item{}
		text.set("00000902", "LO", "DICOM100: "+p.Tag.Paren()+" - "+p.Text)
		a.Value = append(a.Value, text)
	}
	return a
}

func (g *storing) fail(f *part10.File, code int, problems []part10.Problem) {
	i := item{}
	i.set("00081197", "US", code)
	if f != nil {
		for _, one := range []struct {
			name string
			tag  part10.Tag
		}{{"00081150", part10.SOPClassUID}, {"00081155", part10.SOPInstanceUID}} {
			if uid := f.Data.Text(one.tag); uid != "" {
				i.set(one.name, "UI", uid)
			}
		}
		if problems != nil {
			i["00741048"] = comments(problems)
		}
	}
	g.failed = append(g.failed, i)
}

func (g *storing) succeed(e *entity, warnings []part10.Problem) {
	study, series, sop := e.uids()
	i := item{}
	i.set("00081150", "UI", e.files.class)
	i.set("00081155", "UI", sop)
	i.set("00081190", "UR", g.service.root(g.request)+"/studies/"+study+"/series/"+series+"/instances/"+sop)
	if g.request.version > 1 {
		i["00741048"] = comments(warnings)
		if len(warnings) > 0 {
			i.set("00081196", "US", validationWarning)
			g.warned = true
		}
	}
	g.stored = append(g.stored, i)
}

// answer sends the data set: 200 if all was stored, 202 if some was or there were
// warnings, 409 if nothing was, 204 if there was nothing.
// Source: microsoft/dicom-server StoreResponseBuilder.cs.
func (g *storing) answer() *refusal {
	out := item{}
	status := http.StatusOK
	if g.failed != nil {
		out["00081198"] = part10.Attribute{VR: "SQ", Value: g.failed}
	}
	if g.stored != nil {
		out["00081199"] = part10.Attribute{VR: "SQ", Value: g.stored}
		if g.study != "" {
			out.set("00081190", "UR", g.service.root(g.request)+"/studies/"+g.study)
		}
	}
	switch {
	case g.stored == nil && g.failed == nil:
		g.request.out.WriteHeader(http.StatusNoContent)
		return nil
	case g.stored == nil:
		status = http.StatusConflict
	case g.failed != nil || g.warned:
		status = http.StatusAccepted
	}
	if g.multiple {
		g.request.out.Header().Set("Warning", "299 "+g.request.Host+": \"One or more indexed Dicom tag(s) have multiple values, only first value is indexed.\"")
	}
	return g.request.answer(status, dicomJSON, out)
}
