package dicomfile

import (
	"encoding/binary"
	"slices"
)

// element is a data element with an explicit value representation.
type element struct {
	group, number uint16
	vr            string
	value         []byte
}

// text makes an element of characters, padded with a blank to an even length
// (PS3.5 section 6.2).
func text(group, number uint16, vr, value string) element {
	if len(value)%2 == 1 {
		value += " "
	}
	return element{group, number, vr, []byte(value)}
}

// uid makes a UI element, padded with NUL (PS3.5 section 9.1).
func uid(group, number uint16, value string) element {
	if len(value)%2 == 1 {
		value += "\x00"
	}
	return element{group, number, "UI", []byte(value)}
}

func bytes(group, number uint16, vr string, value []byte) element {
	return element{group, number, vr, value}
}

func short(group, number, value uint16) element {
	return element{group, number, "US", binary.LittleEndian.AppendUint16(nil, value)}
}

func long(group, number uint16, value uint32) element {
	return element{group, number, "UL", binary.LittleEndian.AppendUint32(nil, value)}
}

// encode writes elements in Explicit VR Little Endian: the length has 16 bits,
// but for some value representations two reserved bytes and 32 bits (PS3.5
// section 7.1.2).
func encode(elements []element) []byte {
	var out []byte
	for _, e := range elements {
		out = binary.LittleEndian.AppendUint16(out, e.group)
		out = binary.LittleEndian.AppendUint16(out, e.number)
		out = append(out, e.vr...)
		if slices.Contains([]string{"OB", "OW", "SQ", "UN", "UT"}, e.vr) {
			out = append(out, 0, 0)
			out = binary.LittleEndian.AppendUint32(out, uint32(len(e.value)))
		} else {
			out = binary.LittleEndian.AppendUint16(out, uint16(len(e.value)))
		}
		out = append(out, e.value...)
	}
	return out
}
