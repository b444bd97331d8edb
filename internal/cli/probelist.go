package cli

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
)

// listed is a request as --list shows it.
type listed struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Group    string   `json:"group"`
	Service  string   `json:"service"`
	Method   string   `json:"method"`
	Path     string   `json:"path"`
	Token    bool     `json:"token"`
	Needs    []string `json:"needs"` // data actions, full names
	Effect   string   `json:"effect"`
	OnDemand bool     `json:"on_demand"` // sent only when it is named
	AHDSOnly bool     `json:"ahds_only"` // sent to Azure Health Data Services alone
	After    []string `json:"after"`     // those that must have succeeded before
	Values   []string `json:"values"`    // for which --set is needed
	Source   string   `json:"source"`
}

// listRequests prints the requests with their ids; nothing is contacted.
func (p *program) listRequests(what string, chosen pipeline.Selection) error {
	var all []listed
	for _, service := range []string{entra.FHIR, entra.DICOM} {
		if what != service && what != "" && what != allServices {
			continue
		}
		for _, r := range chosen.Requests(service) {
			all = append(all, listing(r))
		}
	}
	if all == nil {
		return problem.Usagef("--only and --skip leave no request")
	}
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "probe"), named("requests", all))
	}
	return p.lines(requestTable(all)...)
}

func listing(r catalogue.Request) listed {
	l := listed{ID: r.ID, Title: r.Title, Group: r.Group, Service: r.Service, Method: r.Method, Path: r.Template(), Token: r.Auth == catalogue.Bearer,
		Needs: []string{}, Effect: string(r.Effect), OnDemand: r.OnDemand(), AHDSOnly: r.HealthDataServicesOnly,
		After: append([]string{}, r.After...), Values: []string{}, Source: r.Source}
	for _, action := range r.Needs {
		l.Needs = append(l.Needs, entra.DataAction(r.Service, action))
	}
	for _, v := range catalogue.Settable() {
		if slices.Contains(r.Variables(), v.Name) {
			l.Values = append(l.Values, v.Name)
		}
	}
	return l
}

// requestTable writes a group's requests below its name.
func requestTable(all []listed) []string {
	var lines []string
	id, title := 0, 0
	for _, l := range all {
		id, title = max(id, len(l.ID)), max(title, len(l.Title))
	}
	group := ""
	for _, l := range all {
		if l.Group != group {
			group = l.Group
			lines = append(lines, "", group+groupNote(l))
		}
		lines = append(lines, "  "+l.ID+strings.Repeat(" ", id-len(l.ID))+"  "+l.Title+strings.Repeat(" ", title-len(l.Title))+"  "+l.Method+" "+l.Path)
	}
	return lines[1:]
}

func groupNote(l listed) string {
	for _, g := range catalogue.Groups() {
		if g.ID == l.Group && g.OnDemand {
			return "  (sent only when it is named by --only)"
		}
		if g.ID == l.Group && g.Writes {
			return "  (with --write)"
		}
	}
	if strings.HasSuffix(l.Group, "-permission") {
		return "  (without an effect; to Azure Health Data Services alone)"
	}
	return ""
}

// requestValues reads --set NAME=VALUE.
func requestValues(given []string) (catalogue.Vars, error) {
	out := catalogue.Vars{}
	var names []string
	for _, v := range catalogue.Settable() {
		names = append(names, v.Name)
	}
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case !ok || value == "":
			return nil, problem.Usagef("--set: expected NAME=VALUE, not %s", show(text))
		case !slices.Contains(names, name):
			return nil, problem.Usagef("--set: expected a value for %s, not for %s", list(names), show(name))
		}
		out[name] = value
	}
	return out, nil
}
