package httpfile

import (
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/export"
	"hdstest/internal/export/javascript"
)

// httpYac runs scripts of its own: {{ … }} before a request, {{@response … }}
// behind it. A script that throws stops its request and makes the run red, which
// httpYac's own OAuth 2.0 flows do not (6.16.7 ends with 0 if a token cannot be
// had); so the token is got by a request.
type httpYac struct{}

func (httpYac) prepare(in export.Input) export.Input { return in }

func (httpYac) head(in export.Input, writes bool) string {
	name := in.Slug() + ".http"
	if writes {
		name = in.Slug() + "-writes.http"
	}
	text := fmt.Sprintf("%s: connectivity checks for Azure Health Data Services, for httpYac.\n\n", in.Name) +
		"Settings: http-client.env.json. The secret goes into http-client.private.env.json, or into a file .env\n" +
		"beside this one, or: --var clientsecret=…\n\n" +
		fmt.Sprintf("httpyac send %s --all --env %s --output short\n\n", name, in.Slug()) +
		fmt.Sprintf("With --env %s-sign-in a person signs in, in the browser: authorization code with PKCE. The registration\n", in.Slug()) +
		"needs the redirect URI " + entra.LoopbackRedirect + ". With a certificate, clientassertion takes the place of the\n" +
		"secret: what hdstest assertion prints.\n"
	if writes {
		text += "\nThis file changes data: it sends nothing until " + export.AllowWrites + " is true.\n"
	}
	return commented(text) + "\n" + fixed(in) + httpYacSignIn(in) + "\n" + httpYacHelpers
}

// httpYacSignIn are the variables of httpYac's own flow, one set for each service.
// The redirect's platform in the registration decides whether a secret is sent
// (AADSTS700025). The port is one that httpYac listens on.
func httpYacSignIn(in export.Input) string {
	var out strings.Builder
	for _, service := range in.Tokens() {
		for _, e := range []entry{
			{"authorizationEndpoint", tenant + "authorize"}, {"tokenEndpoint", tenant + "token"}, {"clientId", "{{clientid}}"},
			{"scope", "{{" + service + "scope}} offline_access"}, {"redirectUri", entra.LoopbackRedirect + ":3000"},
			{"usePkce", "true"}, {"useAuthorizationHeader", "false"},
		} {
			fmt.Fprintf(&out, "@%s_%s = %s\n", service, e.key, e.value)
		}
		if in.SignInSendsSecret() {
			fmt.Fprintf(&out, "@%s_clientSecret = {{%s}}\n", service, `typeof clientsecret === "undefined" ? "" : clientsecret`)
		}
	}
	return out.String()
}

// httpYacHelpers stands in a region without a request, so httpYac runs it before
// each request of the file.
const httpYacHelpers = `{{
  const known = (variables, name) => variables[name] !== undefined && variables[name] !== null && variables[name] !== "";
  exports.known = known;
  const signsIn = (variables) => String(variables.sign_in) === "true";
  exports.signsIn = signsIn;
  // A token that ends within five minutes is fetched anew.
  exports.ensureToken = async function (httpyac, variables, request, token, signIn) {
    if (signsIn(variables)) {
      const session = await signIn();
      if (!session || !session.accessToken) { throw new Error("not sent, since nobody has signed in"); }
      return session.accessToken;
    }
    const refused = () => variables[token + "Refused"] || { at: 0, why: "" };
    if (!known(variables, token) && Date.now() < refused().at + 60000) {
      throw new Error("not sent, since there is no token: " + refused().why);
    }
    if (!known(variables, token) || Date.now() > Number(variables[token + "ExpiresOn"] || 0) - 300000) {
      await httpyac.execute(request);
    }
    if (!known(variables, token)) {
      throw new Error("not sent, since there is no token: " + refused().why);
    }
    return variables[token];
  };
  exports.answerOf = function (response, variables) {
    const text = typeof response.body === "string" ? response.body : "";
    let body;
    try { body = JSON.parse(text); } catch (ignored) { /* no JSON */ }
    const headers = response.headers || {};
    return {
      status: response.statusCode, text: text, body: body,
      at: (path) => path.reduce((found, step) => found === undefined || found === null ? undefined : found[step], body),
      header: (name) => String(headers[Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase())] || "").toLowerCase(),
      value: (name) => String(variables[name]),
    };
  };
}}
`

