package export

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
)

// Setting is a variable with its value in this export.
type Setting struct {
	catalogue.Variable
	Value string
}

// Settings lists what people fill in, in the order of the catalogue, then
// [AllowWrites] if something in the export changes data. Secrets are empty, but
// for the client secret if it was asked for. A scope that follows from the
// service's URL is empty too: see [Input.Scope].
func (in Input) Settings() []Setting {
	values := in.Values()
	var out []Setting
	for _, v := range in.Variables() {
		if v.Run {
			continue
		}
		s := Setting{Variable: v, Value: values[v.Name]}
		if v.Name == catalogue.VarClientSecret && in.IncludeSecrets {
			s.Value = in.ClientSecret.Reveal()
		}
		if strings.Contains(s.Value, "{{") && !v.Secret {
			s.Value = ""
		}
		out = append(out, s)
	}
	if in.Writes() {
		out = append(out, Setting{catalogue.Variable{Name: AllowWrites, Meaning: "true: also send the requests that change data"}, "false"})
	}
	return out
}

// UIDs lists the variables with the UIDs of the files to store, and with those and
// the id that nothing has, as far as a request of the export uses them.
func (in Input) UIDs() []Setting {
	var used []string
	for _, folder := range in.Folders() {
		for _, r := range folder.Requests {
			used = append(used, r.Variables()...)
		}
	}
	values := in.Values()
	var out []Setting
	for _, v := range in.Variables() {
		if (strings.HasSuffix(v.Name, "_uid") || v.Name == catalogue.VarAbsentID) && slices.Contains(used, v.Name) {
			out = append(out, Setting{v, values[v.Name]})
		}
	}
	return out
}

// Scope is the scope of tokens for a service, which may hold a variable.
func (in Input) Scope(service string) string {
	if service == catalogue.DICOM {
		return in.Values()[catalogue.VarDICOMScope]
	}
	return in.Values()[catalogue.VarFHIRScope]
}

// Writes tells whether something in the export changes data.
func (in Input) Writes() bool {
	return slices.ContainsFunc(in.Folders(), func(f Folder) bool { return f.Group.Writes })
}

// Tokens lists the services for which the export needs a token.
func (in Input) Tokens() []string {
	var out []string
	for _, f := range in.Folders() {
		if slices.ContainsFunc(f.Requests, func(r catalogue.Request) bool { return r.Auth == catalogue.Bearer }) && !slices.Contains(out, f.Group.Service) {
			out = append(out, f.Group.Service)
		}
	}
	return out
}

// CheckSecret refuses to write a secret that a tool would change: all but the
// scripts replace {{name}} within the values of an environment too (run with
// newman 6.2.2, httpYac 6.16.7 and Bruno 4.1.0). Entra makes no such secrets.
func (in Input) CheckSecret() error {
	if in.IncludeSecrets && reference.MatchString(in.ClientSecret.Reveal()) {
		return problem.Usagef("--include-secrets: the client secret holds {{…}}, which this tool replaces within its environment: take another secret, or export curl or k6")
	}
	return nil
}

var reference = lazyregexp.New(`(?s)\{\{.+?\}\}`)

// Ignore is the .gitignore that stands beside a file with a secret.
func Ignore(names ...string) File {
	return File{Name: ".gitignore", Data: []byte(strings.Join(names, "\n") + "\n"), Mode: ModeOpen, Merge: true}
}

// EnvironmentMode is the mode of the file that may hold the secret.
func (in Input) EnvironmentMode() fs.FileMode {
	if in.IncludeSecrets {
		return ModeSecret
	}
	return ModeOpen
}

// SettingsJSON writes the settings as a JSON object in their order, one in a line.
func (in Input) SettingsJSON() []byte {
	var lines []string
	for _, s := range in.Settings() {
		lines = append(lines, "  "+Quote(s.Name)+": "+Quote(s.Value))
	}
	return []byte("{\n" + strings.Join(lines, ",\n") + "\n}\n")
}

// Quote writes a text as a JSON string, which is a JavaScript and a YAML string
// too. No character of HTML is escaped.
func Quote(text string) string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""` // strings always encode
	}
	return strings.TrimSuffix(out.String(), "\n")
}
