package evidence

import "strings"

// Challenge is one challenge of a WWW-Authenticate header: a scheme with
// parameters. Names of parameters are in lower case.
type Challenge struct {
	Scheme string // as written; empty if the header began with a parameter
	Data   string // the single value that some schemes have in place of parameters
	Params map[string]string
}

// Challenges parses a WWW-Authenticate header (RFC 9110 section 11.6.1): any
// number of challenges, parameters in any order, quoted strings with escapes. A
// header sent on several lines is given joined by commas. It is as lenient as a
// diagnosis wants it: what makes no sense is skipped, of a repeated parameter
// the first counts, and an unquoted value ends at a comma or blank. It does not
// check which parameters a scheme allows.
func Challenges(header string) []Challenge {
	p := &challengeParser{rest: header}
	var all []Challenge
	for p.next() {
		name := p.word()
		if value, ok := p.value(); ok {
			if len(all) == 0 {
				all = append(all, Challenge{Params: map[string]string{}})
			}
			params := all[len(all)-1].Params
			if key := strings.ToLower(name); key != "" && params[key] == "" {
				params[key] = value
			}
			continue
		}
		if name == "" { // no word begins here: step over the character
			p.rest = p.rest[1:]
			continue
		}
		all = append(all, Challenge{Scheme: name, Data: p.data(), Params: map[string]string{}})
	}
	return all
}

// Bearer finds the first challenge of the Bearer scheme (RFC 6750 section 3), or
// one that began without a scheme.
func Bearer(header string) (Challenge, bool) {
	for _, c := range Challenges(header) {
		if c.Scheme == "" || strings.EqualFold(c.Scheme, "Bearer") {
			return c, true
		}
	}
	return Challenge{}, false
}

type challengeParser struct{ rest string }

const blanks = " \t\r\n"

// next goes to the next thing between commas.
func (p *challengeParser) next() bool {
	p.rest = strings.TrimLeft(p.rest, blanks+",")
	return p.rest != ""
}

// word reads a token (RFC 9110 section 5.6.2).
func (p *challengeParser) word() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

// value reads "= value" and tells whether there was one.
func (p *challengeParser) value() (string, bool) {
	tail, ok := strings.CutPrefix(strings.TrimLeft(p.rest, blanks), "=")
	if !ok {
		return "", false
	}
	tail = strings.TrimLeft(tail, blanks)
	if strings.HasPrefix(tail, `"`) {
		p.rest = tail[1:]
		return p.quoted(), true
	}
	end := strings.IndexAny(tail, blanks+",")
	if end < 0 {
		end = len(tail)
	}
	p.rest = tail[end:]
	return tail[:end], true
}

// quoted reads to the closing quotation mark, or to the end if there is none.
func (p *challengeParser) quoted() string {
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	p.rest = ""
	return b.String()
}

// data reads the token68 that may follow a scheme: it stands alone up to the
// next comma, with equal signs at its end only.
func (p *challengeParser) data() string {
	tail := strings.TrimLeft(p.rest, blanks)
	if len(tail) == len(p.rest) {
		return ""
	}
	end := strings.IndexByte(tail, ',')
	if end < 0 {
		end = len(tail)
	}
	data := strings.TrimRight(tail[:end], blanks)
	if data == "" || strings.ContainsAny(strings.TrimRight(data, "="), blanks+`="`) {
		return ""
	}
	p.rest = tail[end:]
	return data
}
