package catalogue

import "hdstest/internal/entra"

const (
	pathStudy    = "/studies/{{" + VarStudyUID + "}}"
	pathSeries   = pathStudy + "/series/{{" + VarSeriesUID + "}}"
	pathInstance = pathSeries + "/instances/{{" + VarInstanceUID + "}}"

	sourceSTOW = sourceConformance + "; DICOM PS3.18 section 10.5; " + sourceCURL
	sourceQIDO = sourceConformance + "; DICOM PS3.18 section 10.6; " + sourceCURL
	sourceWADO = sourceConformance + "; DICOM PS3.18 section 10.4; " + sourceCURL
	sourceDELE = sourceConformance + "#delete; " + sourceCURL
)

// dicomWrites lists the round trip: store, search, retrieve and delete synthetic
// instances. Two instances of one study are stored, one in each of the two ways.
// The first is deleted by itself, the second with its study.
func dicomWrites() []Request {
	write := func(r Request) Request {
		r.Group, r.Service, r.Auth = GroupDICOMWrite, DICOM, Bearer
		if r.Headers == nil {
			r.Headers = accept(typeDICOMJSON)
		}
		if r.Effect == "" {
			r.Method, r.Needs, r.Effect = "GET", []string{entra.ActionRead}, EffectNone
		}
		if r.After == nil && r.Effect != EffectCreates {
			r.After = []string{"dicom.store"}
		}
		return r
	}
	study := equals("[0].0020000D.Value[0]", "{{"+VarStudyUID+"}}")
	instance := equals("[0].00080018.Value[0]", "{{"+VarInstanceUID+"}}")
	series := equals("[0].0020000E.Value[0]", "{{"+VarSeriesUID+"}}")
	holds := func(mediaType string) Expect {
		return Expect{Status: []int{200}, Headers: []HeaderRule{{Name: "Content-Type", Contains: mediaType}}}
	}
	answer := func(rules ...JSONRule) Expect { return Expect{Status: []int{200}, JSON: rules} }
	return []Request{
		write(Request{ID: "dicom.store", Title: "Store an instance (STOW-RS)", Method: "POST", Path: "/studies",
			Body:   Body{ContentType: typeMultipart, Generator: DICOMMultipart},
			Expect: stored(VarInstanceUID), Needs: []string{entra.ActionWrite}, Effect: EffectCreates,
			Undo: "dicom.instance.delete", Source: sourceSTOW}),
		write(Request{ID: "dicom.stored.studies", Title: "Search the stored study (QIDO-RS)", Path: "/studies",
			Query:  []Pair{{"StudyInstanceUID", "{{" + VarStudyUID + "}}"}},
			Expect: answer(study), Source: sourceQIDO}),
		write(Request{ID: "dicom.stored.series", Title: "Search its series (QIDO-RS)", Path: pathStudy + "/series",
			Expect: answer(series), Source: sourceQIDO}),
		write(Request{ID: "dicom.stored.series.all", Title: "Search the series in all studies (QIDO-RS)", Path: "/series",
			Query: []Pair{{"SeriesInstanceUID", "{{" + VarSeriesUID + "}}"}}, Expect: answer(series), Source: sourceQIDO}),
		write(Request{ID: "dicom.stored.instances", Title: "Search its instances (QIDO-RS)", Path: pathSeries + "/instances",
			Expect: answer(instance), Source: sourceQIDO}),
		write(Request{ID: "dicom.stored.instances.study", Title: "Search the instances of the study (QIDO-RS)", Path: pathStudy + "/instances",
			Expect: answer(instance), Source: sourceQIDO}),
		write(Request{ID: "dicom.stored.instances.all", Title: "Search the instance in all studies (QIDO-RS)", Path: "/instances",
			Query: []Pair{{"SOPInstanceUID", "{{" + VarInstanceUID + "}}"}}, Expect: answer(instance), Source: sourceQIDO}),
		write(Request{ID: "dicom.stored.changefeed", Title: "Change feed after storing", Path: "/changefeed/latest",
			Query: []Pair{{"includeMetadata", "false"}}, Headers: accept(typeJSON),
			Expect:                 Expect{Status: []int{200}, Headers: []HeaderRule{{Name: "Content-Type", Contains: "json"}}},
			HealthDataServicesOnly: true, Source: sourceChangeFeed}),
		write(Request{ID: "dicom.study.metadata", Title: "Metadata of the study (WADO-RS)", Path: pathStudy + "/metadata",
			Expect: answer(study), Source: sourceWADO}),
		write(Request{ID: "dicom.series.metadata", Title: "Metadata of the series (WADO-RS)", Path: pathSeries + "/metadata",
			Expect: answer(series), Source: sourceWADO}),
		write(Request{ID: "dicom.instance.metadata", Title: "Metadata of the instance (WADO-RS)", Path: pathInstance + "/metadata",
			Expect: answer(instance), Source: sourceWADO}),
		write(Request{ID: "dicom.instance.retrieve", Title: "Retrieve the instance (WADO-RS)", Path: pathInstance,
			Headers: accept(typeInstance),
			Expect:  Expect{Status: []int{200}, Headers: []HeaderRule{{Name: "Content-Type", Contains: typeDICOM}}},
			Source:  sourceWADO}),
		write(Request{ID: "dicom.study.retrieve", Title: "Retrieve the study (WADO-RS)", Path: pathStudy, Headers: accept(typeStudy),
			Expect: holds("multipart/related"), Source: sourceWADO}),
		write(Request{ID: "dicom.series.retrieve", Title: "Retrieve the series (WADO-RS)", Path: pathSeries, Headers: accept(typeStudy),
			Expect: holds("multipart/related"), Source: sourceWADO}),
		write(Request{ID: "dicom.frames.retrieve", Title: "Retrieve the first frame (WADO-RS)", Path: pathInstance + "/frames/1",
			Headers: accept(typeFrames), Expect: holds("multipart/related"), Source: sourceWADO}),
		// A frame as a single part is Microsoft's own addition.
		write(Request{ID: "dicom.frame.retrieve", Title: "Retrieve the first frame, single part", Path: pathInstance + "/frames/1",
			Headers: accept(typeOctets), Expect: holds("application/octet-stream"), HealthDataServicesOnly: true, Source: sourceWADO}),
		write(Request{ID: "dicom.instance.rendered", Title: "Render the instance as JPEG (WADO-RS)", Path: pathInstance + "/rendered",
			Headers: accept("image/jpeg"), Expect: holds("image/jpeg"), Source: sourceWADO}),
		write(Request{ID: "dicom.frame.rendered", Title: "Render the first frame as PNG (WADO-RS)", Path: pathInstance + "/frames/1/rendered",
			Headers: accept("image/png"), Expect: holds("image/png"), Source: sourceWADO}),
		write(Request{ID: "dicom.store.again", Title: "Store the instance into its study again: it is there", Method: "POST", Path: pathStudy,
			Body: Body{ContentType: typeMultipart, Generator: DICOMMultipart}, Expect: stored(VarInstanceUID),
			Needs: []string{entra.ActionWrite}, Effect: EffectChanges, Source: sourceSTOW}),
		write(Request{ID: "dicom.upsert", Title: "Replace the instance (upsert)", Method: "PUT", Path: pathStudy,
			Body:   Body{ContentType: typeMultipart, Generator: DICOMMultipart},
			Expect: Expect{Status: []int{200, 202}, JSON: []JSONRule{equals("00081199.Value[0].00081155.Value[0]", "{{"+VarInstanceUID+"}}")}},
			Needs:  []string{entra.ActionWrite}, Effect: EffectChanges, HealthDataServicesOnly: true, Source: sourceCURL}),
		// Single-part bodies are Microsoft's own addition, made for Postman.
		write(Request{ID: "dicom.store.single", Title: "Store a second instance, single part", Method: "POST", Path: "/studies",
			Body:   Body{ContentType: typeDICOM, Generator: DICOMInstance},
			Expect: stored(VarSecondUID), Needs: []string{entra.ActionWrite}, Effect: EffectCreates,
			Undo: "dicom.study.delete", After: []string{"dicom.store"}, HealthDataServicesOnly: true, Source: sourceSTOW}),
		write(Request{ID: "dicom.instance.delete", Title: "Delete the first instance", Method: "DELETE", Path: pathInstance,
			Expect: deleted(), Needs: []string{entra.ActionDelete}, Effect: EffectDeletes, Source: sourceDELE}),
		write(Request{ID: "dicom.instance.gone", Title: "Retrieve the deleted instance", Path: pathInstance,
			Headers: accept(typeInstance), Expect: Expect{Status: []int{404}},
			After: []string{"dicom.instance.delete"}, Source: sourceWADO}),
		write(Request{ID: "dicom.series.delete", Title: "Delete the series", Method: "DELETE", Path: pathSeries,
			Expect: deleted(), Needs: []string{entra.ActionDelete}, Effect: EffectDeletes,
			After: []string{"dicom.store.single"}, Source: sourceDELE}),
		write(Request{ID: "dicom.store.last", Title: "Store the second instance once more, for the study to be deleted", Method: "POST", Path: "/studies",
			Body:   Body{ContentType: typeDICOM, Generator: DICOMInstance},
			Expect: stored(VarSecondUID), Needs: []string{entra.ActionWrite}, Effect: EffectCreates,
			Undo: "dicom.study.delete", After: []string{"dicom.series.delete"}, HealthDataServicesOnly: true, Source: sourceSTOW}),
		write(Request{ID: "dicom.study.delete", Title: "Delete the study", Method: "DELETE", Path: pathStudy,
			Expect: deleted(), Needs: []string{entra.ActionDelete}, Effect: EffectDeletes,
			After: []string{"dicom.store.last"}, Source: sourceDELE}),
		write(Request{ID: "dicom.study.gone", Title: "Metadata of the deleted study", Path: pathStudy + "/metadata",
			Expect: Expect{Status: []int{404}}, After: []string{"dicom.study.delete"}, Source: sourceWADO}),
	}
}

// stored expects the instance among the stored ones. That it is there already
// (409 with failure reason 45070) counts too: an earlier attempt, whose answer
// was lost, has stored it, and the way to store works.
func stored(variable string) Expect {
	uid := "{{" + variable + "}}"
	return Expect{Status: []int{200, 202, 409}, JSON: []JSONRule{
		on(200, equals("00081199.Value[0].00081155.Value[0]", uid)),
		on(202, equals("00081199.Value[0].00081155.Value[0]", uid)),
		on(409, equals("00081198.Value[0].00081197.Value[0]", "45070")),
		on(409, equals("00081198.Value[0].00081155.Value[0]", uid)),
	}}
}

// deleted expects 204; servers other than Microsoft's say 200.
func deleted() Expect { return Expect{Status: []int{204, 200}} }
