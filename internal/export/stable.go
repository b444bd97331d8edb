package export

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"hdstest/internal/catalogue"
	"hdstest/internal/dicomfile"
)

// StableID makes the same UUID of the same words each time (version 5, RFC 9562
// section 5.5).
func StableID(words ...string) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://hdstest.example/"+strings.Join(words, "/")))
}

// uid makes the UID of a variable. The files of an export are fixed, so their
// UIDs are too; name, service and client are in them, so that two exports seldom
// share one. A run ends by deleting what it stored, and the next may store it
// again.
func (in Input) uid(variable string) string {
	return dicomfile.UIDOf(StableID("uid", in.Name, in.Vars[catalogue.VarDICOMURL], in.Vars[catalogue.VarClientID], variable))
}

// Payload makes the file for a generator's body, in the single-part form: one
// DICOM instance.
func (in Input) Payload(g catalogue.Generator) (File, error) {
	vars, number := in.Values(), 1
	if g == catalogue.DICOMInstance {
		number = 2
	}
	data, err := dicomfile.Instance{StudyUID: vars[catalogue.VarStudyUID], SeriesUID: vars[catalogue.VarSeriesUID],
		InstanceUID: vars[g.InstanceVariable()], Number: number}.Bytes()
	return File{Name: in.PayloadName(g), Data: data, Mode: ModeOpen}, err
}

// Multipart makes the file for a body in the multipart form: an instance within
// the whole multipart/related body, with the boundary
// catalogue.MultipartBoundary. For tools that send a file as it is.
func (in Input) Multipart() (File, error) {
	file, err := in.Payload(catalogue.DICOMMultipart)
	file.Name = in.BodyName(catalogue.DICOMMultipart)
	file.Data = dicomfile.Multipart(catalogue.MultipartBoundary, file.Data)
	return file, err
}

// Body makes the file that a request of the catalogue sends, in the form that
// the catalogue says: multipart, or one instance by itself.
func (in Input) Body(g catalogue.Generator) (File, error) {
	if g == catalogue.DICOMMultipart {
		return in.Multipart()
	}
	return in.Payload(g)
}

// BodyName is the name of the file that [Input.Body] makes.
func (in Input) BodyName(g catalogue.Generator) string {
	if g == catalogue.DICOMMultipart {
		return in.PayloadName(g) + ".multipart"
	}
	return in.PayloadName(g)
}

// Bodies makes the files of all requests that send one, each once.
func (in Input) Bodies() ([]File, error) { return in.filesOnce(in.Body) }

// Payloads makes the same files in the single-part form.
func (in Input) Payloads() ([]File, error) { return in.filesOnce(in.Payload) }

func (in Input) filesOnce(file func(catalogue.Generator) (File, error)) ([]File, error) {
	var out []File
	made := map[catalogue.Generator]bool{"": true}
	for _, folder := range in.Folders() {
		for _, r := range folder.Requests {
			if made[r.Body.Generator] {
				continue
			}
			made[r.Body.Generator] = true
			one, err := file(r.Body.Generator)
			if err != nil {
				return nil, fmt.Errorf("make the instance to store: %w", err)
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// PayloadName is the name of the file that [Input.Payload] makes.
func (in Input) PayloadName(g catalogue.Generator) string {
	if g == catalogue.DICOMInstance {
		return in.Slug() + "-2.dcm"
	}
	return in.Slug() + "-1.dcm"
}
