package fhir

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hdstest/internal/sandbox/index"
)

// check tells whether a condition can be answered: its modifier fits its kind,
// and its values can be read.
func (t term) check() *refusal {
	if t.modifier == "missing" {
		if len(t.values) != 1 || t.values[0] != "true" && t.values[0] != "false" {
			return refuse(http.StatusForbidden, "invalid", "Invalid value for :missing modifier. Valid values are: true, false.")
		}
		return nil
	}
	if r := t.checkModifier(); r != nil {
		return r
	}
	for _, v := range t.values {
		if r := t.checkValue(v); r != nil {
			return r
		}
	}
	return nil
}

func (t term) checkModifier() *refusal {
	fits := map[kind][]string{stringKind: {"exact", "contains"}, tokenKind: {"not"}, uriKind: {"above", "below"}}
	switch {
	case t.modifier == "" || slices.Contains(fits[t.parameter.kind], t.modifier):
		return nil
	case t.parameter.kind == referenceKind && isType(t.modifier):
		return nil
	case t.parameter.kind == tokenKind && slices.Contains([]string{"text", "in", "not-in", "above", "below", "of-type"}, t.modifier),
		t.parameter.kind == referenceKind && t.modifier == "identifier":
		return absent("the modifier :" + t.modifier)
	}
	return refuse(http.StatusForbidden, "invalid", "Modifier '%s' is not supported for search parameter '%s'.", t.modifier, t.parameter.name)
}

func (t term) checkValue(value string) *refusal {
	switch t.parameter.kind {
	case dateKind:
		prefix, rest := cutPrefix(value)
		if _, ok := parsePeriod(rest); !ok {
			return badRequest("The date time string '%s' is not in a correct format.", rest)
		}
		if prefix == "ap" {
			return absent("the comparator ap")
		}
	case quantityKind:
		prefix, rest := cutPrefix(value)
		number, _, _ := strings.Cut(rest, "|")
		if _, err := strconv.ParseFloat(number, 64); err != nil {
			return badRequest("Malformed search value '%s'.", value)
		}
		if prefix == "ap" {
			return absent("the comparator ap")
		}
	case tokenKind:
		if strings.Count(value, "|") > 1 {
			return refuse(http.StatusForbidden, "invalid", "Only one token separator can be specified.")
		}
	}
	return nil
}

// cutPrefix takes a comparator off a value (hl7.org/fhir/R4/search.html#prefix).
func cutPrefix(value string) (prefix, rest string) {
	for _, p := range []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"} {
		if rest, ok := strings.CutPrefix(value, p); ok {
			return p, rest
		}
	}
	return "eq", value
}

// match lists what satisfies a condition, as sorted numbers.
func (s *store) match(typ string, t term) []uint64 {
	of := s.types[typ]
	if of == nil {
		return nil
	}
	if t.chain != nil {
		return s.matchChain(typ, t)
	}
	x := of.indexOf(t.parameter.name)
	if t.modifier == "missing" {
		if t.values[0] == "false" {
			return x.Equal(presentKey)
		}
		return index.Without(of.all, x.Equal(presentKey))
	}
	var lists [][]uint64
	for _, value := range t.values {
		lists = append(lists, t.matchValue(x, value, s.base))
	}
	found := index.Union(lists...)
	if t.modifier == "not" {
		return index.Without(of.all, found)
	}
	return found
}

func (t term) matchValue(x *index.Index, value, base string) []uint64 {
	switch t.parameter.kind {
	case tokenKind:
		return matchToken(x, value)
	case stringKind:
		return t.matchString(x, value)
	case dateKind:
		return matchDate(x, value)
	case referenceKind:
		return t.matchReference(x, value, base)
	case uriKind:
		return t.matchURI(x, value)
	case quantityKind:
		return matchQuantity(x, value)
	}
	return nil
}

// matchToken reads code, system|code, |code and system|.
func matchToken(x *index.Index, value string) []uint64 {
	system, code, both := strings.Cut(value, "|")
	switch {
	case !both:
		return x.Equal(codeKey + value)
	case code == "":
		return x.Equal(systemKey + system)
	}
	return x.Equal(tokenKey + system + "\x00" + code)
}

func (t term) matchString(x *index.Index, value string) []uint64 {
	switch t.modifier {
	case "exact":
		return x.Equal(exactKey + value)
	case "contains":
		folded := index.Fold(value)
		return x.Match(func(key string) bool {
			text, ok := strings.CutPrefix(key, foldedKey)
			return ok && strings.Contains(text, folded)
		})
	}
	return x.Prefix(foldedKey + index.Fold(value))
}

