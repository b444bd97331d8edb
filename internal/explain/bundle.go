package explain

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"hdstest/internal/evidence"
)

// sections are the keys by which a bundle is known; one of them with an object
// below it is enough (an answer of the token endpoint may have a text "claims").
func sections() []string {
	return []string{"token_request", "token_endpoint", "authorize_request", "authorize_endpoint", "claims", "service_config",
		"response", "graph", "arm", "network", "clock", "local", "ci"}
}

// bundle reads a text that is an evidence bundle. Nothing else is looked for then.
func bundle(u *Understanding, in input) bool {
	if !strings.HasPrefix(in.text, "{") || len(in.objects) == 0 || !json.Valid([]byte(in.text)) {
		return false
	}
	if !slices.ContainsFunc(sections(), func(s string) bool { _, ok := in.objects[0][s].(map[string]any); return ok }) {
		return false
	}
	b, err := evidence.Read(strings.NewReader(in.text))
	if err != nil {
		return false
	}
	u.take(b)
	return true
}

// Bundle understands evidence that was read already. It stays as it is; what is
// printed of it passes [Clean] by whoever prints.
func Bundle(b evidence.Bundle) Understanding {
	var u Understanding
	u.take(b)
	u.gather()
	return u
}

// take makes the bundle the evidence, and says what it holds by its keys.
func (u *Understanding) take(b evidence.Bundle) {
	u.Bundle = b
	var object map[string]any
	if data, err := json.Marshal(b); err != nil || json.Unmarshal(data, &object) != nil {
		return
	}
	var names []string
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if name := word(key); name != "" && key != "schema_version" {
			names = append(names, name)
		}
	}
	if names != nil {
		u.say("an evidence bundle with " + strings.Join(names, ", "))
	}
}
