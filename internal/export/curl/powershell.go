package curl

import (
	_ "embed"
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

//go:embed prelude.ps1
var preludePowerShell string

// verbatim quotes a text for PowerShell. It takes typographic quotes for plain
// ones, so those are doubled too.
//
// Source: learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules.
func verbatim(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
			out.WriteRune(r)
		}
		out.WriteRune(r)
	}
	return "'" + out.String() + "'"
}

// joined writes a text with variables as an expression.
func joined(text string) string {
	parts := export.Parts(text)
	if len(parts) == 0 {
		return "''"
	}
	var out []string
	for _, p := range parts {
		if p.Variable != "" {
			out = append(out, "$v['"+p.Variable+"']")
		} else {
			out = append(out, verbatim(p.Literal))
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return "(" + strings.Join(out, " + ") + ")"
}

func powerShellName(in export.Input) string { return in.Slug() + ".env.json" }

func powerShellScript(in export.Input) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s: connectivity checks for Azure Health Data Services, with curl.\n#\n", in.Name)
	fmt.Fprintf(&out, "# Fill in %s, then: powershell -File %s.ps1\n# Writes TAP; ends with 1 if a check failed, 2 if a setting is missing.\n", powerShellName(in), in.Slug())
	out.WriteString("# For PowerShell 5.1 and later. This form has not been proved by a run.\n")
	fmt.Fprintf(&out, "$settings = %s\n", verbatim(powerShellName(in)))
	out.WriteString(preludePowerShell + "\n")
	if in.Wants(catalogue.DICOM) {
		out.WriteString("if (-not $v['dicomroot']) { $v['dicomroot'] = $v['dicomurl'] -replace '/v[0-9]+$', '' }\n")
	}
	var names []string
	for _, s := range in.Settings() {
		if !s.Secret && s.Name != export.AllowWrites && s.Name != catalogue.VarFHIRScope {
			names = append(names, verbatim(s.Name))
		}
	}
	fmt.Fprintf(&out, "Assert-Setting @(%s)\n", strings.Join(names, ", "))
	for _, s := range in.UIDs() {
		fmt.Fprintf(&out, "$v['%s'] = %s\n", s.Name, verbatim(s.Value))
	}
	out.WriteString("$null = New-Item -ItemType Directory -Path $work\ntry {\n")
	chain := in.Chain()
	for _, folder := range in.Folders() {
		if folder.Group.Service != catalogue.Entra {
			out.WriteString(powerShellGroup(in, folder, chain))
		}
	}
	out.WriteString("\n} finally {\n  Remove-Item -Recurse -Force -LiteralPath $work\n}\n" +
		"Write-Output \"1..$script:tests\"\nif ($script:failures -gt 0 -or $script:tests -eq 0) { exit 1 }\nexit 0\n")
	return out.String()
}

func powerShellGroup(in export.Input, folder export.Folder, chain export.Chain) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\nWrite-Output %s\n", verbatim("# "+folder.Group.Title))
	if folder.Group.Writes {
		fmt.Fprintf(&out, "if ($v['%s'] -ne 'true') {\n  Write-Output '# not sent, since %s is not true'\n} else {\n", export.AllowWrites, export.AllowWrites)
	}
	for _, r := range folder.Requests {
		out.WriteString("\n" + powerShellRequest(in, r, chain))
	}
	if folder.Group.Writes {
		out.WriteString("}\n")
	}
	return out.String()
}

