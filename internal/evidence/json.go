package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// MaxSize is the size in bytes up to which [Read] reads a bundle. Evidence holds
// facts, not bodies; the largest seen is a few kilobytes.
const MaxSize = 4 << 20

// Read reads one bundle in JSON. It fails on what is no JSON object and on more
// than [MaxSize] bytes; everything else in it is accepted (see the package's
// text). It does not check the schema version: a newer bundle is read as far as
// its keys are known.
func Read(r io.Reader) (Bundle, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return Bundle{}, fmt.Errorf("read evidence: %w", err)
	}
	if len(data) > MaxSize {
		return Bundle{}, fmt.Errorf("read evidence: more than %d bytes", MaxSize)
	}
	var b Bundle
	if err := json.Unmarshal(data, &b); err != nil {
		return Bundle{}, fmt.Errorf("read evidence: %w", err)
	}
	return b, nil
}

// Write writes a bundle in indented JSON, with the schema version filled in.
func Write(w io.Writer, b Bundle) error {
	if b.SchemaVersion == 0 {
		b.SchemaVersion = SchemaVersion
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(b); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	return nil
}

// readObject fills the struct that section points to from a JSON object. A key
// without a field goes to Extra, and so does a value that its field could not
// print back the same: another type, null, a value that omitempty would drop.
func readObject(data []byte, section any) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	v := reflect.ValueOf(section).Elem()
	v.SetZero()
	extra := map[string]any{}
	for name, value := range raw {
		plain, err := decode(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if field, ok := fieldByKey(v, name); !ok || !accept(plain, field) {
			extra[name] = plain
		}
	}
	if len(extra) > 0 {
		v.FieldByName("Extra").Set(reflect.ValueOf(extra))
	}
	return nil
}

// accept sets the field to the value if nothing of it is lost by that.
func accept(plain any, field reflect.Value) bool {
	data, err := json.Marshal(plain)
	if err != nil {
		return false
	}
	target := reflect.New(field.Type())
	if err := json.Unmarshal(data, target.Interface()); err != nil || empty(target.Elem()) {
		return false
	}
	back, err := json.Marshal(target.Interface())
	if err != nil {
		return false
	}
	if again, err := decode(back); err != nil || !reflect.DeepEqual(again, plain) {
		return false
	}
	field.Set(target.Elem())
	return true
}

// writeObject is the inverse of readObject: the fields in their order, then
// Extra by name. A key of Extra whose field is set is left out.
func writeObject(section any) ([]byte, error) {
	v := reflect.ValueOf(section)
	var out bytes.Buffer
	out.WriteByte('{')
	put := func(name string, value any) error {
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		if err := encode(&out, name); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := encode(&out, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	for name, field := range fields(v) {
		if !empty(field) {
			if err := put(name, field.Interface()); err != nil {
				return nil, err
			}
		}
	}
	extra, _ := v.FieldByName("Extra").Interface().(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if field, ok := fieldByKey(v, name); ok && !empty(field) {
			continue
		}
		if err := put(name, extra[name]); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// encode writes one value, leaving <, > and & to the outer encoder's choice.
func encode(out *bytes.Buffer, value any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // the line end that Encode adds
	return nil
}

// fields yields the fields of a struct by their names in JSON, in order.
func fields(v reflect.Value) func(yield func(string, reflect.Value) bool) {
	return func(yield func(string, reflect.Value) bool) {
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name != "-" && name != "" && !yield(name, v.Field(i)) {
				return
			}
		}
	}
}

func fieldByKey(v reflect.Value, key string) (reflect.Value, bool) {
	for name, field := range fields(v) {
		if name == key {
			return field, true
		}
	}
	return reflect.Value{}, false
}

// empty is what omitempty leaves out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	default:
		return v.IsZero()
	}
}

// decode reads any JSON value. A number becomes a float64 where that prints back
// the same, else it stays as it was written.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return floats(v), nil
}

func floats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = floats(e)
		}
	case []any:
		for i, e := range v {
			v[i] = floats(e)
		}
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return v
		}
		if text, err := json.Marshal(f); err == nil && string(text) == v.String() {
			return f
		}
	}
	return v
}
