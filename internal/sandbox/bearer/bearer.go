// Package bearer checks the access tokens that reach the sandbox's Graph, ARM,
// FHIR and DICOM services: signature by the sandbox's keys, issuer, audience and
// times, in the order and with the words of ASP.NET Core's JwtBearer handler,
// which the health services are built on.
//
// It does not look at roles, scopes or app roles: that is each service's matter.
package bearer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/sandbox/keys"
)

// Leeway is how far a token's times may be off. Five minutes is the default of
// Microsoft's .NET middleware; what the managed services allow is unverified.
const Leeway = 5 * time.Minute

// Claims are the parts of an access token that the services act on.
type Claims struct {
	Audience string
	Issuer   string
	TenantID string
	ObjectID string   // oid: of the user or the service principal
	AppID    string   // appid (v1.0) or azp (v2.0)
	Scopes   []string // scp: a user's token
	Roles    []string // roles: app permissions
	Raw      map[string]any
}

// Problem is why a token is refused. Description is what the WWW-Authenticate
// header says in error_description.
// Source: dotnet/aspnetcore src/Security/Authentication/JwtBearer/src/JwtBearerHandler.cs.
type Problem struct {
	Missing     bool // no bearer token was sent at all
	Expired     bool
	Audience    bool
	Description string
}

// Error makes a Problem an error.
func (p *Problem) Error() string { return p.Description }

// Checker checks tokens for one service.
type Checker struct {
	Keys      *keys.Ring
	Now       func() time.Time
	Issuers   []string // all that are accepted
	Audiences []string // all that are accepted, compared exactly
}

// Check reads an Authorization header's value. A nil Problem means that the
// token is good.
func (c Checker) Check(authorization string) (Claims, *Problem) {
	scheme, raw, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(raw) == "" {
		return Claims{}, &Problem{Missing: true}
	}
	parsed := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	if _, err := parser.ParseWithClaims(strings.TrimSpace(raw), parsed, c.key); err != nil {
		return Claims{}, signatureProblem(err)
	}
	claims := read(parsed)
	if p := c.times(parsed); p != nil {
		return claims, p
	}
	if !slices.Contains(c.Audiences, claims.Audience) {
		return claims, &Problem{Audience: true, Description: fmt.Sprintf("The audience '%s' is invalid", claims.Audience)}
	}
	if !slices.Contains(c.Issuers, claims.Issuer) {
		return claims, &Problem{Description: fmt.Sprintf("The issuer '%s' is invalid", claims.Issuer)}
	}
	return claims, nil
}

var errNoKey = errors.New("no such key")

func (c Checker) key(t *jwt.Token) (any, error) {
	kid, _ := t.Header["kid"].(string)
	if key, ok := c.Keys.Public(kid); ok {
		return key, nil
	}
	return nil, errNoKey
}

// signatureProblem gives no description for text that is no JWT: the handler
// has none for exceptions other than its own (OSS source as above).
func signatureProblem(err error) *Problem {
	switch {
	case errors.Is(err, errNoKey):
		return &Problem{Description: "The signature key was not found"}
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return &Problem{Description: "The signature is invalid"}
	}
	return &Problem{}
}

func (c Checker) times(claims jwt.MapClaims) *Problem {
	const layout = "01/02/2006 15:04:05"
	expires, err := claims.GetExpirationTime()
	if err != nil || expires == nil {
		return &Problem{Description: "The token has no expiration"}
	}
	starts, _ := claims.GetNotBefore()
	now := c.Now()
	if starts != nil && starts.After(now.Add(Leeway)) {
		return &Problem{Description: fmt.Sprintf("The token is not valid before '%s'", starts.UTC().Format(layout))}
	}
	if expires.Before(now.Add(-Leeway)) {
		return &Problem{Expired: true, Description: fmt.Sprintf("The token expired at '%s'", expires.UTC().Format(layout))}
	}
	return nil
}

func read(m jwt.MapClaims) Claims {
	text := func(name string) string { s, _ := m[name].(string); return s }
	c := Claims{Audience: text("aud"), Issuer: text("iss"), TenantID: text("tid"), ObjectID: text("oid"),
		AppID: text("appid"), Scopes: strings.Fields(text("scp")), Raw: m}
	if c.AppID == "" {
		c.AppID = text("azp")
	}
	if roles, ok := m["roles"].([]any); ok {
		for _, r := range roles {
			if s, ok := r.(string); ok {
				c.Roles = append(c.Roles, s)
			}
		}
	}
	return c
}
