package index_test

import (
	"testing"

	"hdstest/internal/sandbox/index"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Ärzte": "arzte", "José": "jose", "ŁÓDŹ": "lodz", "Šimon": "simon", "Żaba": "zaba", "Ørsted": "orsted",
		"Straße": "straße", "Æble": "æble", "Иван": "иван", "plain 1": "plain 1", "Ğül": "gul", "ĳ": "ĳ", "Ŷ": "y", "ſ": "s", "ő": "o",
	} {
		if got := index.Fold(in); got != want {
			t.Errorf("Fold(%q): want %q, got %q", in, want, got)
		}
	}
}
