package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
	"hdstest/internal/suggest"
)

// Document is a config file: profiles by name, each value with its line.
type Document struct {
	Path    string
	Default string // default_profile; empty if there is none
	Order   []string
	// Profiles holds the values by profile and key. Lists are joined by commas.
	Profiles map[string]map[string]Value
}

// keyForm is what a key may look like to be repeated in a message: anything
// else may be a secret that slipped to the wrong side of a colon.
var keyForm = lazyregexp.New(`^[A-Za-z][A-Za-z0-9_.-]{0,40}$`)

// Parse reads a config file. It refuses unknown keys, keys that hold a secret,
// anchors, aliases and tags, and values of the wrong form, each with its line;
// it reports all faults at once and repeats no text of the file but the names of
// keys and profiles. It does not check whether values fit together.
func Parse(path string, data []byte) (*Document, error) {
	doc, faults, err := parse(path, data)
	if err == nil {
		err = refused(faults)
	}
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// parse reads what can be read of a config file and tells what cannot; the error
// is for a file that is no YAML.
func parse(path string, data []byte) (*Document, []Fault, error) {
	if err := tame(path, data); err != nil {
		return nil, nil, err
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, nil, syntaxError(path, err)
	}
	d := decoder{doc: &Document{Path: path, Profiles: map[string]map[string]Value{}}}
	for i, part := range file.Docs {
		if i > 0 && part.Body != nil {
			d.fault(part.Body, "expected one document, without ---")
		}
	}
	if len(file.Docs) > 0 && file.Docs[0].Body != nil {
		d.top(file.Docs[0].Body)
	}
	return d.doc, d.faults, nil
}

// The parser's time grows with the square of the depth, which only long lines and
// many brackets can make great.
const maxLine, maxBrackets = 4096, 2000

// tame refuses what the parser would chew on for seconds.
func tame(path string, data []byte) error {
	number := 0
	for line := range bytes.Lines(data) {
		if number++; len(line) > maxLine {
			return problem.Usagef("%s:%d: the line is longer than %d bytes", path, number, maxLine)
		}
	}
	if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > maxBrackets {
		return problem.Usagef("%s: expected at most %d brackets and braces", path, maxBrackets)
	}
	return nil
}

// syntaxError drops the excerpt that the library prints, and its message too if
// that quotes the file.
func syntaxError(path string, err error) error {
	var syntax yaml.Error
	line, message := 1, "not valid YAML"
	if errors.As(err, &syntax) {
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
		switch m := syntax.GetMessage(); {
		case strings.Contains(m, "already defined"):
			message = twice(m)
		case !strings.ContainsAny(m, `"`):
			message += ": " + m
		}
	}
	return problem.Usagef("%s:%d: %s", path, line, message)
}

// twice names the key that stands twice if it is one of ours: another may be
// anything.
func twice(message string) string {
	for _, k := range Keys() {
		for name := range strings.SplitSeq(k.Name, ".") {
			if strings.Contains(message, `"`+name+`"`) {
				return name + " stands twice"
			}
		}
	}
	return "a key stands twice"
}

type decoder struct {
	doc    *Document
	faults []Fault
}

func (d *decoder) fault(at ast.Node, format string, args ...any) {
	d.faults = append(d.faults, Fault{Source: Source{Kind: FromFile, Name: d.doc.Path, Line: lineOf(at)}, Text: fmt.Sprintf(format, args...)})
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}

func (d *decoder) top(n ast.Node) {
	for _, pair := range d.entries(n, "expected a mapping with the key profiles") {
		name, ok := d.key(pair)
		switch {
		case !ok:
		case name == "profiles":
			d.profiles(pair.Value)
		case name == "default_profile":
			d.doc.Default, ok = scalar(pair.Value)
			if !ok {
				d.fault(pair, "default_profile: expected the name of a profile")
			}
		default:
			_, isKey := KeyByName(name)
			d.unknown(pair, name, isKey, []string{"profiles", "default_profile"})
		}
	}
}

func (d *decoder) unknown(pair *ast.MappingValueNode, name string, misplaced bool, known []string) {
	if misplaced {
		d.fault(pair, "%s belongs into a profile (profiles: NAME: %s:)", name, name)
		return
	}
	d.fault(pair, "unknown key %s%s", name, suggest.DidYouMean(name, "", known))
}

func (d *decoder) profiles(n ast.Node) {
	for _, pair := range d.entries(n, "expected profiles by name") {
		name, ok := d.key(pair)
		if !ok {
			continue
		}
		values := map[string]Value{}
		d.mapping(pair.Value, name, "", values)
		d.doc.Order = append(d.doc.Order, name)
		d.doc.Profiles[name] = values
	}
}

// mapping reads the keys of a profile, or of one of its sections.
func (d *decoder) mapping(n ast.Node, profile, prefix string, into map[string]Value) {
	about := strings.TrimSuffix(prefix, ".")
	if about == "" {
		about = "profile " + profile
	}
	for _, pair := range d.entries(n, about+": expected keys and values") {
		name, ok := d.key(pair)
		if !ok {
			continue
		}
		name = prefix + name
		if prefix == "" && slices.Contains(sections(), name) {
			d.mapping(pair.Value, profile, name+".", into)
			continue
		}
		if hint, ok := literalSecrets()[strings.ToLower(name)]; ok {
			d.fault(pair, "%s: a secret does not belong into this file; %s", name, hint)
			continue
		}
		key, ok := KeyByName(name)
		if !ok || key.Internal {
			d.unknown(pair, name, false, keyNames())
			continue
		}
		d.value(pair, key, into)
	}
}

func (d *decoder) value(pair *ast.MappingValueNode, key Key, into map[string]Value) {
	if _, empty := pair.Value.(*ast.NullNode); empty {
		return
	}
	text, ok := scalar(pair.Value)
	if list, isList := pair.Value.(*ast.SequenceNode); isList && key.List {
		text, ok = key.joinList(list)
	}
	if !ok {
		d.fault(pair, "%s: expected a text on one line", key.Name)
		return
	}
	if err := key.checkText(text); err != nil {
		d.fault(pair, "%s: %v", key.Name, err)
		return
	}
	if key.Name == ClientSecretPrompt && !isTrue(text) {
		return
	}
	into[key.Name] = Value{Text: text, Source: Source{Kind: FromFile, Name: d.doc.Path, Line: lineOf(pair)}}
}

func (k Key) joinList(list *ast.SequenceNode) (string, bool) {
	var texts []string
	for _, v := range list.Values {
		text, ok := scalar(v)
		if !ok || strings.Contains(text, k.separator()) {
			return "", false
		}
		texts = append(texts, text)
	}
	return k.Join(texts), true
}

// checkText checks a value as it is written, a list item by item.
func (k Key) checkText(text string) error {
	check := k.check
	if k.Bool {
		check = checkBool
	}
	parts := []string{text}
	if k.List {
		parts = k.Split(text)
	}
	for _, part := range parts {
		if part == "" {
			return errors.New("expected a value")
		}
		if check != nil {
			if err := check(part); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k Key) separator() string {
	if k.sep == "" {
		return ","
	}
	return k.sep
}

// Join makes one text of the values of a list, and Split takes it apart.
func (k Key) Join(values []string) string { return strings.Join(values, k.separator()) }

// Split see [Key.Join].
func (k Key) Split(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, k.separator()) {
		parts = append(parts, strings.TrimSpace(part))
	}
	return parts
}

func sections() []string { return []string{"fhir", "dicom", "register"} }

func keyNames() []string {
	names := sections()
	for _, k := range Keys() {
		if !k.Internal {
			names = append(names, k.Name)
		}
	}
	return names
}

// literalSecrets are keys under which people write a secret itself.
func literalSecrets() map[string]string {
	const file = "put it into a file of its own and name that: client_secret_file"
	const password = "put it into a file of its own and name that: certificate_password_file"
	const token = "give it to the command: --token-file, or standard input"
	return map[string]string{
		"client_secret": file + ", or name a variable: client_secret_env", "secret": file, "clientsecret": file,
		"client-secret": file, "password": password, "certificate_password": password,
		"token": token, "access_token": token, "refresh_token": token, "client_assertion": "name its file: federated_token_file",
	}
}
