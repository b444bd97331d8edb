package part10

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Attribute is a data element in the DICOM JSON model (PS3.18 annex F).
type Attribute struct {
	VR    string `json:"vr"`
	Value []any  `json:"Value,omitempty"`
}

// Attributes is a data set in the DICOM JSON model. Its JSON is in the order of
// the tags.
type Attributes map[Tag]Attribute

// MarshalJSON writes the tags as eight digits.
func (a Attributes) MarshalJSON() ([]byte, error) {
	named := make(map[string]Attribute, len(a))
	for t, v := range a {
		named[t.String()] = v
	}
	return json.Marshal(named)
}

// UnmarshalJSON reads what [Attributes.MarshalJSON] writes. Names that are no
// tags are left out.
func (a *Attributes) UnmarshalJSON(data []byte) error {
	var named map[string]Attribute
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	*a = Attributes{}
	for name, v := range named {
		if number, err := strconv.ParseUint(name, 16, 32); err == nil && len(name) == 8 {
			(*a)[Tag(number)] = v
		}
	}
	return nil
}

// Bulk tells whether metadata leaves a value representation out.
// Source: the v2 conformance statement, "Retrieve Metadata".
func Bulk(vr string) bool { return strings.Contains("OB OD OF OL OV OW UN", vr) }

// Attributes gives the data set in the JSON model, without bulk data, group
// lengths and the elements named.
func (d *Dataset) Attributes(without map[Tag]bool) Attributes {
	out := Attributes{}
	for _, e := range d.Elements {
		if !Bulk(e.VR) && e.Tag&groupLengths != 0 && !without[e.Tag] {
			out[e.Tag] = d.attribute(e)
		}
	}
	return out
}

// Attribute gives one element in the JSON model.
func (d *Dataset) Attribute(t Tag) (Attribute, bool) {
	e := d.Get(t)
	if e == nil || Bulk(e.VR) {
		return Attribute{}, false
	}
	return d.attribute(e), true
}

func (d *Dataset) attribute(e *Element) Attribute {
	a := Attribute{VR: e.VR}
	switch e.VR {
	case "SQ":
		for _, item := range e.Items {
			a.Value = append(a.Value, item.Attributes(nil))
		}
	case "AT":
		for _, t := range d.tags(e) {
			a.Value = append(a.Value, t.String())
		}
	case "PN":
		for _, name := range d.texts(e) {
			a.Value = append(a.Value, personName(name))
		}
	case "DS", "IS":
		for _, text := range d.texts(e) {
			a.Value = append(a.Value, numberOf(text))
		}
	case "US", "SS", "UL", "SL", "FL", "FD", "UV", "SV":
		for _, f := range d.numbers(e) {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				a.Value = append(a.Value, nil)
				continue
			}
			a.Value = append(a.Value, f)
		}
	default:
		for _, text := range d.texts(e) {
			if text == "" {
				a.Value = append(a.Value, nil)
				continue
			}
			a.Value = append(a.Value, text)
		}
	}
	return a
}

// personName splits the component groups of a name (PS3.18 section F.2.2).
func personName(text string) any {
	if text == "" {
		return nil
	}
	groups := map[string]string{}
	for i, group := range strings.SplitN(text, "=", 3) {
		if group != "" {
			groups[[]string{"Alphabetic", "Ideographic", "Phonetic"}[i]] = group
		}
	}
	return groups
}

// numberOf gives a decimal or integer string as a number, or as it is if it is none.
func numberOf(text string) any {
	if text == "" {
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return text
	}
	if plain := json.Number(text); json.Valid([]byte(text)) {
		return plain
	}
	return f
}

// First gives an attribute's first value as text, as indexes and errors need it.
func (a Attribute) First() string {
	if len(a.Value) == 0 {
		return ""
	}
	switch v := a.Value[0].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]string:
		return joinName(v["Alphabetic"], v["Ideographic"], v["Phonetic"])
	case map[string]any:
		text := func(k string) string { s, _ := v[k].(string); return s }
		return joinName(text("Alphabetic"), text("Ideographic"), text("Phonetic"))
	}
	return ""
}

func joinName(groups ...string) string { return strings.TrimRight(strings.Join(groups, "="), "=") }
