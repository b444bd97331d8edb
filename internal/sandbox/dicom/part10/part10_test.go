package part10_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"hdstest/internal/sandbox/dicom/part10"
)

// el encodes an element, explicit VR little endian, as it stands: a length that
// is wrong stays wrong.
func el(tag part10.Tag, vr string, value []byte) []byte {
	return header(tag, vr, uint32(len(value)), value)
}

func header(tag part10.Tag, vr string, length uint32, value []byte) []byte {
	out := binary.LittleEndian.AppendUint16(nil, uint16(tag>>16))
	out = binary.LittleEndian.AppendUint16(out, uint16(tag))
	out = append(out, vr...)
	if strings.Contains("OB OW SQ UN UT", vr) {
		out = append(out, 0, 0)
		out = binary.LittleEndian.AppendUint32(out, length)
	} else {
		out = binary.LittleEndian.AppendUint16(out, uint16(length))
	}
	return append(out, value...)
}

func item(length uint32, value []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte{0xFE, 0xFF, 0x00, 0xE0}, length)
	return append(out, value...)
}

func end(tag part10.Tag) []byte {
	return append([]byte{0xFE, 0xFF, byte(tag), byte(tag >> 8)}, 0, 0, 0, 0)
}

// file puts preamble, mark and meta information before a data set.
func file(syntax string, data ...[]byte) []byte {
	if len(syntax)%2 == 1 {
		syntax += "\x00"
	}
	meta := el(part10.TransferSyntaxUID, "UI", []byte(syntax))
	out := append(make([]byte, 128), "DICM"...)
	out = append(out, el(part10.MetaLength, "UL", binary.LittleEndian.AppendUint32(nil, uint32(len(meta))))...)
	return append(append(out, meta...), bytes.Join(data, nil)...)
}

func parse(data []byte) (*part10.File, error) {
	return part10.Parse(bytes.NewReader(data), int64(len(data)), part10.NewDictionary())
}

