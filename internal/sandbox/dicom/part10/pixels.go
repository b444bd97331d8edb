package part10

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
)

// Errors of reading pixels.
var (
	// ErrNoFrame means that there are no pixels, or no frame of that number.
	ErrNoFrame = errors.New("no such frame")
	// ErrUnsupported means that the pixels are there and this package cannot read them.
	ErrUnsupported = errors.New("this encoding of pixels is not read")
)

// mostPixels limits what is rendered.
const mostPixels = 1 << 26

// Frames counts the frames: NumberOfFrames, or one if there are pixels at all.
func (f *File) Frames() int {
	if f.Data.Get(PixelData) == nil {
		return 0
	}
	if n, ok := f.Data.Int(NumberOfFrames); ok && n > 0 {
		return n
	}
	return 1
}

// Frame finds the bytes of a frame, counted from 1. Encapsulated frames are taken
// to be one fragment each, or all fragments if there is one frame.
func (f *File) Frame(number int) ([]Span, error) {
	e := f.Data.Get(PixelData)
	if e == nil || number < 1 || number > f.Frames() {
		return nil, ErrNoFrame
	}
	if e.Fragments != nil {
		return encapsulated(e.Fragments[1:], number, f.Frames())
	}
	size, err := f.frameSize()
	if err != nil {
		return nil, err
	}
	if offset := size * int64(number-1); offset+size <= e.Length {
		return []Span{{e.Offset + offset, size}}, nil
	}
	return nil, ErrNoFrame
}

func encapsulated(fragments []Span, number, frames int) ([]Span, error) {
	switch {
	case frames == 1 && len(fragments) > 0:
		return fragments, nil
	case frames == len(fragments):
		return fragments[number-1 : number], nil
	}
	return nil, ErrUnsupported
}

// frameSize is the size of an uncompressed frame.
func (f *File) frameSize() (int64, error) {
	rows, _ := f.Data.Int(Rows)
	columns, _ := f.Data.Int(Columns)
	bits, _ := f.Data.Int(BitsAllocated)
	samples, ok := f.Data.Int(SamplesPerPixel)
	if !ok {
		samples = 1
	}
	if rows <= 0 || columns <= 0 || samples <= 0 || bits <= 0 || bits%8 != 0 {
		return 0, ErrUnsupported
	}
	return int64(rows) * int64(columns) * int64(samples) * int64(bits/8), nil
}

// Read gives the bytes of a frame.
func (f *File) Read(in io.ReaderAt, number int) ([]byte, error) {
	spans, err := f.Frame(number)
	if err != nil {
		return nil, err
	}
	var total int64
	for _, s := range spans {
		total += s.Length
	}
	out := make([]byte, 0, total)
	for _, s := range spans {
		part := make([]byte, s.Length)
		if _, err := in.ReadAt(part, s.Offset); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read a frame: %w", err)
		}
		out = append(out, part...)
	}
	return out, nil
}

// Image renders a frame as a person would see it: grey values through the
// rescale slope and the window, colours as they are.
// Source: DICOM PS3.3 sections C.7.6.3 and C.11.2.
func (f *File) Image(in io.ReaderAt, number int) (image.Image, error) {
	data, err := f.Read(in, number)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Syntax == JPEGBaseline:
		picture, err := jpeg.Decode(bytes.NewReader(data))
		return picture, errors.Join(err, unsupportedIf(err != nil))
	case f.Syntax != ExplicitLittle && f.Syntax != ImplicitLittle && f.Syntax != ExplicitBig:
		return nil, ErrUnsupported
	}
	rows, _ := f.Data.Int(Rows)
	columns, _ := f.Data.Int(Columns)
	if rows*columns > mostPixels {
		return nil, ErrUnsupported
	}
	switch kind := f.Data.Text(Photometric); kind {
	case "MONOCHROME1", "MONOCHROME2":
		return f.grey(data, columns, rows, kind == "MONOCHROME1")
	case "RGB":
		return f.colours(data, columns, rows)
	}
	return nil, ErrUnsupported
}

func unsupportedIf(yes bool) error {
	if yes {
		return ErrUnsupported
	}
	return nil
}

func (f *File) grey(data []byte, columns, rows int, inverted bool) (image.Image, error) {
	values, err := f.samples(data)
	if err != nil || len(values) < rows*columns {
		return nil, ErrUnsupported
	}
	values = values[:rows*columns]
	low, high := f.window(values)
	picture := image.NewGray(image.Rect(0, 0, columns, rows))
	for i, v := range values {
		level := uint8(math.Round(255 * min(max((v-low)/(high-low), 0), 1)))
		if inverted {
			level = 255 - level
		}
		picture.Pix[i] = level
	}
	return picture, nil
}

// samples gives grey values after the rescale slope and intercept.
func (f *File) samples(data []byte) ([]float64, error) {
	bits, _ := f.Data.Int(BitsAllocated)
	stored, ok := f.Data.Int(BitsStored)
	if !ok || stored <= 0 || stored > bits {
		stored = bits
	}
	signed, _ := f.Data.Int(PixelRepresentation)
	slope, ok := f.Data.Float(RescaleSlope)
	if !ok {
		slope = 1
	}
	intercept, _ := f.Data.Float(RescaleIntercept)
	var order binary.ByteOrder = binary.LittleEndian
	if f.Big() {
		order = binary.BigEndian
	}
	var out []float64
	for ; len(data) >= bits/8; data = data[bits/8:] {
		var raw uint32
		switch bits {
		case 8:
			raw = uint32(data[0])
		case 16:
			raw = uint32(order.Uint16(data))
		default:
			return nil, ErrUnsupported
		}
		raw &= 1<<stored - 1
		value := float64(raw)
		if signed == 1 && raw>>(stored-1) == 1 {
			value -= float64(uint32(1) << stored)
		}
		out = append(out, value*slope+intercept)
	}
	return out, nil
}

// window gives the values that become black and white: those of the file's
// window, or else the lowest and highest.
func (f *File) window(values []float64) (low, high float64) {
	centre, hasCentre := f.Data.Float(WindowCenter)
	width, hasWidth := f.Data.Float(WindowWidth)
	if hasCentre && hasWidth && width > 1 {
		return centre - 0.5 - (width-1)/2, centre - 0.5 + (width-1)/2
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	if high <= low {
		high = low + 1
	}
	return low, high
}

func (f *File) colours(data []byte, columns, rows int) (image.Image, error) {
	bits, _ := f.Data.Int(BitsAllocated)
	samples, _ := f.Data.Int(SamplesPerPixel)
	planes, _ := f.Data.Int(PlanarConfiguration)
	if bits != 8 || samples != 3 || len(data) < 3*rows*columns {
		return nil, ErrUnsupported
	}
	picture := image.NewRGBA(image.Rect(0, 0, columns, rows))
	for i := range rows * columns {
		c := color.RGBA{data[3*i], data[3*i+1], data[3*i+2], 255}
		if planes == 1 {
			c = color.RGBA{data[i], data[rows*columns+i], data[2*rows*columns+i], 255}
		}
		picture.SetRGBA(i%columns, i/columns, c)
	}
	return picture, nil
}
