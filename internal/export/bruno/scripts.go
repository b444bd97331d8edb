package bruno

import (
	"fmt"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/export/javascript"
)

// beforeFolder skips what changes data, unless that is allowed, and gets a token
// where there is none or where it ends within five minutes. What was refused is
// not asked for again within a minute. A token that someone signed in for has no
// known end and is left alone.
func beforeFolder(group catalogue.Group, bearer bool) []string {
	var out []string
	if group.Writes {
		out = append(out, fmt.Sprintf(`const allowed = bru.getEnvVar("%s") === "true";`, export.AllowWrites),
			`if (!allowed) { bru.runner.skipRequest(); }`)
	}
	if !bearer {
		return out
	}
	token := catalogue.TokenRequest(group.Service)
	name := javascript.Quote(catalogue.TokenVariable(group.Service))
	allowed := ""
	if group.Writes {
		allowed = "allowed && "
	}
	out = append(out,
		`const token = `+name+`;`,
		`const ends = Number(bru.getVar(token + "ExpiresOn") || 0);`,
		`const fresh = bru.getVar(token) && (ends === 0 || Date.now() < ends - 300000);`,
		`if (`+allowed+`!fresh) {`,
		`  const refused = bru.getVar(token + "Refused");`,
		`  if (refused && Date.now() < refused.at + 60000) { throw new Error("not sent, since there is no token: " + refused.why); }`,
		`  bru.setVar(token, "");`)
	for _, line := range credential() {
		out = append(out, "  "+line)
	}
	out = append(out, `  const form = byAssertion ? {`)
	out = append(out, indent(formOf(catalogue.ByAssertion(token)))...)
	out = append(out, `  } : {`)
	out = append(out, indent(formOf(token))...)
	return append(out,
		`  };`,
		`  let answer = {};`,
		`  let why = "";`,
		`  try {`,
		`    const response = await bru.sendRequest({`,
		`      method: "POST", url: bru.getEnvVar("authority") + "/" + bru.getEnvVar("tenantid") + "/oauth2/v2.0/token",`,
		`      headers: { "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded" },`,
		`      data: Object.keys(form).map((key) => key + "=" + encodeURIComponent(form[key])).join("&"),`,
		`    });`,
		`    answer = response.data || {};`,
		`  } catch (error) {`,
		`    const said = error.response && error.response.data;`,
		`    why = said && said.error_description || error.message;`,
		`  }`,
		`  if (!answer.access_token) {`,
		`    bru.setVar(token + "Refused", { at: Date.now(), why: why });`,
		`    throw new Error("not sent, since there is no token: " + why);`,
		`  }`,
		`  bru.setVar(token, answer.access_token);`,
		`  bru.setVar(token + "ExpiresOn", String(Date.now() + 1000 * Number(answer.expires_in || 0)));`,
		`}`)
}

// credential finds the secret or the assertion: in the environment, else in the
// process or a file .env.
func credential() []string {
	return []string{
		`const find = (name) => bru.getEnvVar(name) || bru.getProcessEnv(name) || "";`,
		fmt.Sprintf(`const assertion = find("%s"), secret = find("%s");`, catalogue.VarAssertion, catalogue.VarClientSecret),
		`const byAssertion = assertion !== "";`,
		`if (!byAssertion && secret === "") { throw new Error("not sent: no value for clientsecret"); }`,
	}
}

// formOf writes the fields of a token request as properties.
func formOf(r catalogue.Request) []string {
	var out []string
	for _, p := range r.Body.Form {
		value := javascript.Quote(p.Value)
		switch parts := export.Parts(p.Value); {
		case p.Name == "client_secret":
			value = "secret"
		case p.Name == "client_assertion":
			value = "assertion"
		case len(parts) == 1 && parts[0].Variable != "":
			value = "bru.getEnvVar(" + javascript.Quote(parts[0].Variable) + ")"
		}
		out = append(out, "  "+p.Name+": "+value+",")
	}
	return out
}

func indent(lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, "  "+line)
	}
	return out
}

