package graph

import (
	"slices"
)

// expression is a node of a parsed $filter.
type expression struct {
	op    string // and or not eq ne gt ge lt le in startswith endswith contains any all path literal
	text  string // path or literal as written
	bound string // the variable of any and all
	quote bool   // a literal that was a string
	parts []*expression
}

// maxDepth and maxClauses bound a filter. Graph has such limits too; these
// numbers are the sandbox's.
const (
	maxDepth   = 50
	maxClauses = 200
)

type parser struct {
	lexer   lexer
	current token
	depth   int
	clauses int
}

// parseFilter reads a whole $filter. It knows the grammar and no property.
// Source: OData 4.01 part 2 section 5.1.1; of its functions the ones that
// Graph's directory objects have.
func parseFilter(text string) (*expression, error) {
	p := &parser{lexer: lexer{text: text}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.current.kind != tokenEnd {
		return nil, p.wrong()
	}
	return e, nil
}

func (p *parser) wrong() error {
	return syntaxError("Invalid filter clause: Syntax error at position %d in '%s'.", p.current.end, p.lexer.text)
}

func (p *parser) advance() (err error) {
	p.current, err = p.lexer.next()
	return err
}

func (p *parser) word(text string) bool {
	return p.current.kind == tokenWord && p.current.text == text
}

func (p *parser) expect(kind tokenKind) (string, error) {
	if p.current.kind != kind {
		return "", p.wrong()
	}
	text := p.current.text
	return text, p.advance()
}

func (p *parser) or() (*expression, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, unsupported("The filter is nested too deeply.")
	}
	return p.chain("or", func() (*expression, error) { return p.chain("and", p.unary) })
}

func (p *parser) chain(op string, next func() (*expression, error)) (*expression, error) {
	left, err := next()
	for err == nil && p.word(op) {
		if err = p.advance(); err != nil {
			break
		}
		var right *expression
		if right, err = next(); err == nil {
			left = &expression{op: op, parts: []*expression{left, right}}
		}
	}
	return left, err
}

func (p *parser) unary() (*expression, error) {
	negated := false
	for p.word("not") {
		negated = !negated
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	e, err := p.primary()
	if err != nil || !negated {
		return e, err
	}
	return &expression{op: "not", parts: []*expression{e}}, nil
}

func (p *parser) primary() (*expression, error) {
	if p.clauses++; p.clauses > maxClauses {
		return nil, unsupported("Too many child clauses specified in search filter expression containing 'or' operators.")
	}
	if p.current.kind == tokenOpen {
		if err := p.advance(); err != nil {
			return nil, err
		}
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		_, err = p.expect(tokenClose)
		return e, err
	}
	name, err := p.expect(tokenWord)
	if err != nil {
		return nil, err
	}
	if p.current.kind == tokenOpen {
		return p.function(name)
	}
	return p.comparison(&expression{op: "path", text: name})
}

func (p *parser) comparison(left *expression) (*expression, error) {
	if p.word("in") {
		return p.in(left)
	}
	op := p.current.text
	if p.current.kind != tokenWord || !slices.Contains([]string{"eq", "ne", "gt", "ge", "lt", "le"}, op) {
		// A property alone is a condition if it is a Boolean, as "accountEnabled".
		return &expression{op: "eq", parts: []*expression{left, {op: "literal", text: "true"}}}, nil
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	right, err := p.literal()
	return &expression{op: op, parts: []*expression{left, right}}, err
}

func (p *parser) literal() (*expression, error) {
	e := &expression{op: "literal", text: p.current.text, quote: p.current.kind == tokenString}
	if p.current.kind != tokenString && p.current.kind != tokenWord {
		return nil, p.wrong()
	}
	return e, p.advance()
}

func (p *parser) in(left *expression) (*expression, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	e := &expression{op: "in", parts: []*expression{left}}
	if _, err := p.expect(tokenOpen); err != nil {
		return nil, err
	}
	for {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		e.parts = append(e.parts, value)
		if p.current.kind != tokenComma {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	_, err := p.expect(tokenClose)
	return e, err
}
