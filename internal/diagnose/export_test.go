package diagnose

import "hdstest/internal/evidence"

// Speaking lists the ids of the rules that hold for the evidence.
func Speaking(b evidence.Bundle) []string {
	f := read(b)
	var ids []string
	for _, r := range Rules() {
		if _, ok := r.when(f); ok {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// Meanings lists the codes that lead to a cause by themselves.
func Meanings() map[string][]int {
	codes := map[string][]int{}
	for _, m := range meanings() {
		codes[m.cause] = append(codes[m.cause], m.codes...)
	}
	return codes
}
