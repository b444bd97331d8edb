package part10

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Transfer syntaxes. Source: DICOM PS3.6 table A-1.
const (
	ImplicitLittle = "1.2.840.10008.1.2"
	ExplicitLittle = "1.2.840.10008.1.2.1"
	Deflated       = "1.2.840.10008.1.2.1.99"
	ExplicitBig    = "1.2.840.10008.1.2.2"
	JPEGBaseline   = "1.2.840.10008.1.2.4.50"
	JPEG2000       = "1.2.840.10008.1.2.4.90"
)

// Limits of what is read into memory. Values that are longer stay in the file.
const (
	mostValue    = 64 << 10
	mostDepth    = 32
	mostElements = 1 << 20
	undefined    = 0xFFFFFFFF
	preamble     = 128
)

// Element is one data element. Value is nil if it is long: then it lies in the
// file, Length bytes from Offset on.
type Element struct {
	Tag       Tag
	VR        string
	Offset    int64
	Length    int64
	Value     []byte
	Items     []*Dataset // of a sequence
	Fragments []Span     // of encapsulated pixel data, the offset table first
}

// Span is a part of the file.
type Span struct{ Offset, Length int64 }

// Dataset is a list of elements by rising tag.
type Dataset struct {
	Elements []*Element
	big      bool   // numbers are big endian
	charset  string // of the texts in it
}

// Get finds an element, nil if there is none.
func (d *Dataset) Get(t Tag) *Element {
	at, found := slices.BinarySearchFunc(d.Elements, t, func(e *Element, t Tag) int { return int(int64(e.Tag) - int64(t)) })
	if !found {
		return nil
	}
	return d.Elements[at]
}

// File is a DICOM file: its meta information and its data set.
type File struct {
	Meta, Data *Dataset
	Syntax     string // transfer syntax
}

// Implicit tells whether the data set has no value representations of its own.
func (f *File) Implicit() bool { return f.Syntax == ImplicitLittle }

// Big tells whether numbers are big endian.
func (f *File) Big() bool { return f.Syntax == ExplicitBig }

// ErrNotDICOM is the error for something that does not begin as a DICOM file.
var ErrNotDICOM = errors.New("not a DICOM file: no DICM after the preamble")

// Parse reads a file of size bytes. It takes explicit and implicit VR little
// endian, explicit VR big endian, and encapsulated pixel data of any syntax; not
// deflated data sets. Lengths must be even, and nothing may reach beyond what it
// lies in. The preamble is not looked at.
// Source: DICOM PS3.10 section 7, PS3.5 sections 7 and A.4.
func Parse(file io.ReaderAt, size int64, words *Dictionary) (*File, error) {
	p := &parser{in: file, end: size, words: words}
	if size < preamble+4 {
		return nil, ErrNotDICOM
	}
	p.pos = preamble
	if mark, err := p.bytes(4); err != nil || string(mark) != "DICM" {
		return nil, ErrNotDICOM
	}
	meta, err := p.meta()
	if err != nil {
		return nil, fmt.Errorf("file meta information: %w", err)
	}
	f := &File{Meta: meta, Syntax: meta.Text(TransferSyntaxUID)}
	switch f.Syntax {
	case "":
		return nil, errors.New("file meta information: no transfer syntax")
	case Deflated:
		return nil, errors.New("deflated data sets are not read")
	}
	p.big, p.implicit = f.Big(), f.Implicit()
	if f.Data, err = p.dataset(size, false, 0, ""); err != nil {
		return nil, err
	}
	return f, nil
}

// parser reads a file forward.
type parser struct {
	in       io.ReaderAt
	pos, end int64
	words    *Dictionary
	big      bool
	implicit bool
	elements int

	window []byte // what was read ahead, from start on
	start  int64
}

// bytes gives the next n bytes, which stay valid until the next call.
func (p *parser) bytes(n int) ([]byte, error) {
	if p.pos+int64(n) > p.end {
		return nil, fmt.Errorf("at byte %d: %d bytes are wanted and %d are left", p.pos, n, p.end-p.pos)
	}
	if p.pos < p.start || p.pos+int64(n) > p.start+int64(len(p.window)) {
		window := make([]byte, min(int64(max(n, 4096)), p.end-p.pos))
		if _, err := p.in.ReadAt(window, p.pos); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		p.window, p.start = window, p.pos
	}
	from := p.pos - p.start
	p.pos += int64(n)
	return p.window[from : from+int64(n)], nil
}

