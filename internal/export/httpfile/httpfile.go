// Package httpfile renders the catalogue as request files (.http) for the four
// tools that read them: httpYac, the HTTP client of JetBrains, REST Client for
// Visual Studio Code, and Visual Studio. They agree on how a request is written
// and on little else, so each is a dialect with files of its own.
//
// httpYac and JetBrains run scripts: there every answer is checked, a token is
// renewed before it ends, and what changes data is off until allow_writes is
// true. REST Client and Visual Studio check nothing; there the expectation stands
// above each request, and a person sees it. In all of them a DELETE cannot be
// sent unless what it deletes was created before in the same session.
//
// Requests that change data stand in a file of their own. Visual Studio can send
// no file, so its files leave out what stores a DICOM instance.
//
// Sources: the source of vscode-restclient and of httpYac 6.16.7; the help of
// JetBrains' HTTP client; learn.microsoft.com/aspnet/core/test/http-files. Only
// httpYac could be run.
package httpfile

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

// The values of a dialect.
const (
	HTTPYac      = "httpyac"
	JetBrains    = "jetbrains"
	RESTClient   = "rest-client"
	VisualStudio = "visualstudio"
)

// Dialects lists the values of Render's dialect, the one that runs from the
// command line first.
func Dialects() []string { return []string{HTTPYac, JetBrains, RESTClient, VisualStudio} }

// dialect is how one tool writes a file.
type dialect interface {
	// prepare leaves out what the tool cannot send.
	prepare(in export.Input) export.Input
	// head is what stands before the first request.
	head(in export.Input, writes bool) string
	// request writes a request, from its separator on, or nothing.
	request(in export.Input, r catalogue.Request, chain export.Chain) string
	// foot is what stands behind the last request of a file.
	foot(in export.Input, requests []catalogue.Request) string
	// settings are the files with the values of variables.
	settings(in export.Input) ([]export.File, error)
}

func dialectOf(name string) (dialect, error) {
	switch name {
	case HTTPYac:
		return httpYac{}, nil
	case JetBrains:
		return jetBrains{}, nil
	case RESTClient:
		return restClient{}, nil
	case VisualStudio:
		return visualStudio{}, nil
	}
	return nil, fmt.Errorf("no dialect is called %q; expected one of %s", name, strings.Join(Dialects(), ", "))
}

// Render makes the file that reads, the file that changes data, and the settings
// of a dialect, with the DICOM files if there is something to store.
func Render(in export.Input, name string) ([]export.File, error) {
	d, err := dialectOf(name)
	if err != nil {
		return nil, err
	}
	if err := in.CheckSecret(); err != nil {
		return nil, err
	}
	in = d.prepare(in)
	files := []export.File{{Name: in.Slug() + ".http", Data: []byte(file(d, in, false)), Mode: export.ModeOpen}}
	if in.Writes() {
		files = append(files, export.File{Name: in.Slug() + "-writes.http", Data: []byte(file(d, in, true)), Mode: export.ModeOpen})
	}
	settings, err := d.settings(in)
	if err != nil {
		return nil, err
	}
	bodies, err := in.Bodies()
	return slices.Concat(files, settings, bodies), err
}

// file writes the file that reads, or the one that changes data. Each gets its
// tokens by itself.
func file(d dialect, in export.Input, writes bool) string {
	var out strings.Builder
	out.WriteString(d.head(in, writes))
	chain := in.Chain()
	var requests []catalogue.Request
	for _, folder := range in.Folders() {
		if folder.Group.Writes != writes && folder.Group.Service != catalogue.Entra {
			continue
		}
		for _, r := range folder.Requests {
			if r.Service == catalogue.Entra && !needed(in, r, writes) {
				continue
			}
			if text := d.request(in, r, chain); text != "" {
				out.WriteString("\n" + text)
				requests = append(requests, r)
			}
		}
	}
	out.WriteString(d.foot(in, requests))
	return out.String()
}

// needed tells whether a file has a request that uses the token.
func needed(in export.Input, token catalogue.Request, writes bool) bool {
	for _, folder := range in.Folders() {
		if folder.Group.Writes == writes && slices.ContainsFunc(folder.Requests, func(r catalogue.Request) bool {
			return r.Auth == catalogue.Bearer && catalogue.TokenRequest(r.Service).ID == token.ID
		}) {
			return true
		}
	}
	return false
}

// nameOf is the name of a request: letters, digits and underscores, which all
// four take.
func nameOf(id string) string { return strings.NewReplacer(".", "_", "-", "_").Replace(id) }

// lines is what all dialects have in common: request line and headers, with an
// empty line and the body behind them, if there is one.
func lines(r catalogue.Request, address string, headers []catalogue.Pair, body string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s HTTP/1.1\n", r.Method, address)
	for _, h := range headers {
		fmt.Fprintf(&out, "%s: %s\n", h.Name, h.Value)
	}
	if body != "" {
		out.WriteString("\n" + body + "\n")
	}
	return out.String()
}

// headersOf lists the headers of a request, with the token of the given form.
func headersOf(r catalogue.Request, token string) []catalogue.Pair {
	out := slices.Clone(r.Headers)
	if r.Body.ContentType != "" {
		out = append(out, catalogue.Pair{Name: "Content-Type", Value: r.Body.ContentType})
	}
	if r.Auth == catalogue.Bearer {
		out = append(out, catalogue.Pair{Name: "Authorization", Value: "Bearer " + token})
	}
	return out
}

// bodyOf is the body of a request that is no form: a text, or a file.
func bodyOf(in export.Input, r catalogue.Request) string {
	if r.Body.Generator != "" {
		return "< ./" + in.BodyName(r.Body.Generator)
	}
	return r.Body.Template
}

// commented writes each line of a text as a comment.
func commented(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
	}
	return out.String()
}

// fixed writes the variables that do not depend on the settings' file: scopes and
// UIDs.
func fixed(in export.Input) string {
	var out strings.Builder
	for _, service := range in.Tokens() {
		fmt.Fprintf(&out, "@%sscope = %s\n", service, in.Scope(service))
	}
	for _, s := range in.UIDs() {
		fmt.Fprintf(&out, "@%s = %s\n", s.Name, s.Value)
	}
	return out.String()
}