// beforeRequest stops a request whose predecessors have not succeeded in this run
// and takes away what an earlier one left.
func beforeRequest(r catalogue.Request, chain export.Chain) []string {
	if r.Service == catalogue.Entra {
		return tokenForm(r)
	}
	var out []string
	for _, c := range export.Captures(r) {
		out = append(out, fmt.Sprintf(`bru.setVar("%s", "");`, c.Variable))
	}
	if chain.LeavesMark(r.ID) {
		out = append(out, fmt.Sprintf(`bru.setVar("%s", "");`, export.MarkOf(r.ID)))
	}
	if chain.BeginsRun(r.ID) {
		out = append(out, `const four = () => Math.floor((1 + Math.random()) * 0x10000).toString(16).slice(1);`,
			fmt.Sprintf(`bru.setVar("%s", [four() + four(), four(), four(), four(), four() + four() + four()].join("-"));`, catalogue.VarRun))
	}
	for _, id := range r.After {
		out = append(out, fmt.Sprintf(`if (bru.getEnvVar("%s") === "true" && bru.getVar("%s") !== "yes") { throw new Error("not sent, since %s has not succeeded in this run"); }`,
			export.AllowWrites, export.MarkOf(id), id))
	}
	return out
}

// tokenForm sends the form as a text that is encoded already: so the secret
// arrives whatever is in it.
func tokenForm(r catalogue.Request) []string {
	out := append(credential(), `const form = byAssertion ? {`)
	out = append(out, formOf(catalogue.ByAssertion(r))...)
	out = append(out, `} : {`)
	out = append(out, formOf(r)...)
	return append(out, `};`,
		fmt.Sprintf(`bru.setVar("%s", "");`, r.Captures[0].Variable),
		`req.setBody(Object.keys(form).map((key) => key + "=" + encodeURIComponent(form[key])).join("&"));`)
}

// tests checks the answer and keeps what later requests use.
func tests(r catalogue.Request, chain export.Chain) []string {
	out := []string{
		`const status = res.getStatus();`,
		`let body = res.getBody();`,
		`const text = typeof body === "string" ? body : "";`,
		`if (typeof body === "string") { try { body = JSON.parse(body); } catch (ignored) { body = undefined; } }`,
		javascript.AtFunction,
		`function header(name) { return String((res.getHeaders() || {})[name.toLowerCase()] || "").toLowerCase(); }`,
		`function value(name) { return String(bru.getVar(name) || bru.getEnvVar(name)); }`,
		`const said = body && body.error_description ? ": " + body.error_description : "";`,
		`let all = true;`,
		`function check(name, holds) { all = all && holds; test(name, function () { expect(holds, "status " + status + said).to.equal(true); }); }`,
	}
	status := javascript.Status(r)
	out = append(out, fmt.Sprintf(`check(%s, %s);`, javascript.Quote(status.Name), status.Test))
	if checks := javascript.Checks(r); checks != nil {
		out = append(out, `if (all) {`)
		for _, c := range checks {
			out = append(out, fmt.Sprintf(`  check(%s, %s);`, javascript.Quote(c.Name), c.Test))
		}
		out = append(out, `}`)
	}
	kept := []string{}
	for _, c := range export.Captures(r) {
		kept = append(kept, fmt.Sprintf(`  bru.setVar("%s", String(%s));`, c.Variable, javascript.At(c.JSON)))
		if c.Secret {
			kept = append(kept, fmt.Sprintf(`  bru.setVar("%sExpiresOn", String(Date.now() + 1000 * Number(at(["expires_in"]) || 0)));`, c.Variable))
		}
	}
	if chain.LeavesMark(r.ID) {
		kept = append(kept, fmt.Sprintf(`  bru.setVar("%s", "yes");`, export.MarkOf(r.ID)))
	}
	for _, id := range chain.Unmarks(r.ID) {
		kept = append(kept, fmt.Sprintf(`  bru.setVar("%s", "");`, export.MarkOf(id)))
	}
	if len(kept) == 0 {
		return out
	}
	return append(append(append(out, `if (all) {`), kept...), `}`)
}

func keepSignedIn(service string) []string {
	return []string{
		fmt.Sprintf(`const token = bru.getOauth2CredentialVar("$oauth2.%s.access_token");`, service),
		fmt.Sprintf(`if (all && token) { bru.setVar("%s", token); bru.setVar("%sExpiresOn", ""); }`,
			catalogue.TokenVariable(service), catalogue.TokenVariable(service)),
	}
}
