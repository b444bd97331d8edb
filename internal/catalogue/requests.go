package catalogue

import "slices"

// Requests lists all requests to the services in the order in which they run:
// a request stands behind those named in its After.
func Requests() []Request {
	return slices.Concat(fhirReads(), fhirWrites(), dicomReads(), dicomWrites())
}

// ByID finds a request, also a token request and one that tells of permissions.
func ByID(id string) (Request, bool) {
	all := slices.Concat(Requests(), AllPermissionRequests(), []Request{TokenRequest(FHIR), TokenRequest(DICOM)})
	i := slices.IndexFunc(all, func(r Request) bool { return r.ID == id })
	if i < 0 {
		return Request{}, false
	}
	return all[i], true
}

// For lists the requests to one service, in order.
func For(service string) []Request {
	return slices.DeleteFunc(Requests(), func(r Request) bool { return r.Service != service })
}

// Media types of the requests.
const (
	typeJSON      = "application/json"
	typeFHIR      = "application/fhir+json"
	typeDICOM     = "application/dicom"
	typeDICOMJSON = "application/dicom+json"
	typeInstance  = "application/dicom; transfer-syntax=*"
	typeMultipart = `multipart/related; type="application/dicom"; boundary=` + MultipartBoundary
)

func accept(mediaType string) []Pair { return []Pair{{Name: "Accept", Value: mediaType}} }

func exists(path Path) JSONRule { return JSONRule{Path: path, Op: Exists} }

func equals(path Path, value string) JSONRule { return JSONRule{Path: path, Op: Equals, Value: value} }

func on(status int, rule JSONRule) JSONRule {
	rule.OnStatus = status
	return rule
}
