package shell_test

import (
	"testing"

	"hdstest/internal/shell"
)

func TestQuote(t *testing.T) {
	if got := shell.Quote("it's $x"); got != `'it'\''s $x'` {
		t.Error(got)
	}
}