// matchDate compares periods, both ends included.
// Source: hl7.org/fhir/R4/search.html#date.
func matchDate(x *index.Index, value string) []uint64 {
	prefix, rest := cutPrefix(value)
	p, ok := parsePeriod(rest)
	if !ok {
		return nil
	}
	start, end := timeKey(p.start), timeKey(p.end)
	within := func() []uint64 {
		var out []uint64
		index.Intersect(false, func(n uint64) bool { out = append(out, n); return true },
			x.Range(startKey+start, startKey+after(end)), x.Range(endKey+start, endKey+after(end)))
		return out
	}
	switch prefix {
	case "ne":
		return index.Without(x.Equal(presentKey), within())
	case "gt":
		return x.Range(endKey+after(end), endKey[:1]+rangeEnd)
	case "ge":
		return x.Range(endKey+start, endKey[:1]+rangeEnd)
	case "lt":
		return x.Range(startKey, startKey+start)
	case "le":
		return x.Range(startKey, startKey+after(end))
	case "sa":
		return x.Range(startKey+after(end), startKey[:1]+rangeEnd)
	case "eb":
		return x.Range(endKey, endKey+start)
	}
	return within()
}

// after is the next text in order.
func after(key string) string { return key + "\x00" }

// matchReference reads id, Type/id and absolute URLs; :Type says the type.
func (t term) matchReference(x *index.Index, value, base string) []uint64 {
	if typ, id, ok := localReference(value, base); ok {
		return x.Equal(localKey + typ + "/" + id)
	}
	switch {
	case strings.Contains(value, ":"):
		return x.Equal(urlKey + value)
	case t.modifier != "":
		return x.Equal(localKey + t.modifier + "/" + value)
	}
	return x.Equal(idKey + value)
}

func (t term) matchURI(x *index.Index, value string) []uint64 {
	switch t.modifier {
	case "below":
		return x.Prefix(urlKey + value)
	case "above":
		return x.Match(func(key string) bool {
			text, ok := strings.CutPrefix(key, urlKey)
			return ok && strings.HasPrefix(value, text)
		})
	}
	return x.Equal(urlKey + value)
}

// matchQuantity reads [comparator]number, number|system|code and number||code. A
// number without comparator means its last digit: 5.4 is 5.35 up to 5.45.
func matchQuantity(x *index.Index, value string) []uint64 {
	prefix, rest := cutPrefix(value)
	parts := strings.SplitN(rest, "|", 3)
	number, err := strconv.ParseFloat(parts[0], 64)
	if err != nil {
		return nil
	}
	found := matchNumber(x, prefix, number, parts[0])
	if len(parts) < 3 || parts[2] == "" {
		return found
	}
	unit := x.Equal(codeKey + parts[2])
	if parts[1] != "" {
		unit = x.Equal(tokenKey + parts[1] + "\x00" + parts[2])
	}
	var out []uint64
	index.Intersect(false, func(n uint64) bool { out = append(out, n); return true }, found, unit)
	return out
}

func matchNumber(x *index.Index, prefix string, number float64, text string) []uint64 {
	key, end := numberKey+orderedFloat(number), numberKey[:1]+rangeEnd
	half := 0.5
	if _, decimals, found := strings.Cut(text, "."); found {
		for range min(len(decimals), 30) {
			half /= 10
		}
	}
	near := x.Range(numberKey+orderedFloat(number-half), numberKey+orderedFloat(number+half))
	switch prefix {
	case "gt", "sa":
		return x.Range(after(key), end)
	case "ge":
		return x.Range(key, end)
	case "lt", "eb":
		return x.Range(numberKey, key)
	case "le":
		return x.Range(numberKey, after(key))
	case "ne":
		return index.Without(x.Equal(presentKey), near)
	}
	return near
}

// matchChain follows references: forward from what the inner conditions find, or
// back from it.
func (s *store) matchChain(typ string, t term) []uint64 {
	if t.chain.reverse {
		return s.matchReverse(typ, t)
	}
	x := s.typeOf(typ).indexOf(t.parameter.name)
	var lists [][]uint64
	for i, target := range t.chain.types {
		of := s.types[target]
		if of == nil {
			continue
		}
		for _, n := range s.match(target, t.chain.inner[i]) {
			lists = append(lists, x.Equal(localKey+target+"/"+of.byNumber[n].id))
		}
	}
	return index.Union(lists...)
}

func (s *store) matchReverse(typ string, t term) []uint64 {
	source, of := t.chain.types[0], s.typeOf(typ)
	var out []uint64
	for _, n := range s.match(source, t.chain.inner[0]) {
		for _, id := range s.referred(t.parameter, n, typ) {
			if r := of.byID[id]; r != nil && !r.current().deleted {
				out = append(out, r.current().number)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// referred lists the ids of a type to which a resource refers by a parameter.
func (s *store) referred(p parameter, number uint64, typ string) []string {
	tree, err := s.treeOf(s.log[number])
	if err != nil {
		return nil
	}
	var ids []string
	for _, key := range p.keys(tree, s.base) {
		if id, ok := strings.CutPrefix(key, localKey+typ+"/"); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// httpTime is the form of Last-Modified (RFC 9110 section 5.6.7).
func httpTime(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
