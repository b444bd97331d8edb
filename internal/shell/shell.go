// Package shell writes words for a POSIX shell.
package shell

import "strings"

// Quote writes a word so that the shell takes it as it is (POSIX.1-2017, Shell
// Command Language, section 2.2.2). It does not refuse NUL, which no word can have.
func Quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
