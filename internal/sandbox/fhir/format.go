package fhir

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// bodyKind is what an operation takes as its body.
type bodyKind int

const (
	noBody       bodyKind = iota
	resourceBody          // a resource
	formBody              // application/x-www-form-urlencoded, for searches
	patchBody             // JSON Patch, or a Parameters resource
	optionalBody          // anything, also nothing: looked at by the operation
)

const fhirJSON = "application/fhir+json"

// jsonTypes are the media types of JSON. XML is off in the managed service
// ([AD fhir/fhir-faq.md]).
func jsonTypes() []string { return []string{fhirJSON, "application/json", "text/json"} }

// checkType is the check of the Content-Type header.
// Source: microsoft/fhir-server ValidateContentTypeFilterAttribute.cs.
func (k bodyKind) checkType(in *request) *refusal {
	accepted := jsonTypes()
	switch k {
	case noBody, optionalBody:
		return nil
	case formBody:
		accepted = []string{"application/x-www-form-urlencoded"}
	case patchBody:
		accepted = []string{"application/json-patch+json", fhirJSON, "application/json"}
	}
	sent := in.header.Get("Content-Type")
	if sent == "" && in.bundled {
		return nil
	}
	if sent == "" {
		return refuse(http.StatusUnsupportedMediaType, "not-supported", `The "content-type" header is required.`)
	}
	if media, _, err := mime.ParseMediaType(sent); err != nil || !slices.Contains(accepted, media) {
		return refuse(http.StatusUnsupportedMediaType, "not-supported",
			`Value supplied, %s,  for the "content-type" header is not supported.`, sent)
	}
	return nil
}

// checkFormats is the check of _format, Accept and _pretty. A format in the query
// wins over the header; no header is as good as */*.
// Source: microsoft/fhir-server ContentTypeService.cs. The issue code is that of
// NotAcceptableException.cs.
func checkFormats(in *request) *refusal {
	format, given := in.value("_format")
	switch {
	case given && format != "":
		if !slices.Contains(append(jsonTypes(), "json", "application/fhir json"), strings.ToLower(format)) {
			return refuse(http.StatusNotAcceptable, "not-supported", `The requested "_format" parameter is not supported.`)
		}
	case !acceptsJSON(in.header.Values("Accept")):
		return refuse(http.StatusNotAcceptable, "not-supported", `Value supplied, %s,  for the "Accept" header is not supported.`,
			strings.Join(in.header.Values("Accept"), ","))
	}
	if pretty, given := in.value("_pretty"); given && !strings.EqualFold(pretty, "true") && !strings.EqualFold(pretty, "false") {
		return badRequest(`The requested "_pretty" parameter is invalid.`)
	}
	return nil
}

func acceptsJSON(headers []string) bool {
	accepted := acceptedTypes(headers)
	return len(accepted) == 0 || slices.ContainsFunc(accepted, func(media string) bool {
		return media == "*/*" || slices.Contains(jsonTypes(), media)
	})
}

// acceptedTypes lists the media types of Accept headers, in order, without parameters.
func acceptedTypes(headers []string) []string {
	var out []string
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		media, _, _ := strings.Cut(part, ";")
		if media = strings.ToLower(strings.TrimSpace(media)); media != "" {
			out = append(out, media)
		}
	}
	return out
}

// contentType is the media type of the answer: the first JSON type that the
// caller names, else FHIR's own.
func contentType(in *request) string {
	for _, media := range acceptedTypes(in.header.Values("Accept")) {
		if slices.Contains(jsonTypes(), media) {
			return media + "; charset=utf-8"
		}
	}
	return fhirJSON + "; charset=utf-8"
}
