package bruno

import (
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/problem"
)

// bruFiles writes the collection in Bruno's own form: blocks in braces, texts in
// them indented by two blanks, so that no brace stands in the first column.
func bruFiles(in export.Input, c collection) ([]export.File, error) {
	environment, err := bruEnvironment(in)
	if err != nil {
		return nil, err
	}
	manifest := "{\n  \"version\": \"1\",\n  \"name\": " + export.Quote(c.name) + ",\n  \"type\": \"collection\",\n  \"ignore\": [\".git\"]\n}\n"
	files := []export.File{
		{Name: "bruno.json", Data: []byte(manifest), Mode: export.ModeOpen},
		{Name: "environments/" + in.Slug() + ".bru", Data: []byte(environment), Mode: export.ModeOpen},
	}
	for i, f := range c.folders {
		text := fmt.Sprintf("meta {\n  name: %s\n  seq: %d\n}\n", f.title, i+1) + textBlock("script:pre-request", f.before)
		if f.docs != "" {
			text += textBlock("docs", strings.Split(f.docs, "\n"))
		}
		files = append(files, export.File{Name: f.id + "/folder.bru", Data: []byte(text), Mode: export.ModeOpen})
		for j, r := range f.requests {
			files = append(files, export.File{Name: f.id + "/" + r.id + ".bru", Data: []byte(bruRequest(r, j+1)), Mode: export.ModeOpen})
		}
	}
	return files, nil
}

// block writes a block of keys and values.
func block(name string, pairs []catalogue.Pair) string {
	if len(pairs) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString("\n" + name + " {\n")
	for _, p := range pairs {
		out.WriteString(strings.TrimRight("  "+p.Name+": "+p.Value, " ") + "\n")
	}
	return out.String() + "}\n"
}

// textBlock writes a block with a text.
func textBlock(name string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString("\n" + name + " {\n")
	for _, line := range lines {
		out.WriteString(strings.TrimRight("  "+line, " ") + "\n")
	}
	return out.String() + "}\n"
}

func bruRequest(r request, sequence int) string {
	kind, auth := "none", "none"
	switch {
	case r.form != nil:
		kind = "formUrlEncoded"
	case r.text != "":
		kind = "json"
	case r.file != "":
		kind = "file"
	}
	switch {
	case r.token != "":
		auth = "bearer"
	case r.signIn != nil:
		auth = "oauth2"
	}
	headers := r.headers
	if r.text != "" {
		headers = append(headers[:len(headers):len(headers)], catalogue.Pair{Name: "Content-Type", Value: r.contentType})
	}
	text := fmt.Sprintf("meta {\n  name: %s\n  type: http\n  seq: %d\n}\n", r.title, sequence) +
		block(strings.ToLower(r.method), []catalogue.Pair{{Name: "url", Value: r.url}, {Name: "body", Value: kind}, {Name: "auth", Value: auth}}) +
		block("params:query", r.query) + block("headers", headers)
	if r.token != "" {
		text += block("auth:bearer", []catalogue.Pair{{Name: "token", Value: "{{" + r.token + "}}"}})
	}
	if r.signIn != nil {
		text += block("auth:oauth2", bruSignIn(*r.signIn))
	}
	text += block("body:form-urlencoded", r.form)
	if r.text != "" {
		text += textBlock("body:json", strings.Split(r.text, "\n"))
	}
	if r.file != "" {
		text += block("body:file", []catalogue.Pair{{Name: "file", Value: "@file(" + r.file + ") @contentType(" + r.contentType + ")"}})
	}
	return text + textBlock("script:pre-request", r.before) + textBlock("tests", r.tests) +
		block("settings", []catalogue.Pair{{Name: "encodeUrl", Value: "false"}, {Name: "followRedirects", Value: "false"}}) +
		textBlock("docs", strings.Split(r.docs, "\n"))
}

func bruSignIn(s signIn) []catalogue.Pair {
	return []catalogue.Pair{
		{Name: "grant_type", Value: "authorization_code"}, {Name: "callback_url", Value: callback},
		{Name: "authorization_url", Value: authorizeURL}, {Name: "access_token_url", Value: tokenURL}, {Name: "refresh_token_url", Value: ""},
		{Name: "client_id", Value: "{{clientid}}"}, {Name: "client_secret", Value: s.secret}, {Name: "scope", Value: s.scope},
		{Name: "state", Value: ""}, {Name: "pkce", Value: "true"}, {Name: "credentials_placement", Value: "body"},
		{Name: "credentials_id", Value: s.id}, {Name: "token_source", Value: "access_token"}, {Name: "token_placement", Value: "header"},
		{Name: "token_header_prefix", Value: "Bearer"}, {Name: "auto_fetch_token", Value: "true"}, {Name: "auto_refresh_token", Value: "true"},
	}
}

func bruEnvironment(in export.Input) (string, error) {
	values, secrets := environmentOf(in)
	out := "vars {\n"
	for _, s := range values {
		value, err := bruValue(s.Value)
		if err != nil {
			return "", err
		}
		out += strings.TrimRight("  "+s.Name+": "+value, " ") + "\n"
	}
	out += "}\n"
	if len(secrets) > 0 {
		out += "vars:secret [\n  " + strings.Join(secrets, ",\n  ") + "\n]\n"
	}
	return out, nil
}

// bruValue writes a value of an environment: in one line, or within ”' if a line
// would lose something. There are no escapes, so a line that begins with ”' cannot
// be written.
func bruValue(text string) (string, error) {
	if !strings.Contains(text, "\n") && strings.TrimSpace(text) == text && !strings.HasPrefix(text, "'''") {
		return text, nil
	}
	var out strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), "'''") {
			return "", problem.Usagef("the client secret has a line that begins with ''', which an environment of Bruno cannot hold: leave out --include-secrets")
		}
		out.WriteString("    " + line + "\n")
	}
	return "'''\n" + out.String() + "  '''", nil
}
