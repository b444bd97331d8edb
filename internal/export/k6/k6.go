// Package k6 renders the catalogue as a load script for k6, which has an engine
// for many machines of its own: the way to go where one is too small.
//
// As it stands, the script runs every request once and is a check like the other
// exports: red (exit code 99) unless every check of every answer holds, and
// without a token nothing is sent that needs one. Its own flags make load of it:
// k6 run --vus 20 --duration 10m. Each virtual user has a token of its own,
// renewed before its end, and each iteration its own mark and UIDs.
//
// Settings stand in a JSON file beside the script; the process goes before it
// (k6 run -e clientsecret=…). Nothing changes data until allow_writes is true.
//
// Source: github.com/grafana/k6 and its documentation; run with k6 1.8.1.
package k6

import (
	_ "embed"
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/export/javascript"
)

//go:embed prelude.js
var prelude string

// Render makes the script, its settings, the DICOM files if there is something
// to store, and, with secrets included, a .gitignore that names the settings.
func Render(in export.Input) ([]export.File, error) {
	files := []export.File{
		{Name: in.Slug() + ".k6.js", Data: []byte(script(in)), Mode: export.ModeOpen},
		{Name: environmentName(in), Data: in.SettingsJSON(), Mode: in.EnvironmentMode()},
	}
	bodies, err := in.Bodies()
	if err != nil {
		return nil, err
	}
	if files = append(files, bodies...); in.IncludeSecrets {
		files = append(files, export.Ignore(environmentName(in)))
	}
	return files, nil
}

func environmentName(in export.Input) string { return in.Slug() + ".k6.env.json" }

func script(in export.Input) string {
	var out strings.Builder
	fmt.Fprintf(&out, "// %s: connectivity checks for Azure Health Data Services.\n//\n", in.Name)
	fmt.Fprintf(&out, "// Once:  K6_NO_USAGE_REPORT=true k6 run %s.k6.js\n", in.Slug())
	fmt.Fprintf(&out, "// Load:  k6 run --vus 20 --duration 10m %s.k6.js\n", in.Slug())
	fmt.Fprintf(&out, "// Settings are in %s, or given as -e name=value. What changes data\n", environmentName(in))
	out.WriteString("// is sent only with -e allow_writes=true.\n")
	fmt.Fprintf(&out, "const environmentFile = %s;\n", javascript.Quote(environmentName(in)))
	out.WriteString("const environment = JSON.parse(open('./' + environmentFile));\n")
	out.WriteString("const uids = {" + uids(in) + "};\n")
	out.WriteString(files(in))
	out.WriteString("\n" + prelude + "\n" + options)
	out.WriteString("export default function () {\n")
	fmt.Fprintf(&out, "  required(%s);\n  const run = newRun();\n", required(in))
	chain := in.Chain()
	for _, folder := range in.Folders() {
		if folder.Group.Service != catalogue.Entra {
			out.WriteString(groupOf(folder, chain))
		}
	}
	out.WriteString("}\n")
	return out.String()
}

const options = `// Every check must hold. To judge speed too, add thresholds such as
// 'http_req_duration{name:fhir.patient.list}': ['p(95)<800'].
export const options = {
  vus: 1,
  iterations: 1,
  thresholds: { checks: ['rate==1.0'] },
};

`

func uids(in export.Input) string {
	var out []string
	for _, s := range in.UIDs() {
		out = append(out, s.Name+": "+javascript.Quote(s.Value))
	}
	return strings.Join(out, ", ")
}

func required(in export.Input) string {
	names := []string{}
	if in.Wants(catalogue.FHIR) {
		names = append(names, javascript.Quote(catalogue.VarFHIRURL))
	}
	if in.Wants(catalogue.DICOM) {
		names = append(names, javascript.Quote(catalogue.VarDICOMURL))
	}
	return "[" + strings.Join(names, ", ") + "]"
}
