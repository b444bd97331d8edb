package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/report"
)

type field = report.Field

func named(name string, value any) field { return field{Name: name, Value: value} }

func printJSON(w io.Writer, fields ...field) error { return report.Object(w, fields) }

func tokenInJSON(data []byte) (string, bool) {
	var doc struct {
		AccessToken string `json:"access_token"`
		AZ          string `json:"accessToken"`
	}
	if len(data) == 0 || data[0] != '{' || json.Unmarshal(data, &doc) != nil {
		return "", false
	}
	if doc.AZ != "" {
		return doc.AZ, true
	}
	return doc.AccessToken, doc.AccessToken != ""
}

// tokenForms are the ways in which a token is printed, the bare one first.
func tokenForms() []string { return []string{"bare", "json", "header", "env"} }

// printToken is the one place where a token is revealed to stdout.
//
// Source of the JSON's names: `az account get-access-token` of the Azure CLI
// (expiresOn is local time with microseconds, expires_on seconds since 1970).
func printToken(w io.Writer, form string, r acquire.Result, s *config.Settings, zone *time.Location) error {
	var err error
	switch token := r.Token.Reveal(); form {
	case "json":
		err = printJSON(w, named("accessToken", token),
			named("expiresOn", r.ExpiresOn.In(zone).Format("2006-01-02 15:04:05.000000")), named("expires_on", r.ExpiresOn.Unix()),
			named("subscription", subscriptionOf(s)), named("tenant", s.TenantID), named("tokenType", tokenType(r)))
	case "header":
		_, err = fmt.Fprintf(w, "Authorization: %s %s\n", tokenType(r), token)
	case "env":
		_, err = fmt.Fprintf(w, "HDSTEST_TOKEN=%s\nHDSTEST_TOKEN_EXPIRES_ON=%s\n", token, r.ExpiresOn.UTC().Format(time.RFC3339))
	default:
		_, err = fmt.Fprintln(w, token)
	}
	return err
}

func tokenType(r acquire.Result) string {
	if r.TokenType == "" {
		return "Bearer"
	}
	return r.TokenType
}

// subscriptionOf reads the subscription from a service's resource id, if there is one.
func subscriptionOf(s *config.Settings) string {
	for _, id := range []string{s.FHIR.ResourceID, s.DICOM.ResourceID} {
		if parts := strings.Split(id, "/"); len(parts) > 2 {
			return parts[2]
		}
	}
	return ""
}
