package report

import (
	"strings"
	"unicode/utf8"

	"hdstest/internal/check"
)

// asideMin is how much room the roles need to say something.
const asideMin = 30

// matrixGroup is the group of findings below which a matrix stands.
func matrixGroup(m check.Matrix) string { return m.Service + "-permission" }

// matrix writes what identities may do on a service: a row for each action with
// a sign for each identity, then the roles that give it, or why nothing is told.
func (t *table) matrix(m check.Matrix) {
	action, title := 0, 0
	for _, a := range m.Actions {
		action = max(action, utf8.RuneCountInString(shortAction(a.Action)))
		title = max(title, utf8.RuneCountInString(Escape(a.Title)))
	}
	widths := make([]int, len(m.Identities))
	used := 4 + action + 2 + title
	for i, who := range m.Identities {
		widths[i] = utf8.RuneCountInString(Escape(who.Name))
		used += 2 + max(widths[i], 2)
	}
	name := func(action, words string) string { return "    " + action + "  " + words }
	if t.look.Width > 0 && t.look.Width-used < asideMin { // the action says it too
		used -= 2 + title
		name = func(action, _ string) string { return "    " + action }
	}
	head := name(pad("", action), pad("", title))
	for _, who := range m.Identities {
		head += "  " + t.look.paint(bold, Escape(who.Name))
	}
	t.line(head + "  " + t.look.paint(dim, "given by"))
	for _, a := range m.Actions {
		text := name(pad(shortAction(a.Action), action), pad(Escape(a.Title), title))
		for i, c := range a.Cells {
			text += "  " + t.verdict(c) + strings.Repeat(" ", max(widths[i]-2, 0))
		}
		t.line(text + "  " + t.look.paint(dim, t.fit(Escape(aside(m.Service, a)), used+2)))
	}
}

// verdict is a sign, with a mark where the role assignments say otherwise.
func (t *table) verdict(c check.Cell) string {
	sign, p := "?", dim
	switch c.Verdict {
	case check.Allowed:
		sign, p = "✓", green
	case check.Denied:
		sign, p = "✗", paint("")
	}
	if c.Differs() {
		return t.look.paint(red, sign+"!")
	}
	return t.look.paint(p, sign) + " "
}

// shortAction is what of an action's name tells it from the service's others.
func shortAction(full string) string {
	if _, tail, ok := strings.Cut(full, "/resources/"); ok {
		return Escape(tail)
	}
	return Escape(full)
}

// aside gives the roles in short, or why no identity was told.
func aside(service string, a check.Action) string {
	var why string
	for _, c := range a.Cells {
		if c.Verdict != check.NotTold {
			why = ""
			break
		}
		why = c.Why
	}
	if why != "" {
		return "not told: " + why
	}
	var short []string
	for _, r := range a.Roles {
		short = append(short, strings.TrimPrefix(strings.TrimPrefix(r, strings.ToUpper(service)+" "), "Data "))
	}
	return strings.Join(short, ", ")
}

// markdownMatrix writes the same as a table of Markdown.
func markdownMatrix(m check.Matrix) string {
	var out strings.Builder
	out.WriteString("\n| Action | |")
	for _, who := range m.Identities {
		out.WriteString(" " + inMarkdown(who.Name) + " |")
	}
	out.WriteString(" Given by |\n|---|---|" + strings.Repeat(":-:|", len(m.Identities)) + "---|\n")
	for _, a := range m.Actions {
		out.WriteString("| " + inMarkdown(shortAction(a.Action)) + " | " + inMarkdown(a.Title) + " |")
		for _, c := range a.Cells {
			sign := map[check.Verdict]string{check.Allowed: "✅", check.Denied: "❌"}[c.Verdict]
			if sign == "" {
				sign = "❔"
			}
			if c.Differs() {
				sign += " ⚠️"
			}
			out.WriteString(" " + sign + " |")
		}
		out.WriteString(" " + inMarkdown(aside(m.Service, a)) + " |\n")
	}
	return out.String()
}