func (h httpYac) request(in export.Input, r catalogue.Request, chain export.Chain) string {
	var out strings.Builder
	fmt.Fprintf(&out, "### %s\n# @name %s\n# @no-redirect\n", r.Title, nameOf(r.ID))
	body := bodyOf(in, r)
	if r.Service == catalogue.Entra {
		out.WriteString("# @no-log\n")
		body = "{{tokenForm}}"
	}
	out.WriteString(script("{{", h.before(r, chain)))
	out.WriteString(lines(r, export.Address(r), headersOf(r, "{{"+catalogue.TokenVariable(r.Service)+"}}"), body))
	out.WriteString("\n" + script("{{@response", h.after(r, chain)))
	return out.String()
}

// script writes a block of httpYac, if there is something in it.
func script(open string, lines []string) string {
	if lines == nil {
		return ""
	}
	return open + "\n  " + strings.Join(lines, "\n  ") + "\n}}\n"
}

// before stops a request that may not be sent, makes what it needs, and takes away
// what an earlier one left.
func (h httpYac) before(r catalogue.Request, chain export.Chain) []string {
	if r.Service == catalogue.Entra {
		return h.tokenForm(r)
	}
	var out []string
	for _, c := range export.Captures(r) {
		out = append(out, fmt.Sprintf("exports.%s = \"\";", c.Variable))
	}
	if chain.LeavesMark(r.ID) {
		out = append(out, fmt.Sprintf("exports.%s = \"\";", export.MarkOf(r.ID)))
	}
	if chain.BeginsRun(r.ID) {
		out = append(out, fmt.Sprintf("exports.%s = $random.uuid();", catalogue.VarRun))
	}
	var rest []string
	for _, id := range r.After {
		rest = append(rest, fmt.Sprintf(`if ($context.variables.%s !== "yes") { throw new Error("not sent, since %s has not succeeded in this run"); }`,
			export.MarkOf(id), id))
	}
	if r.Auth == catalogue.Bearer {
		token := catalogue.TokenVariable(r.Service)
		rest = append(rest, fmt.Sprintf(`exports.%s = await ensureToken($httpyac, $context.variables, %s, %s,`, token,
			javascript.Quote(nameOf(catalogue.TokenRequest(r.Service).ID)), javascript.Quote(token)),
			fmt.Sprintf(`  () => $getOAuth2Response("authorization_code", %s, $context));`, javascript.Quote(r.Service)))
	}
	if !writes(r) {
		return append(out, rest...)
	}
	out = append(out, fmt.Sprintf(`if (String($context.variables.%s) !== "true") {`, export.AllowWrites), "  exports.$cancel = true; // skipped", "} else {")
	for _, line := range rest {
		out = append(out, "  "+line)
	}
	return append(out, "}")
}

// writes tells whether a request belongs to a group that changes data.
func writes(r catalogue.Request) bool {
	for _, g := range catalogue.Groups() {
		if g.ID == r.Group {
			return g.Writes
		}
	}
	return false
}

// tokenForm builds the form, so that no character of the secret is taken for
// something else.
func (h httpYac) tokenForm(r catalogue.Request) []string {
	out := []string{
		`exports.tokenForm = "";`,
		`if (signsIn($context.variables)) {`,
		`  exports.$cancel = true; // a person signs in before the first request that needs a token`,
		`} else {`,
	}
	for _, line := range h.fields(r) {
		out = append(out, "  "+line)
	}
	return append(out, `}`)
}

