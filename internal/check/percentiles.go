package check

// Percentiles are the times of one request that was sent many times, in
// milliseconds: of the answers, from the first byte sent to the last received, with
// any connection that had to be made and without waits that the server asked for.
// They are within one per cent of what was measured.
type Percentiles struct {
	ID       string         `json:"id"` // of the finding that it belongs to
	Group    string         `json:"group"`
	Title    string         `json:"title"`
	Count    int            `json:"count"`    // of the answers
	Failures map[string]int `json:"failures"` // how often it failed, by the status of the answer; "none": there was no answer
	P50      float64        `json:"p50_ms"`
	P90      float64        `json:"p90_ms"`
	P95      float64        `json:"p95_ms"`
	P99      float64        `json:"p99_ms"`
	Max      float64        `json:"max_ms"`
}

// Failed tells how often the request failed.
func (p Percentiles) Failed() int {
	n := 0
	for _, one := range p.Failures {
		n += one
	}
	return n
}
