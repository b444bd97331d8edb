package fhir

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/sandbox/bodies"
	"hdstest/internal/sandbox/querystring"
)

// TestParameterTable holds that each line of the table was understood.
func TestParameterTable(t *testing.T) {
	set := parseParameters(parameterTable())
	lines := 0
	for line := range strings.Lines(parameterTable()) {
		if fields := strings.Fields(line); len(fields) > 1 {
			lines++
		}
	}
	total := len(set.common)
	for typ, parameters := range set.byType {
		total += len(parameters)
		if !isType(typ) {
			t.Errorf("%s is no type", typ)
		}
		for _, p := range parameters {
			if !slices.Contains([]kind{tokenKind, stringKind, dateKind, referenceKind, uriKind, quantityKind, "composite", "special"}, p.kind) {
				t.Errorf("%s.%s: no kind %s", typ, p.name, p.kind)
			}
		}
	}
	if total != lines {
		t.Errorf("want %d parameters, got %d: a line was not understood, or a name is there twice", lines, total)
	}
}

// TestElementTable holds that each type that the table names is in it.
func TestElementTable(t *testing.T) {
	primitive := "any boolean integer decimal string code uri date dateTime instant base64Binary id markdown positiveInt unsignedInt time xhtml canonical"
	for line := range strings.Lines(strings.TrimSpace(elementTable())) {
		typ, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		rows := elementRows(typ)
		if len(rows) != len(strings.Fields(rest)) {
			t.Errorf("%s: want %d rows, got %d", typ, len(strings.Fields(rest)), len(rows))
		}
		for name, row := range rows {
			if row.typ != "Extension" && row.typ != "Resource" && elementRows(row.typ) == nil && !slices.Contains(strings.Fields(primitive), row.typ) {
				t.Errorf("%s.%s: no type %s", typ, name, row.typ)
			}
		}
	}
}

func TestParsePeriod(t *testing.T) {
	for text, want := range map[string]string{
		"2026": "2026-01-01T00:00:00.000000000 2026-12-31T23:59:59.999999999", "2024-02": "2024-02-01T00:00:00.000000000 2024-02-29T23:59:59.999999999",
		"2026-03-04":                "2026-03-04T00:00:00.000000000 2026-03-04T23:59:59.999999999",
		"2026-03-04T10:00+02:00":    "2026-03-04T08:00:00.000000000 2026-03-04T08:00:59.999999999",
		"2026-03-04T10:00:00.5Z":    "2026-03-04T10:00:00.500000000 2026-03-04T10:00:00.500000000",
		"2026-03-04T10:00:00+00:00": "2026-03-04T10:00:00.000000000 2026-03-04T10:00:00.999999999",
		"4.3.2026":                  "", "2026-13": "", "": "",
	} {
		p, ok := parsePeriod(text)
		got := ""
		if ok {
			got = timeKey(p.start) + " " + timeKey(p.end)
		}
		if got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
}

func TestOrderedFloat(t *testing.T) {
	order := []float64{-1e300, -2.5, -1, -1e-9, 0, 1e-9, 1, 2.5, 1e300}
	for i := 1; i < len(order); i++ {
		if orderedFloat(order[i-1]) >= orderedFloat(order[i]) {
			t.Errorf("%g must come before %g", order[i-1], order[i])
		}
	}
}

// FuzzSearch reads any query string; what is understood can be searched with and
// its self link is understood again.
func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"_id=1", "name:exact=a,b&birthdate=ge2020-01", "_has:Observation:patient:code=x", "subject:Patient.name=x",
		"_include=Observation:*&_sort=-date&_count=5&ct=MQAB", "identifier=a%7Cb&x=%zz&&=1", "value-quantity=gt5.4||mg", "_type=Patient&_total=accurate"} {
		f.Add("Observation", seed)
	}
	kept, err := bodies.Create(f.TempDir(), "resources")
	if err != nil {
		f.Fatal(err)
	}
	s := newStore(kept, "https://localhost:2")
	d, refused := parseDocument([]byte(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"}}`))
	if refused != nil {
		f.Fatal(refused)
	}
	if _, _, err := s.save(d, "1", "POST", time.Unix(0, 0)); err != nil {
		f.Fatal(err)
	}
	p := parser{set: s.parameters}
	f.Fuzz(func(t *testing.T, typ, raw string) {
		if typ != "" && !isType(typ) {
			return
		}
		q, refused := p.parse(typ, querystring.Split(raw))
		if refused != nil {
			return
		}
		s.search(q)
		if _, refused := p.parse(typ, querystring.Split(strings.TrimPrefix(queryString(q.links, ""), "?"))); refused != nil {
			t.Errorf("%q: the self link is refused: %v", raw, refused)
		}
	})
}

// FuzzDocument reads any body; what is accepted and stored is accepted again,
// with the same content.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{`{"resourceType":"Patient","id":"a","meta":{"tag":[{"code":"x"}],"versionId":"7"},"name":[{"family":"K"}]}`,
		`{"resourceType":"Device","x":1e400,"y":[null,"a"],"_y":[{"id":"1"},null]}`, `{}`, `[`, `{"resourceType":"Binary","data":"AA=="}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, refused := parseDocument(body)
		if refused != nil {
			return
		}
		stored := d.render("id", "1", time.Unix(0, 0))
		if !json.Valid(stored) {
			t.Fatalf("not JSON: %s", stored)
		}
		again, refused := parseDocument(stored)
		if refused != nil {
			t.Fatalf("%s\nis refused when it comes back as\n%s\n%v", body, stored, refused)
		}
		if string(again.content()) != string(d.content()) {
			t.Errorf("the content has changed:\n%s\n%s", d.content(), again.content())
		}
	})
}

// FuzzPatch applies any JSON Patch.
func FuzzPatch(f *testing.F) {
	f.Add([]byte(`[{"op":"add","path":"/name/-","value":{"family":"x"}},{"op":"move","from":"/name/0","path":"/contact"}]`))
	f.Add([]byte(`[{"op":"copy","from":"","path":"/a"},{"op":"remove","path":"/name/0/given"},{"op":"test","path":"","value":1}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var steps []patchStep
		if decodeNumbers(body, &steps) != nil || len(steps) > 20 {
			return
		}
		var tree any = map[string]any{"resourceType": "Patient", "name": []any{map[string]any{"given": []any{"a"}}}}
		for _, step := range steps {
			next, err := step.apply(tree)
			if err != nil {
				return
			}
			tree = next
		}
		encode(tree)
	})
}

