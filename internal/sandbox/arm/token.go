package arm

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hdstest/internal/sandbox/bearer"
)

// authenticate checks the token. What its holder may do is decided by role
// assignments, scope by scope.
func (c *call) authenticate() error {
	claims, problem := c.Tokens.Check(c.request.Header.Get("Authorization"))
	if problem == nil {
		c.caller = claims
		return nil
	}
	f := c.tokenFailure(claims, problem)
	description := f.message
	if problem.Missing {
		description = "The authentication failed because of missing 'Authorization' header."
	}
	f.header = http.Header{}
	f.header.Set("WWW-Authenticate", fmt.Sprintf(`Bearer authorization_uri="%s/%s", error="invalid_token", error_description="%s"`,
		c.LoginURL, c.state.Tenant.ID, strings.ReplaceAll(description, `"`, `'`)))
	return f
}

// tokenFailure is worded as in answers quoted in public issue logs; the text for
// a wrong signature is unverified.
func (c *call) tokenFailure(claims bearer.Claims, p *bearer.Problem) *failure {
	const status = http.StatusUnauthorized
	switch {
	case p.Missing:
		return refuse(status, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
	case p.Expired:
		return refuse(status, "ExpiredAuthenticationToken",
			"The access token expiry UTC time '%s' is earlier than current UTC time '%s'.", expiry(claims), clock(c.now))
	case p.Audience:
		return refuse(status, "InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong audience or resource '%s'. "+
			"It should exactly match with one of the allowed audiences '%s'.", claims.Audience, strings.Join(c.Tokens.Audiences, "','"))
	case strings.HasPrefix(p.Description, "The issuer"):
		return refuse(status, "InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer '%s'. It must match the tenant "+
			"'%s' associated with this subscription.", claims.Issuer, strings.Join(c.Tokens.Issuers, "' or '"))
	}
	return refuse(status, "InvalidAuthenticationToken", "The access token is invalid.")
}

func expiry(claims bearer.Claims) string {
	seconds, err := strconv.ParseFloat(fmt.Sprint(claims.Raw["exp"]), 64)
	if err != nil {
		return ""
	}
	return clock(time.Unix(int64(seconds), 0))
}

func clock(t time.Time) string { return t.UTC().Format("1/2/2006 3:04:05 PM") }
