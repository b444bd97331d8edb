package fhir

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"hdstest/internal/sandbox/index"
)

// The first letter of a key in an index says what the rest is. A bar follows it,
// and the character after the bar, }, ends a range.
const (
	presentKey  = "p|" // the parameter has a value at all
	codeKey     = "c|" // a token's code, whatever its system; a quantity's code or unit
	systemKey   = "y|" // a token's system, whatever its code
	tokenKey    = "s|" // system, a zero byte, code
	foldedKey   = "n|" // a string, folded
	exactKey    = "e|" // a string as it is
	startKey    = "a|" // the beginning of a period
	endKey      = "z|" // its end
	localKey    = "r|" // a reference as Type/id
	idKey       = "i|" // a reference's id, whatever its type
	urlKey      = "u|" // a reference elsewhere, or a uri
	numberKey   = "q|" // a number, so written that texts order as numbers do
	rangeEnd    = "}"
	missingCode = "\x00"
)

// keys gives all the keys under which a resource is found by a parameter.
func (p parameter) keys(tree map[string]any, base string) []string {
	var out []string
	for _, way := range p.paths {
		for _, value := range way.values(tree) {
			out = append(out, p.valueKeys(value, base)...)
		}
	}
	if len(out) > 0 {
		out = append(out, presentKey)
	}
	return out
}

func (p parameter) valueKeys(value any, base string) []string {
	switch p.kind {
	case tokenKind:
		return tokenKeys(value)
	case stringKind:
		return stringKeys(value)
	case dateKind:
		if at, ok := periodOf(value); ok {
			return []string{startKey + timeKey(at.start), endKey + timeKey(at.end)}
		}
	case referenceKind:
		return p.referenceKeys(value, base)
	case uriKind:
		if text, ok := value.(string); ok {
			return []string{urlKey + text}
		}
	case quantityKind:
		return quantityKeys(value)
	}
	return nil
}

// tokenKeys reads code, boolean, Coding, CodeableConcept, Identifier and
// ContactPoint.
func tokenKeys(value any) []string {
	switch value := value.(type) {
	case string:
		return tokenKeysOf("", value)
	case bool:
		return tokenKeysOf("", strconv.FormatBool(value))
	case map[string]any:
		if codings, ok := value["coding"].([]any); ok {
			var out []string
			for _, c := range codings {
				out = append(out, tokenKeys(c)...)
			}
			return out
		}
		system, _ := value["system"].(string)
		code, _ := value["code"].(string)
		if v, ok := value["value"].(string); ok { // Identifier, ContactPoint
			code = v
		}
		return tokenKeysOf(system, code)
	}
	return nil
}

func tokenKeysOf(system, code string) []string {
	var out []string
	if code != "" {
		out = append(out, codeKey+code, tokenKey+system+"\x00"+code)
	}
	if system != "" {
		out = append(out, systemKey+system)
	}
	return out
}

// stringKeys reads string, HumanName and Address, of which each part counts.
func stringKeys(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{foldedKey + index.Fold(value), exactKey + value}
	case []any:
		var out []string
		for _, item := range value {
			out = append(out, stringKeys(item)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, part := range []string{"text", "family", "given", "prefix", "suffix", "line", "city", "district", "state",
			"postalCode", "country"} {
			out = append(out, stringKeys(value[part])...)
		}
		return out
	}
	return nil
}

// referenceKeys reads Reference, canonical and uri. A parameter that is named for
// a type (patient) finds references to that type only.
func (p parameter) referenceKeys(value any, base string) []string {
	var out []string
	text, _ := value.(string)
	if object, ok := value.(map[string]any); ok {
		text, _ = object["reference"].(string)
		if identifier, ok := object["identifier"].(map[string]any); ok {
			out = tokenKeys(identifier)
		}
	}
	typ, id, local := localReference(text, base)
	only := targetType(p.name)
	switch {
	case local && (only == "" || only == typ):
		out = append(out, localKey+typ+"/"+id, idKey+id)
	case !local && text != "" && only == "":
		out = append(out, urlKey+text)
	}
	return out
}

// targetType is the one type that a parameter of that name refers to, if it does.
func targetType(name string) string {
	switch name {
	case "patient":
		return "Patient"
	case "practitioner":
		return "Practitioner"
	case "location":
		return "Location"
	case "encounter":
		return "Encounter"
	}
	return ""
}

// localReference splits Type/id, also when it begins with the service's address
// or ends with a version.
func localReference(text, base string) (typ, id string, ok bool) {
	text = strings.TrimPrefix(text, base+"/")
	text, _, _ = strings.Cut(text, "/_history/")
	typ, id, ok = strings.Cut(text, "/")
	if !ok || !idForm.MatchString(id) || typ == "" || typ[0] < 'A' || typ[0] > 'Z' {
		return "", "", false
	}
	return typ, id, true
}

func quantityKeys(value any) []string {
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	number, ok := object["value"].(json.Number)
	if !ok {
		return nil
	}
	amount, err := number.Float64()
	if err != nil {
		return nil
	}
	out := []string{numberKey + orderedFloat(amount)}
	system, _ := object["system"].(string)
	for _, part := range []string{"code", "unit"} {
		if code, ok := object[part].(string); ok {
			out = append(out, tokenKeysOf(system, code)...)
		}
	}
	return out
}

// orderedFloat writes a number so that texts order as the numbers do: the bits
// of IEEE 754, with the sign bit turned for positive and all turned for negative.
func orderedFloat(f float64) string {
	bits := math.Float64bits(f)
	if bits>>63 == 0 {
		bits |= 1 << 63
	} else {
		bits = ^bits
	}
	return fmt.Sprintf("%016x", bits)
}
