package config

import (
	"slices"
	"strconv"
	"strings"
)

// profileLines writes a new profile, sections last.
func profileLines(s Saving, indent int) []string {
	margin := strings.Repeat(" ", indent)
	lines := []string{margin + s.Profile + ":\n"}
	for _, k := range Keys() {
		if text, ok := s.Values[k.Name]; ok && !strings.Contains(k.Name, ".") {
			lines = append(lines, margin+"  "+k.Name+": "+quote(text)+"\n")
		}
	}
	for _, name := range sectionsOf(s) {
		lines = append(lines, sectionLines(s, name, indent+2)...)
	}
	return lines
}

// sectionLines writes a section that is not there yet.
func sectionLines(s Saving, section string, indent int) []string {
	margin := strings.Repeat(" ", indent)
	lines := []string{margin + section + ":\n"}
	for _, k := range Keys() {
		text, ok := s.Values[k.Name]
		if of, key := splitKey(k.Name); ok && of == section {
			lines = append(lines, margin+"  "+key+": "+quote(text)+"\n")
		}
	}
	return lines
}

// sectionsOf lists the sections that values are for, in the order of the keys.
func sectionsOf(s Saving) []string {
	var out []string
	for _, k := range Keys() {
		_, wanted := s.Values[k.Name]
		if of, _ := splitKey(k.Name); wanted && of != "" && !slices.Contains(out, of) {
			out = append(out, of)
		}
	}
	return out
}

// splitKey takes fhir.url apart; a key of the profile itself has no section.
func splitKey(name string) (section, key string) {
	if section, key, nested := strings.Cut(name, "."); nested {
		return section, key
	}
	return "", name
}

func quote(text string) string {
	if plainForm.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

// ProfileYAML is a config file with one profile of these values, by key.
func ProfileYAML(profile string, values map[string]string) string {
	return "profiles:\n" + strings.Join(profileLines(Saving{Profile: profile, Values: values}, 2), "")
}