// powerShellRequest writes a request with its checks, without indent, since a
// here-string cannot have one.
func powerShellRequest(in export.Input, r catalogue.Request, chain export.Chain) string {
	var out strings.Builder
	out.WriteString("# " + r.Title + "\n")
	for _, c := range export.Captures(r) {
		fmt.Fprintf(&out, "$v['%s'] = ''\n", c.Variable)
	}
	if chain.BeginsRun(r.ID) {
		fmt.Fprintf(&out, "$v['%s'] = [System.Guid]::NewGuid().ToString()\n", catalogue.VarRun)
	}
	if r.After != nil {
		fmt.Fprintf(&out, "Test-After %s @(%s)\nif ($script:ready) {\n", verbatim(r.ID), list(r.After))
	}
	send := "''"
	switch {
	case r.Body.Generator != "":
		send = "(Join-Path $PSScriptRoot " + verbatim(in.BodyName(r.Body.Generator)) + ")"
	case r.Body.Template != "":
		fmt.Fprintf(&out, "Save-Body %s\n", joined(r.Body.Template))
		send = "(Get-File 'send')"
	}
	service := "none"
	if r.Auth == catalogue.Bearer {
		service = r.Service
	}
	fmt.Fprintf(&out, "Send-Request %s %s %s %s @(%s) %s\n", verbatim(r.ID), verbatim(service), verbatim(r.Method), joined(export.Address(r)),
		powerShellHeaders(r), send)
	out.WriteString(powerShellExpect(r, chain))
	if r.After != nil {
		out.WriteString("}\n")
	}
	return out.String()
}

func powerShellHeaders(r catalogue.Request) string {
	var out []string
	for _, h := range r.Headers {
		out = append(out, joined(h.Name+": "+h.Value))
	}
	if r.Body.ContentType != "" {
		out = append(out, joined("Content-Type: "+r.Body.ContentType))
	}
	return strings.Join(out, ", ")
}

func powerShellExpect(r catalogue.Request, chain export.Chain) string {
	var out strings.Builder
	fmt.Fprintf(&out, "Test-Status @(%s)\nif ($script:good) {\n", strings.ReplaceAll(strings.TrimSpace(numbers(r.Expect.Status)), " ", ", "))
	for _, h := range r.Expect.Headers {
		fmt.Fprintf(&out, "  Test-Header %s %s\n", verbatim(h.Name), verbatim(h.Contains))
	}
	if r.Expect.Empty {
		out.WriteString("  Test-Empty\n")
	}
	for _, rule := range r.Expect.JSON {
		out.WriteString("  " + powerShellRule(rule) + "\n")
	}
	for _, c := range export.Captures(r) {
		fmt.Fprintf(&out, "  Save-Id %s %s\n", verbatim(c.Variable), pathOf(c.JSON))
	}
	if chain.LeavesMark(r.ID) {
		fmt.Fprintf(&out, "  $script:done[%s] = $script:good\n", verbatim(r.ID))
	}
	for _, id := range chain.Unmarks(r.ID) {
		fmt.Fprintf(&out, "  $script:done[%s] = $false\n", verbatim(id))
	}
	return out.String() + "}\n"
}

func powerShellRule(rule catalogue.JSONRule) string {
	path := pathOf(rule.Path)
	var out string
	switch rule.Op {
	case catalogue.Exists:
		out = "Test-There " + path
	case catalogue.Absent:
		out = "Test-Absent " + path
	case catalogue.IsList:
		out = "Test-List " + path
	case catalogue.OneOf:
		var choices []string
		for choice := range strings.SplitSeq(rule.Value, "|") {
			choices = append(choices, joined(choice))
		}
		out = "Test-Equal " + path + " @(" + strings.Join(choices, ", ") + ")"
	default:
		out = "Test-Equal " + path + " @(" + joined(rule.Value) + ")"
	}
	if rule.OnStatus != 0 {
		return fmt.Sprintf("if ($script:status -eq '%d') { %s }", rule.OnStatus, out)
	}
	return out
}

// pathOf writes a path as a list of names and numbers. Every path of the
// catalogue parses.
func pathOf(path catalogue.Path) string {
	steps, err := path.Steps()
	if err != nil {
		return "@(" + verbatim(string(path)) + ")"
	}
	var out []string
	for _, s := range steps {
		if s.Name != "" {
			out = append(out, verbatim(s.Name))
		} else {
			out = append(out, fmt.Sprint(s.Index))
		}
	}
	return "@(" + strings.Join(out, ", ") + ")"
}

func list(words []string) string {
	var out []string
	for _, w := range words {
		out = append(out, verbatim(w))
	}
	return strings.Join(out, ", ")
}
