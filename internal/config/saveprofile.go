package config

import (
	"strconv"
	"strings"
)

// profileLines writes a new profile, sections last.
func profileLines(s Saving, indent int) []string {
	margin := strings.Repeat(" ", indent)
	lines := []string{margin + s.Profile + ":\n"}
	section := ""
	for _, k := range Keys() {
		text, ok := s.Values[k.Name]
		if !ok {
			continue
		}
		name, inner := k.Name, margin+"  "
		if of, key, nested := strings.Cut(name, "."); nested {
			if of != section {
				lines = append(lines, inner+of+":\n")
				section = of
			}
			name, inner = key, inner+"  "
		}
		lines = append(lines, inner+name+": "+quote(text)+"\n")
	}
	return lines
}

func quote(text string) string {
	if plainForm.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}
