package catalogue

import "hdstest/internal/entra"

// Sources that several DICOM requests share.
const (
	sourceConformance = "learn.microsoft.com/azure/healthcare-apis/dicom/dicom-services-conformance-statement-v2"
	sourceCURL        = "learn.microsoft.com/azure/healthcare-apis/dicom/dicomweb-standard-apis-curl"
	sourceChangeFeed  = "learn.microsoft.com/azure/healthcare-apis/dicom/change-feed-overview"
	sourceTags        = "learn.microsoft.com/azure/healthcare-apis/dicom/dicom-extended-query-tags-overview"
)

// dicomReads lists the requests to DICOM that change nothing. Each names what it
// accepts: the service answers 406 without a word to a request without Accept
// (github.com/microsoft/dicom-server AcceptContentFilterAttributeTests.cs).
func dicomReads() []Request {
	return append(dicomOpen(), dicomSearches()...)
}

func dicomOpen() []Request {
	open := func(r Request) Request {
		r.Group, r.Service, r.Method, r.Auth, r.Effect = GroupDICOMOpen, DICOM, "GET", Anonymous, EffectNone
		return r
	}
	return []Request{
		open(Request{ID: "dicom.health", Title: "Health check", Path: "/health/check", AtRoot: true, Headers: accept(typeJSON),
			Expect:                 Expect{Status: []int{200}, JSON: []JSONRule{equals("overallStatus", "Healthy")}},
			HealthDataServicesOnly: true,
			Source:                 "github.com/microsoft/dicom-server docs/resources/health-check-api.md"}),
		open(Request{ID: "dicom.challenge", Title: "Studies without a token are refused", Path: "/studies",
			Query: []Pair{{"limit", "1"}}, Headers: accept(typeDICOMJSON),
			Expect: Expect{Status: []int{401}, Headers: []HeaderRule{{Name: "WWW-Authenticate", Contains: "Bearer"}}},
			Source: "RFC 6750 section 3; github.com/microsoft/dicom-server SecurityModule.cs"}),
	}
}

func dicomSearches() []Request {
	search := func(r Request) Request {
		r.Group, r.Service, r.Method, r.Auth, r.Effect = GroupDICOMRead, DICOM, "GET", Bearer, EffectNone
		if r.Needs == nil {
			r.Needs = []string{entra.ActionRead}
		}
		return r
	}
	none := JSONRule{Path: "[0]", Op: Absent}
	list := JSONRule{Op: IsList}
	return []Request{
		search(Request{ID: "dicom.changefeed.latest", Title: "Latest entry of the change feed", Path: "/changefeed/latest",
			Query: []Pair{{"includeMetadata", "false"}}, Headers: accept(typeJSON),
			Expect: Expect{Status: []int{200, 204}}, HealthDataServicesOnly: true, Source: sourceChangeFeed}),
		search(Request{ID: "dicom.changefeed.list", Title: "Change feed", Path: "/changefeed",
			Query: []Pair{{"limit", "1"}, {"includeMetadata", "false"}}, Headers: accept(typeJSON),
			Expect:                 Expect{Status: []int{200}, JSON: []JSONRule{list}},
			HealthDataServicesOnly: true, Source: sourceChangeFeed}),
		search(Request{ID: "dicom.studies.list", Title: "Search one study (QIDO-RS)", Path: "/studies",
			Query: []Pair{{"limit", "1"}}, Headers: accept(typeDICOMJSON),
			Expect: Expect{Status: []int{200, 204}, JSON: []JSONRule{on(200, list)}},
			Source: sourceConformance + "; DICOM PS3.18 section 10.6"}),
		search(Request{ID: "dicom.studies.absent", Title: "Search a study that is not there", Path: "/studies",
			Query: []Pair{{"StudyInstanceUID", "{{" + VarAbsentUID + "}}"}}, Headers: accept(typeDICOMJSON),
			Expect: Expect{Status: []int{204, 200}, JSON: []JSONRule{on(200, list), on(200, none)}},
			Source: sourceConformance + "; DICOM PS3.18 section 10.6.3"}),
		search(Request{ID: "dicom.tags.list", Title: "Extended query tags", Path: "/extendedquerytags",
			Query: []Pair{{"limit", "1"}}, Headers: accept(typeJSON),
			Expect:                 Expect{Status: []int{200}, JSON: []JSONRule{list}},
			HealthDataServicesOnly: true, Source: sourceTags}),
	}
}
