package bruno

import (
	"strings"

	"github.com/goccy/go-yaml"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/export"
	"hdstest/internal/lazyregexp"
)

const (
	callback     = entra.LoopbackRedirect
	tokenURL     = "{{authority}}/{{tenantid}}/oauth2/v2.0/token"
	authorizeURL = "{{authority}}/{{tenantid}}/oauth2/v2.0/authorize"
)

// The parts of OpenCollection 1.0.0 that are used, in the order in which they are
// written. Source: the JSON schema of that version.
type (
	ocFolder struct {
		Info    ocInfo      `yaml:"info"`
		Request *ocDefaults `yaml:"request,omitempty"`
		Docs    string      `yaml:"docs,omitempty"`
	}
	ocDefaults struct {
		Scripts []ocScript `yaml:"scripts,omitempty"`
	}
	ocInfo struct {
		Name string `yaml:"name"`
		Type string `yaml:"type"`
		Seq  int    `yaml:"seq"`
	}
	ocRequest struct {
		Info     ocInfo     `yaml:"info"`
		HTTP     ocHTTP     `yaml:"http"`
		Runtime  ocRuntime  `yaml:"runtime"`
		Settings ocSettings `yaml:"settings"`
		Docs     string     `yaml:"docs,omitempty"`
	}
	ocHTTP struct {
		Method  string   `yaml:"method"`
		URL     string   `yaml:"url"`
		Headers []ocPair `yaml:"headers,omitempty"`
		Params  []ocPair `yaml:"params,omitempty"`
		Body    *ocBody  `yaml:"body,omitempty"`
		Auth    any      `yaml:"auth,omitempty"`
	}
	ocPair struct {
		Name  string `yaml:"name"`
		Value string `yaml:"value"`
		Type  string `yaml:"type,omitempty"`
	}
	ocBody struct {
		Type string `yaml:"type"`
		Data any    `yaml:"data"`
	}
	ocFile struct {
		Path        string `yaml:"filePath"`
		ContentType string `yaml:"contentType"`
		Selected    bool   `yaml:"selected"`
	}
	ocBearer struct {
		Type  string `yaml:"type"`
		Token string `yaml:"token"`
	}
	ocRuntime struct {
		Scripts []ocScript `yaml:"scripts"`
	}
	ocScript struct {
		Type string `yaml:"type"`
		Code string `yaml:"code"`
	}
	ocSettings struct {
		EncodeURL       bool `yaml:"encodeUrl"`
		FollowRedirects bool `yaml:"followRedirects"`
	}
	ocOAuth2 struct {
		Type        string        `yaml:"type"`
		Flow        string        `yaml:"flow"`
		AuthURL     string        `yaml:"authorizationUrl"`
		TokenURL    string        `yaml:"accessTokenUrl"`
		Callback    string        `yaml:"callbackUrl"`
		Credentials ocCredentials `yaml:"credentials"`
		Scope       string        `yaml:"scope"`
		PKCE        ocPKCE        `yaml:"pkce"`
		Token       ocToken       `yaml:"tokenConfig"`
		Settings    ocAuto        `yaml:"settings"`
	}
	ocCredentials struct {
		ClientID     string `yaml:"clientId"`
		ClientSecret string `yaml:"clientSecret,omitempty"`
		Placement    string `yaml:"placement"`
	}
	ocPKCE struct {
		Method string `yaml:"method"`
	}
	ocToken struct {
		ID        string            `yaml:"id"`
		Placement map[string]string `yaml:"placement"`
		Source    string            `yaml:"source"`
	}
	ocAuto struct {
		Fetch   bool `yaml:"autoFetchToken"`
		Refresh bool `yaml:"autoRefreshToken"`
	}
)

