package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestArrange(t *testing.T) {
	root := (&program{}).root()
	for name, row := range map[string]struct{ in, want string }{
		"flags after an argument":           {"inspect - --output json", "inspect --output json -- -"},
		"global flags before a command":     {"--sandbox token", "token --sandbox"},
		"global flags with values":          {"--profile token token --scope x", "token --profile token --scope x"},
		"the command's own flag before it":  {"--output json token", "token --output json"},
		"joined values":                     {"--profile=x probe fhir --write", "probe --profile=x --write -- fhir"},
		"one dash":                          {"-profile x token", "token -profile x"},
		"nested commands":                   {"export --debug postman --out x", "export postman --debug --out x"},
		"a value that looks like a command": {"token --scope inspect", "token --scope inspect"},
		"a value that begins with a dash":   {"token --client-secret-file -", "token --client-secret-file -"},
		"after two dashes all is argument":  {"inspect -- --output", "inspect -- --output"},
		"a value that holds commas":         {"register --role a,b@fhir", "register --role a,b@fhir"},
		"nothing":                           {"", ""},
	} {
		got, help, err := arrange(root, strings.Fields(row.in))
		if err != nil || help || strings.Join(got, " ") != row.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, row.want)
		}
	}
	if _, help, err := arrange(root, []string{"token", "-h"}); !help || err != nil {
		t.Errorf("-h: %v, %v", help, err)
	}
}

func TestArrangeRefuses(t *testing.T) {
	root := (&program{}).root()
	for in, want := range map[string]string{
		"tokne":                      `unknown command "tokne" (did you mean hdstest token?)`,
		"kubectl":                    `unknown command "kubectl"; there are init, discover, `,
		"export postmna":             `export: unknown command "postmna" (did you mean hdstest export postman?)`,
		"token --servcie x":          `token: unknown flag "--servcie" (did you mean --service?)`,
		"token --zzz":                `token: unknown flag "--zzz" (see hdstest token --help)`,
		"--write token":              `token: unknown flag "--write"`,
		"token --profile":            "token: the flag --profile needs a value",
		"inspect - --profile":        "inspect: the flag --profile needs a value",
		"token --profile --sandbox":  "token: the flag --profile needs a value",
		"--frobnicate=" + longSecret: `unknown flag "--frobnicate"`,
		longSecret:                   `unknown command "eyJhbGci"…`,
	} {
		_, _, err := arrange(root, strings.Fields(in))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", in, err, want)
			continue
		}
		if strings.Contains(err.Error(), longSecret) {
			t.Errorf("%s: the message repeats what may be a token: %v", in, err)
		}
	}
}

const longSecret = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"

// FuzzArrange: whatever is typed, nothing panics, and no argument gets lost or
// comes out of nowhere.
func FuzzArrange(f *testing.F) {
	f.Add("--sandbox inspect - --output json")
	f.Add("-- x --y=z -h export postman --out")
	root := (&program{}).root()
	f.Fuzz(func(t *testing.T, line string) {
		in := strings.Fields(line)
		out, _, err := arrange(root, in)
		if err != nil {
			return
		}
		left := slices.DeleteFunc(slices.Clone(in), func(s string) bool {
			return s == "--" || s == "-h" || s == "--help" || s == "-help"
		})
		for _, word := range out {
			if word == "--" {
				continue
			}
			i := slices.Index(left, word)
			if i < 0 {
				if !slices.Contains(in, word) {
					t.Fatalf("%q came out of nowhere: %q", word, in)
				}
				continue // a value that is spelt like the help flag
			}
			left = slices.Delete(left, i, i+1)
		}
		if len(left) > 0 {
			t.Errorf("lost %q of %q: %q", left, in, out)
		}
	})
}
