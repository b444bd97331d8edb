// Package dicomfile makes one small valid DICOM instance to store in a test: a
// Secondary Capture image, grey, a few pixels wide, whose patient is no one.
//
// It writes the one form that the test needs: Explicit VR Little Endian in a
// DICOM Part 10 file, all attributes that the Secondary Capture Image IOD
// demands (DICOM PS3.3 section A.8.1.3) and no other. It reads nothing, knows no
// other object, no other transfer syntax and no compression.
//
// The bytes depend on the UIDs alone, so a seeded source of randomness gives
// the same file again.
package dicomfile

import (
	"fmt"
	"io"
)

// UIDs of the standard, and ours.
const (
	// SecondaryCapture is Secondary Capture Image Storage (PS3.4 annex B.5).
	SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7"
	// ExplicitLittleEndian is the transfer syntax of the file (PS3.5 annex A.2).
	ExplicitLittleEndian = "1.2.840.10008.1.2.1"
	// implementation names this program in the file meta information; derived from
	// a UUID (PS3.5 annex B.2).
	implementation     = "2.25.176317532096480437245176329841862042457"
	implementationName = "HDSTEST_1"
)

// The synthetic patient. Neither is anyone's.
const (
	PatientName = "Hdstest^Synthetic"
	PatientID   = "HDSTEST-SYNTHETIC"
)

// Instance says which instance to make.
type Instance struct {
	StudyUID, SeriesUID, InstanceUID string
	// Number is the instance's number in its series, from 1.
	Number int
}

// New makes up the UIDs of an instance from a source of randomness. It reads 48
// bytes.
func New(random io.Reader) (Instance, error) {
	var uids [3]string
	for i := range uids {
		uid, err := NewUID(random)
		if err != nil {
			return Instance{}, err
		}
		uids[i] = uid
	}
	return Instance{StudyUID: uids[0], SeriesUID: uids[1], InstanceUID: uids[2], Number: 1}, nil
}

// Bytes gives the file: preamble, prefix, file meta information, data set
// (PS3.10 section 7). It refuses UIDs that are none.
func (i Instance) Bytes() ([]byte, error) {
	for _, uid := range []string{i.StudyUID, i.SeriesUID, i.InstanceUID} {
		if !ValidUID(uid) {
			return nil, fmt.Errorf("%q is no DICOM UID: expected at most 64 digits and points, no component with a leading zero", uid)
		}
	}
	file := make([]byte, 128, 2048)
	file = append(file, "DICM"...)
	file = append(file, metaInformation(i.InstanceUID)...)
	return append(file, encode(i.dataSet())...), nil
}

// metaInformation is group 0002, led by its own length (PS3.10 section 7.1).
func metaInformation(instanceUID string) []byte {
	rest := encode([]element{
		bytes(0x0002, 0x0001, "OB", []byte{0, 1}),
		uid(0x0002, 0x0002, SecondaryCapture),
		uid(0x0002, 0x0003, instanceUID),
		uid(0x0002, 0x0010, ExplicitLittleEndian),
		uid(0x0002, 0x0012, implementation),
		text(0x0002, 0x0013, "SH", implementationName),
	})
	return append(encode([]element{long(0x0002, 0x0000, uint32(len(rest)))}), rest...)
}

// Rows and columns of the image.
const edge = 16

// dataSet lists the attributes in the order of their tags. Those without a value
// are of type 2: they must be there and may be empty. The body part stands there
// because, without one, the laterality of a paired part would have to.
func (i Instance) dataSet() []element {
	return []element{
		text(0x0008, 0x0005, "CS", "ISO_IR 192"),
		text(0x0008, 0x0008, "CS", `DERIVED\SECONDARY`),
		uid(0x0008, 0x0016, SecondaryCapture),
		uid(0x0008, 0x0018, i.InstanceUID),
		text(0x0008, 0x0020, "DA", "20200101"),
		text(0x0008, 0x0030, "TM", "120000"),
		text(0x0008, 0x0050, "SH", ""),
		text(0x0008, 0x0060, "CS", "OT"),
		text(0x0008, 0x0064, "CS", "SYN"),
		text(0x0008, 0x0070, "LO", "hdstest"),
		text(0x0008, 0x0090, "PN", ""),
		text(0x0010, 0x0010, "PN", PatientName),
		text(0x0010, 0x0020, "LO", PatientID),
		text(0x0010, 0x0030, "DA", ""),
		text(0x0010, 0x0040, "CS", ""),
		text(0x0018, 0x0015, "CS", "WHOLEBODY"),
		uid(0x0020, 0x000D, i.StudyUID),
		uid(0x0020, 0x000E, i.SeriesUID),
		text(0x0020, 0x0010, "SH", "1"),
		text(0x0020, 0x0011, "IS", "1"),
		text(0x0020, 0x0013, "IS", fmt.Sprint(max(i.Number, 1))),
		text(0x0020, 0x0020, "CS", ""),

		short(0x0028, 0x0002, 1),
		text(0x0028, 0x0004, "CS", "MONOCHROME2"),
		short(0x0028, 0x0010, edge),
		short(0x0028, 0x0011, edge),
		short(0x0028, 0x0100, 8),
		short(0x0028, 0x0101, 8),
		short(0x0028, 0x0102, 7),
		short(0x0028, 0x0103, 0),
		bytes(0x7FE0, 0x0010, "OB", pixels()),
	}
}

// pixels is a slope from black to white.
func pixels() []byte {
	out := make([]byte, edge*edge)
	for i := range out {
		out[i] = byte(i)
	}
	return out
}
