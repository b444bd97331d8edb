package httpfile_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/export/httpfile"
)

// TestRESTClient holds the rules of the extension: every reference can be
// replaced, by a variable of the file, a system variable or a request that stands
// before; forms and files have their form; what changes data asks first.
func TestRESTClient(t *testing.T) {
	files, all := both(t, httpfile.RESTClient)
	system := regexp.MustCompile(`^\$(guid|dotenv [\w.-]+)$`)
	for name, p := range files {
		resolves := func(text, where string) {
			for _, m := range reference.FindAllStringSubmatch(text, -1) {
				ref := m[1]
				if toNamed.MatchString(ref) {
					ref = toNamed.FindStringSubmatch(ref)[1]
				}
				if !system.MatchString(ref) && !slices.Contains(p.order, strings.TrimPrefix(ref, "%")) {
					t.Errorf("%s: %s: {{%s}} is nowhere", name, where, m[1])
				}
			}
		}
		for key, value := range p.variables {
			resolves(value, "@"+key)
		}
		for _, r := range p.requests {
			resolves(r.texts(), r.name)
			if !slices.Contains(r.directives, "no-redirect") {
				t.Errorf("%s: a token would follow where an answer points", r.name)
			}
			if writes := strings.Contains(name, "writes") && !strings.HasPrefix(r.name, "token"); slices.Contains(r.directives, "note") != writes {
				t.Errorf("%s: asks before it is sent: %v", r.name, !writes)
			}
			if len(r.body) > 0 && strings.HasPrefix(r.body[0], "< ") && all[strings.TrimPrefix(r.body[0], "< ./")].Data == nil {
				t.Errorf("%s: there is no file %s", r.name, r.body[0])
			}
			if r.headers["Content-Type"] == "application/x-www-form-urlencoded" {
				for i, field := range r.body {
					if (i > 0) != strings.HasPrefix(field, "&") || strings.Contains(field, "{{") && !strings.Contains(field, "{{%") {
						t.Errorf("%s: field %q", r.name, field)
					}
				}
			}
			if created := r.headers["Hdstest-Created"]; (r.method == "DELETE") != (strings.Contains(created, "∅") && toNamed.MatchString(strings.Trim(created, "{}"))) {
				t.Errorf("%s: %q", r.name, created)
			}
		}
	}
}

// TestVisualStudio holds what that editor can do: variables of the file and of the
// environment, requests in one line, no file, no encoding.
func TestVisualStudio(t *testing.T) {
	files, all := both(t, httpfile.VisualStudio)
	var environment map[string]map[string]string
	if err := json.Unmarshal(all["http-client.env.json"].Data, &environment); err != nil {
		t.Fatal(err)
	}
	for name, p := range files {
		for _, r := range p.requests {
			for _, m := range reference.FindAllStringSubmatch(r.texts(), -1) {
				_, known := environment["example"][m[1]]
				named := toNamed.FindStringSubmatch(m[1])
				if !known && m[1] != "$guid" && m[1] != "clientsecret" && m[1] != "clientassertion" && !slices.Contains(p.order, m[1]) && (named == nil || !slices.Contains(p.order, named[1])) {
					t.Errorf("%s: %s: {{%s}} is nowhere", name, r.name, m[1])
				}
			}
			if body := strings.Join(r.body, "\n"); strings.HasPrefix(body, "<") || r.headers["Content-Type"] == "application/x-www-form-urlencoded" && len(r.body) != 1 {
				t.Errorf("%s: body %q", r.name, body)
			}
		}
	}
	for name := range all {
		if strings.Contains(name, ".dcm") {
			t.Errorf("%s can be sent by nothing", name)
		}
	}
}

// TestJetBrains holds the rules of the HTTP client: names, the Security block with
// its very keys, what a script may call, and that what is guarded has no other
// address than the one its script gives.
func TestJetBrains(t *testing.T) {
	files, all := both(t, httpfile.JetBrains)
	var environment map[string]map[string]any
	if err := json.Unmarshal(all["http-client.env.json"].Data, &environment); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"example", "example-sign-in", "example-assertion"} {
		checkSecurity(t, environment[name]["Security"])
	}
	set := regexp.MustCompile(`(?:client\.global|request\.variables)\.set\("([\w.-]+)"`)
	calls := regexp.MustCompile(`\b(client|request|response)\.[a-zA-Z.]+`)
	allowed := []string{"client.global.get", "client.global.set", "client.test", "client.assert", "request.environment.get", "request.variables.set",
		"response.status", "response.body", "response.headers.valueOf"}
	for name, p := range files {
		known := map[string]bool{"clientsecret": true}
		for key := range environment["example"] {
			known[key] = true
		}
		for _, r := range p.requests {
			for _, m := range set.FindAllStringSubmatch(strings.Join(append(slices.Clone(r.before), ""), "\n"), -1) {
				known[m[1]] = true
			}
			for _, m := range reference.FindAllStringSubmatch(r.texts(), -1) {
				if !known[m[1]] && !regexp.MustCompile(`^\$auth\.token\("(fhir|dicom)"\)$`).MatchString(m[1]) {
					t.Errorf("%s: %s: {{%s}} is nowhere", name, r.name, m[1])
				}
			}
			for _, call := range calls.FindAllString(strings.Join(slices.Concat(r.before, r.after), "\n"), -1) {
				if !slices.Contains(allowed, call) {
					t.Errorf("%s: %s", r.name, call)
				}
			}
			if !strings.Contains(strings.Join(r.after, "\n"), "client.test(") {
				t.Errorf("%s checks nothing", r.name)
			}
			guarded := strings.Contains(name, "writes") && r.name != "all_of_them"
			if strings.HasPrefix(r.address, "{{allowed_") != guarded {
				t.Errorf("%s: address %s", r.name, r.address)
			}
			if r.method == "DELETE" && !strings.Contains(strings.Join(r.before, "\n"), `client.global.get("done_`) {
				t.Errorf("%s does not ask what was created", r.name)
			}
		}
	}
}

