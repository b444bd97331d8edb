package part10

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text gives an element's first value as text, without padding; empty if there
// is none.
func (d *Dataset) Text(t Tag) string {
	if e := d.Get(t); e != nil {
		if values := d.texts(e); len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// Int gives an element's first value as a whole number.
func (d *Dataset) Int(t Tag) (int, bool) {
	f, ok := d.Float(t)
	return int(f), ok && f == math.Trunc(f) && math.Abs(f) < 1<<31
}

// Float gives an element's first value as a number, be it binary or text.
func (d *Dataset) Float(t Tag) (float64, bool) {
	e := d.Get(t)
	if e == nil {
		return 0, false
	}
	if numbers := d.numbers(e); numbers != nil {
		return numbers[0], true
	}
	f, err := strconv.ParseFloat(d.Text(t), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// Multiple tells whether an element has more than one value.
func (d *Dataset) Multiple(t Tag) bool {
	e := d.Get(t)
	return e != nil && len(d.texts(e)) > 1
}

// texts splits a textual value; nil for others and for empty ones.
func (d *Dataset) texts(e *Element) []string {
	text := strings.TrimRight(d.decode(e), "\x00 ")
	if text == "" {
		return nil
	}
	switch e.VR {
	case "LT", "ST", "UT", "UR":
		return []string{text}
	case "AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "PN", "SH", "TM", "UC", "UI":
		values := strings.Split(text, `\`)
		for i := range values {
			values[i] = strings.Trim(values[i], "\x00 ")
		}
		return values
	}
	return nil
}

// decode gives a value as UTF-8. Of the character sets it knows the default one,
// Latin-1 and UTF-8; what it does not know becomes U+FFFD.
// Source: DICOM PS3.3 section C.12.1.1.2.
func (d *Dataset) decode(e *Element) string {
	switch {
	case isASCII(e.Value):
		return string(e.Value)
	case d.charset == "ISO_IR 192" || d.charset == "GB18030" && utf8.Valid(e.Value):
		return strings.ToValidUTF8(string(e.Value), "\uFFFD")
	}
	var out strings.Builder
	for _, b := range e.Value {
		switch {
		case b < 0x80:
			out.WriteByte(b)
		case d.charset == "ISO_IR 100":
			out.WriteRune(rune(b))
		default:
			out.WriteRune(utf8.RuneError)
		}
	}
	return out.String()
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// numbers reads binary numbers; nil for other representations and empty values.
func (d *Dataset) numbers(e *Element) []float64 {
	var order binary.ByteOrder = binary.LittleEndian
	if d.big {
		order = binary.BigEndian
	}
	size := map[string]int{"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "FD": 8, "UV": 8, "SV": 8}[e.VR]
	if size == 0 {
		return nil
	}
	var out []float64
	for v := e.Value; len(v) >= size; v = v[size:] {
		switch e.VR {
		case "US":
			out = append(out, float64(order.Uint16(v)))
		case "SS":
			out = append(out, float64(int16(order.Uint16(v))))
		case "UL":
			out = append(out, float64(order.Uint32(v)))
		case "SL":
			out = append(out, float64(int32(order.Uint32(v))))
		case "FL":
			out = append(out, float64(math.Float32frombits(order.Uint32(v))))
		case "FD":
			out = append(out, math.Float64frombits(order.Uint64(v)))
		case "UV":
			out = append(out, float64(order.Uint64(v)))
		case "SV":
			out = append(out, float64(int64(order.Uint64(v))))
		}
	}
	return out
}

// tags reads the value of an AT element.
func (d *Dataset) tags(e *Element) []Tag {
	var order binary.ByteOrder = binary.LittleEndian
	if d.big {
		order = binary.BigEndian
	}
	var out []Tag
	for v := e.Value; len(v) >= 4; v = v[4:] {
		out = append(out, Tag(order.Uint16(v))<<16|Tag(order.Uint16(v[2:])))
	}
	return out
}
