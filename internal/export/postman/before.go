package postman

import (
	"fmt"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

// stop keeps a request from being sent. A script that throws would not: newman
// 6.2.2 reports the error and sends all the same. Before newman 6 and Postman 10
// there is no skipRequest; there the service's address is hidden behind one that
// cannot exist, and the run is red (tried with newman 5.3.2).
func stop(base string) string {
	return `if (pm.execution && pm.execution.skipRequest) { pm.execution.skipRequest(); } else { pm.variables.set(` +
		quote(base) + `, "https://not-sent.invalid"); }`
}

// writeGuard stops the requests of a folder that changes data.
func writeGuard(base string) []string {
	return []string{
		`if (pm.variables.get("` + export.AllowWrites + `") !== "true") {`,
		`    console.log("not sent, since it belongs to a folder that changes data: " + pm.info.requestName);`,
		`    ` + stop(base),
		`}`,
	}
}

// ensureToken gets a token by client credentials where there is none, or where
// it ends within five minutes. It leaves alone a token that someone pasted, whose
// end it does not know, and does nothing without a secret or an assertion: then a
// person signs in with Postman's own OAuth 2.0 block, or the requests are red.
func ensureToken(service string) []string {
	r := catalogue.TokenRequest(service)
	token := catalogue.TokenVariable(service)
	lines := []string{
		`const token = ` + quote(token) + `, expiry = ` + quote(expiryOf(token)) + `;`,
		`const ends = Number(pm.environment.get(expiry) || 0);`,
		`const fresh = pm.environment.get(token) && (ends === 0 || Date.now() < ends - 300000);`,
		`const assertion = pm.variables.get(` + quote(catalogue.VarAssertion) + `);`,
		`const credential = assertion ? [{ key: "client_assertion_type", value: ` + quote(catalogue.AssertionType) + ` }, { key: "client_assertion", value: assertion }]`,
		// As it is, braces and all.
		`    : [{ key: "client_secret", value: pm.variables.get(` + quote(catalogue.VarClientSecret) + `) }];`,
		`if (!fresh && (assertion || credential[0].value)) {`,
		`    pm.sendRequest({`,
		`        url: pm.variables.replaceIn(` + quote("{{"+r.BaseVariable()+"}}"+r.Path) + `),`,
		`        method: ` + quote(r.Method) + `,`,
		`        header: { "Accept": "application/json" },`,
		`        body: { mode: "urlencoded", urlencoded: [`,
	}
	for _, p := range r.Body.Form {
		if p.Name != "client_secret" {
			lines = append(lines, fmt.Sprintf(`            { key: %s, value: pm.variables.replaceIn(%s) },`, quote(p.Name), quote(p.Value)))
		}
	}
	return append(lines,
		`        ].concat(credential) }`,
		`    }, function (error, response) {`,
		`        let answer = {};`,
		`        try { answer = response.json(); } catch (ignored) { /* no JSON: no token */ }`,
		`        if (answer.access_token) {`,
		`            pm.environment.set(token, answer.access_token);`,
		`            pm.environment.set(expiry, String(Date.now() + 1000 * Number(answer.expires_in || 0)));`,
		`            return;`,
		`        }`,
		`        pm.environment.set(token, "");`,
		`        pm.environment.set(expiry, "");`,
		`        pm.test("a token for the `+service+` service", function () {`,
		`            pm.expect.fail("no token: " + (error ? error.message : answer.error_description || answer.error || "status " + response.code));`,
		`        });`,
		`    });`,
		`}`,
	)
}

// byAssertion changes a token request into one with a client assertion, if there
// is one.
func byAssertion() []string {
	return []string{
		`if (pm.variables.get(` + quote(catalogue.VarAssertion) + `)) {`,
		`    pm.request.body.urlencoded.remove("client_secret");`,
		`    pm.request.body.urlencoded.add({ key: "client_assertion_type", value: ` + quote(catalogue.AssertionType) + ` });`,
		`    pm.request.body.urlencoded.add({ key: "client_assertion", value: ` + quote("{{"+catalogue.VarAssertion+"}}") + ` });`,
		`}`,
	}
}

// beforeRequest takes away what an earlier run left and stops a request whose
// predecessors have not succeeded in this run.
func beforeRequest(r catalogue.Request, m export.Chain) []string {
	var lines []string
	if r.Service == catalogue.Entra {
		lines = byAssertion()
	}
	if m.LeavesMark(r.ID) {
		lines = append(lines, `pm.collectionVariables.set(`+quote(export.MarkOf(r.ID))+`, "");`)
	}
	if m.BeginsRun(r.ID) {
		lines = append(lines, `pm.collectionVariables.set(`+quote(catalogue.VarRun)+`, pm.variables.replaceIn("{{$guid}}"));`)
	}
	if r.Effect == catalogue.EffectCreates {
		for _, c := range export.Captures(r) {
			lines = append(lines, `pm.collectionVariables.set(`+quote(c.Variable)+`, "");`)
		}
	}
	for _, id := range r.After {
		lines = append(lines,
			`if (pm.collectionVariables.get(`+quote(export.MarkOf(id))+`) !== "yes") {`,
			`    pm.test("`+id+` has succeeded in this run", function () { pm.expect.fail("not sent: `+id+` has not succeeded in this run"); });`,
			`    `+stop(r.BaseVariable()),
			`}`)
	}
	return lines
}
