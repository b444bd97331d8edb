package diagnose

import (
	"strings"
	"unicode"
)

// forShell is a value as a word of a command line. Fixes are commands to be copied,
// and what fills their gaps comes from servers, tokens and files of others: quoted,
// none of it is more than one word or acts. Empty, so that the gap stays open, where
// quoting would not do: a value that begins like an option, or with control
// characters.
//
// Source: POSIX.1-2024, Shell Command Language, section 2.2.
func forShell(value string) string {
	switch {
	case strings.HasPrefix(value, "-") || strings.ContainsFunc(value, unicode.IsControl):
		return ""
	case !strings.ContainsFunc(value, actsInShell):
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// inQuotes is a value for a gap that stands in quotes already: empty if it could
// end them.
func inQuotes(value string) string {
	if strings.ContainsFunc(value, actsInShell) {
		return ""
	}
	return forShell(value)
}

func actsInShell(c rune) bool {
	return unicode.IsSpace(c) || !unicode.IsPrint(c) || strings.ContainsRune("$`\"'\\;|&<>()!^", c)
}

// ours are the gaps whose values are made here, quotes included, or that no command
// has.
func ours(name string) bool {
	switch name {
	case "scope", "authority", "request", "role", "principal_type", "resource_name", "resource_app", "tls_issuer", "skew", "service", "subject":
		return true
	}
	return false
}
