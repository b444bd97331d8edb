package dicomfile

import (
	"fmt"
	"io"
	"math/big"

	"github.com/google/uuid"

	"hdstest/internal/lazyregexp"
)

// uidForm is PS3.5 section 9.1: components without leading zeros.
var uidForm = lazyregexp.New(`^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+$`)

// NewUID makes a UID below 2.25 from a random UUID (PS3.5 annex B.2). It reads
// 16 bytes.
func NewUID(random io.Reader) (string, error) {
	id, err := uuid.NewRandomFromReader(random)
	if err != nil {
		return "", fmt.Errorf("make a UID: %w", err)
	}
	return UIDOf(id), nil
}

// UIDOf writes a UUID as a UID: 2.25 and the UUID as one decimal number.
func UIDOf(id uuid.UUID) string {
	return "2.25." + new(big.Int).SetBytes(id[:]).String()
}

// ValidUID tells whether text has the form of a UID. It does not ask who gave it out.
func ValidUID(text string) bool { return len(text) <= 64 && uidForm.MatchString(text) }
