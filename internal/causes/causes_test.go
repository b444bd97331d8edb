package causes_test

import (
	"regexp"
	"strings"
	"testing"

	"hdstest/internal/causes"
)

func TestEveryCauseIsComplete(t *testing.T) {
	id := regexp.MustCompile(`^[a-z]+\.[a-z0-9_]+$`)
	seen := map[string]bool{}
	for _, c := range causes.All() {
		switch {
		case !id.MatchString(c.ID):
			t.Errorf("%q: want an id of the form area.name", c.ID)
		case seen[c.ID]:
			t.Errorf("%s stands twice", c.ID)
		case c.Title == "" || strings.HasSuffix(c.Title, "."):
			t.Errorf("%s: title %q, want a phrase without full stop", c.ID, c.Title)
		case !strings.HasSuffix(c.Why, "."):
			t.Errorf("%s: why %q, want a sentence", c.ID, c.Why)
		case c.Fix == "":
			t.Errorf("%s has no fix", c.ID)
		case len(c.Docs) == 0:
			t.Errorf("%s has no source", c.ID)
		}
		seen[c.ID] = true
		for _, d := range c.Docs {
			if !strings.HasPrefix(d, "https://") || strings.ContainsAny(d, " {") {
				t.Errorf("%s: %q is no address", c.ID, d)
			}
		}
	}
}

func TestByID(t *testing.T) {
	if c, ok := causes.ByID("secret.id_used"); !ok || c.ID != "secret.id_used" {
		t.Errorf("ByID() = %v, %v", c, ok)
	}
	if _, ok := causes.ByID("secret.nothing"); ok {
		t.Error("ByID() found a cause that is not there")
	}
}
