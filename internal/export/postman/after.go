package postman

import (
	"encoding/json"
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

// quote writes a text as a JavaScript string; JSON is a subset of that.
func quote(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		return `""` // strings always encode
	}
	return string(data)
}

// afterResponse asserts what the catalogue expects and keeps what later requests
// use. The rules about headers and body are looked at only if the status is
// right, so that a refused request counts as one failure.
func afterResponse(r catalogue.Request, m export.Chain) []string {
	lines := []string{
		`const statuses = ` + numbers(r.Expect.Status) + `;`,
		`const good = statuses.includes(pm.response.code);`,
	}
	if len(r.Expect.JSON)+len(r.Captures) > 0 {
		lines = append(lines,
			`let body;`,
			`try { body = pm.response.json(); } catch (ignored) { /* the rules below fail */ }`,
			`const at = function (path) { return path.reduce(function (value, key) { return value === undefined || value === null ? undefined : value[key]; }, body); };`)
	}
	lines = append(lines, statusTest(r)...)
	lines = append(lines, `if (good) {`)
	for _, h := range r.Expect.Headers {
		lines = append(lines, headerTest(h))
	}
	if r.Expect.Empty {
		lines = append(lines, `    pm.test("empty body", function () { pm.expect(pm.response.text()).to.eql(""); });`)
	}
	for _, rule := range r.Expect.JSON {
		lines = append(lines, jsonTest(rule))
	}
	lines = append(lines, captures(r)...)
	if m.LeavesMark(r.ID) {
		lines = append(lines, `    `+onlyWith(r)+`pm.collectionVariables.set(`+quote(export.MarkOf(r.ID))+`, "yes");`)
	}
	for _, id := range m.Unmarks(r.ID) {
		lines = append(lines, `    pm.collectionVariables.set(`+quote(export.MarkOf(id))+`, "");`)
	}
	return append(lines, `}`)
}

func statusTest(r catalogue.Request) []string {
	name := "status " + strings.Trim(strings.ReplaceAll(numbers(r.Expect.Status), ", ", " or "), "[]")
	if r.Service != catalogue.Entra {
		return []string{`pm.test(` + quote(name) + `, function () { pm.expect(pm.response.code).to.be.oneOf(statuses); });`}
	}
	token := r.Captures[0].Variable
	return []string{
		`if (!good) {`,
		`    pm.environment.set(` + quote(token) + `, "");`,
		`    pm.environment.set(` + quote(expiryOf(token)) + `, "");`,
		`}`,
		// Entra says in words what is wrong; that text holds no secret.
		`pm.test(` + quote(name) + `, function () { pm.expect(pm.response.code, body && body.error_description).to.be.oneOf(statuses); });`,
	}
}

func headerTest(h catalogue.HeaderRule) string {
	name := "header " + h.Name
	if h.Contains != "" {
		name += " with " + h.Contains
	}
	return fmt.Sprintf(`    pm.test(%s, function () { pm.expect(String(pm.response.headers.get(%s) || "").toLowerCase()).to.include(%s).and.not.eql(""); });`,
		quote(name), quote(h.Name), quote(strings.ToLower(h.Contains)))
}

func jsonTest(rule catalogue.JSONRule) string {
	name, at := string(rule.Path), "at("+steps(rule.Path)+")"
	if name == "" {
		name = "body"
	}
	var check string
	switch rule.Op {
	case catalogue.Exists:
		name, check = name+" is there", `pm.expect(`+at+`).to.not.be.oneOf([undefined, null]);`
	case catalogue.Absent:
		name, check = name+" is not there", `pm.expect(body).to.not.be.undefined; pm.expect(`+at+`).to.be.oneOf([undefined, null]);`
	case catalogue.IsList:
		name, check = name+" is a list", `pm.expect(Array.isArray(`+at+`)).to.be.true;`
	case catalogue.OneOf:
		name, check = name+" is one of "+rule.Value, `pm.expect(pm.variables.replaceIn(`+quote(rule.Value)+`).split("|")).to.include(String(`+at+`));`
	default:
		name, check = name+" is "+rule.Value, `pm.expect(String(`+at+`)).to.eql(pm.variables.replaceIn(`+quote(rule.Value)+`));`
	}
	test := `pm.test(` + quote(name) + `, function () { ` + check + ` });`
	if rule.OnStatus != 0 {
		test = fmt.Sprintf(`if (pm.response.code === %d) { %s }`, rule.OnStatus, test)
	}
	return "    " + test
}

// captures stores values of the answer: tokens in the environment, which the app
// masks, the rest in the collection's own variables.
func captures(r catalogue.Request) []string {
	var lines []string
	for _, c := range export.Captures(r) {
		from := "at(" + steps(c.JSON) + ")"
		scope := "pm.collectionVariables"
		if c.Secret {
			scope = "pm.environment"
		}
		lines = append(lines, fmt.Sprintf(`    if (%s) { %s.set(%s, String(%s)); }`, from, scope, quote(c.Variable), from))
		if c.Secret {
			lines = append(lines, fmt.Sprintf(`    pm.environment.set(%s, String(Date.now() + 1000 * Number(at(["expires_in"]) || 0)));`,
				quote(expiryOf(c.Variable))))
		}
	}
	return lines
}

// onlyWith makes the mark of a creation depend on its id: a DELETE without one
// would go to all resources of the type.
func onlyWith(r catalogue.Request) string {
	if r.Effect != catalogue.EffectCreates || len(export.Captures(r)) == 0 {
		return ""
	}
	var there []string
	for _, c := range export.Captures(r) {
		there = append(there, "pm.collectionVariables.get("+quote(c.Variable)+")")
	}
	return "if (" + strings.Join(there, " && ") + ") "
}

// steps writes a path as a JavaScript list. The catalogue's test shows that every
// path parses.
func steps(path catalogue.Path) string {
	parts, err := path.Steps()
	if err != nil {
		return quote(string(path)) // not reached with a catalogue that passes its test; fails the assertion
	}
	var out []string
	for _, s := range parts {
		if s.Name != "" {
			out = append(out, quote(s.Name))
		} else {
			out = append(out, fmt.Sprint(s.Index))
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func numbers(list []int) string {
	var out []string
	for _, n := range list {
		out = append(out, fmt.Sprint(n))
	}
	return "[" + strings.Join(out, ", ") + "]"
}
