package check_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hdstest/internal/check"
)

func TestOverall(t *testing.T) {
	for name, tc := range map[string]struct {
		statuses []check.Status
		want     check.Status
	}{
		"passes":                {[]check.Status{check.Pass, check.Pass}, check.Pass},
		"a skip is neutral":     {[]check.Status{check.Pass, check.Skip}, check.Pass},
		"a warning shows":       {[]check.Status{check.Pass, check.Warn, check.Skip}, check.Warn},
		"a failure outweighs":   {[]check.Status{check.Fail, check.Warn, check.Pass}, check.Fail},
		"skips checked nothing": {[]check.Status{check.Skip, check.Skip}, check.Warn},
		"nothing is no pass":    {nil, check.Warn},
	} {
		t.Run(name, func(t *testing.T) {
			var findings []check.Finding
			for _, s := range tc.statuses {
				findings = append(findings, check.Finding{Status: s})
			}
			if got := check.Overall(findings); got != tc.want {
				t.Errorf("Overall() = %s, want %s", got, tc.want)
			}
			n := 0
			for _, c := range check.Count(findings) {
				n += c
			}
			if n != len(findings) {
				t.Errorf("Count() adds up to %d of %d", n, len(findings))
			}
		})
	}
}

// TestJSON fixes the keys that programs read.
func TestJSON(t *testing.T) {
	data, err := json.Marshal(check.Finding{ID: "a.b", Status: check.Pass, Duration: 1500 * time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "group", "title", "status", "expected", "seen", "hint", "cause", "source", "duration_ms"} {
		if !strings.Contains(string(data), `"`+key+`":`) {
			t.Errorf("no key %q in %s", key, data)
		}
	}
	if !strings.Contains(string(data), `"duration_ms":1.5`) {
		t.Errorf("duration in %s", data)
	}
}