// fields makes the form's text, by an assertion if there is one.
func (httpYac) fields(r catalogue.Request) []string {
	token := r.Captures[0].Variable
	out := []string{
		fmt.Sprintf(`exports.%s = "";`, token),
		fmt.Sprintf(`const byAssertion = known($context.variables, %s);`, javascript.Quote(catalogue.VarAssertion)),
		fmt.Sprintf(`if (!byAssertion && !known($context.variables, %s)) {`, javascript.Quote(catalogue.VarClientSecret)),
		`  throw new Error("no value for clientsecret");`,
		`}`,
		`const form = byAssertion ? {`,
	}
	form := func(r catalogue.Request) {
		for _, p := range r.Body.Form {
			value := javascript.Quote(p.Value)
			if parts := export.Parts(p.Value); len(parts) == 1 && parts[0].Variable != "" {
				value = "$context.variables." + parts[0].Variable
			}
			out = append(out, "  "+p.Name+": "+value+",")
		}
	}
	form(catalogue.ByAssertion(r))
	out = append(out, `} : {`)
	form(r)
	return append(out, `};`,
		`exports.tokenForm = Object.keys(form).map((key) => key + "=" + encodeURIComponent(form[key])).join("&");`)
}

func (httpYac) after(r catalogue.Request, chain export.Chain) []string {
	out := []string{
		`const { status, text, body, at, header, value } = answerOf(response, $context.variables);`,
	}
	status := javascript.Status(r)
	said := `"status " + status`
	if r.Service == catalogue.Entra {
		said += ` + " " + (at(["error_description"]) || "")`
	}
	out = append(out, fmt.Sprintf(`const good = %s;`, status.Test),
		fmt.Sprintf(`test(%s, () => { if (!good) { throw new Error(%s); } });`, javascript.Quote(status.Name), said))
	if r.Service == catalogue.Entra {
		out = append(out, fmt.Sprintf(`exports.%sRefused = { at: good ? 0 : Date.now(), why: %s };`, r.Captures[0].Variable, said))
	}
	var inner []string
	checks := javascript.Checks(r)
	if len(checks) > 0 {
		inner = append(inner, `let all = true;`,
			`const check = (name, holds) => { all = all && holds; test(name, () => { if (!holds) { throw new Error("not as expected"); } }); };`)
	} else {
		inner = append(inner, `const all = true;`)
	}
	for _, c := range checks {
		inner = append(inner, fmt.Sprintf(`check(%s, %s);`, javascript.Quote(c.Name), c.Test))
	}
	kept := false
	for _, c := range export.Captures(r) {
		inner = append(inner, fmt.Sprintf(`if (all) { exports.%s = String(%s); }`, c.Variable, javascript.At(c.JSON)))
		if c.Secret {
			inner = append(inner, fmt.Sprintf(`if (all) { exports.%sExpiresOn = String(Date.now() + 1000 * Number(at(["expires_in"]) || 0)); }`, c.Variable))
		}
		kept = true
	}
	if chain.LeavesMark(r.ID) {
		inner = append(inner, fmt.Sprintf(`if (all) { exports.%s = "yes"; }`, export.MarkOf(r.ID)))
		kept = true
	}
	for _, id := range chain.Unmarks(r.ID) {
		inner = append(inner, fmt.Sprintf(`exports.%s = "";`, export.MarkOf(id)))
	}
	if !kept && len(checks) == 0 {
		inner = inner[1:]
	}
	if len(inner) == 0 {
		return out
	}
	out = append(out, `if (good) {`)
	for _, line := range inner {
		out = append(out, "  "+line)
	}
	return append(out, `}`)
}

func (httpYac) foot(export.Input, []catalogue.Request) string { return "" }

func (httpYac) settings(in export.Input) ([]export.File, error) {
	signIn := append(public(in), entry{"sign_in", `"true"`})
	files := []export.File{environments(entry{in.Slug(), object("  ", public(in))}, entry{signInName(in), object("  ", signIn)})}
	return append(files, private(in, "http-client.private.env.json", in.ClientSecret.Reveal(), signsInWithSecret(in)...)...), nil
}
