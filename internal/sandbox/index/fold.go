package index

import (
	"strings"
	"unicode"
)

// Fold gives the form in which texts are compared without regard to case and
// accents: lower case, and the accented letters of the Latin-1 Supplement and
// Latin Extended-A blocks as their base letters. Other scripts keep theirs.
func Fold(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0xC0 {
			return unicode.ToLower(r)
		}
		// The base letters of U+00C0 to U+017F, in order; a star keeps the letter.
		const base = "aaaaaa*ceeeeiiii*nooooo*ouuuuy**aaaaaa*ceeeeiiii*nooooo*ouuuuy*y" +
			"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii**jjkkk" +
			"llllllllllnnnnnnnnnoooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
		if at := int(r) - 0xC0; at < len(base) && base[at] != '*' {
			return rune(base[at])
		}
		return unicode.ToLower(r)
	}, text)
}
