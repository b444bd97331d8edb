package catalogue

import (
	"slices"
	"sync"
)

// Requests lists the requests to the services that are sent when nobody chooses,
// in the order in which they run: a request stands behind those named in its
// After.
func Requests() []Request {
	return slices.Clone(standard())
}

// The lists are made at their first use and copied for each caller: a run asks
// for requests by their ids at every turn.
var (
	standard = sync.OnceValue(func() []Request {
		return slices.Concat(fhirReads(), fhirWrites(), dicomReads(), dicomWrites())
	})
	onDemand = sync.OnceValue(func() []Request {
		return slices.Concat(fhirGuideSearches(), fhirTypes(), fhirOperations(), dicomOperations(), dicomWorklist())
	})
	byID = sync.OnceValue(func() map[string]Request {
		table := map[string]Request{}
		for _, r := range slices.Concat(standard(), onDemand(), AllPermissionRequests(), []Request{TokenRequest(FHIR), TokenRequest(DICOM)}) {
			table[r.ID] = r
		}
		return table
	})
	byService = sync.OnceValue(func() map[string][]Request {
		table := map[string][]Request{}
		for _, service := range []string{FHIR, DICOM} {
			table[service] = slices.Concat(AllFor(service), PermissionRequests(service))
		}
		return table
	})
	onDemandGroups = sync.OnceValue(func() map[string]bool {
		groups := map[string]bool{}
		for _, g := range Groups() {
			groups[g.ID] = g.OnDemand
		}
		return groups
	})
)

// OnDemand lists the further ones, which are sent when they are asked for by name:
// what Microsoft's articles and collections show besides.
func OnDemand() []Request {
	return slices.Clone(onDemand())
}

// All lists both.
func All() []Request { return append(Requests(), OnDemand()...) }

// ByID finds a request, also a token request and one that tells of permissions.
func ByID(id string) (Request, bool) {
	r, ok := byID()[id]
	return r, ok
}

// For lists the requests to one service that are sent when nobody chooses, in order.
func For(service string) []Request { return of(service, Requests()) }

// AllFor lists all requests to one service, in order.
func AllFor(service string) []Request { return of(service, All()) }

// EveryFor lists those, and behind them the requests that only tell permissions. The
// list is shared: it is not to be changed.
func EveryFor(service string) []Request { return byService()[service] }

func of(service string, list []Request) []Request {
	return slices.DeleteFunc(list, func(r Request) bool { return r.Service != service })
}

// OnDemand tells whether the request is sent only when it is asked for by name.
func (r Request) OnDemand() bool { return onDemandGroups()[r.Group] }

// Media types of the requests.
const (
	typeJSON      = "application/json"
	typeFHIR      = "application/fhir+json"
	typeDICOM     = "application/dicom"
	typeDICOMJSON = "application/dicom+json"
	typeInstance  = "application/dicom; transfer-syntax=*"
	typeOctets    = "application/octet-stream; transfer-syntax=*"
	typeStudy     = `multipart/related; type="application/dicom"; transfer-syntax=*`
	typeFrames    = `multipart/related; type="application/octet-stream"; transfer-syntax=*`
	typeMultipart = `multipart/related; type="application/dicom"; boundary=` + MultipartBoundary
)

func accept(mediaType string) []Pair { return []Pair{{Name: "Accept", Value: mediaType}} }

func exists(path Path) JSONRule { return JSONRule{Path: path, Op: Exists} }

func equals(path Path, value string) JSONRule { return JSONRule{Path: path, Op: Equals, Value: value} }

func on(status int, rule JSONRule) JSONRule {
	rule.OnStatus = status
	return rule
}
