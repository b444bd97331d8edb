// Package bruno renders the catalogue as a collection for Bruno: a folder of
// files, in Bruno's own .bru form, or as OpenCollection YAML, which Bruno 3 and
// later read too.
//
// Bruno's command line reports success when its OAuth 2.0 flow gets no token, so
// the token is got by a script before each folder that needs one, renewed before
// it ends, and a request without one is not sent and red. Answers are checked by
// tests. Folders that change data are skipped until allow_writes is true, and a
// request that builds on another fails before it is sent unless that one has
// succeeded in the same run. Tokens are kept in variables of the run: those of
// the environment would be written to its file.
//
// Bruno builds a multipart body itself and only of form data, so instances are
// stored in the single-part form.
//
// Sources: github.com/usebruno/bruno, packages bruno-lang and bruno-cli;
// github.com/opencollection-dev/opencollection. Run with @usebruno/cli 4.1.0. The
// folder to sign in needs the app, which was not at hand.
package bruno

import (
	"hdstest/internal/export"
)

// The values of a dialect.
const (
	Bru            = "bru"
	OpenCollection = "opencollection"
)

// Dialects lists the values of Render's dialect.
func Dialects() []string { return []string{Bru, OpenCollection} }

// Render makes the files of the collection. With secrets included the client
// secret is in the environment's file, which a .gitignore names.
func Render(in export.Input, dialect string) ([]export.File, error) {
	if err := in.CheckSecret(); err != nil {
		return nil, err
	}
	c := newCollection(in)
	render, environment := bruFiles, "environments/"+in.Slug()+".bru"
	if dialect == OpenCollection {
		render, environment = openFiles, "environments/"+in.Slug()+".yml"
	}
	files, err := render(in, c)
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		if f.Name == environment {
			files[i].Mode = in.EnvironmentMode()
		}
	}
	payloads, err := in.Payloads()
	if err != nil {
		return nil, err
	}
	files = append(files, payloads...)
	if in.IncludeSecrets {
		files = append(files, export.Ignore(environment))
	}
	return files, nil
}