func TestPositions(t *testing.T) {
	for _, p := range []position{{true, 0, 0}, {true, 1 << 40, 3}, {true, 7, 1 << 33}} {
		if got, ok := parsePosition(p.String()); !ok || got != p {
			t.Errorf("%v: got %v, %t", p, got, ok)
		}
	}
}

// TestNoOperationWithoutPermission holds that no path but the anonymous ones goes
// without a data action.
func TestNoOperationWithoutPermission(t *testing.T) {
	s := &Service{}
	anonymous := map[string]bool{}
	for _, path := range []string{"", "metadata", ".well-known/smart-configuration", "$versions", "health/check", "_history", "_search", "$export",
		"$import", "$reindex", "$convert-data", "$bulk-update", "$bulk-delete", "_operations/export/1", "_operations/import/1", "_operations/reindex/1",
		"_operations/bulk-update/1", "_operations/bulk-delete/1", "_operations/export/1/f", "Patient", "Patient/1", "Patient/_search", "Patient/_history",
		"Patient/$validate", "Patient/$export", "Group/1/$export", "Patient/1/_history", "Patient/1/_history/1", "Patient/1/$validate", "Patient/1/$everything",
		"Patient/1/Observation", "SearchParameter/$status", "OperationDefinition/export", "Patient/$member-match", "ValueSet/$expand", "DocumentReference/$docref",
		"Patient/1/$purge-history", "Patient/1/$reindex"} {
		var segments []string
		if path != "" {
			segments = strings.Split(path, "/")
		}
		found := s.paths(segments)
		if found == nil {
			t.Errorf("%q: want operations", path)
		}
		for method, op := range found {
			if op.anonymous {
				anonymous[method+" "+path] = true
			} else if len(op.needs) == 0 {
				t.Errorf("%s %q needs no data action", method, path)
			}
		}
	}
	want := []string{"GET $versions", "GET .well-known/smart-configuration", "GET OperationDefinition/export", "GET _operations/export/1/f",
		"GET health/check", "GET metadata"}
	if got := slices.Sorted(maps.Keys(anonymous)); !slices.Equal(got, want) {
		t.Errorf("anonymous: want %q, got %q", want, got)
	}
}
