package httpfile

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

// visualStudio has the least: no scripts, no file as a body, a request line in one
// line, and no encoding of a form. So the secret is to be written percent-encoded
// in its settings, and what stores a DICOM instance is left out.
//
// References to named requests came with Visual Studio 2022 17.12; the page that
// this was written from (2024) does not have them yet, and no Visual Studio was
// at hand. A reference that cannot be resolved stays as it is written; .NET
// refuses the character of notCaptured in a header as Node.js does.
//
// It has no sign-in of its own for a person.
//
// Source: learn.microsoft.com/aspnet/core/test/http-files.
type visualStudio struct{ restClient }

func (visualStudio) prepare(in export.Input) export.Input {
	requests := in.Requests
	if requests == nil {
		requests = catalogue.Requests()
	}
	left := map[string]bool{}
	in.Requests = slices.DeleteFunc(slices.Clone(requests), func(r catalogue.Request) bool {
		out := r.Body.Generator != "" || slices.ContainsFunc(r.After, func(id string) bool { return left[id] })
		left[r.ID] = out
		return out
	})
	return in
}

func (visualStudio) head(in export.Input, writes bool) string {
	text := fmt.Sprintf("%s: connectivity checks for Azure Health Data Services, for Visual Studio 2022 (17.12 or later).\n\n", in.Name) +
		fmt.Sprintf("Choose the environment %s. Settings: http-client.env.json. The secret goes, percent-encoded, into\n", in.Slug()) +
		fmt.Sprintf("http-client.env.json.user: {\"%s\": {\"clientsecret\": \"…\"}}\n", in.Slug()) +
		"There too goes, in place of the secret, clientassertion: what hdstest assertion prints with a certificate.\n" +
		"Visual Studio has no way to sign in as a person: put a token into @bearerToken then.\n" +
		"Send the token request first, and again after an hour; then any other. Each shows what is expected:\n" +
		"Visual Studio itself checks nothing. It cannot send files, so nothing here stores a DICOM instance.\n"
	if writes {
		text += "\nThis file changes data. Send its requests from the top.\n"
	}
	return commented(text) + "\n" + fixed(in)
}

func (v visualStudio) request(in export.Input, r catalogue.Request, chain export.Chain) string {
	out := v.write(r, chain, visualStudioForm(r), bodyOf(in, r))
	if r.Service == catalogue.Entra {
		out += v.otherwise(in, r, "", visualStudioForm)
	}
	return out
}

// visualStudioForm is the form of a token request in one line.
func visualStudioForm(r catalogue.Request) string {
	var form []string
	for _, p := range r.Body.Form {
		form = append(form, p.Name+"="+p.Value)
	}
	return strings.Join(form, "&")
}

func (visualStudio) settings(in export.Input) ([]export.File, error) {
	files := []export.File{environments(entry{in.Slug(), object("  ", public(in, export.AllowWrites))})}
	secret := strings.ReplaceAll(url.QueryEscape(in.ClientSecret.Reveal()), "+", "%20")
	return append(files, private(in, "http-client.env.json.user", secret)...), nil
}
