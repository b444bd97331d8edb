package probe

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

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
			Coding codes `json:"coding"`
		} `json:"service"`
		Extension []extension `json:"extension"`
	} `json:"security"`
	Interaction codes `json:"interaction"`
	Resource    []struct {
		Type        string `json:"type"`
		Interaction codes  `json:"interaction"`
	} `json:"resource"`
}

// codes are those of a list of codings or interactions; what has none is left out.
type codes []string

// UnmarshalJSONFrom reads the codes alone: a statement has a thousand of them.
func (c *codes) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '[' {
		return d.SkipValue()
	}
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() != ']' {
		if d.PeekKind() != '{' {
			err = d.SkipValue()
		} else {
			err = c.readOne(d)
		}
	}
	if err == nil {
		_, err = d.ReadToken()
	}
	return err
}

// readOne reads an object with a code.
func (c *codes) readOne(d *jsontext.Decoder) error {
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() != '}' {
		var name jsontext.Value
		if name, err = d.ReadValue(); err != nil {
			break
		}
		if string(name) != `"code"` || d.PeekKind() != '"' {
			err = d.SkipValue()
			continue
		}
		var code jsontext.Token
		if code, err = d.ReadToken(); err == nil && code.String() != "" {
			*c = append(*c, limited(code.String()))
		}
	}
	if err == nil {
		_, err = d.ReadToken()
	}
	return err
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
		out.Security = append(out.Security, service.Coding...)
	}
	r.smart(out)
	out.System = r.Interaction
	out.Interactions = make(map[string][]string, len(r.Resource))
	for _, one := range r.Resource {
		out.Interactions[limited(one.Type)] = one.Interaction
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

func limitedAll(list []string) []string {
	for i := range list {
		list[i] = limited(list[i])
	}
	return list
}
