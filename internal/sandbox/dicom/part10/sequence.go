package part10

import (
	"errors"
	"fmt"
)

// items reads the items of a sequence of known or undefined length.
func (p *parser) items(end, length int64, depth int, charset string) ([]*Dataset, error) {
	if length != undefined {
		end = p.pos + length
	}
	items := []*Dataset{}
	for p.pos < end {
		t, err := p.tag()
		if err != nil {
			return nil, err
		}
		n, err := p.long()
		switch {
		case err != nil:
			return nil, err
		case t == sequenceEnd && length == undefined && n == 0:
			return items, nil
		case t != item:
			return nil, fmt.Errorf("at byte %d: %s where an item was expected", p.pos, t.Paren())
		case n != undefined && p.pos+n > end:
			return nil, fmt.Errorf("an item of %d bytes where %d are left", n, end-p.pos)
		}
		inner := end
		if n != undefined {
			inner = p.pos + n
		}
		d, err := p.dataset(inner, n == undefined, depth+1, charset)
		if err != nil {
			return nil, err
		}
		items = append(items, d)
	}
	if length == undefined {
		return nil, errors.New("the sequence does not end")
	}
	return items, nil
}

// unknown reads a UN element of undefined length, which holds items in implicit
// VR little endian (PS3.5 section 6.2.2, note 2).
func (p *parser) unknown(end int64, depth int, charset string) ([]*Dataset, error) {
	big, implicit := p.big, p.implicit
	p.big, p.implicit = false, true
	items, err := p.items(end, undefined, depth, charset)
	p.big, p.implicit = big, implicit
	return items, err
}

// fragments finds the items of encapsulated pixel data (PS3.5 section A.4).
func (p *parser) fragments(end int64) ([]Span, error) {
	var out []Span
	for p.pos < end {
		t, err := p.tag()
		if err != nil {
			return nil, err
		}
		n, err := p.long()
		switch {
		case err != nil:
			return nil, err
		case t == sequenceEnd && n == 0:
			return out, nil
		case t != item || n == undefined || n%2 != 0 || p.pos+n > end:
			return nil, fmt.Errorf("at byte %d: no fragment", p.pos)
		}
		out = append(out, Span{p.pos, n})
		if len(out) > mostElements {
			return nil, errors.New("too many fragments")
		}
		p.pos += n
	}
	return nil, errors.New("the encapsulated pixel data does not end")
}
