package part10_test

import (
	"bytes"
	"slices"
	"testing"

	"hdstest/internal/sandbox/dicom/part10"
)

const patientSex, occupation, comments = part10.Tag(0x00100040), part10.Tag(0x00102180), part10.Tag(0x00104000)

// changed rewrites a file and reads it back.
func changed(t *testing.T, data []byte, with ...part10.Text) (*part10.File, []byte, error) {
	t.Helper()
	f, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Changed(bytes.NewReader(data), int64(len(data)), with, &out); err != nil {
		return nil, nil, err
	}
	again, err := parse(out.Bytes())
	if err != nil {
		t.Fatalf("%v: % x", err, out.Bytes())
	}
	return again, out.Bytes(), nil
}

// TestChanged: an element is replaced where it stands, one that is absent is added in
// its place, and all else is the same, byte by byte.
func TestChanged(t *testing.T) {
	name, id := el(part10.PatientName, "PN", []byte("Old^")), el(part10.PatientID, "LO", []byte("ID"))
	sequence := header(0x00400275, "SQ", 0xFFFFFFFF, append(item(0xFFFFFFFF, append(el(0x00100010, "PN", []byte("In")), end(0xE00D)...)), end(0xE0DD)...))
	pixels := el(part10.PixelData, "OW", []byte{1, 2, 3, 4})
	for rule, row := range map[string]struct {
		before, after [][]byte
		with          []part10.Text
	}{
		"nothing":                {[][]byte{name, id}, [][]byte{name, id}, nil},
		"replaced, other length": {[][]byte{name, id, pixels}, [][]byte{el(part10.PatientName, "PN", []byte("Newer^ ")[:6]), id, pixels}, []part10.Text{{part10.PatientName, "PN", "Newer^"}}},
		"padded":                 {[][]byte{name}, [][]byte{el(part10.PatientName, "PN", []byte("New "))}, []part10.Text{{part10.PatientName, "PN", "New"}}},
		"emptied":                {[][]byte{name, id}, [][]byte{name, el(part10.PatientID, "LO", nil)}, []part10.Text{{part10.PatientID, "LO", ""}}},
		"added first":            {[][]byte{sequence, pixels}, [][]byte{id, sequence, pixels}, []part10.Text{{part10.PatientID, "LO", "ID"}}},
		"added between":          {[][]byte{name, pixels}, [][]byte{name, el(patientSex, "CS", []byte("O ")), el(occupation, "SH", []byte("Test")), pixels}, []part10.Text{{occupation, "SH", "Test"}, {patientSex, "CS", "O"}}},
		"added last":             {[][]byte{name}, [][]byte{name, header(comments, "LT", 4, []byte("none"))}, []part10.Text{{comments, "LT", "none"}}},
		"the last one":           {[][]byte{name, id}, [][]byte{name, el(part10.PatientID, "LO", []byte("X "))}, []part10.Text{{part10.PatientID, "LO", "X"}}},
		"not in a sequence":      {[][]byte{name, sequence}, [][]byte{el(part10.PatientName, "PN", []byte("No")), sequence}, []part10.Text{{part10.PatientName, "PN", "No"}}},
		"out of order":           {[][]byte{id, name}, [][]byte{id, el(part10.PatientName, "PN", []byte("No"))}, []part10.Text{{part10.PatientName, "PN", "No"}}},
	} {
		_, got, err := changed(t, file(part10.ExplicitLittle, row.before...), row.with...)
		if want := file(part10.ExplicitLittle, row.after...); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\nwant % x\ngot  % x", rule, err, want, got)
		}
	}
}

func TestChangedInItsCharacterSet(t *testing.T) {
	name := part10.Text{Tag: part10.PatientName, VR: "PN", Value: "Née"}
	for charset, want := range map[string]string{"": "", "ISO_IR 100": "N\xe9e ", "ISO_IR 192": "Née", "ISO_IR 144": ""} {
		data := [][]byte{el(part10.PatientID, "LO", []byte("ID"))}
		if charset != "" {
			data = [][]byte{el(part10.CharacterSet, "CS", []byte(charset + " ")[:(len(charset)+1)/2*2]), data[0]}
		}
		f, _, err := changed(t, file(part10.ExplicitLittle, data...), name)
		if (err == nil) != (want != "") {
			t.Errorf("%q: %v", charset, err)
		}
		if err == nil && (string(f.Data.Get(part10.PatientName).Value) != want || f.Data.Text(part10.PatientName) != "Née") {
			t.Errorf("%q: %q", charset, f.Data.Get(part10.PatientName).Value)
		}
	}
	for _, syntax := range []string{part10.ImplicitLittle, part10.ExplicitBig} {
		if _, _, err := changed(t, file(syntax), name); err == nil {
			t.Errorf("%s was changed", syntax)
		}
	}
}

// FuzzChanged changes whatever can be read: what comes out can be read, has the new
// texts, and all else as before.
func FuzzChanged(f *testing.F) {
	f.Add(file(part10.ExplicitLittle, el(part10.PatientName, "PN", []byte("Old^")), el(part10.PatientID, "LO", []byte("ID"))))
	f.Add(file(part10.ExplicitLittle, el(part10.PatientID, "LO", []byte("ID")), el(part10.PatientName, "PN", []byte("Old^")),
		header(0x00400275, "SQ", 0xFFFFFFFF, append(item(0xFFFFFFFF, append(el(0x00400009, "SH", []byte("S1")), end(0xE00D)...)), end(0xE0DD)...))))
	f.Add(file(part10.JPEGBaseline, header(part10.PixelData, "OB", 0xFFFFFFFF, append(append(item(0, nil), item(2, []byte{1, 2})...), end(0xE0DD)...))))
	f.Fuzz(func(t *testing.T, data []byte) {
		before, err := parse(data)
		if err != nil || before.Implicit() || before.Big() {
			return
		}
		with := []part10.Text{{Tag: part10.PatientName, VR: "PN", Value: "New^Name"}, {Tag: occupation, VR: "SH", Value: "odd"}}
		after, _, err := changed(t, data, with...)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range before.Data.Elements {
			touched := slices.ContainsFunc(with, func(one part10.Text) bool { return one.Tag == e.Tag })
			now := after.Data.Get(e.Tag)
			if now == nil || !touched && (!bytes.Equal(now.Value, e.Value) || now.VR != e.VR || now.Length != e.Length) {
				t.Fatalf("%s was %v and is %v", e.Tag, e, now)
			}
		}
		for _, one := range with {
			if got := after.Data.Get(one.Tag); got == nil || after.Data.Text(one.Tag) != one.Value && before.Data.Get(part10.CharacterSet) == nil {
				t.Fatalf("%s is %v", one.Tag, got)
			}
		}
	})
}
