package diagnose_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// variation gives the evidence of a case in other forms in which a program or a
// person could have written down the same failure. No forms: it does not apply.
type variation func(t *testing.T, c reported) [][]byte

// object is the evidence of a case as JSON, new each time.
func object(t *testing.T, c reported) map[string]any {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(c.Observables, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// losses gives the evidence in every form in which one key is missing, at any
// depth.
func losses(t *testing.T, observables []byte) [][]byte {
	t.Helper()
	var all [][]byte
	withoutOne(t, reported{Observables: observables}, func(root map[string]any) { all = append(all, marshal(t, root)) })
	return all
}

// withoutOne calls the function with one key less each time.
func withoutOne(t *testing.T, c reported, f func(root map[string]any)) {
	t.Helper()
	root := object(t, c)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				kept := v[k]
				delete(v, k)
				f(root)
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
}

// oneLost leaves out what would leave nothing at all: that is "not known".
func oneLost(t *testing.T, c reported) [][]byte {
	return slices.DeleteFunc(losses(t, c.Observables), func(b []byte) bool { return string(b) == "{}" })
}

// twoLost is every pair of keys, where one is not within the other.
func twoLost(t *testing.T, c reported) [][]byte {
	seen := map[string]bool{}
	for _, less := range oneLost(t, c) {
		for _, fewer := range oneLost(t, reported{Observables: less}) {
			seen[string(fewer)] = true
		}
	}
	var all [][]byte
	for _, s := range slices.Sorted(maps.Keys(seen)) {
		all = append(all, []byte(s))
	}
	return all
}

// each rewrites every key and value of the evidence.
func each(f func(section, key string, v any) (string, any)) variation {
	return func(t *testing.T, c reported) [][]byte {
		var walk func(section string, v any) any
		walk = func(section string, v any) any {
			switch v := v.(type) {
			case map[string]any:
				out := map[string]any{}
				for k, e := range v {
					in := section
					if in == "" {
						in = k
					}
					if k, e = f(in, k, e); k != "" {
						out[k] = walk(in, e)
					}
				}
				return out
			case []any:
				for i, e := range v {
					v[i] = walk(section, e)
				}
			}
			return v
		}
		return [][]byte{marshal(t, walk("", object(t, c)))}
	}
}

// changed leaves out the cases that the variation does not touch.
func changed(v variation) variation {
	return func(t *testing.T, c reported) [][]byte {
		before := string(marshal(t, object(t, c)))
		return slices.DeleteFunc(v(t, c), func(b []byte) bool { return string(b) == before })
	}
}

var isText = regexp.MustCompile(`(?i)^(message|message_contains|error_description|diagnostics|description|log|output|stderr)$`)

// textsCut keeps the first part of each message, and textsGone nothing.
func textsCut(section, k string, v any) (string, any) {
	if s, ok := v.(string); ok && isText.MatchString(k) {
		words := strings.Fields(s)
		return k, strings.Join(words[:(len(words)+1)/2+min(1, len(words)/2)], " ")
	}
	return k, v
}

func textsGone(section, k string, v any) (string, any) {
	if _, ok := v.(string); ok && isText.MatchString(k) {
		return "", nil
	}
	return k, v
}

// answers are the sections of the identity service's answers.
func answers() []string { return []string{"token_endpoint", "authorize_endpoint"} }

// codesAs moves the codes of an answer to another place.
func codesAs(move func(root, answer map[string]any, digits string)) variation {
	return func(t *testing.T, c reported) [][]byte {
		root := object(t, c)
		moved := false
		for _, section := range answers() {
			answer, _ := root[section].(map[string]any)
			list, _ := answer["error_codes"].([]any)
			if len(list) == 0 {
				continue
			}
			var sentence []string
			for _, n := range list {
				sentence = append(sentence, fmt.Sprint("AADSTS", strings.Trim(string(marshal(t, n)), `"`)))
			}
			text, _ := answer["message_contains"].(string)
			delete(answer, "error_codes")
			delete(answer, "message_contains")
			move(root, answer, strings.Join(sentence, ": ")+": "+text+" Trace ID: 0f0f0f0f-0000-4000-8000-000000000000")
			moved = true
		}
		if !moved {
			return nil
		}
		return [][]byte{marshal(t, root)}
	}
}

// inDescription, inRedirect, inLog and inSaved are where people find codes.
func inDescription(_, answer map[string]any, text string) { answer["error_description"] = text }

func inRedirect(root, answer map[string]any, text string) {
	name, _ := answer["error"].(string)
	for _, s := range answers() {
		delete(root, s)
	}
	root["authorize_redirect"] = map[string]any{"location": "http://localhost/?error=" + name + "&error_description=" + url.QueryEscape(text)}
}

func inLog(root, _ map[string]any, text string) {
	for _, s := range answers() {
		delete(root, s)
	}
	root["log"] = "2026-03-01 10:00:00 ERROR token request failed: " + text
}

func inSaved(_, answer map[string]any, text string) {
	body := map[string]any{"error": answer["error"], "error_description": text}
	delete(answer, "error")
	data, _ := json.Marshal(body)
	answer["body"] = string(data)
}

// statusWords writes HTTP statuses as texts.
func statusWords(section, k string, v any) (string, any) {
	if f, ok := v.(float64); ok && k == "status" {
		return k, fmt.Sprintf("%.0f Something", f)
	}
	return k, v
}

func statusKey(section, k string, v any) (string, any) {
	if k == "status" {
		return "http_status_code", v
	}
	return k, v
}

// prose writes plain values as people do.
func prose(section, k string, v any) (string, any) {
	switch v := v.(type) {
	case bool:
		if v {
			return k, "yes"
		}
		return k, "no"
	case nil:
		return k, "none"
	case float64:
		if k != "exp" && k != "nbf" && k != "iat" {
			return k, strings.TrimSuffix(fmt.Sprintf("%v", v), ".0")
		}
	}
	return k, v
}

// camel writes keys as JavaScript and .NET do.
func camel(section, k string, v any) (string, any) {
	if !strings.Contains(k, "_") || strings.ToUpper(k) == k {
		return k, v
	}
	parts := strings.Split(k, "_")
	for i, p := range parts[1:] {
		if p != "" {
			parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, ""), v
}

func dashed(section, k string, v any) (string, any) {
	if strings.ContainsAny(k, "-:. ") || strings.ToUpper(k) == k {
		return k, v
	}
	return strings.ReplaceAll(k, "_", "-"), v
}

// wrapped puts the evidence into an envelope.
func wrapped(t *testing.T, c reported) [][]byte {
	return [][]byte{marshal(t, map[string]any{"id": "x", "observables": object(t, c)})}
}

// deeper puts what a service answered one level down.
func deeper(t *testing.T, c reported) [][]byte {
	root := object(t, c)
	moved := false
	for _, s := range append(answers(), "graph", "arm") {
		if inner, ok := root[s].(map[string]any); ok {
			root[s], moved = map[string]any{"answer": inner}, true
		}
	}
	if response, ok := root["response"].(map[string]any); ok {
		if body, ok := response["body"]; ok {
			data := marshal(t, body)
			response["body"], moved = string(data), true
		}
	}
	if !moved {
		return nil
	}
	return [][]byte{marshal(t, root)}
}

// renamed gives tenants, apps and hosts other names, and lists another order.
func renamed() variation {
	names := strings.NewReplacer("w-f.fhir", "clinic-north.fhir", "w-d.dicom", "clinic-images.dicom", "contoso", "fabrikam", "Contoso", "Fabrikam",
		"north-records", "west-charts", "north-images", "west-scans")
	public := []string{"4f6778d8-", "75e725bf-", "00000002-", "00000003-", "9188040d-", "0f0f0f0f-"}
	guid := regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	random := rand.New(rand.NewPCG(1, 2))
	return func(t *testing.T, c reported) [][]byte {
		given := map[string]string{}
		text := guid.ReplaceAllStringFunc(names.Replace(string(c.Observables)), func(id string) string {
			if slices.ContainsFunc(public, func(p string) bool { return strings.HasPrefix(id, p) }) {
				return id
			}
			if given[id] == "" {
				given[id] = fmt.Sprintf("%08x-0a1b-4c2d-8e3f-%012x", random.Uint32(), random.Uint64()>>16)
			}
			return given[id]
		})
		shuffle := each(func(_, k string, v any) (string, any) {
			if list, ok := v.([]any); ok {
				random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			}
			return k, v
		})
		return shuffle(t, reported{Observables: []byte(text)})
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
