//go:build e2e

package curl

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
)

// flatten runs the function of the prelude with an awk.
func flatten(t *testing.T, awk, text string) (lines []string, ok bool) {
	t.Helper()
	_, rest, found := strings.Cut(preludeShell, "\nflatten() {\n")
	body, _, ended := strings.Cut(rest, "\n}\n")
	if !found || !ended {
		t.Fatal("no function flatten")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "in")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(awk)
	script := "awk() { command " + strings.Join(words, " ") + ` "$@"; }` + "\nflatten() {\n" + body + "\n}\nflatten \"$1\" \"$2\"\n"
	err := exec.Command("sh", "-c", script, "sh", file, filepath.Join(dir, "out")).Run()
	data, readErr := os.ReadFile(filepath.Join(dir, "out"))
	if readErr != nil {
		t.Fatal(readErr)
	}
	for line := range strings.Lines(string(data)) {
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
	return lines, err == nil
}

// walk lists the values of a document as flatten does, by encoding/json.
func walk(path string, v any) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		out = append(out, path+"\t{}")
		for key, inner := range v {
			out = append(out, walk(strings.TrimPrefix(path+"."+key, "."), inner)...)
		}
	case []any:
		out = append(out, path+"\t[]")
		for i, inner := range v {
			out = append(out, walk(fmt.Sprintf("%s[%d]", path, i), inner)...)
		}
	case nil:
	default:
		out = append(out, path+"\t"+catalogue.Text(v))
	}
	return out
}

// TestFlattenReadsJSON compares with encoding/json, by each awk that .ci/install
// brings.
func TestFlattenReadsJSON(t *testing.T) {
	for _, awk := range []string{"mawk", "gawk", "busybox awk"} {
		if _, err := exec.LookPath(strings.Fields(awk)[0]); err != nil {
			t.Fatalf("%s is not installed (see .ci/install)", awk)
		}
		for _, text := range []string{
			`{}`, `[]`, `[{}]`, `"x"`, `12`, `{"a":{"b":[1,{"c":true}]},"d":null,"e":"f"}`,
			"{\n  \"resourceType\" : \"Bundle\",\r\n  \"entry\": [ { \"resource\": {\"id\":\"1\"} }, {} ]\n}",
			`[{"0020000D":{"vr":"UI","Value":["2.25.1"]}}]`, `{"a":"q\"b\\","c":"x\/y\u002B\u0026\\\\"}`, `{"a b.c":"{[]},:"}`, `[[1,2],[[3]]]`,
			`{"n":-1.5,"m":100,"t":false}`, `{"":"empty key","k":""}`,
		} {
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				t.Fatal(err)
			}
			want := walk("", v)
			got, ok := flatten(t, awk, text)
			slices.Sort(want)
			slices.Sort(got)
			if !ok || !slices.Equal(got, want) {
				t.Errorf("%s: %s\ngot  %q\nwant %q", awk, text, got, want)
			}
		}
		for _, text := range []string{"", "<html>", "{", `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{"a":1 "b":2}`, `{a:1}`, `"open`, `{} {}`, `]`, `{"a":1]`, `nul`} {
			if got, ok := flatten(t, awk, text); ok || got != nil {
				t.Errorf("%s: %q is no JSON, got %q", awk, text, got)
			}
		}
	}
}
