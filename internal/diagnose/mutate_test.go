package diagnose_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/diagnose"
)

// losses gives the evidence in every form in which one key is missing, at any
// depth.
func losses(t *testing.T, observables []byte) [][]byte {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(observables, &root); err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				kept := v[k]
				delete(v, k)
				all = append(all, marshal(t, root))
				v[k] = kept
				walk(kept)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(root)
	return all
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// change rewrites every value of the evidence.
func change(t *testing.T, observables []byte, f func(key string, v any) (string, any)) []byte {
	t.Helper()
	var root any
	if err := json.Unmarshal(observables, &root); err != nil {
		t.Fatal(err)
	}
	var walk func(key string, v any) any
	walk = func(_ string, v any) any {
		switch v := v.(type) {
		case map[string]any:
			out := map[string]any{}
			for k, e := range v {
				key, e := f(k, e)
				out[key] = walk(key, e)
			}
			return out
		case []any:
			for i, e := range v {
				v[i] = walk("", e)
			}
		}
		return v
	}
	return marshal(t, walk("", root))
}

// skipInShort leaves the runs over every mutation to the full suite.
func skipInShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("every mutation of every case: left to the full suite")
	}
}

// TestMutatedFailures: the shares may fall gently on evidence that lost a key,
// was spelt otherwise or has its texts cut, and confidence stays honest.
func TestMutatedFailures(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	var dropped, sure, sureRight tally
	for _, c := range cases(t) {
		for _, less := range losses(t, c.Observables) {
			matches := diagnose.Diagnose(bundle(t, less))
			at := place(matches, c.label)
			dropped.add(at)
			if len(matches) == 0 || matches[0].Confidence < 0.9 {
				continue
			}
			sure.add(at)
			if at == 1 {
				sureRight.n++
			} else {
				t.Logf("%s is sure of %s on %s", c.ID, brief(matches), less)
			}
		}
	}
	t.Logf("one key dropped: %d variants, first %.1f %%, first three %.1f %%", dropped.n, dropped.share(dropped.first), dropped.share(dropped.three))
	t.Logf("at 0.9 or more: %d answers, %.1f %% right", sure.n, sure.share(sure.first))
	// Some variants lost all that told the cause: an empty object is "not known".
	if dropped.share(dropped.first) < 85 {
		t.Errorf("one dropped key leaves %.1f %% right, want 85", dropped.share(dropped.first))
	}
	if sure.share(sure.first) < 98 {
		t.Errorf("of the answers at 0.9 or more %.1f %% are right, want 98", sure.share(sure.first))
	}
}

func TestSpellingAndWordingMatterLittle(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	for name, c := range map[string]struct {
		least  float64
		change func(k string, v any) (string, any)
	}{
		"keys in other spelling": {95, func(k string, v any) (string, any) {
			if strings.ContainsAny(k, "-:. ") || strings.ToUpper(k) == k {
				return k, v
			}
			return strings.ReplaceAll(k, "_", "-"), v
		}},
		"codes as text": {95, func(k string, v any) (string, any) {
			if list, ok := v.([]any); ok && k == "error_codes" {
				var out []any
				for _, e := range list {
					out = append(out, string(marshal(t, e)))
				}
				return k, out
			}
			return k, v
		}},
		"messages cut": {85, func(k string, v any) (string, any) {
			if k == "message_contains" || k == "message" || k == "diagnostics" {
				return k, nil
			}
			return k, v
		}},
		"codes in the text only": {85, func(k string, v any) (string, any) {
			if list, ok := v.([]any); ok && k == "error_codes" && len(list) > 0 {
				return "description", "AADSTS" + string(marshal(t, list[len(list)-1])) + ": something. Trace ID: x"
			}
			return k, v
		}},
	} {
		var a tally
		for _, r := range cases(t) {
			matches := diagnose.Diagnose(bundle(t, change(t, r.Observables, c.change)))
			at := place(matches, r.label)
			a.add(at)
			if at != 1 {
				t.Logf("%s: %s: want %s, got %s", name, r.ID, r.label, brief(matches))
			}
		}
		t.Logf("%s: first %.1f %%, first three %.1f %%", name, a.share(a.first), a.share(a.three))
		if a.share(a.first) < c.least {
			t.Errorf("%s: first %.1f %%, want %.0f", name, a.share(a.first), c.least)
		}
	}
}

// TestOtherTenantsAndOrder: names, ids and order are no evidence.
func TestOtherTenantsAndOrder(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	rename := strings.NewReplacer(
		"11111111-1111-1111-1111-111111111111", "a0b1c2d3-0001-4002-8003-abcdef012345", "22222222-2222-2222-2222-222222222222", "b0b1c2d3-0001-4002-8003-abcdef012345",
		"33333333-3333-3333-3333-333333333333", "c0b1c2d3-0001-4002-8003-abcdef012345", "55555555-5555-5555-5555-555555555555", "d0b1c2d3-0001-4002-8003-abcdef012345",
		"w-f.fhir", "clinic-north.fhir", "w-d.dicom", "clinic-images.dicom", "contoso", "fabrikam", "Contoso", "Fabrikam")
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range cases(t) {
		renamed := change(t, []byte(rename.Replace(string(c.Observables))), func(k string, v any) (string, any) {
			if list, ok := v.([]any); ok {
				random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			}
			return k, v
		})
		if matches := diagnose.Diagnose(bundle(t, renamed)); place(matches, c.label) != 1 {
			t.Errorf("%s: want %s, got %s", c.ID, c.label, brief(matches))
		}
	}
}

// FuzzDiagnose holds that no evidence makes a diagnosis fail, and that
// confidences are in range and in order.
func FuzzDiagnose(f *testing.F) {
	for _, seed := range []string{`{}`, `{"error":"AADSTS99999999999"}`, `{"request":{"path":"?","headers":[]},"response":{"status":"x"}}`,
		`{"claims":{"aud":[],"exp":"x"},"service":"dicom","service_url":"::"}`, `{"arm":{"role_assignments_for_oid":[null,{"properties":{}}]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) || !strings.HasPrefix(strings.TrimSpace(string(data)), "{") {
			return
		}
		last := 1.0
		for _, m := range diagnose.Diagnose(bundle(t, data)) {
			if m.Confidence <= 0 || m.Confidence > last || m.Fix == "" {
				t.Errorf("%s: %+v after %v", data, m, last)
			}
			last = m.Confidence
		}
	})
}
