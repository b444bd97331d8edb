package part10

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hdstest/internal/lazyregexp"
)

// uidForm is the form of a UID: components of digits, none of which begins with
// a zero unless it is one (PS3.5 section 9.1).
var uidForm = lazyregexp.New(`^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$`)

// ValidUID tells whether a text is a UID of at most 64 characters.
func ValidUID(text string) bool { return len(text) <= 64 && uidForm.MatchString(text) }

// Problem is what is wrong with one element, in the service's words.
type Problem struct {
	Tag  Tag
	Text string
}

// uidText is the service's text for what is no UID.
const uidText = "DICOM Identifier is invalid. Value length should not exceed the maximum length of 64 characters. " +
	"Value should contain characters in '0'-'9' and '.'. Each component must start with non-zero number."

// ElementText is the service's text for an element of which the value is wrong.
// Source: microsoft/dicom-server DicomCoreResource.resx, DicomElementValidationFailed.
func ElementText(name, vr, why string) string {
	return fmt.Sprintf("Dicom element '%s' failed validation for VR '%s': %s", name, vr, why)
}

// UIDText is [ElementText] for a UID.
func UIDText(name string) string { return ElementText(name, "UI", uidText) }

// Check tells what is wrong with the elements of a data set by the rules of their
// value representations. Sequences are not looked into.
// Source: microsoft/dicom-server Features/Validation; DICOM PS3.5 section 6.2.
func (d *Dataset) Check(words *Dictionary) []Problem {
	var out []Problem
	for _, e := range d.Elements {
		for _, value := range d.texts(e) {
			if why := wrong(e.VR, value); why != "" {
				out = append(out, Problem{e.Tag, ElementText(words.Name(e.Tag), e.VR, why)})
				break
			}
		}
	}
	return out
}

func wrong(vr, value string) string {
	if value == "" {
		return ""
	}
	most := map[string]int{"AE": 16, "CS": 16, "DS": 16, "IS": 12, "SH": 16, "LO": 64, "ST": 1024, "LT": 10240}[vr]
	switch {
	case most > 0 && utf8.RuneCountInString(value) > most:
		return fmt.Sprintf("Value length exceeds maximum length of %d.", most)
	case vr == "UI" && !ValidUID(value):
		return uidText
	case vr == "DA" && !validDate(value):
		return "Value cannot be parsed as a valid date."
	case vr == "PN":
		return wrongName(value)
	case vr == "AS" && !ageForm.MatchString(value):
		return "Value contains invalid character."
	case (vr == "SH" || vr == "LO" || vr == "AE" || vr == "CS") && strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != 0x1B }):
		return "Value contains invalid character."
	}
	return ""
}

var ageForm = lazyregexp.New(`^\d{3}[DWMY]$`)

func validDate(text string) bool {
	_, err := time.Parse("20060102", text)
	return err == nil
}

func wrongName(value string) string {
	groups := strings.Split(value, "=")
	if len(groups) > 3 {
		return "Value contains more than 3 groups."
	}
	for _, group := range groups {
		switch {
		case utf8.RuneCountInString(group) > 64:
			return "Value length exceeds maximum length of 64."
		case len(strings.Split(group, "^")) > 5:
			return "Value contains more than 5 components."
		}
	}
	return ""
}
