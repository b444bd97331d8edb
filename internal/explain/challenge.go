package explain

import (
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/issuer"
	"hdstest/internal/lazyregexp"
)

var (
	challengeLine  = lazyregexp.New(`(?im)^[<\s]*www-authenticate\s*:\s*(.+)$`)
	challengeAlone = lazyregexp.New(`(?i)^bearer\s+\w+\s*=`)
)

// challengeHeader reads a WWW-Authenticate header, with or without its name.
//
// Source: RFC 9110 section 11.6.1, RFC 6750 section 3.
func challengeHeader(u *Understanding, in input) {
	var lines []string
	for _, m := range challengeLine.FindAllStringSubmatch(in.text, 10) {
		lines = append(lines, strings.TrimSpace(m[1]))
	}
	if lines == nil && challengeAlone.MatchString(in.text) {
		lines = []string{in.text}
	}
	header := strings.Join(lines, ", ")
	c, ok := evidence.Bearer(header)
	if !ok || len(c.Params) == 0 {
		return
	}
	config := issuer.Challenge(header)
	config.Audience, config.Authority = Clean(config.Audience), Clean(config.Authority)
	config.TenantID, config.Extra = word(config.TenantID), nil
	u.Bundle.ServiceConfig = &config
	if u.Bundle.Response == nil {
		u.Bundle.Response = &evidence.Response{Status: challengeStatus(c.Params["error"])}
	}
	u.Bundle.Response.WWWAuthenticate = rebuilt(c.Params)
	what := "a service's challenge for a token (WWW-Authenticate)"
	if config.Audience != "" {
		what += ", which wants the audience " + config.Audience
	}
	if e := word(c.Params["error"]); e != "" {
		what += ", with the error " + e
	}
	u.say(what)
}

// challengeStatus is the status with which a challenge comes (RFC 6750 section 3.1).
func challengeStatus(name string) int {
	switch name {
	case "insufficient_scope":
		return http.StatusForbidden
	case "invalid_request":
		return http.StatusBadRequest
	}
	return http.StatusUnauthorized
}

// rebuilt writes the challenge again with the parameters that are known to be harmless.
func rebuilt(params map[string]string) string {
	var out []string
	for _, name := range []string{"authorization_uri", "authorization", "resource_id", "realm", "error", "error_description", "scope"} {
		if v := params[name]; v != "" {
			out = append(out, name+`="`+strings.ReplaceAll(kept(v), `"`, `'`)+`"`)
		}
	}
	return "Bearer " + strings.Join(slices.Compact(out), ", ")
}
