// Package postman renders the catalogue as a Postman collection (v2.1.0) with
// its environment, for the Postman app and for newman.
//
// Both tools call a 401 a success and newman does not act on an OAuth 2.0 block,
// so the collection looks after itself: it gets its tokens by requests of its
// own and by a script before each folder that needs one, every request asserts
// its status and what of the body the catalogue expects, and without a token a
// run is red. Folders that change data send nothing until allow_writes is true,
// and a request that builds on another is not sent, and red, unless that other
// has succeeded in the same run.
//
// The collection holds placeholders only. The environment holds values; the
// client secret among them only if that was asked for. Instances to store are
// files beside the collection, in the single-part form, since Postman cannot
// build a multipart/related body.
//
// Source of the format: github.com/postmanlabs/schemas, collection v2.1.0; what
// newman does with it was tried with newman 6.2.2.
package postman

import (
	"bytes"
	"encoding/json"
	"fmt"

	"hdstest/internal/export"
)

// Render makes the collection, the environment, the DICOM files if there is
// something to store, and, with secrets included, a .gitignore that names the
// environment.
func Render(in export.Input) ([]export.File, error) {
	if err := in.CheckSecret(); err != nil {
		return nil, err
	}
	collection, err := encode(newCollection(in))
	if err != nil {
		return nil, fmt.Errorf("render the collection: %w", err)
	}
	environment, err := encode(newEnvironment(in))
	if err != nil {
		return nil, fmt.Errorf("render the environment: %w", err)
	}
	environmentName, mode := in.Slug()+".postman_environment.json", export.ModeOpen
	if in.IncludeSecrets {
		mode = export.ModeSecret
	}
	files := []export.File{
		{Name: in.Slug() + ".postman_collection.json", Data: collection, Mode: export.ModeOpen},
		{Name: environmentName, Data: environment, Mode: mode},
	}
	payloads, err := in.Payloads()
	if err != nil {
		return nil, err
	}
	files = append(files, payloads...)
	if in.IncludeSecrets {
		files = append(files, export.File{Name: ".gitignore", Data: []byte(environmentName + "\n"), Mode: export.ModeOpen, Merge: true})
	}
	return files, nil
}

// encode writes JSON as Postman does: tabs, no escapes of HTML.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	err := e.Encode(v)
	return out.Bytes(), err
}

const schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

func newCollection(in export.Input) collection {
	out := collection{
		Info: info{ID: export.StableID("postman", in.Name).String(), Name: in.Name, Schema: schema,
			Description: description},
		Item: []item{},
	}
	folders := in.Folders()
	chain := in.Chain()
	for _, folder := range folders {
		out.Item = append(out.Item, newFolder(in, folder, chain))
	}
	values := in.Values()
	for _, v := range in.Variables() {
		if v.Run && !v.Secret {
			out.Variable = append(out.Variable, variable{Key: v.Name, Value: values[v.Name], Type: "string"})
		}
	}
	return out
}

const description = "Connectivity checks for Azure Health Data Services: FHIR and DICOM.\n\n" +
	"Fill in the environment, then run the folders from the top. The folders that change data send nothing " +
	"until the variable allow_writes is true; they create synthetic data and delete it again. " +
	"Files to store lie beside this file: in Postman put them into its working directory, " +
	"with newman give --working-dir."
