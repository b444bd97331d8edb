package dicom

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/sandbox/dicom/part10"
)

// uids gives the UIDs of the path, one to three.
func (r *request) uids() []string {
	var out []string
	for i := 1; i < len(r.path) && i <= 5 && slices.Contains([]string{"studies", "series", "instances"}, r.path[i-1]); i += 2 {
		out = append(out, r.path[i])
	}
	return out
}

// target finds what the path names, or says what is missing.
func (s *Service) target(r *request) (*entity, *refusal) {
	uids := r.uids()
	if e := s.store.find(uids...); e != nil {
		return e, nil
	}
	return nil, refuse(http.StatusNotFound, "The specified %s cannot be found.", []string{"study", "series", "instance"}[len(uids)-1])
}

// retrieve answers WADO-RS with files: in a multipart answer, or an instance alone.
func (s *Service) retrieve(r *request) *refusal {
	want, refused := choose(r.Header.Values("Accept"), instanceRules(len(r.uids()) == 3), dicomType)
	if refused != nil {
		return refused
	}
	e, refused := s.target(r)
	if refused != nil {
		return refused
	}
	all := e.instances()
	if len(all) > 1 && want.syntax != original {
		// How the text goes on is unverified.
		return refuse(http.StatusNotAcceptable, "Accept transfer syntax '%s' is not supported when multiple instances are matched. "+
			"Use transfer-syntax=* to retrieve the instances as they are stored.", want.syntax)
	}
	for _, i := range all {
		if want.syntax != original && want.syntax != i.files.syntax {
			return absent("transcoding from " + i.files.syntax + " to " + want.syntax)
		}
	}
	if !want.multipart {
		return s.sendSingle(r, all[0])
	}
	return s.sendMultipart(r, all)
}

// wantsFirst tells whether the version before any bulk update is asked for.
// Source: learn.microsoft.com/azure/healthcare-apis/dicom/update-files.
func (r *request) wantsFirst() bool {
	return strings.EqualFold(r.Header.Get("msdicom-request-original"), "true")
}

func (s *Service) sendSingle(r *request, e *entity) *refusal {
	f, size, err := s.store.openVersion(e, r.wantsFirst())
	if err != nil {
		return failed(err)
	}
	defer f.Close()
	r.out.Header().Set("Content-Type", dicomType+"; transfer-syntax="+e.files.syntax)
	r.out.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	r.out.WriteHeader(http.StatusOK)
	_, _ = io.Copy(r.out, f)
	return nil
}

// sendMultipart writes the files one after the other, so that none is held in memory.
func (s *Service) sendMultipart(r *request, all []*entity) *refusal {
	files := make([]*os.File, len(all))
	for i, e := range all[:min(len(all), 64)] { // that many are opened ahead, to find faults before the status is sent
		f, _, err := s.store.openVersion(e, r.wantsFirst())
		if err != nil {
			return failed(err)
		}
		defer f.Close()
		files[i] = f
	}
	boundary := s.startMultipart(r)
	for i, e := range all {
		f := files[i]
		if f == nil {
			var err error
			if f, _, err = s.store.openVersion(e, r.wantsFirst()); err != nil {
				return nil // the end is missing: the client sees that the answer is cut short
			}
			defer f.Close()
		}
		fmt.Fprintf(r.out, "--%s\r\nContent-Type: %s; transfer-syntax=%s\r\n\r\n", boundary, dicomType, e.files.syntax)
		if _, err := io.Copy(r.out, f); err != nil {
			return nil
		}
		_, _ = io.WriteString(r.out, "\r\n")
	}
	_, _ = io.WriteString(r.out, "--"+boundary+"--\r\n")
	return nil
}

func (s *Service) startMultipart(r *request) string {
	boundary := s.deps.NewID()
	r.out.Header().Set("Content-Type", "multipart/related; boundary="+boundary)
	r.out.WriteHeader(http.StatusOK)
	return boundary
}

