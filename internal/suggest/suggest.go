// Package suggest finds the word that a person probably meant: a command, a
// flag, a key of the config file. It knows no vocabulary of its own.
package suggest

import (
	"slices"
	"strings"
)

// Nearest gives the known word that differs least from got, or "" if none is
// near enough: at most a third of the letters may differ. Case is ignored, a
// known word that begins with got (three letters at least) counts as near.
func Nearest(got string, known []string) string {
	got = strings.ToLower(got)
	best, least := "", len([]rune(got))/3+1
	for _, word := range known {
		if d := distance(got, strings.ToLower(word)); d < least {
			best, least = word, d
		}
	}
	if best == "" && len(got) >= 3 {
		i := slices.IndexFunc(known, func(word string) bool { return strings.HasPrefix(strings.ToLower(word), got) })
		if i >= 0 {
			return known[i]
		}
	}
	return best
}

// DidYouMean gives the sentence for an error message, with a leading blank, or
// nothing when no word is near.
func DidYouMean(got, prefix string, known []string) string {
	word := Nearest(got, known)
	if word == "" {
		return ""
	}
	return " (did you mean " + prefix + word + "?)"
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between two words (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
