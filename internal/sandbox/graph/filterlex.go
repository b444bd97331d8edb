package graph

import "strings"

// tokenKind is what a piece of a $filter is.
type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenString
	tokenOpen
	tokenClose
	tokenComma
	tokenColon
)

// token is one piece; end is the position behind it, which errors name.
type token struct {
	kind tokenKind
	text string // a string without its quotes
	end  int
}

// lexer cuts a $filter into tokens.
// Source: OData 4.01 ABNF construction rules.
type lexer struct {
	text string
	at   int
}

func (l *lexer) next() (token, error) {
	for l.at < len(l.text) && (l.text[l.at] == ' ' || l.text[l.at] == '\t') {
		l.at++
	}
	if l.at == len(l.text) {
		return token{kind: tokenEnd, end: l.at}, nil
	}
	single := map[byte]tokenKind{'(': tokenOpen, ')': tokenClose, ',': tokenComma, ':': tokenColon}
	c := l.text[l.at]
	if kind, ok := single[c]; ok {
		l.at++
		return token{kind: kind, text: string(c), end: l.at}, nil
	}
	if c == '\'' {
		return l.quoted()
	}
	start := l.at
	digits := c >= '0' && c <= '9' // in a time of day a colon belongs to the word
	for l.at < len(l.text) && (isWord(l.text[l.at]) || digits && l.text[l.at] == ':') {
		l.at++
	}
	if l.at == start {
		return token{}, syntaxError("Invalid filter clause: Syntax error: character '%c' is not valid at position %d in '%s'.",
			c, l.at, l.text)
	}
	return token{kind: tokenWord, text: l.text[start:l.at], end: l.at}, nil
}

func (l *lexer) quoted() (token, error) {
	var out strings.Builder
	for i := l.at + 1; i < len(l.text); i++ {
		if l.text[i] != '\'' {
			out.WriteByte(l.text[i])
			continue
		}
		if i+1 < len(l.text) && l.text[i+1] == '\'' {
			out.WriteByte('\'')
			i++
			continue
		}
		l.at = i + 1
		return token{kind: tokenString, text: out.String(), end: l.at}, nil
	}
	return token{}, syntaxError("Invalid filter clause: There is an unterminated string literal at position %d in '%s'.",
		len(l.text), l.text)
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_$@./+-", c) >= 0
}
