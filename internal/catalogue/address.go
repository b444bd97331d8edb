package catalogue

import (
	"fmt"
	"net/url"
	"strings"
)

// BaseVariable names the variable that holds the address before Path.
func (r Request) BaseVariable() string {
	switch {
	case r.Service == Entra:
		return VarAuthority
	case r.Service == DICOM && r.AtRoot:
		return VarDICOMRoot
	case r.Service == DICOM:
		return VarDICOMURL
	}
	return VarFHIRURL
}

// TokenVariable names the variable that holds the access token for a service,
// and is empty for Entra, which wants none.
func TokenVariable(service string) string {
	switch service {
	case FHIR:
		return VarBearerToken
	case DICOM:
		return VarDICOMToken
	}
	return ""
}

// Template is the path with its query, variables as they are written: it names
// no value and no id, and so may stand in reports and evidence.
func (r Request) Template() string {
	var query []string
	for _, p := range r.Query {
		query = append(query, p.Name+"="+p.Value)
	}
	if query == nil {
		return r.Path
	}
	return r.Path + "?" + strings.Join(query, "&")
}

// Address is the path with its query, variables replaced and every value
// percent-encoded, to be put behind the base URL. A variable without a value is
// an error, and so is one that would climb out of the path.
func (r Request) Address(vars Vars) (string, error) {
	escaped := Vars{}
	for name, value := range vars {
		if escaped[name] = url.PathEscape(value); value == "." || value == ".." {
			escaped[name] = ""
		}
	}
	address, err := Expand(r.Path, escaped)
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.ID, err)
	}
	for i, p := range r.Query {
		value, err := Expand(p.Value, vars)
		if err != nil {
			return "", fmt.Errorf("%s: %w", r.ID, err)
		}
		separator := "&"
		if i == 0 {
			separator = "?"
		}
		address += separator + url.QueryEscape(p.Name) + "=" + url.QueryEscape(value)
	}
	return address, nil
}

// RootOf gives a base URL without its path: https://host/v2 gives https://host.
func RootOf(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
