package explain

import (
	"hdstest/internal/evidence"
)

// oauthAnswer reads an error in the JSON of the token or device code endpoint.
//
// Source: RFC 6749 section 5.2; Entra adds error_codes, trace_id,
// correlation_id and suberror.
func oauthAnswer(u *Understanding, in input) {
	for _, o := range in.objects {
		name := word(text(o, "error"))
		_, described := o["error_description"].(string)
		list, coded := o["error_codes"].([]any)
		if u.Bundle.TokenEndpoint != nil || name == "" && !coded || !described && !coded && len(o) > 2 {
			continue
		}
		answer := &evidence.OAuthAnswer{Error: name, Suberror: word(text(o, "suberror")), TraceID: word(text(o, "trace_id")),
			CorrelationID: word(text(o, "correlation_id")), MessageContains: kept(withoutIDs(text(o, "error_description")))}
		u.Bundle.TokenEndpoint = answer
		if name == "" {
			name = "without a name"
		}
		u.say("an error of the token endpoint: " + name)
		u.addCodes(numbers(list), text(o, "error_description"))
	}
}

// numbers are the whole numbers of a list.
func numbers(list []any) []int {
	var out []int
	for _, v := range list[:min(len(list), 10)] {
		if f, ok := v.(float64); ok && f > 0 && f < 1e9 && f == float64(int(f)) {
			out = append(out, int(f))
		}
	}
	return out
}
