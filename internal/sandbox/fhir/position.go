package fhir

import (
	"encoding/base64"
	"encoding/binary"
)

// position is where a page of results begins: after a number in the order of
// arrival, or after so many results of another order.
type position struct {
	set   bool
	after uint64
	skip  uint64
}

// String gives the value of the ct parameter. To clients it means nothing.
func (p position) String() string {
	data := binary.AppendUvarint([]byte{'1'}, p.after)
	return base64.RawURLEncoding.EncodeToString(binary.AppendUvarint(data, p.skip))
}

// parsePosition reads what [position.String] wrote.
func parsePosition(text string) (position, bool) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(data) == 0 || data[0] != '1' {
		return position{}, false
	}
	after, n := binary.Uvarint(data[1:])
	if n <= 0 {
		return position{}, false
	}
	skip, m := binary.Uvarint(data[1+n:])
	if m <= 0 || 1+n+m != len(data) {
		return position{}, false
	}
	return position{set: true, after: after, skip: skip}, true
}
