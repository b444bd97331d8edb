package httpfile

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/export"
)

// restClient has no scripts: it can keep nothing but by a reference to a named
// request, and checks nothing. What is expected stands above each request, in
// the words of httpYac, which checks it if the sign in front is taken away.
//
// What cannot be resolved is sent as it is written. For a DELETE that must not
// be: it carries a header with a reference that holds a character which Node.js
// refuses in a header (ERR_INVALID_CHAR); it is sent only if the reference could
// be replaced, that is, if this session created what it deletes.
//
// A person may sign in by a system variable of the extension (authorization code
// with PKCE), which sends no secret: so it is for a redirect under Mobile and
// desktop only. Its words stand in a comment, with values in place of variables,
// which it does not replace within its own.
//
// Source: the source of github.com/Huachao/vscode-restclient; jsonpath-plus for
// the reference, tried with 0.20, 4, 7 and 10.
type restClient struct{}

// notCaptured is the character. It stands in a list of names of a JSON path, where
// no answer has it.
const notCaptured = "∅"

func (restClient) prepare(in export.Input) export.Input { return in }

func (restClient) head(in export.Input, writes bool) string {
	text := fmt.Sprintf("%s: connectivity checks for Azure Health Data Services, for REST Client (VS Code).\n\n", in.Name) +
		"Fill in what is empty below. The secret goes into a file .env beside this one: clientsecret='…'\n" +
		"Send the token request first, and again after an hour; then any other. Each shows what is expected:\n" +
		"REST Client itself checks nothing. To sign in as a person, or by the assertion of a certificate (hdstest\n" +
		"assertion; its text goes into .env as clientassertion), see below the token requests.\n"
	if writes {
		text += "\nThis file changes data. Each of its requests asks before it is sent; send them from the top.\n"
	}
	var out strings.Builder
	out.WriteString(commented(text) + "\n")
	for _, s := range in.Settings() {
		switch {
		case s.Secret, s.Name == export.AllowWrites, s.Name == catalogue.VarFHIRScope, s.Name == catalogue.VarDICOMScope:
		default:
			fmt.Fprintf(&out, "# %s\n%s\n", s.Meaning, strings.TrimRight("@"+s.Name+" = "+s.Value, " "))
		}
	}
	return out.String() + "@clientsecret = {{$dotenv clientsecret}}\n@clientassertion = {{$dotenv clientassertion}}\n" + fixed(in)
}

func (c restClient) request(in export.Input, r catalogue.Request, chain export.Chain) string {
	out := c.write(r, chain, restClientForm(r), bodyOf(in, r))
	if r.Service == catalogue.Entra {
		out += c.otherwise(in, r, c.signIn(in, strings.TrimPrefix(r.ID, "token.")), restClientForm)
	}
	return out
}

// write is what REST Client and Visual Studio have in common.
func (c restClient) write(r catalogue.Request, chain export.Chain, form, body string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "### %s\n# @name %s\n# @no-redirect\n", r.Title, nameOf(r.ID))
	if writes(r) {
		out.WriteString("# @note\n")
	}
	for _, line := range assertions(r) {
		out.WriteString("# ?? " + line + "\n")
	}
	headers := headersOf(r, "{{"+catalogue.TokenVariable(r.Service)+"}}")
	if r.Method == "DELETE" {
		headers = append(headers, catalogue.Pair{Name: "Hdstest-Created", Value: "{{" + created(r) + "}}"})
	}
	if r.Service == catalogue.Entra {
		body = form
	}
	if chain.BeginsRun(r.ID) {
		body = strings.ReplaceAll(body, "{{"+catalogue.VarRun+"}}", "{{$guid}}")
	}
	out.WriteString(lines(r, export.Address(r), headers, body))
	return out.String() + kept(r, chain)
}

// signInPort is where REST Client listens unless it is told another.
const signInPort = "7777"

// signIn is the system variable by which a person signs in. Its parameters stand
// in this order, and one scope is all it takes.
func (restClient) signIn(in export.Input, service string) string {
	if in.SignInSendsSecret() {
		return ""
	}
	fill := func(text string) string {
		return export.Join(export.Parts(text), func(s string) string { return s }, func(name string) string {
			if value := in.Values()[name]; value != "" && !strings.Contains(value, "{{") {
				return value
			}
			return strings.ToUpper(name)
		})
	}
	return fill("$oidcAccessToken clientId:{{clientid}} callbackPort:" + signInPort + " authorizeEndpoint:" + tenant + "authorize tokenEndpoint:" +
		tenant + "token scopes:" + in.Scope(service))
}

