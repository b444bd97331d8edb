package fhir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// document is a resource as it was sent: its members in order and byte for byte,
// since numbers must keep their digits, and the same decoded.
type document struct {
	typ, id string
	members []member
	tree    map[string]any // numbers are json.Number
}

type member struct {
	name string
	raw  json.RawMessage
}

// parseDocument reads a resource and checks it (see [document.check]). All its
// errors are what the server's input formatter would report.
func parseDocument(data []byte) (*document, *refusal) {
	d, err := decodeDocument(data)
	if err != nil {
		return nil, badRequest("Error occurred when parsing model: '%s'.", err)
	}
	if err := d.check(); err != nil {
		return nil, badRequest("Error occurred when parsing model: '%s'.", err)
	}
	return d, nil
}

func decodeDocument(data []byte) (*document, error) {
	d := &document{}
	var err error
	if d.members, err = decodeMembers(data); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&d.tree); err != nil {
		return nil, fmt.Errorf("invalid JSON: %w", err)
	}
	d.typ, _ = d.tree["resourceType"].(string)
	d.id, _ = d.tree["id"].(string)
	return d, nil
}

// decodeMembers splits a JSON object. A name that comes twice is an error: the
// two readings that follow from it would differ.
func decodeMembers(data []byte) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if t, err := decoder.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("invalid JSON: want an object")
	}
	var members []member
	seen := map[string]bool{}
	for decoder.More() {
		t, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("invalid JSON: %w", err)
		}
		name, _ := t.(string)
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return nil, fmt.Errorf("invalid JSON: %w", err)
		}
		if seen[name] {
			return nil, fmt.Errorf("element '%s' is there twice", name)
		}
		seen[name] = true
		members = append(members, member{name, raw})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("invalid JSON: %w", err)
	}
	if _, err := decoder.Token(); err == nil {
		return nil, fmt.Errorf("invalid JSON: something follows the object")
	}
	return members, nil
}

// render gives the resource as it is stored: with its id, version and time.
// What the sender put into meta stays, but for those two.
func (d *document) render(id, version string, at time.Time) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"resourceType":%s,"id":%s,"meta":{"versionId":%s,"lastUpdated":%s`,
		encode(d.typ), encode(id), encode(version), encode(at.UTC().Format("2006-01-02T15:04:05.000-07:00")))
	for _, m := range d.meta() {
		writeMember(&out, m)
	}
	out.WriteByte('}')
	for _, m := range d.members {
		if m.name != "resourceType" && m.name != "id" && m.name != "meta" {
			writeMember(&out, m)
		}
	}
	out.WriteByte('}')
	return out.Bytes()
}

// content is what two versions are compared by: all but id, version and time.
func (d *document) content() []byte {
	var out bytes.Buffer
	for _, m := range d.meta() {
		writeMember(&out, m)
	}
	for _, m := range d.members {
		if m.name != "resourceType" && m.name != "id" && m.name != "meta" {
			writeMember(&out, m)
		}
	}
	return out.Bytes()
}

func (d *document) meta() []member {
	var kept []member
	for _, m := range d.members {
		if m.name != "meta" {
			continue
		}
		inner, err := decodeMembers(m.raw)
		if err != nil {
			return nil // check has refused a meta that is no object
		}
		for _, i := range inner {
			if i.name != "versionId" && i.name != "lastUpdated" {
				kept = append(kept, i)
			}
		}
	}
	return kept
}

func writeMember(out *bytes.Buffer, m member) {
	out.WriteByte(',')
	out.Write(encode(m.name))
	out.WriteByte(':')
	if err := json.Compact(out, m.raw); err != nil {
		out.WriteString("null") // cannot happen: the decoder has read it
	}
}
