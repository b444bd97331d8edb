package arm

import (
	"net/http"
	"strings"
)

// endpoints describes the cloud, to anybody. The shape depends on the version:
// before 2019 a few addresses, then a list of clouds, from 2022 one cloud.
// Source: azure-cli 2.74.0 azure/cli/core/cloud.py for 2022-09-01, recordings of
// azure-cli 2.45.0 for 2015-01-01; the list for the versions between them is
// what go-autorest reads.
func (c *call) endpoints() (answer, error) {
	version := c.options.Get("api-version")
	switch {
	case version == "":
		return answer{}, refuse(http.StatusBadRequest, "MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.")
	case version < "2019":
		return ok(map[string]any{
			"galleryEndpoint": c.URL + "/", "graphEndpoint": c.GraphURL + "/", "portalEndpoint": c.URL,
			"authentication": map[string]any{"loginEndpoint": c.LoginURL + "/", "audiences": c.audiences()},
		})
	case version < "2022":
		return answer{status: http.StatusOK, body: []any{c.cloud()}}, nil
	}
	return ok(c.cloud())
}

// audiences puts the sandbox's own address first, which is what clients ask
// tokens for.
func (c *call) audiences() []string {
	out := []string{c.URL, c.URL + "/"}
	for _, a := range c.Tokens.Audiences {
		if !strings.HasPrefix(a, c.URL) && strings.HasPrefix(a, "https://") {
			out = append(out, a)
		}
	}
	return out
}

func (c *call) cloud() map[string]any {
	return map[string]any{
		"name": "HdstestSandbox", "portal": c.URL, "resourceManager": c.URL,
		"authentication": map[string]any{"loginEndpoint": c.LoginURL, "audiences": c.audiences(), "tenant": "common",
			"identityProvider": "AAD"},
		"graph": c.GraphURL, "graphAudience": c.GraphURL, "microsoftGraphResourceId": c.GraphURL,
		"suffixes": map[string]any{},
	}
}
