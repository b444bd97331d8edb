package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"
)

// completed gives the candidates for a line; its last word is the one to complete.
func completed(w *world, line string) []string {
	words := strings.Split(line, " ")
	p := &program{Env: w.Env}
	var out []string
	for _, c := range p.candidates(words[:len(words)-1], words[len(words)-1]) {
		value, _, _ := strings.Cut(c, "\t")
		out = append(out, value)
	}
	return out
}

func TestComplete(t *testing.T) {
	w := newWorld(t)
	other := filepath.Join(w.Home, "other.yaml")
	for path, text := range map[string]string{filepath.Join(w.Dir, "hdstest.yaml"): "profiles:\n  work:\n  home:\n", other: "profiles:\n  third:\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for line, want := range map[string]string{
		"tok":                          "token",
		"export ":                      "postman http curl bruno k6",
		"config sh":                    "show",
		"token --serv":                 "--service --service-connection-id",
		"token --service ":             "fhir dicom",
		"token --service=d":            "--service=dicom",
		"token --output ":              "bare json header env",
		"export k6 --service ":         "fhir dicom all",
		"token --grant ":               "client_credentials authorization_code device_code",
		"token --credential ":          "auto github-actions azure-pipelines managed-identity azure-cli",
		"token --cloud ":               "public usgov china",
		"token --redirect-platform ":   "web public spa",
		"login --prompt ":              "login consent select_account none",
		"probe ":                       "fhir dicom all",
		"probe fhir ":                  "",
		"probe --output json d":        "dicom",
		"--profile work smoke --fail-": "--fail-on",
		"smoke --fail-on ":             "fail warn",
		"probe --only fhir.meta":       "fhir.metadata",
		"smoke --skip credential.":     "credential.certificate_end credential.secret_end",
		"token --profile ":             "work home sandbox",
		"token --profile h":            "home",
		"token --config " + other + " --profile t": "third",
		"token --config=" + other + " --profile=":  "--profile=third --profile=sandbox",
		"token --config /nowhere.yaml --profile ":  "sandbox",
		"token --ca-file ":                         filesMark,
		"inspect ":                                 filesMark,
		"export k6 --out ":                         filesMark,
		"sandbox scenario on throttl":              "throttled",
		"sandbox --scenario throttl":               "throttled",
		"sandbox -- npm ":                          filesMark,
		"token --sandbox=":                         "--sandbox=true --sandbox=false",
		"token --bogus ":                           "",
		"bogus ":                                   strings.Join((&program{}).root().names(), " "),
		"help export k":                            "k6",
		"help bogus ":                              "",
		"completion z":                             "zsh",
		"register --api ":                          "fhir dicom",
		"smoke --report j":                         "json= junit=",
		"token --client-secret ":                   "",
		"token --scope ":                           "",
	} {
		if got := strings.Join(completed(w, line), " "); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestEveryFlagThatListsValuesCompletesThem: texts of flags that list their values are
// read as such, and the values are those that the program takes.
func TestEveryFlagThatListsValuesCompletesThem(t *testing.T) {
	w := newWorld(t)
	found := 0
	walk((&program{}).root(), func(c *command) {
		for _, f := range c.flags {
			d, ok := f.(urfave.DocGenerationFlag)
			if !ok || !enumerated.MatchString(strings.ReplaceAll(d.GetUsage(), "`", "")) {
				continue
			}
			words := strings.Fields(c.path())[1:]
			values := completed(w, strings.Join(append(words, "--"+f.Names()[0], ""), " "))
			for _, v := range values {
				if strings.Contains(v, " ") || !strings.Contains(d.GetUsage(), v) {
					t.Errorf("%s --%s: %q is no value of %q", c.path(), f.Names()[0], v, d.GetUsage())
				}
			}
			if len(values) > 1 {
				found++
			}
			if f.Names()[0] == "output" && !slices.Equal(values, c.outputs) {
				t.Errorf("%s --output: %q, want %q", c.path(), values, c.outputs)
			}
		}
	})
	if found < 50 {
		t.Errorf("%d flags with values, want more", found)
	}
}

// TestCompleteIsQuiet: half a line says nothing on stderr, whatever it is.
func TestCompleteIsQuiet(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{{"+"}, {"token", "--min-lifetime", "x", "+--out"}, {"--", "+"}, {"-", "+"}, {"token", "--profile", "+"}, {"+--"}} {
		if code := w.run(t, append([]string{completeWord}, args...)...); code != ExitOK || w.stderr.Len() > 0 {
			t.Errorf("%q: %d, %q", args, code, w.stderr.String())
		}
	}
	if code := w.run(t, completeWord); code != ExitUsage || w.stdout.Len() > 0 {
		t.Errorf("without a word: %d, %q", code, w.stdout.String())
	}
}

// TestManNamesEverything: every command and flag stands in the page.
func TestManNamesEverything(t *testing.T) {
	w := newWorld(t)
	if code := w.run(t, "man"); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	page := w.stdout.String()
	walk((&program{}).root(), func(c *command) {
		if c.parent != nil && !strings.Contains(page, "\n.SS \""+roff(strings.TrimPrefix(c.path(), Name+" "))) {
			t.Errorf("%s is not in the page", c.path())
		}
		for _, f := range c.flags {
			if !strings.Contains(page, `\fB`+roff("--"+f.Names()[0])+`\fR`) {
				t.Errorf("%s: --%s is not in the page", c.path(), f.Names()[0])
			}
		}
	})
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "'") {
			t.Errorf("a line that roff takes for a request: %q", line)
		}
	}
}
