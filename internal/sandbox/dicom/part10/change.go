package part10

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Text is an element of text to be: several values are separated by backslashes.
type Text struct {
	Tag   Tag
	VR    string
	Value string
}

// Changed writes a file anew in which elements at the top of the data set have other
// texts; those that it lacks are added in their place. All else is copied byte by
// byte. It takes explicit VR little endian, and encapsulated pixel data; texts must be
// writable in the file's character set: the default one, Latin-1 or UTF-8.
// Source: DICOM PS3.5 sections 6.1, 6.2 and 7.1.
func (f *File) Changed(in io.ReaderAt, size int64, with []Text, to io.Writer) error {
	if f.Implicit() || f.Big() {
		return errors.New("only explicit VR little endian is changed")
	}
	instead, added := map[Tag]Text{}, []Text(nil)
	for _, t := range slices.SortedFunc(slices.Values(with), func(a, b Text) int { return cmp.Compare(a.Tag, b.Tag) }) {
		if f.Data.Get(t.Tag) != nil {
			instead[t.Tag] = t
		} else {
			added = append(added, t)
		}
	}
	elements := slices.SortedFunc(slices.Values(f.Data.Elements), func(a, b *Element) int { return cmp.Compare(a.Offset, b.Offset) })
	w := &rewriter{in: in, to: to, data: f.Data}
	for i, e := range elements {
		for len(added) > 0 && added[0].Tag < e.Tag {
			w.through(e.start())
			w.text(added[0])
			added = added[1:]
		}
		if t, ok := instead[e.Tag]; ok {
			w.through(e.start())
			w.text(t)
			w.copied = size
			if i+1 < len(elements) {
				w.copied = elements[i+1].start()
			}
		}
	}
	w.through(size)
	for _, t := range added {
		w.text(t)
	}
	return w.err
}

// rewriter copies a file and puts texts in between, up to the first error.
type rewriter struct {
	in     io.ReaderAt
	to     io.Writer
	data   *Dataset
	copied int64 // or left out, from the beginning on
	err    error
}

func (w *rewriter) through(end int64) {
	if w.err == nil {
		_, w.err = io.Copy(w.to, io.NewSectionReader(w.in, w.copied, end-w.copied))
	}
	w.copied = end
}

func (w *rewriter) text(t Text) {
	if w.err == nil {
		w.err = w.data.write(t, w.to)
	}
}

// start is where the element's tag stands, in explicit VR.
func (e *Element) start() int64 {
	if longVR(e.VR) {
		return e.Offset - 12
	}
	return e.Offset - 8
}

func (d *Dataset) write(t Text, to io.Writer) error {
	value, err := d.encoded(t.Value)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Tag.Paren(), err)
	}
	if len(value)%2 == 1 {
		value = append(value, ' ')
	}
	head := binary.LittleEndian.AppendUint16(nil, uint16(t.Tag>>16))
	head = binary.LittleEndian.AppendUint16(head, uint16(t.Tag&0xFFFF))
	head = append(head, t.VR...)
	switch {
	case longVR(t.VR):
		head = binary.LittleEndian.AppendUint32(append(head, 0, 0), uint32(len(value)))
	case len(value) > 0xFFFE:
		return fmt.Errorf("%s: the value is too long", t.Tag.Paren())
	default:
		head = binary.LittleEndian.AppendUint16(head, uint16(len(value)))
	}
	_, err = to.Write(append(head, value...))
	return err
}

// encoded writes a text in the data set's character set.
func (d *Dataset) encoded(text string) ([]byte, error) {
	most := rune(0x7F)
	switch d.charset {
	case "ISO_IR 192":
		return []byte(text), nil
	case "ISO_IR 100":
		most = 0xFF
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r > most }) {
		return nil, fmt.Errorf("the character set %q has not all of the value's letters", d.charset)
	}
	out := make([]byte, 0, len(text))
	for _, r := range text {
		out = append(out, byte(r))
	}
	return out, nil
}

// Text gives an attribute of text as an element holds it; false if it has values of
// another sort.
func (a Attribute) Text(t Tag) (Text, bool) {
	var values []string
	for _, v := range a.Value {
		one := Attribute{VR: a.VR, Value: []any{v}}
		if _, empty := v.(string); !empty && v != nil && one.First() == "" {
			return Text{}, false
		}
		values = append(values, one.First())
	}
	return Text{Tag: t, VR: a.VR, Value: strings.Join(values, `\`)}, a.VR != "SQ" && !Bulk(a.VR)
}

// Check tells what is wrong with the text by the rules of its value representation.
func (t Text) Check(words *Dictionary) []Problem {
	d := &Dataset{charset: "ISO_IR 192", Elements: []*Element{{Tag: t.Tag, VR: t.VR, Value: []byte(t.Value)}}}
	return d.Check(words)
}
