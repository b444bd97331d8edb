package httpfile

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/export"
	"hdstest/internal/export/javascript"
)

// jetBrains gets its tokens by the Security block of its environment file, which
// also renews them. A second environment there is for people who sign in, a third
// for an app with a certificate, which signs an assertion in place of a secret.
//
// A script before a request cannot stop it. So a request that changes data, or
// builds on another, takes its address from a variable that only the script
// sets; without it there is no host to send to. What was not sent runs no script
// behind it either: the last request of each file asks whether all others were
// answered as expected, and is red if not.
//
// Source: jetbrains.com/help/idea/http-client-in-product-code-editor.html,
// http-response-handling-api-reference.html, oauth-2-0-authorization.html. Run
// with httpYac 6.16.7, which knows this dialect.
type jetBrains struct{}

func (jetBrains) prepare(in export.Input) export.Input { return in }

func (jetBrains) head(in export.Input, writes bool) string {
	text := fmt.Sprintf("%s: connectivity checks for Azure Health Data Services, for JetBrains' HTTP client.\n\n", in.Name) +
		fmt.Sprintf("Choose the environment %s, or %s to sign in as a person: authorization code with PKCE.\n", in.Slug(), signInName(in)) +
		"Settings: http-client.env.json. The secret goes into http-client.private.env.json:\n" +
		fmt.Sprintf("{\"%s\": {\"clientsecret\": \"…\"}}\n", in.Slug()) +
		fmt.Sprintf("With a certificate choose %s-assertion, with clientassertion from: hdstest assertion\n", in.Slug())
	if writes {
		text += "\nThis file changes data: it sends nothing until " + export.AllowWrites + " is true.\n"
	}
	return commented(text)
}

func (j jetBrains) request(in export.Input, r catalogue.Request, chain export.Chain) string {
	if r.Service == catalogue.Entra {
		return "" // by the Security block
	}
	var out strings.Builder
	fmt.Fprintf(&out, "### %s\n# @name %s\n# @no-redirect\n", r.Title, nameOf(r.ID))
	address := export.Address(r)
	if before := j.before(in, r, chain); before != nil {
		out.WriteString(block("<", before))
	}
	if guarded(r) {
		address = strings.Replace(address, "{{"+r.BaseVariable()+"}}", "{{allowed_"+r.BaseVariable()+"}}", 1)
	}
	out.WriteString(lines(r, address, headersOf(r, `{{$auth.token("`+r.Service+`")}}`), bodyOf(in, r)))
	out.WriteString("\n" + block(">", j.after(r, chain)))
	return out.String()
}

// guarded tells whether a request may be sent under conditions only.
func guarded(r catalogue.Request) bool { return writes(r) || r.After != nil }

// block writes a script of JetBrains.
func block(sign string, lines []string) string {
	return sign + " {%\n    " + strings.Join(lines, "\n    ") + "\n%}\n"
}

func (jetBrains) before(in export.Input, r catalogue.Request, chain export.Chain) []string {
	var out []string
	for _, id := range firstOf(in, r) {
		out = append(out, fmt.Sprintf(`client.global.set("%s", "");`, export.MarkOf(id)))
	}
	for _, c := range export.Captures(r) {
		out = append(out, fmt.Sprintf(`client.global.set("%s", "");`, c.Variable))
	}
	if chain.BeginsRun(r.ID) {
		out = append(out, fmt.Sprintf(`client.global.set("%s", $random.uuid);`, catalogue.VarRun))
	}
	if !guarded(r) {
		return out
	}
	var conditions []string
	if writes(r) {
		conditions = append(conditions, fmt.Sprintf(`request.environment.get("%s") === "true"`, export.AllowWrites))
	}
	for _, id := range r.After {
		conditions = append(conditions, fmt.Sprintf(`client.global.get("%s") === "yes"`, export.MarkOf(id)))
	}
	base := r.BaseVariable()
	return append(out, fmt.Sprintf(`request.variables.set("allowed_%s", %s ? request.environment.get("%s") : "");`,
		base, strings.Join(conditions, " && "), base))
}

// firstOf lists the requests whose marks are to be taken away before this one: all
// of the file, if it is the first.
func firstOf(in export.Input, r catalogue.Request) []string {
	var ids []string
	for _, folder := range in.Folders() {
		if folder.Group.Writes != writes(r) || folder.Group.Service == catalogue.Entra {
			continue
		}
		for _, other := range folder.Requests {
			ids = append(ids, other.ID)
		}
	}
	if len(ids) == 0 || ids[0] != r.ID {
		return nil
	}
	return ids
}

// answer is how every script behind a request begins.
func answer() []string {
	return []string{
		`var status = response.status;`,
		`var text = typeof response.body === "string" ? response.body : "";`,
		`var body = response.body;`,
		`if (typeof body === "string") { try { body = JSON.parse(body); } catch (ignored) { body = undefined; } }`,
		javascript.AtFunction,
		`function header(name) { return String(response.headers.valueOf(name) || "").toLowerCase(); }`,
		`function value(name) { return String(client.global.get(name) || request.environment.get(name)); }`,
		`var all = true;`,
		`function check(name, holds) { all = all && holds; client.test(name, function () { client.assert(holds, "status " + status); }); }`,
	}
}

