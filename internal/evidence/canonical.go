package evidence

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Canonical gives the same evidence by this package's own keys. Other programs
// and people write tokenEndpoint, token-endpoint or token_response for
// token_endpoint, and put the whole into an envelope beside a name and a date.
// Keys of sections and of what is directly within are respelt where that key is
// free; values stay as they are, and what is not known stays where it is.
//
// An envelope is an object without any key of a section that holds exactly one
// object with some.
func (b Bundle) Canonical() Bundle {
	var root map[string]any
	data, err := json.Marshal(b)
	if err != nil || json.Unmarshal(data, &root) != nil {
		return b // what a program put in by hand and JSON cannot say
	}
	root = unwrap(respell(root, reflect.TypeFor[Bundle]()))
	for name, field := range fields(reflect.ValueOf(Bundle{})) {
		section, ok := root[name].(map[string]any)
		if t := field.Type(); ok && t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
			root[name] = respell(section, t.Elem())
		}
	}
	var out Bundle
	if data, err = json.Marshal(root); err != nil || json.Unmarshal(data, &out) != nil {
		return b
	}
	return out
}

// otherNames are names of sections that mean one of ours.
func otherNames() map[string]string {
	return map[string]string{
		"tokenresponse": "token_endpoint", "tokenanswer": "token_endpoint", "tokenerror": "token_endpoint",
		"authorizeresponse": "authorize_endpoint", "authorizationendpoint": "authorize_endpoint", "authorizationresponse": "authorize_endpoint",
		"authorizationrequest": "authorize_request", "authrequest": "authorize_request",
		"tokenclaims": "claims", "accesstokenclaims": "claims", "jwtclaims": "claims",
		"httprequest": "request", "httpresponse": "response", "serviceresponse": "response", "servicerequest": "request",
		"serviceurl": "service_url", "baseurl": "service_url", "servicesettings": "service_config",
		"msgraph": "graph", "microsoftgraph": "graph", "resourcemanager": "arm", "azureresourcemanager": "arm",
		"certificatefile": "local", "files": "local", "configuration": "config", "settings": "config", "pipeline": "ci",
	}
}

// Folded is a key without its spelling: small letters and digits only.
func Folded(key string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, key)
}

// respell gives the keys that a struct knows the struct's own spelling.
func respell(object map[string]any, t reflect.Type) map[string]any {
	own := map[string]string{}
	for name := range fields(reflect.New(t).Elem()) {
		own[Folded(name)] = name
	}
	out := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		name, known := own[Folded(key)]
		if !known && t == reflect.TypeFor[Bundle]() {
			name, known = otherNames()[Folded(key)]
		}
		_, taken := object[name]
		if _, twice := out[name]; !known || taken || twice {
			name = key
		}
		out[name] = object[key]
	}
	return out
}

// unwrap takes the evidence out of its envelope.
func unwrap(root map[string]any) map[string]any {
	if hasSection(root) {
		return root
	}
	var inner []map[string]any
	for _, v := range root {
		if object, ok := v.(map[string]any); ok {
			if object = respell(object, reflect.TypeFor[Bundle]()); hasSection(object) {
				inner = append(inner, object)
			}
		}
	}
	if len(inner) != 1 {
		return root
	}
	return inner[0]
}

// hasSection tells whether an object has a key of a section, or of what stands
// beside the sections in evidence of others.
func hasSection(object map[string]any) bool {
	for name := range fields(reflect.ValueOf(Bundle{})) {
		if name == "schema_version" || name == "now" || name == "tool" || name == "command" {
			continue // an envelope may have these itself
		}
		if _, ok := object[name]; ok {
			return true
		}
	}
	for _, name := range []string{"ci", "authorize_redirect", "comparison", "log", "stderr", "output", "tool_output"} {
		if _, ok := object[name]; ok {
			return true
		}
	}
	return false
}
