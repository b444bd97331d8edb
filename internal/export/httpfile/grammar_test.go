package httpfile_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/export/httpfile"
)

// The reader below holds the rules of the dialects that have no runner here. It
// was written from how the tools read files, not from how they are rendered.

// request is one block of a file.
type request struct {
	name, method, address string
	directives            []string
	headers               map[string]string
	before, after, body   []string // lines
}

type parsed struct {
	variables map[string]string // @name = value
	order     []string          // names of variables and requests as they are defined
	requests  []request
}

var (
	separator  = regexp.MustCompile(`^#{3,}`)
	comment    = regexp.MustCompile(`^\s*(#|//)`)
	directive  = regexp.MustCompile(`^\s*(?:#|//)\s+@([\w-]+)(?:\s+(.*))?$`)
	definition = regexp.MustCompile(`^@([^\s=]+)\s*=\s*(.*)$`)
	line       = regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE) (\S+) HTTP/1\.1$`)
	header     = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*): (\S.*)$`)
	reference  = regexp.MustCompile(`\{\{(.+?)\}\}`)
	toNamed    = regexp.MustCompile(`^(\w+)\.(request|response)\.(body|headers)\.(\*|\$.*|[A-Za-z-]+)$`)
)

// parse reads a file strictly: what a tool would pass over or guess is an error.
func parse(text string, scripts bool) (parsed, error) {
	out := parsed{variables: map[string]string{}}
	var block []string
	flush := func() error {
		defer func() { block = nil }()
		return out.add(block, scripts)
	}
	for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasSuffix(l, " ") || strings.ContainsAny(l, "\t\r") {
			return out, fmt.Errorf("blank at the end, or a tab: %q", l)
		}
		if separator.MatchString(l) {
			if err := flush(); err != nil {
				return out, err
			}
			continue
		}
		block = append(block, l)
	}
	return out, flush()
}

// add reads a block: variables and directives, then perhaps a request.
func (p *parsed) add(block []string, scripts bool) error {
	r := request{headers: map[string]string{}}
	i := 0
	for ; i < len(block) && !line.MatchString(block[i]); i++ {
		l := block[i]
		switch m := directive.FindStringSubmatch(l); {
		case m != nil && m[1] == "name":
			if !regexp.MustCompile(`^\w+$`).MatchString(m[2]) {
				return fmt.Errorf("name %q", m[2])
			}
			r.name = m[2]
		case m != nil:
			r.directives = append(r.directives, m[1])
		case l == "" || comment.MatchString(l):
		case definition.MatchString(l):
			d := definition.FindStringSubmatch(l)
			p.variables[d[1]] = d[2]
			p.order = append(p.order, d[1])
		case scripts && l == "< {%":
			end := slices.Index(block[i:], "%}")
			if end < 0 {
				return fmt.Errorf("%s: the script does not end", r.name)
			}
			r.before = block[i+1 : i+end]
			i += end
		default:
			return fmt.Errorf("neither variable nor comment nor request: %q", l)
		}
	}
	if i == len(block) {
		if r.name != "" {
			return fmt.Errorf("%s has no request", r.name)
		}
		return nil
	}
	m := line.FindStringSubmatch(block[i])
	r.method, r.address = m[1], m[2]
	return p.addRequest(r, block[i+1:], scripts)
}

func (p *parsed) addRequest(r request, rest []string, scripts bool) error {
	i := 0
	for ; i < len(rest) && rest[i] != ""; i++ {
		m := header.FindStringSubmatch(rest[i])
		if m == nil || r.headers[m[1]] != "" {
			return fmt.Errorf("%s: header %q", r.name, rest[i])
		}
		r.headers[m[1]] = m[2]
	}
	for i++; i < len(rest); i++ {
		l := rest[i]
		if scripts && l == "> {%" {
			end := slices.Index(rest[i:], "%}")
			if end < 0 || strings.Join(rest[i+end+1:], "") != "" {
				return fmt.Errorf("%s: the script does not end, or something is behind it", r.name)
			}
			r.after = rest[i+1 : i+end]
			break
		}
		if comment.MatchString(l) {
			return fmt.Errorf("%s: the line %q of the body would vanish", r.name, l)
		}
		if definition.MatchString(l) {
			return fmt.Errorf("%s: the variable %q would be part of the body", r.name, l)
		}
		r.body = append(r.body, l)
	}
	for len(r.body) > 0 && r.body[len(r.body)-1] == "" {
		r.body = r.body[:len(r.body)-1]
	}
	if slices.Contains(p.order, r.name) || r.name == "" {
		return fmt.Errorf("name %q twice, or none", r.name)
	}
	p.order = append(p.order, r.name)
	p.requests = append(p.requests, r)
	return nil
}

// texts are the parts of a request in which a tool replaces variables.
func (r request) texts() string {
	out := r.address + "\n" + strings.Join(r.body, "\n")
	for _, v := range r.headers {
		out += "\n" + v
	}
	return out
}

func render(t *testing.T, dialect string) map[string]export.File {
	t.Helper()
	return rendered(t, example(), dialect)
}

func example() export.Input {
	return export.Input{Name: "example", Vars: catalogue.Vars{"tenantid": "t", "clientid": "c",
		"fhirurl": "https://f.example", "dicomurl": "https://d.example/v2"}}
}

func rendered(t *testing.T, in export.Input, dialect string) map[string]export.File {
	t.Helper()
	files, err := httpfile.Render(in, dialect)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]export.File{}
	for _, f := range files {
		out[f.Name] = f
	}
	return out
}

// both parses the two files of a dialect.
func both(t *testing.T, dialect string) (map[string]parsed, map[string]export.File) {
	t.Helper()
	files := render(t, dialect)
	out := map[string]parsed{}
	for _, name := range []string{"example.http", "example-writes.http"} {
		p, err := parse(string(files[name].Data), dialect == httpfile.JetBrains)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(p.requests) < 8 {
			t.Errorf("%s: only %d requests", name, len(p.requests))
		}
		out[name] = p
	}
	return out, files
}

// TestTheReaderIsStrict shows that each rule speaks.
func TestTheReaderIsStrict(t *testing.T) {
	good := "### t\n# @name a\nGET https://x/ HTTP/1.1\nAccept: b\n"
	if _, err := parse(good, false); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no method":                strings.Replace(good, "GET ", "", 1),
		"no version":               strings.Replace(good, " HTTP/1.1", "", 1),
		"address with a blank":     strings.Replace(good, "x/", "x/ y", 1),
		"name with a hyphen":       strings.Replace(good, "@name a", "@name a-b", 1),
		"no name":                  strings.Replace(good, "# @name a\n", "", 1),
		"name twice":               good + good,
		"header without a value":   good + "B:\n",
		"header twice":             good + "Accept: b\n",
		"comment in the body":      good + "\n// gone\n",
		"variable behind the body": good + "\nbody\n@a = b\n",
		"trailing blank":           good + "\n \n",
		"text before the request":  "what\n" + good,
		"script in another tool":   good + "\n> {%\n%}\n@x = y\n",
	} {
		if _, err := parse(text, false); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := parse(good+"\n> {%\n", true); err == nil {
		t.Error("an open script was taken")
	}
}
