package curl

import (
	_ "embed"
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/shell"
)

//go:embed prelude.sh
var preludeShell string

// double quotes a text with variables for a POSIX shell.
func double(text string) string {
	literal := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
	return `"` + export.Join(export.Parts(text), literal.Replace, func(name string) string { return "$" + "{" + name + "}" }) + `"`
}

// word quotes a text as shortly as it can be.
func word(text string) string {
	if len(export.Parts(text)) == 1 && export.Parts(text)[0].Variable == "" || text == "" {
		return shell.Quote(text)
	}
	return double(text)
}

// shellSettings writes the settings so that a variable of the process goes before
// the file: a secret need not be in it.
func shellSettings(in export.Input) string {
	var out strings.Builder
	out.WriteString("# Settings of " + in.Slug() + ".sh. Fill in what is empty, between the quotes (a quote inside is written '\\'').\n" +
		"# A variable of the process goes before this file: clientsecret=… sh " + in.Slug() + ".sh\n")
	for _, s := range in.Settings() {
		value := shell.Quote(s.Value)
		if text := derived(in, s.Name); text != "" {
			value = text
		}
		fmt.Fprintf(&out, "\n# %s\n%s=${%s:-%s}\n", s.Meaning, s.Name, s.Name, value)
	}
	return out.String()
}

// derived is the value of a setting that follows from another one, in double
// quotes, or empty.
func derived(in export.Input, name string) string {
	switch scope := in.Scope(catalogue.FHIR); {
	case name == catalogue.VarFHIRScope && len(export.Parts(scope)) > 1:
		return double(scope)
	case name == catalogue.VarDICOMRoot:
		return `"${dicomurl%/v[0-9]*}"`
	}
	return ""
}

func shellScript(in export.Input) string {
	var out strings.Builder
	fmt.Fprintf(&out, "#!/bin/sh\n# %s: connectivity checks for Azure Health Data Services, with curl.\n#\n", in.Name)
	fmt.Fprintf(&out, "# Fill in %s, then: sh %s.sh\n# Writes TAP; ends with 1 if a check failed, 2 if a setting is missing.\n", shellName(in), in.Slug())
	if in.Writes() {
		out.WriteString("# What changes data is sent only if " + export.AllowWrites + " is true.\n")
	}
	out.WriteString("# Needs curl 7.55 or later, awk, sed, od. A private CA: set CURL_CA_BUNDLE.\n" +
		"# shellcheck disable=SC1090,SC2154\n")
	fmt.Fprintf(&out, "settings=%s\n", shell.Quote(shellName(in)))
	out.WriteString(preludeShell)
	out.WriteString("\n")
	for _, s := range in.Settings() {
		if !s.Secret && s.Name != export.AllowWrites {
			fmt.Fprintf(&out, "need %s \"$%s\"\n", s.Name, s.Name)
		}
	}
	for _, s := range in.UIDs() {
		fmt.Fprintf(&out, "%s=%s\n", s.Name, s.Value)
	}
	chain := in.Chain()
	for _, folder := range in.Folders() {
		if folder.Group.Service != catalogue.Entra {
			out.WriteString(shellGroup(in, folder, chain))
		}
	}
	out.WriteString("\nfinish\n")
	return out.String()
}

func shellName(in export.Input) string { return in.Slug() + ".env" }