// retrieveMetadata answers with the data sets, without bulk data. The ETag changes
// with what is there.
// Source: microsoft/dicom-server ETagGenerator.cs.
func (s *Service) retrieveMetadata(r *request) *refusal {
	e, refused := s.target(r)
	if refused != nil {
		return refused
	}
	all := e.instances()
	tag := `"` + strconv.FormatUint(all[len(all)-1].number, 10) + "-" + strconv.Itoa(len(all)) + `"`
	if e.level == instanceLevel {
		tag = `"` + strconv.FormatUint(e.number, 10) + `"`
	}
	r.out.Header().Set("ETag", tag)
	if slices.ContainsFunc(strings.Split(strings.Join(r.Header.Values("If-None-Match"), ","), ","), func(t string) bool {
		return strings.Trim(strings.TrimSpace(t), `"`) == strings.Trim(tag, `"`)
	}) {
		r.out.WriteHeader(http.StatusNotModified)
		return nil
	}
	out := bytes.NewBufferString("[")
	for i, one := range all {
		data, err := s.store.rawMetadata(one)
		if err != nil {
			return failed(err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(data)
	}
	out.WriteByte(']')
	r.out.Header().Set("Content-Type", dicomJSON+"; charset=utf-8")
	r.out.WriteHeader(http.StatusOK)
	_, _ = r.out.Write(out.Bytes())
	return nil
}

// frameNumbers reads the path's list of frames.
func (r *request) frameNumbers() ([]int, bool) {
	var out []int
	for part := range strings.SplitSeq(r.path[7], ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

// checkFrames wants frame numbers from 1 on.
func checkFrames(r *request) *refusal {
	if _, ok := r.frameNumbers(); !ok {
		return badRequest("The specified frames value is not valid. At least one frame must be present, and all requested frames must have value greater than 0.")
	}
	return nil
}

// parsed opens and reads the instance of the path.
func (s *Service) parsed(r *request) (*os.File, *part10.File, *entity, *refusal) {
	e, refused := s.target(r)
	if refused != nil {
		return nil, nil, nil, refused
	}
	f, err := s.store.open(e)
	if err != nil {
		return nil, nil, nil, failed(err)
	}
	read, err := part10.Parse(f, e.files.size, s.store.words)
	if err != nil {
		return nil, nil, nil, failed(errors.Join(err, f.Close()))
	}
	return f, read, e, nil
}

// retrieveFrames answers with the bytes of frames.
func (s *Service) retrieveFrames(r *request) *refusal {
	numbers, _ := r.frameNumbers()
	want, refused := choose(r.Header.Values("Accept"), frameRules(), octets)
	if refused != nil {
		return refused
	}
	if !want.multipart && len(numbers) > 1 {
		return badRequest("Only a single frame can be retrieved as a single part.")
	}
	f, read, e, refused := s.parsed(r)
	if refused != nil {
		return refused
	}
	defer f.Close()
	if want.syntax != original && want.syntax != e.files.syntax {
		return absent("transcoding from " + e.files.syntax + " to " + want.syntax)
	}
	var frames [][]byte
	for _, n := range numbers {
		data, err := read.Read(f, n)
		if err != nil {
			return frameRefusal(err)
		}
		frames = append(frames, data)
	}
	if !want.multipart {
		r.out.Header().Set("Content-Type", want.media+"; transfer-syntax="+e.files.syntax)
		r.out.WriteHeader(http.StatusOK)
		_, _ = r.out.Write(frames[0])
		return nil
	}
	boundary := s.startMultipart(r)
	for _, data := range frames {
		fmt.Fprintf(r.out, "--%s\r\nContent-Type: %s; transfer-syntax=%s\r\n\r\n", boundary, want.media, e.files.syntax)
		_, _ = r.out.Write(data)
		_, _ = io.WriteString(r.out, "\r\n")
	}
	_, _ = io.WriteString(r.out, "--"+boundary+"--\r\n")
	return nil
}

func frameRefusal(err error) *refusal {
	switch {
	case errors.Is(err, part10.ErrNoFrame):
		return refuse(http.StatusNotFound, "The specified frame cannot be found.")
	case errors.Is(err, part10.ErrUnsupported):
		return absent("pixels of this encoding")
	}
	return failed(err)
}

func checkRendered(r *request) *refusal {
	if refused := checkFrames(r); refused != nil {
		return refused
	}
	if numbers, _ := r.frameNumbers(); len(numbers) != 1 {
		return badRequest("The specified frames value is not valid. At least one frame must be present, and all requested frames must have value greater than 0.")
	}
	return checkQuality(r)
}

func checkQuality(r *request) *refusal {
	if text, given := r.value("quality"); given {
		if n, err := strconv.Atoi(text); err != nil || n < 1 || n > 100 {
			return badRequest("Image quality must be between 1 and 100 inclusive")
		}
	}
	return nil
}

// render answers with a picture: JPEG, or PNG if that is accepted and JPEG is not.
func (s *Service) render(r *request) *refusal {
	media, refused := renderedType(r.Header.Values("Accept"))
	if refused != nil {
		return refused
	}
	number := 1
	if len(r.path) > 7 {
		numbers, _ := r.frameNumbers()
		number = numbers[0]
	}
	f, read, _, refused := s.parsed(r)
	if refused != nil {
		return refused
	}
	defer f.Close()
	picture, err := read.Image(f, number)
	if err != nil {
		return frameRefusal(err)
	}
	var out bytes.Buffer
	if media == "image/png" {
		err = png.Encode(&out, picture)
	} else {
		quality := 100
		if text, given := r.value("quality"); given {
			quality, _ = strconv.Atoi(text)
		}
		err = jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return failed(err)
	}
	r.out.Header().Set("Content-Type", media)
	r.out.WriteHeader(http.StatusOK)
	_, _ = r.out.Write(out.Bytes())
	return nil
}

func renderedType(headers []string) (string, *refusal) {
	list := parseAccept(headers)
	if len(list) == 0 {
		return "image/jpeg", nil
	}
	for _, a := range list {
		switch a.media {
		case "image/jpeg", "image/png":
			return a.media, nil
		case "*/*", "image/*":
			return "image/jpeg", nil
		}
	}
	return "", refuse(http.StatusNotAcceptable, "The request headers are not acceptable")
}

// delete removes what the path names, for good.
func (s *Service) delete(r *request) *refusal {
	e, refused := s.target(r)
	if refused != nil {
		return refused
	}
	gone, err := s.store.remove(e)
	for _, i := range gone {
		s.store.record("delete", i, s.deps.Directory.Now())
	}
	if err != nil {
		return failed(err)
	}
	r.out.WriteHeader(http.StatusNoContent)
	return nil
}