func TestParse(t *testing.T) {
	f, err := parse(file(part10.ExplicitLittle,
		el(part10.CharacterSet, "CS", []byte("ISO_IR 100")),
		el(part10.PatientName, "PN", []byte("M\xfcller^J=x")),
		el(part10.PatientID, "LO", []byte(`A\B `)),
		el(0x00200011, "IS", []byte("7 ")), el(0x00180050, "DS", []byte("+1.5")),
		el(part10.Rows, "US", []byte{2, 0}), el(0x00280009, "AT", []byte{0x18, 0, 0x63, 0x10}),
		header(0x00400275, "SQ", 0xFFFFFFFF, append(item(0xFFFFFFFF, append(el(0x00400009, "SH", []byte("S1")), end(0xE00D)...)), end(0xE0DD)...)),
		el(0x00401001, "SH", nil),
		el(part10.PixelData, "OW", []byte{1, 2, 3, 4})))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(f.Data.Attributes(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"00080005":{"vr":"CS","Value":["ISO_IR 100"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller^J","Ideographic":"x"}]},` +
		`"00100020":{"vr":"LO","Value":["A","B"]},"00180050":{"vr":"DS","Value":[1.5]},"00200011":{"vr":"IS","Value":[7]},` +
		`"00280009":{"vr":"AT","Value":["00181063"]},"00280010":{"vr":"US","Value":[2]},` +
		`"00400275":{"vr":"SQ","Value":[{"00400009":{"vr":"SH","Value":["S1"]}}]},"00401001":{"vr":"SH"}}`
	if string(got) != want {
		t.Errorf("want %s\ngot  %s", want, got)
	}
	var back part10.Attributes
	if err := json.Unmarshal(got, &back); err != nil || back[part10.PatientName].First() != "Müller^J=x" {
		t.Errorf("want the JSON to be read back, got %v, %v", back, err)
	}
}

func TestRefused(t *testing.T) {
	good := el(part10.PatientID, "LO", []byte("AB"))
	for name, data := range map[string][]byte{
		"empty":                            {},
		"text":                             []byte("not-dicom"),
		"no mark":                          make([]byte, 200),
		"no transfer syntax":               append(append(make([]byte, 128), "DICM"...), good...),
		"deflated":                         file(part10.Deflated, good),
		"a length beyond the file":         file(part10.ExplicitLittle, header(part10.PatientID, "LO", 4, []byte("AB"))),
		"an odd length":                    file(part10.ExplicitLittle, el(part10.PatientID, "LO", []byte("ABC"))),
		"a cut header":                     file(part10.ExplicitLittle, good[:5]),
		"no value representation":          file(part10.ExplicitLittle, header(part10.PatientID, "XX", 2, []byte("AB"))),
		"implicit where explicit was said": file(part10.ExplicitLittle, []byte{0x10, 0, 0x20, 0, 2, 0, 0, 0, 'A', 'B'}),
		"the same tag twice":               file(part10.ExplicitLittle, good, good),
		"an undefined length of text":      file(part10.ExplicitLittle, header(0x00420010, "UT", 0xFFFFFFFF, nil)),
		"an endless sequence":              file(part10.ExplicitLittle, header(0x00400275, "SQ", 0xFFFFFFFF, item(0xFFFFFFFF, good))),
		"an item beyond its sequence":      file(part10.ExplicitLittle, el(0x00400275, "SQ", item(200, good)), make([]byte, 300)),
		"an element beyond its item":       file(part10.ExplicitLittle, el(0x00400275, "SQ", item(10, good)), make([]byte, 300)),
		"no item in a sequence":            file(part10.ExplicitLittle, el(0x00400275, "SQ", good)),
		"a delimiter on its own":           file(part10.ExplicitLittle, end(0xE00D)),
		"endless fragments":                file("1.2.840.10008.1.2.4.50", header(part10.PixelData, "OB", 0xFFFFFFFF, item(2, []byte{1, 2}))),
		"a group length beyond the file":   append(append(make([]byte, 128), "DICM"...), el(part10.MetaLength, "UL", []byte{0, 0, 1, 0})...),
		"sequences too deep":               file(part10.ExplicitLittle, bytes.Repeat(header(0x00400275, "SQ", 0xFFFFFFFF, item(0xFFFFFFFF, nil)), 40)),
	} {
		if _, err := parse(data); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
	if _, err := parse([]byte("not-dicom")); !errors.Is(err, part10.ErrNotDICOM) {
		t.Errorf("want ErrNotDICOM, got %v", err)
	}
}

func TestOtherSyntaxes(t *testing.T) {
	implicit := []byte{0x10, 0, 0x20, 0, 2, 0, 0, 0, 'A', 'B'}
	f, err := parse(file(part10.ImplicitLittle, implicit))
	if err != nil || !f.Implicit() || f.Data.Text(part10.PatientID) != "AB" {
		t.Errorf("implicit: got %v, %v", f, err)
	}
	big := []byte{0, 0x28, 0, 0x10, 'U', 'S', 0, 2, 1, 2}
	f, err = parse(file(part10.ExplicitBig, big))
	if rows, _ := f.Data.Int(part10.Rows); err != nil || rows != 0x102 {
		t.Errorf("big endian: want 258 rows, got %d, %v", rows, err)
	}
	unknown := header(0x00091010, "UN", 0xFFFFFFFF, append(item(10, implicit), end(0xE0DD)...))
	if _, err := parse(file(part10.ExplicitLittle, unknown, el(part10.PatientID, "LO", []byte("AB")))); err != nil {
		t.Errorf("UN of undefined length: %v", err)
	}
}

func TestCheck(t *testing.T) {
	f, err := parse(file(part10.ExplicitLittle,
		el(part10.SOPInstanceUID, "UI", []byte("1.02")), el(part10.StudyDate, "DA", []byte("20200231")),
		el(part10.AccessionNumber, "SH", []byte("12345678901234567 ")), el(part10.PatientName, "PN", []byte("a^b^c^d^e^f ")),
		el(part10.PatientID, "LO", []byte("fine")), el(0x00101010, "AS", []byte("40 years"))))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range f.Data.Check(part10.NewDictionary()) {
		got = append(got, p.Text)
	}
	want := []string{
		"Dicom element 'SOPInstanceUID' failed validation for VR 'UI': DICOM Identifier is invalid. Value length should not exceed the maximum length of 64 characters. Value should contain characters in '0'-'9' and '.'. Each component must start with non-zero number.",
		"Dicom element 'StudyDate' failed validation for VR 'DA': Value cannot be parsed as a valid date.",
		"Dicom element 'AccessionNumber' failed validation for VR 'SH': Value length exceeds maximum length of 16.",
		"Dicom element 'PatientName' failed validation for VR 'PN': Value contains more than 5 components.",
		"Dicom element 'PatientAge' failed validation for VR 'AS': Value contains invalid character."}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("want %s\ngot  %s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

func us(tag part10.Tag, value uint16) []byte {
	return el(tag, "US", binary.LittleEndian.AppendUint16(nil, value))
}

func TestPixels(t *testing.T) {
	grey := file(part10.ExplicitLittle, us(part10.SamplesPerPixel, 1), el(part10.Photometric, "CS", []byte("MONOCHROME2 ")),
		el(part10.NumberOfFrames, "IS", []byte("2 ")), us(part10.Rows, 1), us(part10.Columns, 2), us(part10.BitsAllocated, 16),
		us(part10.PixelRepresentation, 1), el(part10.PixelData, "OW", []byte{0, 0, 10, 0, 0xF6, 0xFF, 10, 0}))
	f, err := parse(grey)
	if err != nil {
		t.Fatal(err)
	}
	if frame, err := f.Read(bytes.NewReader(grey), 2); err != nil || !bytes.Equal(frame, []byte{0xF6, 0xFF, 10, 0}) {
		t.Errorf("frame 2: got % x, %v", frame, err)
	}
	picture, err := f.Image(bytes.NewReader(grey), 2)
	if err != nil {
		t.Fatal(err)
	}
	if dark, _, _, _ := picture.At(0, 0).RGBA(); dark != 0 {
		t.Errorf("want the lowest value black, got %d", dark)
	}
	if light, _, _, _ := picture.At(1, 0).RGBA(); light != 0xFFFF {
		t.Errorf("want the highest value white, got %d", light)
	}
	if _, err := f.Frame(3); !errors.Is(err, part10.ErrNoFrame) {
		t.Errorf("frame 3: want ErrNoFrame, got %v", err)
	}
	for planes, pixels := range map[uint16][]byte{0: {255, 0, 0, 0, 255, 0}, 1: {255, 0, 0, 255, 0, 0}} {
		colour := file(part10.ExplicitLittle, us(part10.SamplesPerPixel, 3), el(part10.Photometric, "CS", []byte("RGB ")),
			us(part10.PlanarConfiguration, planes), us(part10.Rows, 1), us(part10.Columns, 2), us(part10.BitsAllocated, 8), el(part10.PixelData, "OB", pixels))
		f, err := parse(colour)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := f.Image(bytes.NewReader(colour), 1)
		if err != nil {
			t.Fatal(err)
		}
		if r, g, _, _ := picture.At(0, 0).RGBA(); r != 0xFFFF || g != 0 {
			t.Errorf("planes %d: want red first, got %d %d", planes, r, g)
		}
	}
	f, _ = parse(file("1.2.840.10008.1.2.4.90", us(part10.Rows, 1), us(part10.Columns, 1),
		header(part10.PixelData, "OB", 0xFFFFFFFF, bytes.Join([][]byte{item(0, nil), item(2, []byte{1, 2}), end(0xE0DD)}, nil))))
	if frame, err := f.Frame(1); err != nil || len(frame) != 1 || frame[0].Length != 2 {
		t.Errorf("encapsulated: got %v, %v", frame, err)
	}
	if _, err := f.Image(bytes.NewReader(nil), 1); err == nil {
		t.Errorf("JPEG 2000: want no image")
	}
}

func TestDictionary(t *testing.T) {
	d := part10.NewDictionary()
	for text, want := range map[string]part10.Tag{"PatientID": part10.PatientID, "00100020": part10.PatientID, "0020000d": part10.StudyInstanceUID,
		"patientid": 0, "$filter": 0, "0010002": 0} {
		if got, ok := d.Parse(text); got != want || ok != (want != 0) {
			t.Errorf("%s: want %s, got %s, %t", text, want, got, ok)
		}
	}
}

// FuzzParse reads any file; what is read can be shown, checked and drawn.
func FuzzParse(f *testing.F) {
	f.Add(file(part10.ExplicitLittle, el(part10.PatientName, "PN", []byte("A^B=C ")), us(part10.Rows, 1), us(part10.Columns, 1), us(part10.BitsAllocated, 8),
		el(part10.Photometric, "CS", []byte("MONOCHROME1 ")), el(part10.PixelData, "OW", []byte{1, 2})))
	f.Add(file(part10.ExplicitLittle, header(0x00400275, "SQ", 0xFFFFFFFF, append(item(0xFFFFFFFF, append(el(0x00400009, "SH", []byte("S1")), end(0xE00D)...)), end(0xE0DD)...))))
	f.Add(file("1.2.840.10008.1.2.4.50", header(part10.PixelData, "OB", 0xFFFFFFFF, bytes.Join([][]byte{item(0, nil), item(2, []byte{1, 2}), end(0xE0DD)}, nil))))
	f.Add(file(part10.ImplicitLittle, []byte{0x10, 0, 0x20, 0, 2, 0, 0, 0, 'A', 'B'}))
	words := part10.NewDictionary()
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := part10.Parse(bytes.NewReader(data), int64(len(data)), words)
		if err != nil {
			return
		}
		if _, err := json.Marshal(read.Data.Attributes(nil)); err != nil {
			t.Errorf("no JSON: %v", err)
		}
		read.Data.Check(words)
		if rows, _ := read.Data.Int(part10.Rows); rows < 1000 {
			_, _ = read.Image(bytes.NewReader(data), 1)
		}
	})
}
