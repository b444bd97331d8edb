package dicom

import (
	"strconv"
	"strings"

	"hdstest/internal/sandbox/dicom/part10"
	"hdstest/internal/sandbox/index"
)

// The first letter of a key says what the rest is.
const (
	wholeKey = "v|" // the value
	wordKey  = "w|" // a word of a person's name
	keyEnd   = "v}" // after all whole values
)

// valueKeys gives the keys under which a value is found: the first value only,
// as a whole, and of a person's name each word as well.
// Source: the v2 conformance statement, "Additional Notes".
func valueKeys(a part10.Attribute) []string {
	first := a.First()
	if first == "" {
		return nil
	}
	keys := []string{wholeKey + wholeForm(a.VR, first)}
	if a.VR == "PN" {
		for _, word := range words(first) {
			keys = append(keys, wordKey+word)
		}
	}
	return keys
}

// wholeForm is the form in which values are compared: names without regard to
// case and accents, other texts without regard to case, UIDs as they are.
func wholeForm(vr, value string) string {
	switch vr {
	case "UI":
		return value
	case "PN":
		return index.Fold(value)
	case "IS", "SL", "SS", "UL", "US", "FD", "FL", "DS":
		if f, err := strconv.ParseFloat(value, 64); err == nil {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
	return strings.ToLower(value)
}

// words splits a person's name into folded words.
func words(name string) []string {
	return strings.FieldsFunc(index.Fold(name), func(r rune) bool { return r == '^' || r == '=' || r == ' ' })
}
