package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
)

var plainForm = lazyregexp.New(`^[A-Za-z0-9/][A-Za-z0-9./_~-]*(:[A-Za-z0-9./_~-]+)*$`)

// Saving says what to write where.
type Saving struct {
	Path     string
	Profile  string
	Values   map[string]string // by key, nested ones as fhir.url
	StateDir string            // where the list of trusted files is
}

// Save writes values into a profile and leaves every other byte of the file as
// it is, comments and order above all. A file or a profile that is not there is
// made. What it would write is parsed before it is written. A file that was
// trusted stays so.
func Save(s Saving) error {
	data, err := read(s.Path)
	mode := fs.FileMode(0o600)
	if info, statErr := os.Stat(s.Path); statErr == nil {
		mode = info.Mode().Perm()
		if err != nil {
			return err
		}
	} else if err := os.MkdirAll(filepath.Dir(s.Path), 0o700); err != nil {
		return unwritable(s.Path, err)
	}
	trusted, err := isTrusted(s.StateDir, s.Path, data)
	if err != nil {
		return err
	}
	out, err := edit(s, data)
	if err != nil {
		return err
	}
	if err := replace(identity(s.Path), out, mode); err != nil {
		return unwritable(s.Path, err)
	}
	if trusted {
		return Trust(s.StateDir, s.Path)
	}
	return nil
}

// CheckSave refuses what [Save] would refuse, for the form of the file or because its
// folder cannot be written into, and leaves everything as it is.
func CheckSave(s Saving) error {
	data, err := read(s.Path)
	if _, missing := os.Stat(s.Path); missing == nil && err != nil {
		return err
	}
	if _, err = edit(s, data); err != nil {
		return err
	}
	return tryFolder(s.Path)
}

