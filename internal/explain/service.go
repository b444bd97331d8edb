package explain

import (
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

var serviceHost = lazyregexp.New(`(?i)https://([a-z0-9-]+\.(fhir|dicom)\.azurehealthcareapis\.(?:com|us))\b`)

// serviceAddress notes which FHIR or DICOM service a text is about, where it
// holds its address. Alone it tells nothing, so it says nothing.
func serviceAddress(u *Understanding, in input) {
	b := &u.Bundle
	if len(u.What) == 0 {
		return
	}
	if m := serviceHost.FindStringSubmatch(in.text); m != nil && b.ServiceURL == "" {
		b.ServiceURL = "https://" + strings.ToLower(m[1])
		u.setService(strings.ToLower(m[2]))
	}
	if b.ServiceConfig != nil && strings.TrimRight(b.ServiceConfig.Audience, "/") == entra.DICOMResource {
		u.setService(entra.DICOM)
	}
}
