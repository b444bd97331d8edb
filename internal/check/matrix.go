package check

import "strings"

// Verdict is what was found out about one data action.
type Verdict string

// The verdicts. NotTold means that no harmless request tells it, or that its
// answer did not: the reason stands beside it.
const (
	Allowed Verdict = "allowed"
	Denied  Verdict = "denied"
	NotTold Verdict = "not_told"
)

// Matrix is what identities may do on one service: a row for each data action, a
// column for each identity.
type Matrix struct {
	Service    string     `json:"service"`
	URL        string     `json:"url"`
	Identities []Identity `json:"identities"`
	Actions    []Action   `json:"actions"`
}

// Identity is a column.
type Identity struct {
	Name     string `json:"name"`
	ClientID string `json:"client_id,omitempty"`
	URL      string `json:"url,omitempty"` // of the service, where each identity has its own
	// Fits lists the sets of built-in roles that give exactly what was seen, the
	// smallest ones; a set of none means that nothing was allowed. Empty if none
	// fits or nothing was told.
	Fits [][]string `json:"fits"`
	// Assigned are the roles by the role assignments, if those were read.
	Assigned []string `json:"assigned,omitempty"`
}

// Action is a row.
type Action struct {
	Action string   `json:"action"` // full name of the data action
	Title  string   `json:"title"`
	Roles  []string `json:"roles"` // built-in roles that give it
	Cells  []Cell   `json:"seen"`  // one for each identity, in their order
}

// Cell is one identity's verdict.
type Cell struct {
	Verdict  Verdict `json:"verdict"`
	Status   int     `json:"status,omitempty"`   // of the answer that told it
	Request  string  `json:"request,omitempty"`  // METHOD path that told it
	Why      string  `json:"why,omitempty"`      // it is not told
	Expected Verdict `json:"expected,omitempty"` // by the role assignments, if those were read
}

// Differs tells whether what was seen is not what the role assignments give.
func (c Cell) Differs() bool {
	return c.Expected != "" && c.Verdict != NotTold && c.Verdict != c.Expected
}

// FitText puts sets of roles into words, see [Identity.Fits].
func FitText(sets [][]string) string {
	var out []string
	for _, set := range sets {
		text := strings.Join(set, " + ")
		if text == "" {
			text = "no role"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", or ")
}
