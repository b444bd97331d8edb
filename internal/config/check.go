package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

var (
	guidForm     = lazyregexp.New(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	tenantForm   = lazyregexp.New(`^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$`)
	variableForm = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)
	resourceForm = lazyregexp.New(`(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.HealthcareApis/.+[^/]$`)
)

// The checks look at the form of a value only: whether a tenant, an app or a
// host exists is for the steps to find out. None repeats a value that could be
// a secret pasted into the wrong place.

func checkGUID(text string) error {
	if guidForm.MatchString(text) {
		return nil
	}
	return errors.New("expected a GUID such as 11111111-2222-3333-4444-555555555555")
}

// checkTenant accepts a GUID, a domain, and common, organizations or consumers.
func checkTenant(text string) error {
	if tenantForm.MatchString(text) {
		return nil
	}
	return errors.New("expected a tenant id (GUID) or a domain such as contoso.onmicrosoft.com")
}

// checkDisplayName holds the limit of Graph's displayName.
// Source: learn.microsoft.com/graph/api/resources/application, properties.
func checkDisplayName(text string) error {
	if utf8.RuneCountInString(text) > 256 || strings.ContainsFunc(text, unicode.IsControl) {
		return errors.New("expected at most 256 printable characters")
	}
	return nil
}

func checkCloud(text string) error {
	if _, ok := entra.CloudByName(text); ok {
		return nil
	}
	var names []string
	for _, c := range entra.Clouds() {
		names = append(names, c.Name)
	}
	return fmt.Errorf("expected %s", strings.Join(names, ", "))
}

func checkPlatform(text string) error {
	switch text {
	case "web", "public", "spa":
		return nil
	}
	return errors.New("expected web, public or spa")
}

// ParseGrant gives the name of a grant as RFC 6749 and RFC 8628 write it;
// authentication_code is taken for authorization_code.
func ParseGrant(text string) (string, error) {
	switch text {
	case "client_credentials", "authorization_code", "device_code":
		return text, nil
	case "authentication_code":
		return "authorization_code", nil
	}
	return "", errors.New("expected client_credentials, authorization_code or device_code")
}

func checkGrant(text string) error {
	_, err := ParseGrant(text)
	return err
}

// checkServiceURL is checkURL, but lets plain http through to this machine: a test
// server. Elsewhere a token in clear text would be for anyone on the way to read.
func checkServiceURL(text string) error {
	rest, plain := strings.CutPrefix(text, "http://")
	if u, err := url.Parse(text); plain && err == nil && loopback(u.Hostname()) {
		return checkURL("https://" + rest)
	}
	return checkURL(text)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkURL asks for an https address without query, fragment and credentials.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("expected an address such as https://host")
	case u.Scheme != "https" || u.Hostname() == "":
		return errors.New("expected an https address such as https://host")
	case u.User != nil:
		return errors.New("expected an address without user name and password")
	case !validPort(u):
		return errors.New("expected a port from 1 to 65535")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return errors.New("expected an address without ? and #")
	}
	return nil
}

// validPort tells whether the port of an address can be one, if it names any.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return true
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

func checkAuthority(text string) error {
	if err := checkURL(text); err != nil {
		return err
	}
	_, _, err := splitAuthority(text)
	return err
}

// splitAuthority separates https://host/tenant. The tenant may be missing.
func splitAuthority(text string) (host, tenant string, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", "", errors.New("expected an address such as https://host")
	}
	tenant = strings.Trim(u.Path, "/")
	if strings.Contains(tenant, "/") {
		return "", "", errors.New("expected https://host or https://host/tenant, without more path")
	}
	return "https://" + strings.ToLower(u.Host), tenant, nil
}

// checkAudience accepts an https address or another URI (api://…), or a GUID.
func checkAudience(text string) error {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.User == nil {
		return nil
	}
	return checkGUID(text)
}

func checkRedirect(text string) error {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.Host != "" && u.Fragment == "" {
		return nil
	}
	return errors.New("expected an address such as http://localhost or http://localhost:8400/path")
}

func checkProxy(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return errors.New("expected an address such as http://proxy:8080")
	}
	if !validPort(u) {
		return errors.New("expected a port from 1 to 65535")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return nil
	}
	return errors.New("expected a proxy that begins with http://, https:// or socks5://")
}

func checkTimeout(text string) error {
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return nil
	}
	return errors.New("expected a time above zero with its unit, such as 45s or 2m")
}

func checkDay(text string) error {
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		return nil
	}
	return errors.New("expected a day such as 2027-05-31")
}

func checkVariable(text string) error {
	if variableForm.MatchString(text) {
		return nil
	}
	return errors.New("expected the name of an environment variable, not its value")
}

func checkResourceID(text string) error {
	if resourceForm.MatchString(text) {
		return nil
	}
	return errors.New("expected /subscriptions/…/resourceGroups/…/providers/Microsoft.HealthcareApis/…")
}

func checkBool(text string) error {
	switch strings.ToLower(text) {
	case "true", "false", "1", "0":
		return nil
	}
	return errors.New("expected true or false")
}

func isTrue(text string) bool { return text == "1" || strings.EqualFold(text, "true") }

// IsGUID tells whether a text has the form of an id of Entra.
func IsGUID(text string) bool { return guidForm.MatchString(text) }
