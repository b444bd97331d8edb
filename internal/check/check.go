// Package check holds the words for what was found out: the finding and the
// status of a run. Whoever judges makes findings; whoever reports renders them.
// The package knows neither.
package check

import (
	"bytes"
	"encoding/json"
	"time"
)

// SchemaVersion is the version of the JSON shape of findings and reports. It
// grows when a key changes its meaning or goes away, not when one is added.
const SchemaVersion = 1

// Status is the outcome of one check, or the worst of several.
type Status string

// The outcomes. A skip is neutral: it says that something was not tried, and
// its finding says why and how to have it tried.
const (
	Pass Status = "pass"
	Warn Status = "warn"
	Fail Status = "fail"
	Skip Status = "skip"
)

// Finding is one thing that was checked.
type Finding struct {
	ID       string        `json:"id"`       // stable, dotted: claims.aud, probe.fhir.metadata
	Group    string        `json:"group"`    // what it belongs to: register, token, claims, fhir, dicom, export
	Title    string        `json:"title"`    // in words
	Status   Status        `json:"status"`   //
	Expected string        `json:"expected"` // what would have passed
	Seen     string        `json:"seen"`     // what was there; never a secret
	Hint     string        `json:"hint"`     // what to do next; empty on a pass
	Cause    string        `json:"cause"`    // id in the table of causes; empty on a pass or if not known
	Source   string        `json:"source"`   // clause or article that says so
	Duration time.Duration `json:"-"`        // how long the check took; duration_ms in JSON
}

// MarshalJSON writes the finding with its duration in whole and fractional
// milliseconds. Whether < > & are escaped is left to the encoder that asks.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		plain
		Millis float64 `json:"duration_ms"`
	}{plain(f), float64(f.Duration.Microseconds()) / 1000})
	return out.Bytes(), err
}

// Overall is the status of a run: fail before warn before pass. Skips do not
// count; a run of skips alone has checked nothing and is a warn.
func Overall(findings []Finding) Status {
	overall := Skip
	for _, f := range findings {
		switch {
		case f.Status == Fail:
			return Fail
		case f.Status == Warn:
			overall = Warn
		case f.Status == Pass && overall == Skip:
			overall = Pass
		}
	}
	if overall == Skip {
		return Warn
	}
	return overall
}

// Count tells how many findings have each status.
func Count(findings []Finding) map[Status]int {
	n := map[Status]int{}
	for _, f := range findings {
		n[f.Status]++
	}
	return n
}
