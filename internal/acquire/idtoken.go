package acquire

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// idTokenLeeway is the difference between clocks that is allowed.
const idTokenLeeway = 5 * time.Minute

// idToken holds what an ID token must say.
type idToken struct {
	nonce    string
	clientID string
	issuer   string // of the authority's metadata; may hold {tenantid}
	tenant   string // of the authority; compared when it is a GUID
	now      time.Time
}

// check reads an ID token and compares its claims with what was asked for:
// issuer, audience, nonce, dates (OpenID Connect Core 1.0 section 3.1.3.7) and
// Entra's tenant id. It returns the first fault in that order.
//
// It does not check the signature. Item 6 of that section allows so for a token
// that came straight from the token endpoint over TLS: the certificate of the
// authority vouches for it. The token is used for nothing but this check.
func (want idToken) check(raw string) error {
	if raw == "" {
		return errors.New("the authority gave none, though openid was asked for")
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {
		return errors.New("it is no JWT") // the parser's text quotes parts of it
	}
	text := func(name string) string { s, _ := claims[name].(string); return s }
	aud, _ := claims.GetAudience() // a wrong form is an empty audience
	exp, _ := claims.GetExpirationTime()
	issuer := strings.ReplaceAll(want.issuer, "{tenantid}", text("tid"))
	switch {
	case issuer == "" || text("iss") != issuer:
		return fmt.Errorf("its issuer is %q; expected %q", text("iss"), issuer)
	case !slices.Contains(aud, want.clientID):
		return fmt.Errorf("its audience is %q; expected the client id %q", strings.Join(aud, " "), want.clientID)
	case len(aud) > 1 && text("azp") != want.clientID:
		return fmt.Errorf("it has %d audiences and azp is %q", len(aud), text("azp"))
	case uuid.Validate(want.tenant) == nil && !strings.EqualFold(text("tid"), want.tenant):
		return fmt.Errorf("its tenant is %q; expected %q", text("tid"), want.tenant)
	case subtle.ConstantTimeCompare([]byte(text("nonce")), []byte(want.nonce)) != 1:
		return errors.New("its nonce is not the one that was sent")
	case exp == nil:
		return errors.New("it has no expiry")
	case want.now.After(exp.Add(idTokenLeeway)):
		return fmt.Errorf("it expired at %s; now is %s", exp.UTC().Format(time.RFC3339), want.now.UTC().Format(time.RFC3339))
	}
	return nil
}

// accountName is the name of the person in an ID token, for that person's screen.
func accountName(raw string) string {
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {
		return ""
	}
	for _, name := range []string{"preferred_username", "upn", "email"} {
		if s, ok := claims[name].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// authorizeURL completes MSAL's address: it holds client_id, response_type,
// redirect_uri and scope only.
func authorizeURL(base string, more url.Values) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	for name, values := range more {
		if len(values) > 0 && values[0] != "" {
			q[name] = values[:1]
		}
	}
	u.RawQuery = q.Encode()
	return u, nil
}
