package arm

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Providers whose resources the sandbox has.
const (
	authorization = "microsoft.authorization"
	healthcare    = "microsoft.healthcareapis"
)

// healthVersions are the api-versions of Microsoft.HealthcareApis workspaces.
// Source: github.com/Azure/azure-rest-api-specs specification/healthcareapis.
func healthVersions() []string {
	return []string{"2021-06-01-preview", "2021-11-01", "2022-01-31-preview", "2022-05-15", "2022-06-01", "2022-10-01-preview",
		"2022-12-01", "2023-02-28", "2023-09-06", "2023-11-01", "2023-12-01", "2024-03-01", "2024-03-31", "2025-03-01-preview",
		"2025-04-01-preview"}
}

// Oldest versions of the other types; of these every well-formed one from then
// on is taken, since clients pin very different ones.
const (
	oldestAuthorization = "2015-07-01"
	oldestResources     = "2014-04-01"
)

// checkVersion refuses an api-version that the resource type has not. The code
// for a provider's types differs from that for subscriptions.
func checkVersion(t target, version string) error {
	day := strings.TrimSuffix(strings.ToLower(version), "-preview")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return refuse(http.StatusBadRequest, "InvalidApiVersionParameter", "The api-version '%s' is invalid. It has the form "+
			"YYYY-MM-DD, with -preview behind it for previews.", version)
	}
	oldest := oldestResources
	switch {
	case len(t.types) == 0: // the scope or the provider itself
	case t.provider == healthcare:
		if known := healthVersions(); !slices.Contains(known, strings.ToLower(version)) {
			return unregistered(t, version, strings.Join(known, ", "))
		}
		return nil
	case t.provider == authorization:
		oldest = oldestAuthorization
	}
	if day < oldest {
		return unregistered(t, version, oldest+" and later")
	}
	return nil
}

func unregistered(t target, version, supported string) error {
	if t.provider == "" {
		return refuse(http.StatusBadRequest, "InvalidApiVersionParameter",
			"The api-version '%s' is invalid. The supported versions are '%s'.", version, supported)
	}
	return refuse(http.StatusBadRequest, "NoRegisteredProviderFound", "No registered resource provider found for location 'sandbox' and "+
		"API version '%s' for type '%s'. The supported api-versions are '%s'.", version, strings.Join(t.types, "/"), supported)
}

// since tells whether the request's version is at least one.
func (c *call) since(version string) bool { return c.options.Get("api-version") >= version }