func (p *parser) order() binary.ByteOrder {
	if p.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (p *parser) tag() (Tag, error) {
	b, err := p.bytes(4)
	if err != nil {
		return 0, err
	}
	return Tag(p.order().Uint16(b))<<16 | Tag(p.order().Uint16(b[2:])), nil
}

func (p *parser) long() (int64, error) {
	b, err := p.bytes(4)
	if err != nil {
		return 0, err
	}
	return int64(p.order().Uint32(b)), nil
}

// meta reads group 0002, which is always explicit VR little endian. Its length
// element says where it ends; without one it ends where the group does.
func (p *parser) meta() (*Dataset, error) {
	d := &Dataset{}
	end := p.end
	for p.pos < end {
		at := p.pos
		t, err := p.tag()
		if err != nil {
			return nil, err
		}
		if t>>16 != metaGroup {
			p.pos = at
			break
		}
		e, err := p.element(t, end, 0, "")
		if err != nil {
			return nil, err
		}
		if t == MetaLength {
			if len(e.Value) != 4 {
				return nil, fmt.Errorf("the group length has %d bytes, not 4", len(e.Value))
			}
			if end = p.pos + int64(binary.LittleEndian.Uint32(e.Value)); end > p.end {
				return nil, errors.New("the group length reaches beyond the file")
			}
		}
		d.Elements = append(d.Elements, e)
	}
	return d, d.order()
}

// dataset reads elements up to end or, if delimited, up to the end of the item.
func (p *parser) dataset(end int64, delimited bool, depth int, charset string) (*Dataset, error) {
	if depth > mostDepth {
		return nil, fmt.Errorf("sequences are nested more than %d deep", mostDepth)
	}
	d := &Dataset{big: p.big, charset: charset}
	for p.pos < end {
		t, err := p.tag()
		if err != nil {
			return nil, err
		}
		if t == itemEnd && delimited {
			if n, err := p.long(); err != nil || n != 0 {
				return nil, errors.Join(fmt.Errorf("at byte %d: an item's end has a length", p.pos), err)
			}
			return d, d.order()
		}
		e, err := p.element(t, end, depth, d.charset)
		if err != nil {
			return nil, err
		}
		if t == CharacterSet {
			d.charset = strings.TrimSpace(string(e.Value))
		}
		d.Elements = append(d.Elements, e)
	}
	if delimited {
		return nil, fmt.Errorf("at byte %d: an item does not end", p.pos)
	}
	return d, d.order()
}

// order sorts the elements and refuses two of the same tag. That they rise in the
// file, as PS3.5 section 7.1 asks, is not insisted on.
func (d *Dataset) order() error {
	slices.SortStableFunc(d.Elements, func(a, b *Element) int { return int(int64(a.Tag) - int64(b.Tag)) })
	for i := 1; i < len(d.Elements); i++ {
		if d.Elements[i].Tag == d.Elements[i-1].Tag {
			return fmt.Errorf("element %s is there twice", d.Elements[i].Tag.Paren())
		}
	}
	return nil
}

// element reads what follows a tag.
func (p *parser) element(t Tag, end int64, depth int, charset string) (*Element, error) {
	if p.elements++; p.elements > mostElements {
		return nil, fmt.Errorf("more than %d elements", mostElements)
	}
	if t>>16 == 0xFFFE {
		return nil, fmt.Errorf("at byte %d: a delimiter %s where there is no item", p.pos, t.Paren())
	}
	vr, length, err := p.header(t)
	if err != nil {
		return nil, err
	}
	e := &Element{Tag: t, VR: vr, Offset: p.pos, Length: length}
	switch {
	case length != undefined && length%2 != 0:
		return nil, fmt.Errorf("%s: an odd length of %d", t.Paren(), length)
	case length != undefined && p.pos+length > end:
		return nil, fmt.Errorf("%s: %d bytes are announced and %d are left", t.Paren(), length, end-p.pos)
	case vr == "SQ":
		e.Items, err = p.items(end, length, depth, charset)
	case length == undefined && vr == "UN":
		e.Items, err = p.unknown(end, depth, charset)
	case length == undefined && t == PixelData && (vr == "OB" || vr == "OW"):
		e.Fragments, err = p.fragments(end)
	case length == undefined:
		err = errors.New("an undefined length")
	case length > mostValue:
		p.pos += length
	default:
		var value []byte
		value, err = p.bytes(int(length))
		e.Value = slices.Clone(value)
		if e.Value == nil {
			e.Value = []byte{}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Paren(), err)
	}
	return e, nil
}

// header reads value representation and length. An implicit data set has only
// the length; the representation is looked up.
func (p *parser) header(t Tag) (vr string, length int64, err error) {
	if p.implicit && t>>16 != metaGroup {
		length, err = p.long()
		return p.words.implicitVR(t), length, err
	}
	b, err := p.bytes(4)
	if err != nil {
		return "", 0, err
	}
	vr = string(b[:2])
	if !knownVR(vr) {
		return "", 0, fmt.Errorf("%s: %q is no value representation", t.Paren(), vr)
	}
	if !longVR(vr) {
		return vr, int64(p.order().Uint16(b[2:])), nil
	}
	length, err = p.long()
	return vr, length, err
}

func (d *Dictionary) implicitVR(t Tag) string {
	if e, ok := d.byTag[t]; ok {
		return e.VR
	}
	if t&groupLengths == 0 {
		return "UL"
	}
	return "UN"
}

// knownVR lists the value representations of PS3.5 section 6.2.
func knownVR(vr string) bool {
	return len(vr) == 2 && strings.Contains("AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV", vr) && vr[0] != ' ' && vr[1] != ' '
}

// longVR lists those whose length has four bytes (PS3.5 table 7.1-1).
func longVR(vr string) bool {
	return strings.Contains("OB OD OF OL OV OW SQ SV UC UN UR UT UV", vr)
}
