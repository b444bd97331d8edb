package probe

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/evidence"
)

// learn takes from an answer what is judged as a whole: how the service describes
// itself, and the form of its change feed.
func (r *runner) learn(o *Outcome, doc any) {
	switch id := o.Request.ID; {
	case doc == nil:
	case id == "fhir.metadata":
		o.Evidence.Capability = capability(doc)
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

// capability reads a CapabilityStatement. Of several rest parts the server's own
// counts; what is not there is left empty.
func capability(doc any) *evidence.Capability {
	if text(doc, "resourceType") != "CapabilityStatement" {
		return nil
	}
	out := &evidence.Capability{FHIRVersion: text(doc, "fhirVersion"), Kind: text(doc, "kind"), Formats: texts(doc, "format", ""),
		PatchFormats: texts(doc, "patchFormat", ""), Software: strings.TrimSpace(text(doc, "software.name") + " " + text(doc, "software.version"))}
	list, _ := catalogue.Path("rest").Lookup(doc)
	for _, rest := range asList(list) {
		if text(rest, "mode") == "client" {
			continue
		}
		services, _ := catalogue.Path("security.service").Lookup(rest)
		for _, s := range asList(services) {
			out.Security = append(out.Security, texts(s, "coding", "code")...)
		}
		security(rest, out)
		out.System = append(out.System, texts(rest, "interaction", "code")...)
		out.Interactions = map[string][]string{}
		resources, _ := catalogue.Path("resource").Lookup(rest)
		for _, one := range asList(resources) {
			out.Interactions[text(one, "type")] = texts(one, "interaction", "code")
		}
		break
	}
	return out
}

// security reads the extensions of SMART App Launch.
//
// Source: hl7.org/fhir/smart-app-launch, StructureDefinitions oauth-uris and
// capabilities.
func security(rest any, out *evidence.Capability) {
	list, _ := catalogue.Path("security.extension").Lookup(rest)
	for _, e := range asList(list) {
		if strings.HasSuffix(text(e, "url"), "/StructureDefinition/capabilities") {
			out.SMART = append(out.SMART, text(e, "valueCode"))
		}
		inner, _ := catalogue.Path("extension").Lookup(e)
		for _, i := range asList(inner) {
			switch text(i, "url") {
			case "token":
				out.Token = text(i, "valueUri")
			case "authorize":
				out.Authorize = text(i, "valueUri")
			}
		}
	}
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
