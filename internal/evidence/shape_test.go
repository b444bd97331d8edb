package evidence_test

import (
	"testing"

	"hdstest/internal/evidence"
)

func TestSecretShape(t *testing.T) {
	for secret, want := range map[string]string{
		"":                                       evidence.ShapeEmpty,
		"abc8Q~qwertyuiopasdfghjklzxcvbnm123456": evidence.ShapeUsual,
		"11111111-2222-3333-4444-555555555555":   evidence.ShapeGUID,
		"abc8Q~qwertyuiopasdfghjkl\n":            evidence.ShapeNewline,
		" abc8Q~qwertyuiopasdfghjkl":             evidence.ShapeSpace,
		"<the secret goes here>":                 evidence.ShapePlaceholder,
		"ENTER_YOUR_CLIENT_SECRET":               evidence.ShapePlaceholder,
		"${CLIENT_SECRET_OF_THE_APP}":            evidence.ShapeVariable + "," + evidence.ShapePlaceholder,
		"$(fhirSecretOfPipeline)":                evidence.ShapeVariable,
		`"abc8Q~qwertyuiopasdfghjkl"`:            evidence.ShapeQuoted,
		"abc8Q%7Eqwertyuiopasdfghjkl":            evidence.ShapeEncoded + "," + evidence.ShapeReserved,
		"abc8Q+qwertyuiopasdfghjkl":              evidence.ShapeReserved,
		"*************************":              evidence.ShapeMasked,
		"\ufeffabc8Q~qwertyuiopasdfghjkl":        evidence.ShapeBOM,
		"eyJhbGciOiJub25lIn0.eyJhIjoxfQ.":        evidence.ShapeToken,
		"abc8Q~":                                 evidence.ShapeShort,
		"abc8Q~qwerty\x00uiopasdfghjkl":          evidence.ShapeNotText,
	} {
		if got := evidence.SecretShape(secret); got != want {
			t.Errorf("SecretShape(%q) = %s, want %s", secret, got, want)
		}
	}
}
