package cli

import (
	"slices"
	"strings"
	"unicode"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/export/bruno"
	"hdstest/internal/export/curl"
	"hdstest/internal/export/httpfile"
	"hdstest/internal/export/k6"
	"hdstest/internal/export/postman"
	"hdstest/internal/problem"
)

// format is a tool, or a family of them, for which an export can be written.
type format struct {
	name, usage, about string
	examples           []example
	dialects           []string // values of --dialect, the first is the default; nil: there is only one
	render             func(in export.Input, dialect string) ([]export.File, error)
}

// one is for formats without dialects.
func one(render func(export.Input) ([]export.File, error)) func(export.Input, string) ([]export.File, error) {
	return func(in export.Input, _ string) ([]export.File, error) { return render(in) }
}

const writesOff = " Requests that change data stay off until allow_writes is set to true."

// formats lists what can be exported, in the order of the help.
func formats() []format {
	return []format{
		{name: "postman", usage: "write a Postman collection (v2.1) and its environment",
			about: "The collection gets its tokens by itself and checks every answer, so it runs in the Postman app and in newman." + writesOff,
			examples: []example{
				{"for the profile work", "hdstest export postman --profile work --out postman"},
				{"run it", "newman run postman/*.postman_collection.json -e postman/*.postman_environment.json --env-var clientsecret=…"},
				{"with placeholders only, to share", "hdstest export postman --placeholders --out postman"},
			},
			render: one(postman.Render)},
		{name: "http", usage: "write request files (.http) for httpYac, JetBrains, REST Client or Visual Studio",
			about: "httpYac and JetBrains check every answer; REST Client and Visual Studio cannot, and show what is expected. " +
				"Requests that change data stand in a file of their own.",
			examples: []example{
				{"for httpYac", "hdstest export http --profile work --out http"},
				{"for REST Client in Visual Studio Code", "hdstest export http --dialect rest-client --profile work --out http"},
			},
			dialects: httpfile.Dialects(), render: httpfile.Render},
		{name: "curl", usage: "write a script that sends with curl",
			about: "A POSIX shell script needs curl, awk and sed; it writes TAP and ends with 1 if a check failed." + writesOff,
			examples: []example{
				{"for the profile work", "hdstest export curl --profile work --out curl"},
				{"for PowerShell", "hdstest export curl --dialect powershell --profile work --out curl"},
			},
			dialects: curl.Dialects(), render: curl.Render},
		{name: "bruno", usage: "write a collection for Bruno",
			about: "A folder of .bru files, or of OpenCollection YAML. It gets its tokens by itself and checks every answer." + writesOff,
			examples: []example{
				{"for the profile work", "hdstest export bruno --profile work --out bruno"},
				{"as OpenCollection YAML", "hdstest export bruno --dialect opencollection --profile work --out bruno"},
			},
			dialects: bruno.Dialects(), render: bruno.Render},
		{name: "k6", usage: "write a load script for k6",
			about: "Once as it is, for load with k6's own flags. Each virtual user gets and renews its own token." + writesOff,
			examples: []example{
				{"for the profile work", "hdstest export k6 --profile work --out k6"},
			},
			render: one(k6.Render)},
	}
}

// allServices is the value of --service for every service.
const allServices = "all"

func groupNames() []string {
	var names []string
	for _, g := range catalogue.Groups() {
		if g.ID != catalogue.GroupToken { // always there
			names = append(names, g.ID)
		}
	}
	return names
}

func (o *exportOptions) check(f format) error {
	if o.out == "" {
		return problem.Usagef("missing --out: name the folder to write to, such as --out %s", f.name)
	}
	if services := []string{catalogue.FHIR, catalogue.DICOM, allServices}; !slices.Contains(services, o.service) {
		return problem.Usagef("--service: expected %s, not %s", list(services), show(o.service))
	}
	if f.dialects != nil && !slices.Contains(f.dialects, o.dialect) {
		return problem.Usagef("--dialect: expected %s, not %s", list(f.dialects), show(o.dialect))
	}
	// It becomes a part of files' names, of which 255 bytes are the most anywhere.
	if len(o.name) > 100 || strings.ContainsFunc(o.name, unicode.IsControl) {
		return problem.Usagef("--name: expected at most 100 printable characters, not %s", show(o.name))
	}
	for _, g := range o.groups {
		if !slices.Contains(groupNames(), g) {
			return problem.Usagef("--group: expected %s, not %s", list(groupNames()), show(g))
		}
	}
	if o.requests() != nil && len(o.requests()) == 0 {
		return problem.Usagef("--group and --service together leave no request")
	}
	if o.placeholders && o.secrets {
		return problem.Usagef("--placeholders and --include-secrets exclude each other")
	}
	return nil
}

func (o *exportOptions) services() []string {
	if o.service == allServices {
		return nil
	}
	return []string{o.service}
}

// requests are those that are asked for; nil: all. What builds on a request that
// is left out is left out too.
func (o *exportOptions) requests() []catalogue.Request {
	if len(o.groups) == 0 && !o.anyServer {
		return nil
	}
	left := map[string]bool{}
	return slices.DeleteFunc(catalogue.All(), func(r catalogue.Request) bool {
		left[r.ID] = len(o.groups) == 0 && r.OnDemand() || len(o.groups) > 0 && !slices.Contains(o.groups, r.Group) ||
			o.service != allServices && r.Service != o.service || o.anyServer && r.HealthDataServicesOnly ||
			slices.ContainsFunc(r.After, func(id string) bool { return left[id] })
		return left[r.ID]
	})
}
