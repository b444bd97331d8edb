package fhir

import (
	"net/http"
	"slices"
	"strings"
)

func (p parser) readInclusion(q *query, key, modifier, value string) *refusal {
	if modifier != "" {
		return absent(key + ":" + modifier)
	}
	parts := strings.Split(value, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return badRequest("The %s search is missing the type to search.", key)
	}
	i := inclusion{source: parts[0], name: parts[1], reverse: key == "_revinclude"}
	if len(parts) == 3 {
		i.target = parts[2]
	}
	if !isType(i.source) {
		return refuse(http.StatusBadRequest, "not-supported", "Resource type '%s' is not supported.", i.source)
	}
	if i.name != "*" {
		found, ok := p.set.find(i.source, i.name)
		if !ok && !p.set.complete[i.source] {
			return absent("search parameter '" + i.name + "' of " + i.source)
		}
		if !ok || found.kind != referenceKind {
			return badRequest("The search parameter '%s' is not supported for resource type '%s'.", i.name, i.source)
		}
	}
	q.includes = append(q.includes, i)
	return nil
}

// readReverse reads the rest of _has:Observation:patient:code.
func (p parser) readReverse(q *query, rest, value string) *refusal {
	parts := strings.SplitN(rest, ":", 3)
	if len(parts) < 3 {
		return badRequest("The reverse chain search is missing the reference to search.")
	}
	via, ok := p.set.find(parts[0], parts[1])
	if !ok || via.kind != referenceKind {
		return badRequest("The search parameter '%s' is not supported for resource type '%s'.", parts[1], parts[0])
	}
	inner := &query{typ: parts[0]}
	if strings.HasPrefix(parts[2], "_has:") {
		return absent("_has within _has")
	}
	if r := p.readTerm(inner, parts[2], value); r != nil {
		return r
	}
	if len(inner.terms) == 0 {
		q.unsupported = append(q.unsupported, inner.unsupported...)
		return nil
	}
	q.terms = append(q.terms, term{parameter: via, chain: &chain{types: []string{parts[0]}, reverse: true, inner: inner.terms}})
	return nil
}

// readTerm reads name[:modifier][.chain]=value[,value].
func (p parser) readTerm(q *query, name, value string) *refusal {
	first, rest, chained := strings.Cut(name, ".")
	key, modifier, _ := strings.Cut(first, ":")
	found, ok := p.set.find(q.typ, key)
	if !ok {
		if q.typ != "" && (!p.set.complete[q.typ] || p.custom != nil && p.custom(q.typ, key)) {
			return absent("search parameter '" + key + "' of " + q.typ)
		}
		q.ignore(name)
		return nil
	}
	if found.kind == "composite" || found.kind == "special" {
		return absent("search parameter '" + key + "' of " + q.typ)
	}
	if chained {
		return p.readChain(q, found, modifier, rest, value)
	}
	t := term{parameter: found, modifier: modifier, values: splitValues(value)}
	if r := t.check(); r != nil {
		return r
	}
	q.terms = append(q.terms, t)
	return nil
}

// readChain reads what comes after the point of subject.name or subject:Patient.name.
// Without a type, those are tried of which the table knows that parameter.
func (p parser) readChain(q *query, via parameter, typ, rest, value string) *refusal {
	if via.kind != referenceKind {
		return refuse(http.StatusForbidden, "invalid", "The chained parameter must be a reference search parameter type.")
	}
	types := []string{typ}
	if typ == "" {
		types = p.chainTypes(via, rest)
	}
	if strings.Count(rest, ".") > 2 {
		return absent("chains of more than three references")
	}
	c := &chain{}
	for _, target := range types {
		inner := &query{typ: target}
		if r := p.readTerm(inner, rest, value); r != nil {
			return r
		}
		if len(inner.terms) == 1 {
			c.types, c.inner = append(c.types, target), append(c.inner, inner.terms[0])
		}
	}
	if len(c.inner) == 0 {
		return refuse(http.StatusForbidden, "invalid", "The chained parameter is not supported.")
	}
	q.terms = append(q.terms, term{parameter: via, chain: c})
	return nil
}

func (p parser) chainTypes(via parameter, rest string) []string {
	if only := targetType(via.name); only != "" {
		return []string{only}
	}
	name, _, _ := strings.Cut(rest, ".")
	name, _, _ = strings.Cut(name, ":")
	var types []string
	for _, typ := range resourceTypes() {
		if found, ok := p.set.find(typ, name); ok && found.kind != "composite" && found.kind != "special" {
			types = append(types, typ)
		}
	}
	return types
}

// splitValues splits at commas that no backslash stands before.
func splitValues(text string) []string {
	var out []string
	var one strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == ',':
			i++
			one.WriteByte(',')
		case text[i] == ',':
			out = append(out, one.String())
			one.Reset()
		default:
			one.WriteByte(text[i])
		}
	}
	return append(out, one.String())
}

// customParameter tells whether a SearchParameter resource defines a name for a type.
func (s *Service) customParameter(typ, name string) bool {
	of := s.store.types["SearchParameter"]
	if of == nil {
		return false
	}
	bases := of.indexOf("base").Equal(codeKey + typ)
	return slices.ContainsFunc(of.indexOf("code").Equal(codeKey+name), func(n uint64) bool { return slices.Contains(bases, n) })
}
