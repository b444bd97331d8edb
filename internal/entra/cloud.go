// Package entra is the table of names that the Microsoft identity platform,
// Microsoft Graph, Azure Resource Manager and Azure Health Data Services have
// published: clouds, hosts, app ids, scopes, roles, data actions, error codes.
//
// It is data with sources and look-ups over that data, nothing else. Client
// and sandbox share it; neither shares a rule. How an issuer, an audience or an
// assertion is judged is therefore not written here.
package entra

import "strings"

// Cloud is one of the separate Microsoft clouds.
//
// Source: learn.microsoft.com/entra/identity-platform/authentication-national-cloud;
// the ARM audiences are those of the Azure CLI (azure/cli/core/cloud.py).
type Cloud struct {
	Name               string // as written in a profile: public, usgov, china
	Authority          string // https://host, no path
	V1IssuerHost       string // host of the issuer in v1.0 tokens
	Graph              string // https://host, no path
	ResourceManager    string // https://host, no path
	ManagementAudience string // resource for which ARM tokens are asked
	Portal             string
	FederationAudience string // audience of federated assertions
	HealthSuffix       string // suffix of FHIR and DICOM hosts; empty: not published
}

// CloudPublic is the name of the cloud that is meant when none is named.
const CloudPublic = "public"

// Clouds lists the known clouds, the public one first.
func Clouds() []Cloud {
	return []Cloud{
		{
			Name:               CloudPublic,
			Authority:          "https://login.microsoftonline.com",
			V1IssuerHost:       "sts.windows.net",
			Graph:              "https://graph.microsoft.com",
			ResourceManager:    "https://management.azure.com",
			ManagementAudience: "https://management.core.windows.net/",
			Portal:             "https://portal.azure.com",
			FederationAudience: "api://AzureADTokenExchange",
			HealthSuffix:       "azurehealthcareapis.com",
		},
		{
			Name:               "usgov",
			Authority:          "https://login.microsoftonline.us",
			V1IssuerHost:       "sts.windows.net",
			Graph:              "https://graph.microsoft.us",
			ResourceManager:    "https://management.usgovcloudapi.net",
			ManagementAudience: "https://management.core.usgovcloudapi.net/",
			Portal:             "https://portal.azure.us",
			FederationAudience: "api://AzureADTokenExchangeUSGov",
			HealthSuffix:       "azurehealthcareapis.us",
		},
		{
			// No public page names a health suffix for this cloud (unverified).
			Name:               "china",
			Authority:          "https://login.partner.microsoftonline.cn",
			V1IssuerHost:       "sts.chinacloudapi.cn",
			Graph:              "https://microsoftgraph.chinacloudapi.cn",
			ResourceManager:    "https://management.chinacloudapi.cn",
			ManagementAudience: "https://management.core.chinacloudapi.cn/",
			Portal:             "https://portal.azure.cn",
			FederationAudience: "api://AzureADTokenExchangeChina",
		},
	}
}

// CloudByName finds a cloud by the name a profile uses.
func CloudByName(name string) (Cloud, bool) {
	for _, c := range Clouds() {
		if c.Name == name {
			return c, true
		}
	}
	return Cloud{}, false
}

// CloudByHost finds the cloud to which an authority's host belongs, also by the
// older names that the instance discovery document lists as aliases. The
// comparison ignores case and takes no port.
func CloudByHost(host string) (Cloud, bool) {
	host = strings.ToLower(host)
	for _, c := range Clouds() {
		for _, a := range authorityHosts(c.Name) {
			if a == host {
				return c, true
			}
		}
	}
	return Cloud{}, false
}

// RetiredFHIR says what became of the Azure API for FHIR, as the end of a sentence
// about an address.
//
// Source: learn.microsoft.com/azure/healthcare-apis/azure-api-for-fhir, banner.
const RetiredFHIR = "an address of the Azure API for FHIR, which was retired on 2026-09-30; " +
	"addresses of Azure Health Data Services are of the form https://workspace-service.fhir.azurehealthcareapis.com"

// IsRetiredFHIRHost tells whether a host is one of the Azure API for FHIR: the
// account's name directly before the suffix. The names fhir and dicom there are
// audiences, not accounts.
func IsRetiredFHIRHost(host string) bool {
	for _, c := range Clouds() {
		name, ok := strings.CutSuffix(strings.ToLower(host), "."+c.HealthSuffix)
		if ok && c.HealthSuffix != "" && name != "" && name != FHIR && name != DICOM && !strings.Contains(name, ".") {
			return true
		}
	}
	return false
}

// authorityHosts lists the names under which a cloud's authority answers.
// Source: MSAL Go 1.10.1, apps/internal/oauth/ops/authority, the alias table.
func authorityHosts(cloud string) []string {
	switch cloud {
	case CloudPublic:
		return []string{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}
	case "usgov":
		return []string{"login.microsoftonline.us", "login.usgovcloudapi.net"}
	case "china":
		return []string{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn", "sts.chinacloudapi.cn"}
	}
	return nil
}