// checkSecurity looks for a key that the HTTP client does not know.
func checkSecurity(t *testing.T, block any) {
	t.Helper()
	keys := []string{"Type", "Grant Type", "Auth URL", "Token URL", "Device Auth URL", "Redirect URL", "Client ID", "Client Secret", "Username",
		"Password", "Scope", "Client Credentials", "PKCE", "Acquire Automatically", "Use ID Token", "Custom Request Parameters", "Custom Request Headers"}
	security, _ := block.(map[string]any)
	auth, _ := security["Auth"].(map[string]any)
	if len(security) != 1 || len(auth) != 2 {
		t.Fatalf("Security: %v", block)
	}
	for id, settings := range auth {
		s, _ := settings.(map[string]any)
		for key := range s {
			if !slices.Contains(keys, key) {
				t.Errorf("%s: unknown key %q", id, key)
			}
		}
		if s["Type"] != "OAuth2" || !slices.Contains([]any{"Client Credentials", "Authorization Code"}, s["Grant Type"]) {
			t.Errorf("%s: %v", id, s)
		}
	}
}

// TestTheSameKeyIsNotInBothFiles: JetBrains takes the public one, httpYac the
// private one.
func TestTheSameKeyIsNotInBothFiles(t *testing.T) {
	for _, dialect := range []string{httpfile.HTTPYac, httpfile.JetBrains, httpfile.VisualStudio} {
		if text := string(render(t, dialect)["http-client.env.json"].Data); strings.Contains(text, `"`+catalogue.VarClientSecret+`":`) {
			t.Errorf("%s: the public file has the secret's key", dialect)
		}
	}
}

// TestHTTPYacChecksEveryAnswer counts: one script behind each request, and in the
// file that changes data one before each that may stop it.
func TestHTTPYacChecksEveryAnswer(t *testing.T) {
	files := render(t, httpfile.HTTPYac)
	for _, name := range []string{"example.http", "example-writes.http"} {
		text := string(files[name].Data)
		requests := strings.Count(text, " HTTP/1.1\n")
		if n := strings.Count(text, "{{@response\n"); n != requests || strings.Count(text, "test(\"status ") != requests {
			t.Errorf("%s: %d scripts for %d requests", name, n, requests)
		}
		if guards := strings.Count(text, "exports.$cancel = true"); strings.Contains(name, "writes") && guards != requests {
			t.Errorf("%s: %d of %d requests can be stopped", name, guards, requests)
		}
	}
}

// TestSignInFollowsThePlatform: with a redirect under Web the secret is sent, with
// one under Mobile and desktop it is not (AADSTS700025). REST Client sends none.
func TestSignInFollowsThePlatform(t *testing.T) {
	for platform, secret := range map[string]bool{"web": true, "public": false, "": false} {
		in := example()
		in.RedirectPlatform, in.IncludeSecrets = platform, true
		for dialect, mark := range map[string]string{httpfile.HTTPYac: "@fhir_clientSecret = ", httpfile.JetBrains: `"Client Credentials": "none"`,
			httpfile.RESTClient: "$oidcAccessToken "} {
			files := rendered(t, in, dialect)
			text := string(files["example.http"].Data) + string(files["http-client.env.json"].Data)
			if got := strings.Contains(text, mark); got != (secret == (dialect == httpfile.HTTPYac)) {
				t.Errorf("%s, %q: %s is there: %v", dialect, platform, mark, got)
			}
			if private, there := files["http-client.private.env.json"]; there && strings.Contains(string(private.Data), `"example-sign-in"`) != secret {
				t.Errorf("%s, %q: the private file has %s", dialect, platform, private.Data)
			}
		}
	}
}

// TestRESTClientSignsIn holds the extension's own pattern of the system variable.
//
// Source: systemVariableProvider.ts in github.com/Huachao/vscode-restclient.
func TestRESTClientSignsIn(t *testing.T) {
	pattern := regexp.MustCompile(`\{\{\$oidcAccessToken clientId:[\w.:/-]+ callbackPort:\d+ authorizeEndpoint:[\w.:/-]+/oauth2/v2.0/authorize ` +
		`tokenEndpoint:[\w.:/-]+/oauth2/v2.0/token scopes:[\w.:/-]+/.default\}\}`)
	if text := string(render(t, httpfile.RESTClient)["example.http"].Data); len(pattern.FindAllString(text, -1)) != 2 {
		t.Errorf("not one for each service:\n%.3000s", text)
	}
}
