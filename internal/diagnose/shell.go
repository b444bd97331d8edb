package diagnose

import (
	"strings"
	"unicode"
)

// forShell is a value as a word of a command line. Fixes are commands to be copied,
// and what fills their gaps comes from servers, tokens and files of others. It is
// empty, so that the gap stays open, where a shell could take the value for more
// than a word: no name, id or address that Azure gives has such characters, and
// quoting them right depends on the shell. Blanks, brackets and backslashes, which
// names of resource groups and files have, are quoted, in single quotes as POSIX
// shells and PowerShell have them.
//
// Source: POSIX.1-2024, Shell Command Language, section 2.2; PowerShell,
// about_Quoting_Rules.
func forShell(value string) string {
	switch {
	case strings.HasPrefix(value, "-") || strings.ContainsFunc(value, acts):
		return ""
	case strings.ContainsFunc(value, parts):
		return "'" + value + "'"
	}
	return value
}

// inQuotes is a value for a gap that stands in quotes already.
func inQuotes(value string) string {
	if strings.ContainsFunc(value, parts) {
		return ""
	}
	return forShell(value)
}

// acts tells a character that makes some shell do something, or ends quotes.
func acts(c rune) bool {
	return unicode.IsControl(c) || strings.ContainsRune("$`\"'|;&<>^!", c)
}

// parts tells a character that ends a word, or is taken away, outside of quotes.
func parts(c rune) bool {
	return unicode.IsSpace(c) || !unicode.IsPrint(c) || strings.ContainsRune(`()\`, c)
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
