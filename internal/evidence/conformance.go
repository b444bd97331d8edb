package evidence

// Capability is what a FHIR CapabilityStatement says, as far as it matters to a
// client (hl7.org/fhir/R4/capabilitystatement.html).
type Capability struct {
	FHIRVersion  string   `json:"fhir_version,omitempty"`
	Kind         string   `json:"kind,omitempty"`
	Software     string   `json:"software,omitempty"`
	Formats      []string `json:"formats,omitempty"`
	PatchFormats []string `json:"patch_formats,omitempty"`
	Security     []string `json:"security,omitempty"` // codes of the security services: OAuth
	// Authorize and Token are the addresses of the oauth-uris extension, SMART the
	// codes of the capabilities extension.
	Authorize string   `json:"authorize,omitempty"`
	Token     string   `json:"token,omitempty"`
	SMART     []string `json:"smart_capabilities,omitempty"`
	// Interactions has the codes of each type; a server may list no interactions.
	Interactions map[string][]string `json:"interactions,omitempty"`
	System       []string            `json:"system_interactions,omitempty"`
	Extra        map[string]any      `json:"-"`
}

// SMART is the SMART configuration (hl7.org/fhir/smart-app-launch/conformance.html).
type SMART struct {
	Authorize    string         `json:"authorization_endpoint,omitempty"`
	Token        string         `json:"token_endpoint,omitempty"`
	Issuer       string         `json:"smart_issuer,omitempty"`
	Capabilities []string       `json:"smart_capabilities,omitempty"`
	PKCE         []string       `json:"pkce_methods,omitempty"`
	Extra        map[string]any `json:"-"`
}

// ChangeFeed is what the entries of a DICOM change feed have in common, none of
// their UIDs among it.
type ChangeFeed struct {
	Entries int            `json:"entries"`
	Form    string         `json:"form,omitempty"`    // of the names: camelCase or PascalCase
	Missing []string       `json:"missing,omitempty"` // names that an entry lacks
	Odd     []string       `json:"odd,omitempty"`     // actions or states that no article names
	Actions []string       `json:"actions,omitempty"` // as written
	OfRun   string         `json:"of_run,omitempty"`  // action of the entry about what this run stored
	Extra   map[string]any `json:"-"`
}

// MarshalJSON writes the known keys, then Extra.
func (s Capability) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Capability) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s SMART) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *SMART) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s ChangeFeed) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *ChangeFeed) UnmarshalJSON(data []byte) error { return readObject(data, s) }
