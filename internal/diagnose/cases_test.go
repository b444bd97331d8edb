package diagnose_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"hdstest/internal/causes"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
)

const casesFolder = "../../testdata/cases/"

// reported is one reported failure.
type reported struct {
	ID          string          `json:"id"`
	Observables json.RawMessage `json:"observables"`
	Category    string          `json:"category"`
	Certainty   string          `json:"certainty"`

	label string // the right cause
}

// cases are the failures from which rules may be learnt.
func cases(t *testing.T) []reported { return casesOf(t, "failures.jsonl", "labels.tsv") }

// further are failures that were written down and labelled before any rule was
// made for them.
func further(t *testing.T) []reported { return casesOf(t, "further.jsonl", "further.tsv") }

func casesOf(t *testing.T, observed, labelled string) []reported {
	t.Helper()
	labels := map[string]string{}
	data, err := os.ReadFile(casesFolder + labelled)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		id, cause, _ := strings.Cut(strings.TrimSpace(line), "\t")
		labels[id] = cause
	}
	data, err = os.ReadFile(casesFolder + observed)
	if err != nil {
		t.Fatal(err)
	}
	var all []reported
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		var c reported
		if err := json.Unmarshal(scan.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		c.label = labels[c.ID]
		if _, ok := causes.ByID(c.label); !ok {
			t.Errorf("%s: the label %q is no cause", c.ID, c.label)
		}
		all = append(all, c)
	}
	return all
}

func bundle(t *testing.T, observables []byte) evidence.Bundle {
	t.Helper()
	b, err := evidence.Read(bytes.NewReader(observables))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// place is where the right cause stands among the matches, from 1; 0 if nowhere.
func place(matches []diagnose.Match, cause string) int {
	for i, m := range matches {
		if m.Cause == cause {
			return i + 1
		}
	}
	return 0
}

// tally counts how often the right cause was first and among the first three.
type tally struct{ n, first, three int }

func (a *tally) add(at int) {
	a.n++
	if at == 1 {
		a.first++
	}
	if at >= 1 && at <= 3 {
		a.three++
	}
}

func (a tally) share(part int) float64 { return 100 * float64(part) / float64(max(a.n, 1)) }

// TestReportedFailures measures the diagnosis on failures that people reported.
func TestReportedFailures(t *testing.T) {
	t.Parallel()
	measure(t, cases(t), 95, 99)
}

// TestFurtherFailures measures it on cases of our own, in other words.
func TestFurtherFailures(t *testing.T) {
	t.Parallel()
	measure(t, further(t), 95, 99)
}

func measure(t *testing.T, all []reported, first, three float64) {
	t.Helper()
	byGroup := map[string]*tally{}
	for _, c := range all {
		matches := diagnose.Diagnose(bundle(t, c.Observables))
		at := place(matches, c.label)
		for _, group := range []string{"all", c.Category, c.Certainty} {
			if byGroup[group] == nil {
				byGroup[group] = &tally{}
			}
			byGroup[group].add(at)
		}
		if at != 1 {
			t.Logf("%s: want %s first, got %s", c.ID, c.label, brief(matches))
		}
	}
	for group, a := range byGroup {
		t.Logf("%-16s %2d cases, first %5.1f %%, first three %5.1f %%", group, a.n, a.share(a.first), a.share(a.three))
	}
	if a := byGroup["all"]; a.share(a.first) < first || a.share(a.three) < three {
		t.Errorf("first %.1f %%, first three %.1f %%; want %.0f and %.0f", a.share(a.first), a.share(a.three), first, three)
	}
}

func brief(matches []diagnose.Match) string {
	data, _ := json.Marshal(matches[:min(len(matches), 4)])
	var short []struct {
		Cause      string
		Confidence float64
	}
	_ = json.Unmarshal(data, &short)
	data, _ = json.Marshal(short)
	return string(data)
}
