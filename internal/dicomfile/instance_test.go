package dicomfile_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"mime/multipart"
	"strings"
	"testing"

	"hdstest/internal/dicomfile"
)

func make1(t *testing.T, seed byte) (dicomfile.Instance, []byte) {
	t.Helper()
	instance, err := dicomfile.New(rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		t.Fatal(err)
	}
	file, err := instance.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return instance, file
}

func TestOneSeedGivesOneFile(t *testing.T) {
	_, a := make1(t, 1)
	_, b := make1(t, 1)
	_, c := make1(t, 2)
	if !bytes.Equal(a, b) {
		t.Error("two files of one seed differ")
	}
	if bytes.Equal(a, c) {
		t.Error("files of two seeds are equal")
	}
}

// TestFileReadsBack walks the elements of the file by the rules of PS3.5, not by
// those of the writer.
func TestFileReadsBack(t *testing.T) {
	instance, file := make1(t, 1)
	if string(file[128:132]) != "DICM" {
		t.Fatal("no prefix")
	}
	values, metaEnd := map[uint32]string{}, 0
	var last uint32
	for at := 132; at < len(file); {
		tag := uint32(binary.LittleEndian.Uint16(file[at:]))<<16 | uint32(binary.LittleEndian.Uint16(file[at+2:]))
		if tag <= last && last != 0 {
			t.Errorf("%08x stands behind %08x", tag, last)
		}
		if tag>>16 != 2 && last>>16 == 2 {
			metaEnd = at
		}
		start, length := at+8, int(binary.LittleEndian.Uint16(file[at+6:]))
		if strings.Contains("OB OW SQ UN UT", string(file[at+4:at+6])) {
			start, length = at+12, int(binary.LittleEndian.Uint32(file[at+8:]))
		}
		if length%2 == 1 {
			t.Errorf("%08x has an odd length", tag)
		}
		values[tag] = strings.TrimRight(string(file[start:start+length]), " \x00")
		last, at = tag, start+length
	}
	want := map[uint32]string{
		0x00020003: instance.InstanceUID, 0x00080018: instance.InstanceUID, 0x0020000D: instance.StudyUID,
		0x0020000E: instance.SeriesUID, 0x00100010: "Hdstest^Synthetic", 0x00080016: dicomfile.SecondaryCapture,
		0x00020010: dicomfile.ExplicitLittleEndian,
	}
	for tag, value := range want {
		if values[tag] != value {
			t.Errorf("%08x is %q, want %q", tag, values[tag], value)
		}
	}
	// (0002,0000) counts what follows it in group 0002.
	if got := binary.LittleEndian.Uint32(file[132+8:]); int(got) != metaEnd-(132+12) {
		t.Errorf("group length %d, want %d", got, metaEnd-(132+12))
	}
	if len(values[0x7FE00010]) != 256 && len(values[0x7FE00010]) != 255 {
		t.Errorf("%d bytes of pixels", len(values[0x7FE00010]))
	}
}

func TestBytesRefusesWhatIsNoUID(t *testing.T) {
	good, _ := make1(t, 1)
	for _, uid := range []string{"", "1.02.3", "1..2", "abc", "1.2 ", strings.Repeat("1.", 33) + "1"} {
		bad := good
		bad.SeriesUID = uid
		if _, err := bad.Bytes(); err == nil {
			t.Errorf("%q was taken for a UID", uid)
		}
	}
}

func TestMultipartReadsBack(t *testing.T) {
	_, a := make1(t, 1)
	_, b := make1(t, 2)
	reader := multipart.NewReader(bytes.NewReader(dicomfile.Multipart("edge", a, b)), "edge")
	for i, want := range [][]byte{a, b} {
		part, err := reader.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := got.ReadFrom(part); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("part %d differs (%v)", i, err)
		}
		if part.Header.Get("Content-Type") != "application/dicom" {
			t.Errorf("part %d has type %s", i, part.Header.Get("Content-Type"))
		}
	}
	if _, err := reader.NextRawPart(); err == nil {
		t.Error("a third part")
	}
}

func FuzzValidUID(f *testing.F) {
	f.Add("1.2.840.10008.1.1")
	f.Add("2.25.0")
	f.Add("1.2.")
	f.Fuzz(func(t *testing.T, text string) {
		if !dicomfile.ValidUID(text) {
			return
		}
		if _, err := (dicomfile.Instance{StudyUID: text, SeriesUID: text, InstanceUID: text}).Bytes(); err != nil {
			t.Error(err)
		}
	})
}
