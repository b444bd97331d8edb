package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/check"
)

func TestPhasesAddUpToTheWhole(t *testing.T) {
	for name, row := range map[string]struct {
		timing check.Timing
		want   []check.Phase
	}{
		"a new connection": {check.Timing{Start: 10, DNS: 1, Connect: 2, TLS: 3, Wait: 4, Transfer: 5, Total: 16}, []check.Phase{
			{Name: check.PhaseDNS, Offset: 10, Length: 1}, {Name: check.PhaseConnect, Offset: 11, Length: 2}, {Name: check.PhaseTLS, Offset: 13, Length: 3},
			{Name: check.PhaseOther, Offset: 16, Length: 1}, {Name: check.PhaseWait, Offset: 17, Length: 4}, {Name: check.PhaseTransfer, Offset: 21, Length: 5}}},
		"an open one":               {check.Timing{Wait: 4, Total: 4}, []check.Phase{{Name: check.PhaseWait, Length: 4}}},
		"a token, of which no more": {check.Timing{Start: 2, Total: 40}, []check.Phase{{Name: check.PhaseOther, Offset: 2, Length: 40}}},
		"nothing":                   {check.Timing{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, row.timing.Phases()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