// otherwise tells how else a token may come: behind the variable with the token
// stands what to put in its place, then a request with an assertion.
func (c restClient) otherwise(in export.Input, r catalogue.Request, signIn string, form func(catalogue.Request) string) string {
	token := r.Captures[0]
	by := catalogue.ByAssertion(r)
	by.ID, by.Title, by.Captures = r.ID+".assertion", r.Title+", by an assertion in place of the secret", nil
	text := fmt.Sprintf("# Once the next request is sent, in place of that line: @%s = {{%s.response.body.$.%s}}\n",
		token.Variable, nameOf(by.ID), token.JSON)
	if signIn != "" {
		text += fmt.Sprintf("# To sign in as a person (PKCE, redirect %s), in place of that line: @%s = {{%s}}\n",
			entra.LoopbackRedirect, token.Variable, signIn)
	}
	return text + "\n" + c.write(by, export.Chain{}, form(by), "")
}

// restClientForm is the form of a token request, a field in a line, with the
// secret percent-encoded.
func restClientForm(r catalogue.Request) string {
	var out []string
	for _, p := range r.Body.Form {
		out = append(out, p.Name+"="+strings.Replace(p.Value, "{{", "{{%", 1))
	}
	return strings.Join(out, "\n&")
}

// kept defines the variables that come from a request and its answer, in a block
// of their own: behind a body they would be part of it.
func kept(r catalogue.Request, chain export.Chain) string {
	var out strings.Builder
	for _, c := range export.Captures(r) {
		fmt.Fprintf(&out, "@%s = {{%s.response.body.$.%s}}\n", c.Variable, nameOf(r.ID), c.JSON)
	}
	if chain.BeginsRun(r.ID) {
		fmt.Fprintf(&out, "@%s = {{%s.request.body.$.identifier[0].value}}\n", catalogue.VarRun, nameOf(r.ID))
	}
	if out.Len() == 0 {
		return ""
	}
	return "\n###\n" + out.String()
}

// created is a reference into the answer of the request that a deletion undoes:
// to whatever of the expected values is there.
func created(r catalogue.Request) string {
	id := r.After[0]
	made, _ := catalogue.ByID(id)
	var names []string
	for _, c := range made.Captures {
		names = append(names, firstStep(c.JSON))
	}
	if names == nil {
		for _, rule := range made.Expect.JSON {
			names = append(names, firstStep(rule.Path))
		}
	}
	slices.Sort(names)
	return nameOf(id) + ".response.body.$[" + strings.Join(append(slices.Compact(names), notCaptured), ",") + "]"
}

func firstStep(path catalogue.Path) string {
	steps, err := path.Steps()
	if err != nil || len(steps) == 0 {
		return string(path)
	}
	return steps[0].Name
}

// assertions writes the expectations in httpYac's words.
func assertions(r catalogue.Request) []string {
	out := []string{fmt.Sprintf("status == %d", r.Expect.Status[0])}
	if len(r.Expect.Status) > 1 {
		var codes []string
		for _, code := range r.Expect.Status {
			codes = append(codes, fmt.Sprint(code))
		}
		out = []string{"js [" + strings.Join(codes, ", ") + "].includes(response.statusCode) isTrue"}
	}
	for _, h := range r.Expect.Headers {
		if h.Contains == "" {
			out = append(out, "header "+strings.ToLower(h.Name)+" exists")
		} else {
			out = append(out, "header "+strings.ToLower(h.Name)+" includes "+h.Contains)
		}
	}
	for _, rule := range r.Expect.JSON {
		if text := assertion(rule); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// assertion writes a rule about the body; nothing for a rule that holds for one
// of several statuses only.
func assertion(rule catalogue.JSONRule) string {
	if rule.OnStatus != 0 {
		return ""
	}
	path := bracketed(rule.Path)
	switch rule.Op {
	case catalogue.Exists:
		return "js " + path + " !== undefined isTrue"
	case catalogue.Absent:
		return "js " + path + " === undefined isTrue"
	case catalogue.IsList:
		return "js " + path + " isArray"
	case catalogue.OneOf:
		return fmt.Sprintf("js %s.split('|').includes(String(%s)) isTrue", export.Quote(rule.Value), path)
	}
	return "js String(" + path + ") == " + rule.Value
}

// bracketed writes a path from the parsed answer in JavaScript; a step behind one
// that is not there is not there either.
func bracketed(path catalogue.Path) string {
	steps, err := path.Steps()
	if err != nil {
		return string(path)
	}
	out := "response.parsedBody"
	for _, s := range steps {
		if s.Name != "" {
			out += "?.['" + s.Name + "']"
		} else {
			out += fmt.Sprintf("?.[%d]", s.Index)
		}
	}
	return out
}

func (restClient) foot(export.Input, []catalogue.Request) string { return "" }

func (restClient) settings(in export.Input) ([]export.File, error) {
	if !in.IncludeSecrets {
		return nil, nil
	}
	text, err := dotenv(catalogue.VarClientSecret, in.ClientSecret.Reveal())
	if err != nil {
		return nil, err
	}
	return []export.File{{Name: ".env", Data: []byte(text), Mode: export.ModeSecret}, export.Ignore(".env")}, nil
}
