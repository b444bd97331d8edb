package check

import "time"

// Service is the answer of one service of one profile, in a run over many: a
// line of the table and an object of the JSON.
type Service struct {
	ID       string  `json:"id"` // of the finding that says the same
	Profile  string  `json:"profile"`
	Service  string  `json:"service"` // fhir or dicom
	URL      string  `json:"url"`
	Status   Status  `json:"status"`
	Answer   string  `json:"answer"` // title of the first rung of the ladder that is broken, else of the first check that did not pass; or AllGreen, NotChecked, LeftBehind
	Seen     string  `json:"seen"`   // what was there instead; empty on a pass
	Hint     string  `json:"hint"`   //
	Cause    string  `json:"cause"`  // id in the table of causes; empty on a pass or if not known
	Passed   int     `json:"passed"` // how many checks
	Warnings int     `json:"warnings"`
	Failed   int     `json:"failed"`
	Skipped  int     `json:"skipped"`
	Millis   float64 `json:"duration_ms"`
	// Where the time went, in milliseconds: all that a token took, and of the
	// connections that were made the longest of each part; 0: none was made.
	Token   float64 `json:"token_ms"`
	DNS     float64 `json:"dns_ms"`
	Connect float64 `json:"connect_ms"`
	TLS     float64 `json:"tls_ms"`
	// Percentiles are of all answers of the service; nil: there was none.
	Percentiles *Percentiles `json:"percentiles,omitempty"`
	// Fits and Assigned are as of [Identity], but that Fits is nil only where nothing
	// was told, and has no entry where no set of roles fits. Unread is why the role
	// assignments, which were asked for, are not known.
	Fits     [][]string `json:"fits,omitzero"`
	Assigned []string   `json:"assigned,omitzero"`
	Unread   string     `json:"assigned_unread,omitempty"`
	// Leftovers are what a run that wrote could not remove.
	Leftovers []Leftover    `json:"leftovers,omitempty"`
	Expected  string        `json:"-"`
	Source    string        `json:"-"`
	Took      time.Duration `json:"-"`
}

// Leftover is something that a run made on a service and could not remove.
type Leftover struct {
	Seen string `json:"seen"` // what was made, and why it is still there
	Hint string `json:"hint"` // with the command that removes it
}

// Answers of a service that are no title of a check.
const (
	AllGreen   = "all green"
	NotChecked = "nothing was checked"
	LeftBehind = "not everything was removed" // and nothing else is wrong: see Leftovers
)
