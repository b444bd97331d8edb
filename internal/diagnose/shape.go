package diagnose

import (
	"regexp"
	"strings"

	"hdstest/internal/evidence"
)

// shapeWords lead from what is told of a secret to a shape: our own words
// ([evidence.SecretShape]) and the ways in which other programs and people put
// it. The first that fits counts, so the special stand before the general.
func shapeWords() []struct {
	shape string
	words *regexp.Regexp
} {
	return []struct {
		shape string
		words *regexp.Regexp
	}{
		{evidence.ShapePlaceholder, regexp.MustCompile(`placeholder|template|sample text|example text|change.?me|your[-_ ]|<[a-z _-]+>`)},
		{evidence.ShapeVariable, regexp.MustCompile(`variable|unexpanded|not expanded|unresolved|\$\{|\$\(|\{\{|key ?vault reference`)},
		{evidence.ShapeMasked, regexp.MustCompile(`mask|asterisk|\*{3}|redacted by`)},
		{evidence.ShapeGUID, regexp.MustCompile(`\bguid|\buuid|8-4-4-4-12|secret id|keyid|key id|36 characters with dashes`)},
		{evidence.ShapeToken, regexp.MustCompile(`\bjwt\b|\beyj|token form`)},
		{evidence.ShapeNewline, regexp.MustCompile(`0x0[ad]\b|newline|line ?feed|line ?end|line ?break|carriage|crlf|\\n|\\r|\blf\b|\bcr\b|%0[ad]`)},
		{evidence.ShapeQuoted, regexp.MustCompile(`quot|0x22|0x27|apostroph`)},
		{evidence.ShapeBOM, regexp.MustCompile(`\bbom\b|byte.?order|0xef|ufeff`)},
		{"base64", regexp.MustCompile(`base ?64`)},
		{"encoded_twice", regexp.MustCompile(`double.?encod|twice|%25|already encoded|already percent|` + "^" + evidence.ShapeEncoded + `\b|,` + evidence.ShapeEncoded + `\b`)},
		{"truncated", regexp.MustCompile(`truncat|cut (off|short)|shorter|incomplete|` + `\b` + evidence.ShapeShort + `\b`)},
		{evidence.ShapeSpace, regexp.MustCompile(`(trailing|leading|followed by|preceded by|ends? with|begins? with|starts? with|after|before|around|at (an|the) (end|start|beginning)).{0,20}(space|blank|white|tab|0x20|0x09)|(space|blank|white ?space|tab|0x20|0x09).{0,20}(at (an|the)? ?(end|start|beginning)|trailing|leading|around)|\bblank\b`)},
		{evidence.ShapeReserved, regexp.MustCompile(`reserved|special char|unencoded|not (url|percent|form).?encoded|raw (plus|percent|ampersand)`)},
		{evidence.ShapeEmpty, regexp.MustCompile(`^empty|\bempty (string|text|value)|zero length|^0$`)},
	}
}

// secretShapes tells what the evidence says about the form of the secret, and
// where. It reads every key that speaks of a secret or password and of its form.
func (f *facts) secretShapes() map[string]string {
	if f.shapes != nil {
		return f.shapes
	}
	shapes := map[string]string{}
	f.shapes = shapes
	for _, n := range f.nodes {
		if !aboutSecret(n) {
			continue
		}
		if n.last() == "bodycontains" { // of the whole body only an encoded line end means something
			if body := strings.ToLower(n.text()); strings.Contains(body, "%0a") || strings.Contains(body, "%0d") {
				note(shapes, evidence.ShapeNewline, n)
			}
			continue
		}
		text := strings.ToLower(n.key + " " + n.text())
		if n.text() == "" {
			continue
		}
		if strings.Contains(n.last(), "contains") && strings.ContainsAny(n.text(), "+&=%/#") && len(n.text()) <= 3 {
			note(shapes, evidence.ShapeReserved, n)
			continue
		}
		if n.isFalse() {
			continue
		}
		for _, w := range shapeWords() {
			if w.words.MatchString(strings.ToLower(n.text())) || n.isTrue() && w.words.MatchString(text) {
				note(shapes, w.shape, n)
				if w.shape == evidence.ShapePlaceholder || w.shape == evidence.ShapeGUID || w.shape == evidence.ShapeVariable {
					break // what else is said describes that text
				}
			}
		}
	}
	return shapes
}

func note(shapes map[string]string, shape string, n node) {
	if _, ok := shapes[shape]; !ok {
		shapes[shape] = n.shown + ": " + n.text()
	}
}

// aboutSecret tells whether a value describes a secret's form.
func aboutSecret(n node) bool {
	switch n.section() {
	case "tokenrequest", "config", "local", "ci", "env":
	default:
		return false
	}
	key := strings.Join(n.path, ".")
	switch n.last() {
	case "bodycontains":
		return true
	case "hasclientsecret", "clientsecretsent":
		return false
	}
	return strings.Contains(key, "secret") && !strings.Contains(key, "assertion")
}

// secretIs holds when the secret is told to have one of the shapes.
func secretIs(shapes ...string) condition {
	return func(f *facts) ([]string, bool) {
		told := f.secretShapes()
		for _, s := range shapes {
			if where, ok := told[s]; ok {
				return []string{where}, true
			}
		}
		return nil, false
	}
}
