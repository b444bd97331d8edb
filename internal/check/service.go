package check

import "time"

// Service is the answer of one service of one profile, in a run over many: a
// line of the table and an object of the JSON.
type Service struct {
	Profile  string        `json:"profile"`
	Service  string        `json:"service"` // fhir or dicom
	URL      string        `json:"url"`
	Status   Status        `json:"status"`
	Answer   string        `json:"answer"` // title of the first rung of the ladder that is broken, else of the first check that did not pass; AllGreen
	Seen     string        `json:"seen"`   // what was there instead; empty on a pass
	Hint     string        `json:"hint"`   //
	Cause    string        `json:"cause"`  // id in the table of causes; empty on a pass or if not known
	Passed   int           `json:"passed"` // how many checks
	Warnings int           `json:"warnings"`
	Failed   int           `json:"failed"`
	Skipped  int           `json:"skipped"`
	Millis   float64       `json:"duration_ms"`
	Expected string        `json:"-"`
	Source   string        `json:"-"`
	Took     time.Duration `json:"-"`
}

// AllGreen is the answer of a service of which nothing is to be said.
const AllGreen = "all green"
