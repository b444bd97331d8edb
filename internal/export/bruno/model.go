package bruno

import (
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/export"
)

// collection is what both forms write.
type collection struct {
	name    string
	folders []folder
}

type folder struct {
	id, title, docs string
	before          []string // script before each of its requests
	requests        []request
}

type request struct {
	id, title, docs string
	method, url     string
	query, headers  []catalogue.Pair
	form            []catalogue.Pair // fields of a form
	text            string           // a JSON text
	file            string           // the name of a file
	contentType     string
	token           string // the variable with the token, empty: none
	signIn          *signIn
	before, tests   []string // scripts
}

// signIn is an authorization code flow with PKCE, for the app.
type signIn struct{ id, scope, secret string }

func newCollection(in export.Input) collection {
	out := collection{name: in.Name}
	chain := in.Chain()
	for _, f := range in.Folders() {
		made := folder{id: f.Group.ID, title: f.Group.Title}
		if f.Group.Writes {
			made.docs = "Changes data. Skipped until the variable " + export.AllowWrites + " is true."
		}
		bearer := false
		for _, r := range f.Requests {
			made.requests = append(made.requests, newRequest(in, r, chain))
			bearer = bearer || r.Auth == catalogue.Bearer
		}
		made.before = beforeFolder(f.Group, bearer)
		out.folders = append(out.folders, made)
	}
	if len(in.Tokens()) > 0 {
		out.folders = append(out.folders, signInFolder(in))
	}
	return out
}

func newRequest(in export.Input, r catalogue.Request, chain export.Chain) request {
	out := request{id: r.ID, title: r.Title, docs: r.ID + "\n\nSource: " + r.Source, method: r.Method, url: export.Address(r),
		headers: r.Headers, form: r.Body.Form, text: r.Body.Template, contentType: r.Body.ContentType,
		before: beforeRequest(r, chain), tests: tests(r, chain)}
	for _, p := range r.Query {
		out.query = append(out.query, catalogue.Pair{Name: p.Name, Value: export.Join(export.Parts(p.Value), export.EscapeQuery,
			func(name string) string { return "{{" + name + "}}" })})
	}
	if r.Auth == catalogue.Bearer {
		out.token = catalogue.TokenVariable(r.Service)
	}
	if r.Body.Generator != "" {
		out.file, out.contentType = in.PayloadName(r.Body.Generator), "application/dicom"
	}
	return out
}

// signInFolder is for people without a secret: one request for each service that
// signs in and keeps the token for the others.
func signInFolder(in export.Input) folder {
	out := folder{id: "sign-in", title: "Sign in (in the app only)",
		docs: "For an app without a secret: sends one request by authorization code with PKCE and keeps the token for the other folders.\n\n" +
			"The registration needs the redirect URI " + entra.LoopbackRedirect + "."}
	for _, service := range in.Tokens() {
		id := "fhir.patient.list"
		if service == catalogue.DICOM {
			id = "dicom.studies.list"
		}
		r, _ := catalogue.ByID(id)
		made := newRequest(in, r, export.Chain{})
		made.id, made.title, made.token = "sign-in."+service, "Sign in to the "+strings.ToUpper(service)+" service", ""
		made.before = []string{`if (req.getExecutionMode() === "cli") { bru.runner.skipRequest(); }`}
		made.tests = append(made.tests, keepSignedIn(service)...)
		made.signIn = &signIn{id: service, scope: "{{" + service + "scope}} offline_access"}
		if in.SignInSendsSecret() {
			made.signIn.secret = "{{" + catalogue.VarClientSecret + "}}"
		}
		out.requests = append(out.requests, made)
	}
	return out
}

// environmentOf lists the variables of the environment: those with a value, and
// the names of those that are secret and not written.
func environmentOf(in export.Input) (values []export.Setting, secrets []string) {
	for _, s := range in.Settings() {
		switch {
		case s.Name == catalogue.VarFHIRScope:
			s.Value = in.Scope(catalogue.FHIR)
		case s.Name == catalogue.VarDICOMScope:
			s.Value = in.Scope(catalogue.DICOM)
		}
		if s.Secret && s.Value == "" {
			secrets = append(secrets, s.Name)
			continue
		}
		values = append(values, s)
	}
	return append(values, in.UIDs()...), secrets
}