func (jetBrains) after(r catalogue.Request, chain export.Chain) []string {
	status := javascript.Status(r)
	out := append(answer(), fmt.Sprintf(`check(%s, %s);`, javascript.Quote(status.Name), status.Test))
	if checks := javascript.Checks(r); checks != nil {
		out = append(out, `if (all) {`)
		for _, c := range checks {
			out = append(out, fmt.Sprintf(`    check(%s, %s);`, javascript.Quote(c.Name), c.Test))
		}
		out = append(out, `}`)
	}
	out = append(out, `if (all) {`)
	for _, c := range export.Captures(r) {
		out = append(out, fmt.Sprintf(`    client.global.set("%s", String(%s));`, c.Variable, javascript.At(c.JSON)))
	}
	for _, id := range chain.Unmarks(r.ID) {
		out = append(out, fmt.Sprintf(`    client.global.set("%s", "undone");`, export.MarkOf(id)))
	}
	return append(out, fmt.Sprintf(`    client.global.set("%s", "yes");`, export.MarkOf(r.ID)), `}`)
}

// foot asks whether everything was answered as expected.
func (jetBrains) foot(_ export.Input, requests []catalogue.Request) string {
	if len(requests) == 0 {
		return ""
	}
	check, _ := catalogue.ByID("fhir.health")
	if requests[0].Service == catalogue.DICOM {
		check, _ = catalogue.ByID("dicom.health")
	}
	script := []string{}
	for _, r := range requests {
		script = append(script, fmt.Sprintf(`client.test("%s", function () { client.assert(client.global.get("%s") %s, "not sent, or not as expected"); });`,
			r.ID, export.MarkOf(r.ID), `!== ""`))
	}
	return "\n### Every request of this file was answered as expected\n# @name all_of_them\n# @no-redirect\n" +
		lines(check, export.Address(check), check.Headers, "") + "\n" + block(">", script)
}

func (j jetBrains) settings(in export.Input) ([]export.File, error) {
	settings := public(in)
	for _, s := range in.UIDs() {
		settings = append(settings, entry{s.Name, export.Quote(s.Value)})
	}
	variants := []entry{}
	for _, v := range []entry{{in.Slug(), j.credentials(in)}, {signInName(in), j.signIn(in)}, {in.Slug() + "-assertion", j.assertion(in)}} {
		variants = append(variants, entry{v.key, object("  ", append(slices.Clone(settings), entry{"Security", v.value}))})
	}
	return append([]export.File{environments(variants...)},
		private(in, "http-client.private.env.json", in.ClientSecret.Reveal(), signsInWithSecret(in)...)...), nil
}

// security writes the block for each service.
func security(in export.Input, settings func(service string) []entry) string {
	var auth []entry
	for _, service := range in.Tokens() {
		auth = append(auth, entry{service, object("        ", settings(service))})
	}
	return object("    ", []entry{{"Auth", object("      ", auth)}})
}

const tenant = "{{authority}}/{{tenantid}}/oauth2/v2.0/"

func (jetBrains) credentials(in export.Input) string {
	return security(in, func(service string) []entry {
		return []entry{
			{"Type", `"OAuth2"`}, {"Grant Type", `"Client Credentials"`}, {"Token URL", export.Quote(tenant + "token")},
			{"Client ID", `"{{clientid}}"`}, {"Client Secret", `"{{clientsecret}}"`}, {"Client Credentials", `"in body"`},
			{"Scope", export.Quote(in.Scope(service))},
		}
	})
}

// assertion is the same without a secret: what hdstest assertion prints is a
// parameter of the token request. httpYac does not know such parameters, so this
// has not been run.
func (jetBrains) assertion(in export.Input) string {
	parameter := func(value string) string {
		return object("            ", []entry{{"Value", export.Quote(value)}, {"Use", `"In Token Request"`}})
	}
	return security(in, func(service string) []entry {
		return []entry{
			{"Type", `"OAuth2"`}, {"Grant Type", `"Client Credentials"`}, {"Token URL", export.Quote(tenant + "token")},
			{"Client ID", `"{{clientid}}"`}, {"Client Credentials", `"in body"`}, {"Scope", export.Quote(in.Scope(service))},
			{"Custom Request Parameters", object("          ", []entry{
				{"client_assertion_type", parameter(catalogue.AssertionType)},
				{"client_assertion", parameter("{{" + catalogue.VarAssertion + "}}")},
			})},
		}
	})
}

// signIn is the authorization code flow with PKCE. The redirect's platform in the
// registration decides whether a secret is sent (AADSTS700025).
func (jetBrains) signIn(in export.Input) string {
	return security(in, func(service string) []entry {
		out := []entry{
			{"Type", `"OAuth2"`}, {"Grant Type", `"Authorization Code"`}, {"Auth URL", export.Quote(tenant + "authorize")},
			{"Token URL", export.Quote(tenant + "token")}, {"Redirect URL", export.Quote(entra.LoopbackRedirect)},
			{"Client ID", `"{{clientid}}"`}, {"PKCE", "true"}, {"Scope", export.Quote(in.Scope(service) + " offline_access")},
		}
		if in.SignInSendsSecret() {
			return append(out, entry{"Client Secret", `"{{clientsecret}}"`}, entry{"Client Credentials", `"in body"`})
		}
		return append(out, entry{"Client Credentials", `"none"`})
	})
}
