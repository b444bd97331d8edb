package config

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/parser"
)

// Unset takes values out of a profile that still say what s.Values says; it
// leaves those that somebody changed, and every other byte of the file. Only
// plain keys on a line of their own are taken. A file or profile that is not
// there is no error. A file that was trusted stays so.
func Unset(s Saving) error {
	if !exists(s.Path) {
		return nil
	}
	data, err := read(s.Path)
	if err != nil {
		return err
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return err
	}
	trusted, err := isTrusted(s.StateDir, s.Path, data)
	if err != nil {
		return err
	}
	out, err := without(s, data)
	if err != nil || string(out) == string(data) {
		return err
	}
	if err := replace(identity(s.Path), out, info.Mode().Perm()); err != nil {
		return unwritable(s.Path, err)
	}
	if trusted {
		return Trust(s.StateDir, s.Path)
	}
	return nil
}

// without gives the text of the file without the values, and makes sure that the
// others still stand.
func without(s Saving, data []byte) ([]byte, error) {
	before, err := Parse(s.Path, data)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil || len(file.Docs) == 0 {
		return data, err
	}
	profiles := pairOf(file.Docs[0].Body, "profiles")
	if profiles == nil || pairOf(profiles.Value, s.Profile) == nil {
		return data, nil
	}
	lines := strings.SplitAfter(string(data), "\n")
	var gone []int
	for _, pair := range pairs(pairOf(profiles.Value, s.Profile).Value) {
		name, _ := scalar(pair.Key)
		text, plain := scalar(pair.Value)
		if want, named := s.Values[name]; named && plain && text == want && strings.HasPrefix(strings.TrimSpace(lines[lineOf(pair.Key)-1]), name+":") {
			gone = append(gone, lineOf(pair.Key)-1)
		}
	}
	slices.Sort(gone)
	for _, at := range slices.Backward(gone) {
		lines = slices.Delete(lines, at, at+1)
	}
	out := []byte(strings.Join(lines, ""))
	after, err := Parse(s.Path, out)
	if err != nil || len(before.Profiles[s.Profile]) != len(after.Profiles[s.Profile])+len(gone) {
		return nil, fmt.Errorf("%s: the values of profile %q cannot be taken out safely; do it by hand", s.Path, s.Profile)
	}
	return out, nil
}
