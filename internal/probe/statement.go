package probe

import (
	"strings"

	"hdstest/internal/evidence"
)

// statement is a FHIR CapabilityStatement as far as anything here looks at it
// (hl7.org/fhir/R4/capabilitystatement.html). It runs to more than 100 KB: read as
// a whole into maps, it would be the most expensive step of a run over many
// services.
type statement struct {
	Format      []string `json:"format"`
	PatchFormat []string `json:"patchFormat"`
	Software    struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"software"`
	Rest []rest `json:"rest"`
	// Others are all other elements of the statement itself, for the rules of the
	// catalogue.
	Others map[string]any `json:",embed"`
}

type rest struct {
	Mode     string `json:"mode"`
	Security struct {
		Service []struct {
			Coding []coded `json:"coding"`
		} `json:"service"`
		Extension []extension `json:"extension"`
	} `json:"security"`
	Interaction []coded `json:"interaction"`
	Resource    []struct {
		Type        string  `json:"type"`
		Interaction []coded `json:"interaction"`
	} `json:"resource"`
}

type coded struct {
	Code string `json:"code"`
}

type extension struct {
	URL       string      `json:"url"`
	ValueURI  string      `json:"valueUri"`
	ValueCode string      `json:"valueCode"`
	Extension []extension `json:"extension"`
}

// capability sums a statement up. Of several rest parts the server's own counts;
// what is not there is left empty. nil if it is another resource.
func (s *statement) capability() *evidence.Capability {
	if s == nil || text(s.Others, "resourceType") != "CapabilityStatement" {
		return nil
	}
	out := &evidence.Capability{FHIRVersion: text(s.Others, "fhirVersion"), Kind: text(s.Others, "kind"), Formats: limitedAll(s.Format),
		PatchFormats: limitedAll(s.PatchFormat), Software: strings.TrimSpace(limited(s.Software.Name) + " " + limited(s.Software.Version))}
	for _, r := range s.Rest {
		if r.Mode != "client" {
			r.sumUp(out)
			break
		}
	}
	return out
}

func (r rest) sumUp(out *evidence.Capability) {
	for _, service := range r.Security.Service {
		out.Security = append(out.Security, codes(service.Coding)...)
	}
	r.smart(out)
	out.System = codes(r.Interaction)
	out.Interactions = make(map[string][]string, len(r.Resource))
	for _, one := range r.Resource {
		out.Interactions[limited(one.Type)] = codes(one.Interaction)
	}
}

// smart reads the extensions of SMART App Launch.
//
// Source: hl7.org/fhir/smart-app-launch, StructureDefinitions oauth-uris and
// capabilities.
func (r rest) smart(out *evidence.Capability) {
	for _, e := range r.Security.Extension {
		if strings.HasSuffix(e.URL, "/StructureDefinition/capabilities") {
			out.SMART = append(out.SMART, limited(e.ValueCode))
		}
		for _, inner := range e.Extension {
			switch inner.URL {
			case "token":
				out.Token = limited(inner.ValueURI)
			case "authorize":
				out.Authorize = limited(inner.ValueURI)
			}
		}
	}
}

// codes leaves out what has none.
func codes(list []coded) []string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, 0, len(list))
	for _, c := range list {
		if c.Code != "" {
			out = append(out, limited(c.Code))
		}
	}
	return out
}

func limitedAll(list []string) []string {
	for i := range list {
		list[i] = limited(list[i])
	}
	return list
}