// tryFolder tries the folder of a file, or the one that it would be made in, by a
// file that is gone at once.
func tryFolder(path string) error {
	dir := filepath.Dir(identity(path))
	for {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	f, err := os.CreateTemp(dir, ".hdstest-*")
	if err != nil {
		return unwritable(path, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func unwritable(path string, err error) error {
	if own := (*fs.PathError)(nil); errors.As(err, &own) {
		return problem.Usagef("the config file %s cannot be written: %s: %w", path, filepath.Dir(own.Path), own.Err)
	}
	return problem.Usagef("the config file %s cannot be written: %w", path, err)
}

// edit gives the new text of the file, and makes sure that it says what it should.
func edit(s Saving, data []byte) ([]byte, error) {
	before, err := Parse(s.Path, data)
	if err != nil {
		return nil, err
	}
	e := editor{lines: strings.SplitAfter(string(data), "\n"), path: s.Path}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, syntaxError(s.Path, err)
	}
	if err := e.profile(file, s); err != nil {
		return nil, err
	}
	out := []byte(strings.Join(e.lines, ""))
	after, err := Parse(s.Path, out)
	if err != nil {
		return nil, fmt.Errorf("the edited file would be broken: %w", err)
	}
	want := maps.Clone(before.Profiles[s.Profile])
	for name, text := range s.Values {
		if after.Profiles[s.Profile][name].Text != text {
			return nil, problem.Usagef("%s: %s of profile %q cannot be written into this file; write it by hand: %s", s.Path, name, s.Profile, text)
		}
		delete(want, name)
	}
	for name, v := range want {
		if after.Profiles[s.Profile][name].Text != v.Text {
			return nil, fmt.Errorf("%s: writing would have changed %s", s.Path, name)
		}
	}
	return out, nil
}

// editor changes a file line by line; each line keeps its end.
type editor struct {
	lines []string
	path  string
}

func (e *editor) profile(file *ast.File, s Saving) error {
	var root ast.Node
	if len(file.Docs) > 0 {
		root = file.Docs[0].Body
	}
	profiles := pairOf(root, "profiles")
	if profiles == nil {
		e.end()
		e.lines = append(e.lines, "profiles:\n")
		e.lines = append(e.lines, profileLines(s, 2)...)
		return nil
	}
	profile := pairOf(profiles.Value, s.Profile)
	if profile == nil {
		indent := 2
		if first := firstPair(profiles.Value); first != nil {
			indent = first.Key.GetToken().Position.Column - 1
		}
		return e.below(profiles, profileLines(s, indent))
	}
	return e.values(profile, s)
}

// insertion is lines to come under a pair's key.
type insertion struct {
	under *ast.MappingValueNode
	lines []string
}

// values changes the values that are there and adds the others on top, those of
// a section such as fhir in that section.
func (e *editor) values(profile *ast.MappingValueNode, s Saving) error {
	top, err := e.section(profile, "", s)
	if err != nil {
		return err
	}
	all := []insertion{}
	for _, name := range sectionsOf(s) {
		at := pairOf(profile.Value, name)
		if at == nil {
			top.lines = append(top.lines, sectionLines(s, name, innerIndent(profile))...)
			continue
		}
		one, err := e.section(at, name, s)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	all = append(all, top)
	// From the bottom up: the lines of the syntax tree stay true above an insertion.
	slices.SortFunc(all, func(a, b insertion) int { return lineOf(b.under) - lineOf(a.under) })
	for _, one := range all {
		if err := e.below(one.under, one.lines); err != nil {
			return err
		}
	}
	return nil
}

// section changes what is there of one section ("" for the profile itself) and
// gives what is to be added.
func (e *editor) section(at *ast.MappingValueNode, name string, s Saving) (insertion, error) {
	out := insertion{under: at}
	for _, k := range Keys() {
		text, ok := s.Values[k.Name]
		of, key := splitKey(k.Name)
		if !ok || of != name {
			continue
		}
		if pair := pairOf(at.Value, key); pair != nil {
			if err := e.change(pair, text); err != nil {
				return out, err
			}
			continue
		}
		out.lines = append(out.lines, strings.Repeat(" ", innerIndent(at))+key+": "+quote(text)+"\n")
	}
	return out, nil
}

// innerIndent is how far the keys below a pair are moved in.
func innerIndent(pair *ast.MappingValueNode) int {
	if first := firstPair(pair.Value); first != nil {
		return first.Key.GetToken().Position.Column - 1
	}
	return pair.Key.GetToken().Position.Column + 1
}

// change puts a new text in the place of a pair's value.
func (e *editor) change(pair *ast.MappingValueNode, text string) error {
	token := pair.Value.GetToken()
	raw := strings.TrimSpace(token.Origin)
	if _, empty := pair.Value.(*ast.NullNode); empty {
		token = pair.Key.GetToken()
		raw = strings.TrimSpace(token.Origin)
		text = raw + ": " + quote(text)
		raw += ":"
	} else {
		text = quote(text)
	}
	line := token.Position.Line - 1
	if line < 0 || line >= len(e.lines) || strings.Count(e.lines[line], raw) != 1 {
		return problem.Usagef("%s:%d: cannot be changed safely; write it by hand: %s", e.path, line+1, text)
	}
	e.lines[line] = strings.Replace(e.lines[line], raw, text, 1)
	return nil
}

// below adds lines under the line of a pair's key.
func (e *editor) below(pair *ast.MappingValueNode, added []string) error {
	if m, ok := pair.Value.(*ast.MappingNode); ok && m.IsFlowStyle && added != nil {
		return problem.Usagef("%s:%d: written in braces; write it with one key to a line, so that values can be added", e.path, lineOf(pair))
	}
	at := lineOf(pair)
	if at == len(e.lines) {
		e.end()
	}
	if strings.HasSuffix(e.lines[at-1], "\r\n") {
		for i, l := range added {
			added[i] = strings.TrimSuffix(l, "\n") + "\r\n"
		}
	}
	e.lines = slices.Insert(e.lines, at, added...)
	return nil
}

// end makes sure that the last line ends.
func (e *editor) end() {
	if last := len(e.lines) - 1; e.lines[last] != "" && !strings.HasSuffix(e.lines[last], "\n") {
		e.lines[last] += "\n"
	}
}

func pairs(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func firstPair(n ast.Node) *ast.MappingValueNode {
	if all := pairs(n); len(all) > 0 {
		return all[0]
	}
	return nil
}

func pairOf(n ast.Node, name string) *ast.MappingValueNode {
	for _, p := range pairs(n) {
		if text, ok := scalar(p.Key); ok && text == name {
			return p
		}
	}
	return nil
}
