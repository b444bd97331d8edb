package curl

import (
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/shell"
)

func shellGroup(in export.Input, folder export.Folder, chain export.Chain) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\nprintf '# %%s\\n' %s\n", shell.Quote(folder.Group.Title))
	if folder.Group.Writes {
		out.WriteString("if [ \"$" + export.AllowWrites + "\" = true ]; then\n")
	}
	for _, r := range folder.Requests {
		out.WriteString("\n" + shellRequest(in, r, chain))
	}
	if folder.Group.Writes {
		fmt.Fprintf(&out, "\nelse\n  printf '# not sent, since %s is not true\\n'\nfi\n", export.AllowWrites)
	}
	return out.String()
}

// shellRequest writes a request with its checks. A here-document cannot be
// indented, so nothing is.
func shellRequest(in export.Input, r catalogue.Request, chain export.Chain) string {
	var out strings.Builder
	out.WriteString("# " + r.Title + "\n")
	for _, c := range export.Captures(r) {
		fmt.Fprintf(&out, "%s=''\n", c.Variable)
	}
	if chain.BeginsRun(r.ID) {
		fmt.Fprintf(&out, "%s=$(od -An -N16 -v -tx1 /dev/urandom | tr -d ' \\n')\n", catalogue.VarRun)
	}
	for _, id := range r.After {
		fmt.Fprintf(&out, "if after %s %s; then\n", shell.Quote(r.ID), shell.Quote(id))
	}
	if r.Body.Template != "" {
		delimiter := "END_OF_BODY"
		text := strings.Trim(double(r.Body.Template), `"`)
		fmt.Fprintf(&out, "cat >\"$work/send\" <<%s\n%s\n%s\n", delimiter, strings.ReplaceAll(text, `\"`, `"`), delimiter)
	}
	service := "none"
	if r.Auth == catalogue.Bearer {
		service = r.Service
	}
	fmt.Fprintf(&out, "request %s %s %s %s%s\n", shell.Quote(r.ID), service, r.Method, word(export.Address(r)), shellArguments(in, r))
	out.WriteString(shellExpect(r, chain))
	out.WriteString(strings.Repeat("fi\n", len(r.After)))
	return out.String()
}

func shellArguments(in export.Input, r catalogue.Request) string {
	var out strings.Builder
	add := func(parts ...string) { out.WriteString(" \\\n  " + strings.Join(parts, " ")) }
	for _, h := range r.Headers {
		add("--header", word(h.Name+": "+h.Value))
	}
	if r.Body.ContentType != "" {
		add("--header", word("Content-Type: "+r.Body.ContentType))
	}
	switch {
	case r.Body.Generator != "":
		add("--data-binary", `"@$here/`+in.BodyName(r.Body.Generator)+`"`)
	case r.Body.Template != "":
		add("--data-binary", `"@$work/send"`)
	}
	return out.String()
}

func shellExpect(r catalogue.Request, chain export.Chain) string {
	var out strings.Builder
	out.WriteString("if expect_status" + numbers(r.Expect.Status) + "; then\n")
	for _, h := range r.Expect.Headers {
		fmt.Fprintf(&out, "  expect_header %s %s\n", shell.Quote(h.Name), shell.Quote(h.Contains))
	}
	if r.Expect.Empty {
		out.WriteString("  expect_empty\n")
	}
	for _, rule := range r.Expect.JSON {
		out.WriteString("  " + shellRule(rule) + "\n")
	}
	for _, c := range export.Captures(r) {
		fmt.Fprintf(&out, "  captured %s; %s=$found\n", shell.Quote(string(c.JSON)), c.Variable)
	}
	if chain.LeavesMark(r.ID) {
		fmt.Fprintf(&out, "  succeeded %s\n", shell.Quote(r.ID))
	}
	for _, id := range chain.Unmarks(r.ID) {
		fmt.Fprintf(&out, "  undone %s\n", shell.Quote(id))
	}
	if len(r.Expect.Headers)+len(r.Expect.JSON) == 0 && !r.Expect.Empty && !chain.LeavesMark(r.ID) && chain.Unmarks(r.ID) == nil {
		return strings.TrimPrefix(strings.TrimSuffix(out.String(), "; then\n"), "if ") + "\n"
	}
	return out.String() + "fi\n"
}

func shellRule(rule catalogue.JSONRule) string {
	path := shell.Quote(string(rule.Path))
	var out string
	switch rule.Op {
	case catalogue.Exists:
		out = "expect_there " + path
	case catalogue.Absent:
		out = "expect_absent " + path
	case catalogue.IsList:
		out = "expect_list " + path
	case catalogue.OneOf:
		out = "expect_equal " + path
		for choice := range strings.SplitSeq(rule.Value, "|") {
			out += " " + word(choice)
		}
	default:
		out = "expect_equal " + path + " " + word(rule.Value)
	}
	if rule.OnStatus != 0 {
		return fmt.Sprintf("[ \"$status\" != %d ] || %s", rule.OnStatus, out)
	}
	return out
}

func numbers(list []int) string {
	var out strings.Builder
	for _, n := range list {
		fmt.Fprintf(&out, " %d", n)
	}
	return out.String()
}
