// Package internal_test holds the rules of who may import whom. They are the
// architecture: a step that knows another step, or a sandbox that shares code
// with the client it is to prove, would pass every other test.
package internal_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "hdstest/"

// rule limits what the packages below a folder may import of this module, and
// which libraries only they may import.
type rule struct {
	folder string   // of the importing packages, with all below it
	own    []string // allowed imports of this module, with all below them; nil: no limit
	why    string
}

func rules() []rule {
	leaves := []string{"internal/catalogue", "internal/evidence", "internal/transport", "internal/secret", "internal/entra",
		"internal/problem", "internal/pause"}
	step := func(folder string, more ...string) rule {
		return rule{folder, append(append([]string{folder}, leaves...), more...),
			"a step must be usable, testable and replaceable alone: pass leaf values between steps"}
	}
	return []rule{
		step("internal/register", "internal/suggest"), step("internal/acquire"), step("internal/claims"), step("internal/issuer"),
		{"internal/discover", []string{"internal/discover", "internal/entra"},
			"discovery asks whoever reads Azure Resource Manager for it; it makes no connection of its own"},
		step("internal/probe", "internal/dicomfile"), step("internal/export", "internal/dicomfile", "internal/shell"),
		{"internal/sandbox", []string{"internal/sandbox", "internal/entra"},
			"code shared with the client would let one misreading of a fact pass on both sides"},
		{"internal/report", []string{"internal/report", "internal/check", "internal/causes"},
			"every report renders the same findings; it must not know who made them"},
		{"internal/judge", []string{"internal/judge", "internal/check", "internal/causes", "internal/diagnose",
			"internal/evidence", "internal/catalogue", "internal/entra", "internal/when"}, "judgement is a pure function of evidence"},
		{"internal/audit", []string{"internal/audit", "internal/config", "internal/check", "internal/judge", "internal/diagnose",
			"internal/evidence", "internal/entra", "internal/secret", "internal/problem"}, "a configuration is judged offline, without any step"},
		{"internal/diagnose", []string{"internal/diagnose", "internal/causes", "internal/evidence", "internal/entra", "internal/catalogue"},
			"diagnosis is a pure function of evidence"},
		{"internal/explain", []string{"internal/explain", "internal/evidence", "internal/entra", "internal/claims", "internal/issuer",
			"internal/problem", "internal/secret"}, "understanding a text is a pure function; the causes are found by others"},
		{"internal/causes", []string{"internal/causes"}, "the table of causes is data"},
		{"internal/entra", []string{}, "the table of names is data"},
		{"internal/secret", []string{}, "a secret knows neither where it comes from nor where it goes"},
		{"internal/certificate", []string{"internal/secret", "internal/problem"},
			"a certificate is made and described without a network, and by nobody who signs with it"},
		{"internal/tokencache", []string{"internal/secret", "internal/pause"}, "the cache keeps what others got; it knows no protocol"},
		{"internal/when", []string{}, "writing a time needs nothing but the time"},
		{"internal/pause", []string{}, "waiting needs nothing but the time"},
		{"internal/shell", []string{}, "a word knows nothing of the command"},
		{"internal/check", []string{}, "findings know neither who judges nor who reports"},
		{"internal/evidence", []string{}, "evidence is data that every step can make"},
		{"internal/catalogue", []string{"internal/entra"}, "requests are data"},
		{"internal/transport", []string{"internal/evidence", "internal/problem", "internal/secret"}, "transport knows no protocol above HTTP"},
		{"internal/config", []string{"internal/config", "internal/entra", "internal/secret", "internal/problem", "internal/catalogue",
			"internal/suggest"},
			"configuration knows no step and no network"},
	}
}

// libraries lists the libraries that only some packages may import.
func libraries() map[string][]string {
	return map[string][]string{
		"github.com/urfave/cli/v2":        {"internal/cli"},
		"github.com/microsoftgraph":       {"internal/register"}, // it takes a minute to compile
		"github.com/pkg/browser":          {"cmd/hdstest", "internal/cli"},
		"github.com/AzureAD/":             {"internal/acquire"},
		"github.com/zalando/go-keyring":   {"cmd/hdstest"},
		"github.com/rogpeppe/go-internal": {},
		"github.com/google/go-cmp":        {},
		"github.com/microsoft/kiota":      {"internal/register"},
		"github.com/go-jose/go-jose":      {"internal/issuer", "internal/sandbox"},
	}
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "../...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		all = append(all, p)
	}
}

func below(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func TestImports(t *testing.T) {
	for _, complaint := range complaints(packages(t)) {
		t.Error(complaint)
	}
}

// TestImportRulesCanFail shows that each kind of rule speaks.
func TestImportRulesCanFail(t *testing.T) {
	bad := []pkg{
		{"internal/probe", []string{module + "internal/acquire"}},
		{"internal/sandbox/login", []string{module + "internal/claims"}},
		{"internal/report", []string{"github.com/urfave/cli/v2"}},
	}
	for _, p := range bad {
		if got := complaints([]pkg{p}); len(got) != 1 {
			t.Errorf("%s importing %s: want one complaint, got %q", p.ImportPath, p.Imports, got)
		}
	}
}

// free is what every package may import: it knows no fact of the field, so it
// cannot carry a misreading from one side to the other.
func free() []string { return []string{"internal/lazyregexp", "internal/plaintext"} }

func complaints(all []pkg) []string {
	var out []string
	for _, p := range all {
		for _, imported := range p.Imports {
			own, isOwn := strings.CutPrefix(imported, module)
			for _, r := range rules() {
				if isOwn && !slices.Contains(free(), own) && below(p.ImportPath, r.folder) && !slices.ContainsFunc(r.own, func(a string) bool { return below(own, a) }) {
					out = append(out, p.ImportPath+" imports "+own+": "+r.why)
				}
			}
			for library, users := range libraries() {
				if strings.HasPrefix(imported, library) && !slices.ContainsFunc(users, func(u string) bool { return below(p.ImportPath, u) }) {
					out = append(out, p.ImportPath+" imports "+imported+", which is for "+strings.Join(users, ", "))
				}
			}
		}
	}
	return out
}
