package judge

import (
	"cmp"
	"fmt"
	"strings"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

// Grant judges whether a grant gave a token, by the evidence of the exchange. It
// does not look at the token; [Claims] does. Its id is token.<grant>.
func Grant(b evidence.Bundle, grant string) check.Finding {
	f := check.Finding{ID: "token." + grant, Group: groupToken, Title: "Token by " + strings.ReplaceAll(grant, "_", " "),
		Expected: "an access token", Seen: "an access token", Status: check.Pass, Source: "RFC 6749 section 5"}
	if seen := refusal(b); seen != "" {
		f.Status, f.Seen = check.Fail, seen
		return WithCause(f, b)
	}
	return f
}

// refusal tells why no token came; empty if nothing speaks against it.
func refusal(b evidence.Bundle) string {
	for _, a := range []*evidence.OAuthAnswer{b.TokenEndpoint, b.AuthorizeEndpoint} {
		if seen := refusedBy(a); seen != "" {
			return seen
		}
	}
	switch {
	case b.Network != nil:
		return cmp.Or(b.Network.TLSError, b.Network.Error, b.Network.Kind, "no connection")
	case b.Local != nil && b.Local.Problem != "":
		return strings.TrimSpace(b.Local.Path + " " + cmp.Or(b.Local.Detail, b.Local.Problem))
	}
	return ""
}

func refusedBy(a *evidence.OAuthAnswer) string {
	if a == nil || a.Error == "" && len(a.ErrorCodes) == 0 && a.Status < 400 {
		return ""
	}
	parts := []string{}
	if a.Status != 0 {
		parts = append(parts, fmt.Sprint(a.Status))
	}
	if a.Error != "" {
		parts = append(parts, a.Error)
	}
	for _, code := range a.ErrorCodes {
		text := fmt.Sprintf("AADSTS%d", code)
		if known, ok := entra.LookupError(code); ok {
			text += ": " + strings.TrimSuffix(known.Meaning, ".")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
