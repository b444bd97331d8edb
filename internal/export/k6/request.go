package k6

import (
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/export/javascript"
)

// files opens the files to store. k6 allows that in the outermost part of a
// script only.
func files(in export.Input) string {
	var out []string
	for _, folder := range in.Folders() {
		for _, r := range folder.Requests {
			if r.Body.Generator != "" {
				out = append(out, fmt.Sprintf("  %s: open(%s, 'b'),\n", javascript.Quote(r.ID), javascript.Quote("./"+in.BodyName(r.Body.Generator))))
			}
		}
	}
	if out == nil {
		return ""
	}
	return "const files = {\n" + strings.Join(out, "") + "};\n"
}

func groupOf(folder export.Folder, chain export.Chain) string {
	var out strings.Builder
	indent := "  "
	if folder.Group.Writes {
		out.WriteString("  if (setting('" + export.AllowWrites + "') === 'true') {\n")
		indent = "    "
	}
	out.WriteString(indent + "group(" + javascript.Quote(folder.Group.Title) + ", () => {\n")
	for _, r := range folder.Requests {
		for line := range strings.Lines(request(r, chain)) {
			out.WriteString(indent + "  " + line)
		}
	}
	out.WriteString(indent + "});\n")
	if folder.Group.Writes {
		out.WriteString("  }\n")
	}
	return out.String()
}

// request writes one call of the prelude's send.
func request(r catalogue.Request, chain export.Chain) string {
	var out strings.Builder
	fmt.Fprintf(&out, "// %s\nsend(run, {\n  id: %s, service: %s, method: %s, base: %s,\n", r.Title, javascript.Quote(r.ID),
		javascript.Quote(r.Service), javascript.Quote(r.Method), javascript.Quote(r.BaseVariable()))
	fmt.Fprintf(&out, "  address: (value) => %s,\n", javascript.Address(r))
	if r.Auth == catalogue.Bearer {
		fmt.Fprintf(&out, "  token: %s,\n", javascript.Quote(catalogue.TokenVariable(r.Service)))
	}
	fmt.Fprintf(&out, "  headers: { %s },\n", headers(r))
	switch {
	case r.Body.Generator != "":
		fmt.Fprintf(&out, "  file: files[%s],\n", javascript.Quote(r.ID))
	case r.Body.Template != "":
		fmt.Fprintf(&out, "  body: (value) => %s,\n", javascript.Template(r.Body.Template))
	}
	if binary(r) {
		out.WriteString("  binary: true,\n")
	}
	if r.After != nil {
		fmt.Fprintf(&out, "  after: [%s],\n", quoted(r.After))
	}
	if captures := export.Captures(r); captures != nil {
		fmt.Fprintf(&out, "  captures: { %s },\n", captured(captures))
	}
	if undone := chain.Unmarks(r.ID); undone != nil {
		fmt.Fprintf(&out, "  undoes: [%s],\n", quoted(undone))
	}
	fmt.Fprintf(&out, "  statuses: %s,\n", javascript.Numbers(r.Expect.Status))
	if checks := javascript.Checks(r); checks != nil {
		out.WriteString("  checks: (status, text, body, at, header, value) => ({\n")
		for _, c := range checks {
			fmt.Fprintf(&out, "    %s: %s,\n", javascript.Quote(c.Name), c.Test)
		}
		out.WriteString("  }),\n")
	}
	out.WriteString("});\n")
	return out.String()
}

func headers(r catalogue.Request) string {
	var out []string
	for _, h := range r.Headers {
		out = append(out, javascript.Quote(h.Name)+": "+javascript.Quote(h.Value))
	}
	if r.Body.ContentType != "" {
		out = append(out, javascript.Quote("Content-Type")+": "+javascript.Quote(r.Body.ContentType))
	}
	return strings.Join(out, ", ")
}

// binary tells whether the answer holds a DICOM instance: k6 would spoil it as
// text.
func binary(r catalogue.Request) bool {
	for _, h := range r.Expect.Headers {
		if strings.EqualFold(h.Name, "Content-Type") {
			return true
		}
	}
	return false
}

func captured(captures []catalogue.Capture) string {
	var out []string
	for _, c := range captures {
		at := strings.TrimSuffix(strings.TrimPrefix(javascript.At(c.JSON), "at("), ")")
		out = append(out, c.Variable+": "+at)
	}
	return strings.Join(out, ", ")
}

func quoted(list []string) string {
	var out []string
	for _, text := range list {
		out = append(out, javascript.Quote(text))
	}
	return strings.Join(out, ", ")
}