// openFiles writes the collection as OpenCollection YAML.
func openFiles(in export.Input, c collection) ([]export.File, error) {
	files := []export.File{{Name: "environments/" + in.Slug() + ".yml", Data: []byte(openEnvironment(in)), Mode: export.ModeOpen}}
	add := func(name string, v any) error {
		data, err := yaml.MarshalWithOptions(v, yaml.UseLiteralStyleIfMultiline(true), yaml.IndentSequence(true))
		text := blankLine.ReplaceAllString(string(data), "\n\n")
		files = append(files, export.File{Name: name, Data: []byte(text), Mode: export.ModeOpen})
		return err
	}
	root := "opencollection: \"1.0.0\"\ninfo:\n  name: " + export.Quote(c.name) + "\n"
	files = append(files, export.File{Name: "opencollection.yml", Data: []byte(root), Mode: export.ModeOpen})
	for i, f := range c.folders {
		out := ocFolder{Info: ocInfo{f.title, "folder", i + 1}, Docs: f.docs}
		if f.before != nil {
			out.Request = &ocDefaults{Scripts: []ocScript{{"before-request", strings.Join(f.before, "\n")}}}
		}
		if err := add(f.id+"/folder.yml", out); err != nil {
			return nil, err
		}
		for j, r := range f.requests {
			if err := add(f.id+"/"+r.id+".yml", openRequest(r, j+1)); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// blankLine is an empty line that the library indents.
var blankLine = lazyregexp.New(`\n +\n`)

// openEnvironment quotes every value, so that no secret is taken for something
// else: a JSON string is a YAML string.
func openEnvironment(in export.Input) string {
	out := "name: " + export.Quote(in.Slug()) + "\nvariables:\n"
	values, secrets := environmentOf(in)
	for _, s := range values {
		out += "  - name: " + s.Name + "\n    value: " + export.Quote(s.Value) + "\n"
	}
	for _, name := range secrets {
		out += "  - name: " + name + "\n    secret: true\n"
	}
	return out
}

func openRequest(r request, sequence int) ocRequest {
	out := ocRequest{Info: ocInfo{r.title, "http", sequence}, HTTP: ocHTTP{Method: r.method, URL: r.url}, Docs: r.docs,
		Settings: ocSettings{}}
	for _, h := range r.headers {
		out.HTTP.Headers = append(out.HTTP.Headers, ocPair{Name: h.Name, Value: h.Value})
	}
	for _, p := range r.query {
		out.HTTP.Params = append(out.HTTP.Params, ocPair{p.Name, p.Value, "query"})
	}
	switch {
	case r.form != nil:
		out.HTTP.Body = &ocBody{"form-urlencoded", pairsOf(r.form)}
	case r.text != "":
		out.HTTP.Headers = append(out.HTTP.Headers, ocPair{Name: "Content-Type", Value: r.contentType})
		out.HTTP.Body = &ocBody{"json", r.text}
	case r.file != "":
		out.HTTP.Body = &ocBody{"file", []ocFile{{r.file, r.contentType, true}}}
	}
	switch {
	case r.token != "":
		out.HTTP.Auth = ocBearer{"bearer", "{{" + r.token + "}}"}
	case r.signIn != nil:
		out.HTTP.Auth = openSignIn(*r.signIn)
	}
	if r.before != nil {
		out.Runtime.Scripts = append(out.Runtime.Scripts, ocScript{"before-request", strings.Join(r.before, "\n")})
	}
	out.Runtime.Scripts = append(out.Runtime.Scripts, ocScript{"tests", strings.Join(r.tests, "\n")})
	return out
}

func pairsOf(pairs []catalogue.Pair) []ocPair {
	var out []ocPair
	for _, p := range pairs {
		out = append(out, ocPair{Name: p.Name, Value: p.Value})
	}
	return out
}

func openSignIn(s signIn) ocOAuth2 {
	return ocOAuth2{Type: "oauth2", Flow: "authorization_code", AuthURL: authorizeURL, TokenURL: tokenURL, Callback: callback,
		Credentials: ocCredentials{"{{clientid}}", s.secret, "body"}, Scope: s.scope, PKCE: ocPKCE{"S256"},
		Token:    ocToken{s.id, map[string]string{"header": "Bearer"}, "access_token"},
		Settings: ocAuto{true, true}}
}
