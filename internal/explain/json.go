package explain

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Bounds of the search, so that no text takes long.
const (
	maxStarts  = 40  // places at which a JSON value may begin
	maxObjects = 500 // objects that are looked at
	maxDepth   = 12
)

// objects finds the JSON objects in a text, wherever they begin, also those
// inside of others and in texts of others.
func objects(text string) []map[string]any {
	var out []map[string]any
	for range maxStarts {
		start := strings.IndexByte(text, '{')
		if start < 0 {
			break
		}
		text = text[start:]
		decoder := json.NewDecoder(strings.NewReader(text))
		var object map[string]any
		if err := decoder.Decode(&object); err != nil || object == nil {
			text = text[1:]
			continue
		}
		collect(object, maxDepth, &out)
		text = text[decoder.InputOffset():]
	}
	return out
}

func collect(value any, depth int, out *[]map[string]any) {
	if depth == 0 || len(*out) >= maxObjects {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		*out = append(*out, value)
		for _, key := range slices.Sorted(maps.Keys(value)) {
			collect(value[key], depth-1, out)
		}
	case []any:
		for _, v := range value {
			collect(v, depth-1, out)
		}
	case string:
		var inner map[string]any
		if strings.HasPrefix(value, "{") && json.Unmarshal([]byte(value), &inner) == nil {
			collect(inner, depth-1, out)
		}
	}
}

// text is a value of an object, if it is a text.
func text(object map[string]any, key string) string {
	s, _ := object[key].(string)
	return s
}
