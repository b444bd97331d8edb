package part10

import (
	"strconv"
	"strings"
)

// Tag names a data element: group in the upper half, element in the lower.
type Tag uint32

// The tags that the service acts on by itself.
const (
	MetaLength          Tag = 0x00020000
	MediaClass          Tag = 0x00020002
	MediaInstance       Tag = 0x00020003
	TransferSyntaxUID   Tag = 0x00020010
	CharacterSet        Tag = 0x00080005
	SOPClassUID         Tag = 0x00080016
	SOPInstanceUID      Tag = 0x00080018
	StudyDate           Tag = 0x00080020
	AccessionNumber     Tag = 0x00080050
	Modality            Tag = 0x00080060
	ModalitiesInStudy   Tag = 0x00080061
	ReferringPhysician  Tag = 0x00080090
	StudyDescription    Tag = 0x00081030
	ManufacturerModel   Tag = 0x00081090
	PatientName         Tag = 0x00100010
	PatientID           Tag = 0x00100020
	PatientBirthDate    Tag = 0x00100030
	StudyInstanceUID    Tag = 0x0020000D
	SeriesInstanceUID   Tag = 0x0020000E
	StudyInstances      Tag = 0x00201208
	SeriesInstances     Tag = 0x00201209
	SamplesPerPixel     Tag = 0x00280002
	Photometric         Tag = 0x00280004
	PlanarConfiguration Tag = 0x00280006
	NumberOfFrames      Tag = 0x00280008
	Rows                Tag = 0x00280010
	Columns             Tag = 0x00280011
	BitsAllocated       Tag = 0x00280100
	BitsStored          Tag = 0x00280101
	PixelRepresentation Tag = 0x00280103
	WindowCenter        Tag = 0x00281050
	WindowWidth         Tag = 0x00281051
	RescaleIntercept    Tag = 0x00281052
	RescaleSlope        Tag = 0x00281053
	StepStartDate       Tag = 0x00400244
	PixelData           Tag = 0x7FE00010

	item         Tag = 0xFFFEE000
	itemEnd      Tag = 0xFFFEE00D
	sequenceEnd  Tag = 0xFFFEE0DD
	metaGroup        = 0x0002
	groupLengths Tag = 0x0000FFFF // mask: an element number of zero
)

// String gives eight upper-case hexadecimal digits, as in DICOM JSON.
func (t Tag) String() string {
	text := strings.ToUpper(strconv.FormatUint(uint64(t), 16))
	return strings.Repeat("0", 8-len(text)) + text
}

// Paren gives (gggg,eeee) in lower case, as error texts write it.
func (t Tag) Paren() string {
	text := strings.ToLower(t.String())
	return "(" + text[:4] + "," + text[4:] + ")"
}

// Private tells whether the tag has an odd group (PS3.5 section 7.8).
func (t Tag) Private() bool { return t>>16&1 == 1 }

// Entry is what the dictionary knows of an element.
type Entry struct {
	Tag     Tag
	VR      string
	Keyword string
}

// Dictionary looks elements up by tag and by keyword.
type Dictionary struct {
	byTag     map[Tag]Entry
	byKeyword map[string]Entry
}

// NewDictionary reads [dictionaryTable].
func NewDictionary() *Dictionary {
	d := &Dictionary{byTag: map[Tag]Entry{}, byKeyword: map[string]Entry{}}
	for line := range strings.Lines(dictionaryTable()) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		number, err := strconv.ParseUint(fields[0], 16, 32)
		if err != nil {
			continue
		}
		e := Entry{Tag(number), fields[1], fields[2]}
		d.byTag[e.Tag], d.byKeyword[e.Keyword] = e, e
	}
	return d
}

// Lookup gives the entry of a tag. It is not there for private tags and for the
// standard ones that the table lacks.
func (d *Dictionary) Lookup(t Tag) (Entry, bool) { e, ok := d.byTag[t]; return e, ok }

// Name is the keyword of a tag, or its digits if the table lacks it.
func (d *Dictionary) Name(t Tag) string {
	if e, ok := d.byTag[t]; ok {
		return e.Keyword
	}
	return t.String()
}

// Parse reads an attribute id of a query: a keyword, in which case counts, or
// eight hexadecimal digits.
func (d *Dictionary) Parse(text string) (Tag, bool) {
	if e, ok := d.byKeyword[text]; ok {
		return e.Tag, true
	}
	if len(text) != 8 {
		return 0, false
	}
	number, err := strconv.ParseUint(text, 16, 32)
	return Tag(number), err == nil
}
