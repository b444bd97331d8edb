package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"hdstest/internal/check"
)

// JSON writes the report as one indented object: schema_version, status,
// findings, services of a run over many, permissions if any were looked at, timings if any were taken, then
// what the command adds. Characters that act on a terminal are
// written as \u escapes, also those that JSON would allow as they are.
func JSON(w io.Writer, r Report) error {
	findings := r.Findings
	if findings == nil {
		findings = []check.Finding{}
	}
	fields := []Field{
		{"schema_version", check.SchemaVersion},
		{"status", r.Status()},
		{"findings", findings},
	}
	if r.Services != nil {
		fields = append(fields, Field{"services", r.Services})
	}
	if r.Matrices != nil {
		fields = append(fields, Field{"permissions", r.Matrices})
	}
	if r.Timings != nil {
		fields = append(fields, Field{"timings", r.Timings})
	}
	if r.Percentiles != nil {
		fields = append(fields, Field{"percentiles", r.Percentiles})
	}
	fields = append(fields, r.Extra...)
	return Object(w, fields)
}

// Object writes fields as one indented JSON object in the order given, with the
// escapes of [JSON].
func Object(w io.Writer, fields []Field) error {
	var raw bytes.Buffer
	raw.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			raw.WriteByte(',')
		}
		if err := member(&raw, f); err != nil {
			return err
		}
	}
	raw.WriteByte('}')
	var out bytes.Buffer
	if err := json.Indent(&out, raw.Bytes(), "", "  "); err != nil {
		return fmt.Errorf("indent the report: %w", err)
	}
	out.WriteByte('\n')
	_, err := w.Write(escapeJSON(out.Bytes()))
	return err
}

func member(out *bytes.Buffer, f Field) error {
	name, err := json.Marshal(f.Name)
	if err != nil {
		return err
	}
	out.Write(name)
	out.WriteByte(':')
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f.Value); err != nil {
		return fmt.Errorf("write %s as JSON: %w", f.Name, err)
	}
	return nil
}

// escapeJSON turns unsafe characters, and the second # of a command for a CI
// system ([Escape]), into \u escapes. Outside of strings JSON has none of them but
// line ends and blanks.
func escapeJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r != '\n' && unsafe(r) }) && !bytes.Contains(text, []byte("##")) {
		return text
	}
	var out bytes.Buffer
	for before := rune(0); len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '#' && before == '#' && opensCommand(text[1:]):
			out.WriteString(escapedHash)
		case r == '\n' || !unsafe(r):
			out.Write(text[:size])
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
		before, text = r, text[size:]
	}
	return out.Bytes()
}
