package probe

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/evidence"
)

// learn takes from an answer what is judged as a whole: how the service describes
// itself, and the form of its change feed.
func (r *runner) learn(o *Outcome, c content) {
	doc := c.doc
	switch id := o.Request.ID; {
	case c.statement != nil:
		o.Evidence.Capability = c.statement.capability()
		r.learnStatement(c.statement, o.Evidence.Capability)
	case doc == nil:
	case id == "fhir.smart-configuration":
		o.Evidence.SMART = smart(doc)
	case strings.Contains(id, "changefeed"):
		o.Evidence.ChangeFeed = r.changeFeed(doc)
	}
}

func text(doc any, path catalogue.Path) string {
	if v, ok := path.Lookup(doc); ok {
		if s, ok := v.(string); ok {
			return limited(s)
		}
	}
	return ""
}

// texts are the strings of a list, or of one member of the objects in it.
func texts(doc any, path, member catalogue.Path) []string {
	list, _ := path.Lookup(doc)
	var out []string
	for _, v := range asList(list) {
		if member != "" {
			v, _ = member.Lookup(v)
		}
		if s, ok := v.(string); ok {
			out = append(out, limited(s))
		}
	}
	return out
}

func smart(doc any) *evidence.SMART {
	return &evidence.SMART{Authorize: text(doc, "authorization_endpoint"), Token: text(doc, "token_endpoint"), Issuer: text(doc, "issuer"),
		Capabilities: texts(doc, "capabilities", ""), PKCE: texts(doc, "code_challenge_methods_supported", "")}
}

// changeFeed looks at the entries without regard to the case of names and values:
// the article prints PascalCase, the service writes camelCase.
//
// Source: github.com/microsoft/dicom-server docs/concepts/change-feed.md and its
// OpenAPI file, which differ in that.
func (r *runner) changeFeed(doc any) *evidence.ChangeFeed {
	entries := asList(doc)
	if one, ok := doc.(map[string]any); ok {
		entries = []any{one}
	}
	out := &evidence.ChangeFeed{Entries: len(entries)}
	for _, entry := range entries {
		object, _ := entry.(map[string]any)
		folded := map[string]string{}
		for name, value := range object {
			folded[strings.ToLower(name)] = catalogue.Text(value)
			if first := name[:min(len(name), 1)]; first != "" && first == strings.ToUpper(first) {
				out.Form = "PascalCase"
			}
		}
		for _, name := range []string{"sequence", "studyInstanceUid", "seriesInstanceUid", "sopInstanceUid", "action", "timestamp", "state"} {
			if folded[strings.ToLower(name)] == "" && !slices.Contains(out.Missing, name) {
				out.Missing = append(out.Missing, name)
			}
		}
		r.feedEntry(out, folded)
	}
	if out.Form == "" && len(entries) > 0 {
		out.Form = "camelCase"
	}
	return out
}

func (r *runner) feedEntry(out *evidence.ChangeFeed, entry map[string]string) {
	note := func(value string, known ...string) {
		if value != "" && !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, value) }) && len(out.Odd) < 5 {
			out.Odd = append(out.Odd, limited(value))
		}
	}
	note(entry["action"], "create", "delete", "update")
	note(entry["state"], "current", "replaced", "deleted")
	if action := limited(entry["action"]); action != "" && !slices.Contains(out.Actions, action) && len(out.Actions) < 5 {
		out.Actions = append(out.Actions, action)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if entry["sopinstanceuid"] == r.vars[catalogue.VarInstanceUID] {
		out.OfRun = strings.ToLower(limited(entry["action"]))
	}
}
