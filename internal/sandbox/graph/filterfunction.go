package graph

import (
	"slices"
	"strings"
)

// function reads what follows a name and an opening bracket.
func (p *parser) function(name string) (*expression, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if path, kind, ok := cutLambda(name); ok {
		return p.lambda(path, kind)
	}
	lower := strings.ToLower(name)
	if !slices.Contains([]string{"startswith", "endswith", "contains"}, lower) {
		return nil, syntaxError("Invalid filter clause: An unknown function with name '%s' was found. This may also be "+
			"a function import or a key lookup on a navigation property, which is not allowed.", name)
	}
	property, err := p.expect(tokenWord)
	if err != nil {
		return nil, err
	}
	if _, err := p.expect(tokenComma); err != nil {
		return nil, err
	}
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	if !value.quote {
		return nil, p.wrong()
	}
	_, err = p.expect(tokenClose)
	return &expression{op: lower, parts: []*expression{{op: "path", text: property}, value}}, err
}

func cutLambda(name string) (path, kind string, ok bool) {
	i := strings.LastIndexByte(name, '/')
	if i < 1 || name[i+1:] != "any" && name[i+1:] != "all" {
		return "", "", false
	}
	return name[:i], name[i+1:], true
}

func (p *parser) lambda(path, kind string) (*expression, error) {
	e := &expression{op: kind, parts: []*expression{{op: "path", text: path}}}
	if kind == "any" && p.current.kind == tokenClose { // any(): not empty
		return e, p.advance()
	}
	var err error
	if e.bound, err = p.expect(tokenWord); err != nil {
		return nil, err
	}
	if _, err := p.expect(tokenColon); err != nil {
		return nil, err
	}
	body, err := p.or()
	if err != nil {
		return nil, err
	}
	e.parts = append(e.parts, body)
	_, err = p.expect(tokenClose)
	return e, err
}
