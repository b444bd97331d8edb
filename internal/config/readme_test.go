package config_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"hdstest/internal/config"
)

var update = flag.Bool("update", false, "rewrite the README's table of keys")

// TestREADMEListsTheKeys compares the README's table with the keys in the code.
func TestREADMEListsTheKeys(t *testing.T) {
	const file, begin, end = "../../README.md", "<!-- keys: checked by internal/config -->\n", "<!-- end of keys -->\n"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no table of keys", file)
	}
	if want := keyTable(); table != want {
		if *update {
			if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		t.Errorf("the README's table of keys is not that of the code; go test ./internal/config -run README -update rewrites it")
	}
}

func keyTable() string {
	quoted := func(before, s string) string {
		if s == "" {
			return ""
		}
		return "`" + before + s + "`"
	}
	var b strings.Builder
	b.WriteString("| Key in a profile | Flag | Environment | Meaning |\n|---|---|---|---|\n")
	for _, k := range config.Keys() {
		if !k.Internal {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, quoted("--", k.Flag), quoted("", k.Env), k.Doc)
		}
	}
	return b.String()
}
