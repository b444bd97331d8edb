package config

import (
	"net/url"
	"strings"

	"hdstest/internal/entra"
)

// The guards tell whether a value decides where secrets come from or go to, so
// that a file which was merely found must be trusted before it may say so.

func always(string) bool { return true }

// foreignHealth tells whether an address, audience or scope is none of Azure
// Health Data Services in a known cloud.
func foreignHealth(text string) bool {
	if strings.EqualFold(text, entra.FHIRAppID) || strings.EqualFold(text, entra.DICOMAppID) {
		return false
	}
	host := hostOf(text)
	if host == hostOf(entra.DICOMResource) {
		return false
	}
	for _, c := range entra.Clouds() {
		if c.HealthSuffix != "" && (host == c.HealthSuffix || strings.HasSuffix(host, "."+c.HealthSuffix)) {
			return false
		}
	}
	return true
}

func foreignGraph(text string) bool {
	return foreign(text, func(c entra.Cloud) string { return c.Graph })
}

func foreignARM(text string) bool {
	return foreign(text, func(c entra.Cloud) string { return c.ResourceManager })
}

func foreign(text string, known func(entra.Cloud) string) bool {
	for _, c := range entra.Clouds() {
		if hostOf(text) == hostOf(known(c)) {
			return false
		}
	}
	return true
}

// hostOf gives the host of an https address, in lower case, without port; empty
// for anything else.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
