package diagnose

import (
	"hdstest/internal/lazyregexp"
)

// condition asks the evidence one thing. When it holds it tells what was seen;
// what only narrows another condition may tell nothing.
type condition func(f *facts) (seen []string, ok bool)

// Expressions are compiled where a value is there to be compared: of some four
// hundred rules only a few meet one.

// all holds when every condition does.
func all(conditions ...condition) condition {
	return func(f *facts) ([]string, bool) {
		var seen []string
		for _, c := range conditions {
			s, ok := c(f)
			if !ok {
				return nil, false
			}
			seen = append(seen, s...)
		}
		return seen, true
	}
}

// either holds when one of the conditions does, and tells what all of those saw.
func either(conditions ...condition) condition {
	return func(f *facts) ([]string, bool) {
		var seen []string
		held := false
		before, guess := f.guessed, f.guess
		f.guess = false
		for _, c := range conditions {
			if s, ok := c(f); ok {
				seen, held = append(seen, s...), true
			}
		}
		f.guess = guess
		for _, c := range conditions {
			if held || !guess {
				break
			}
			if seen, held = c(f); !held {
				f.guessed = before
			}
		}
		return seen, held
	}
}

// not holds when the condition does not.
func not(c condition) condition {
	return func(f *facts) ([]string, bool) {
		guess := f.guess
		f.guess = false // what is not known speaks against nothing
		_, ok := c(f)
		f.guess = guess
		return nil, !ok
	}
}

// is makes a condition of a question that tells nothing by itself.
func is(question func(f *facts) bool) condition {
	return func(f *facts) ([]string, bool) { return nil, question(f) }
}

// switchedOff and switchedOn hold when a value of one of the names is false or
// true.
func switchedOff(section string, names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named(section, names...) {
			if n.isFalse() {
				return []string{n.shown + ": " + n.text()}, true
			}
		}
		return nil, false
	}
}

func switchedOn(section string, names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named(section, names...) {
			if n.isTrue() {
				return []string{n.shown + ": " + n.text()}, true
			}
		}
		return nil, false
	}
}

// missing holds when a value of one of the names was looked for and is absent.
func missing(section string, names ...string) condition {
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named(section, names...) {
			if n.absent() {
				return []string{n.shown + ": none"}, true
			}
		}
		return nil, false
	}
}

// has holds when a value of one of the names fits the expression, case ignored.
func has(section, expression string, names ...string) condition {
	form := lazyregexp.New("(?i)" + expression)
	return func(f *facts) ([]string, bool) {
		for _, n := range f.named(section, names...) {
			if t := n.text(); t != "" && form.MatchString(t) {
				return []string{n.shown + ": " + t}, true
			}
		}
		return nil, false
	}
}
