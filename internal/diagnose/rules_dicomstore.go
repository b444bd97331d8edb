package diagnose

import "strings"

// dicomStoreRules are about STOW-RS and other changes.
func dicomStoreRules() []Rule {
	dicom := service("dicom", "dicomweb")
	storing := all(method("POST", "PUT"), either(path(`/studies(/|$)`), not(path(`/(workitems|extendedquerytags|export|\$)`))))
	refused := is((*facts).failed)
	return []Rule{
		{ID: "dicom.exists.reason", Cause: "dicom.exists", Confidence: 0.98, when: failureReason(45070)},
		{ID: "dicom.pending.reason", Cause: "dicom.pending", Confidence: 0.97, when: failureReason(45071)},
		{ID: "dicom.validation.reason", Cause: "dicom.validation", Confidence: 0.95, when: all(failureReason(43264), not(emptyUID))},
		{ID: "dicom.study_mismatch.reason", Cause: "dicom.study_mismatch", Confidence: 0.97, when: failureReason(43265)},
		{ID: "dicom.not_dicom.reason", Cause: "dicom.not_dicom", Confidence: 0.88, Confirm: "the file with dcmdump, and the body's boundaries", when: failureReason(272)},
		{ID: "dicom.uid_missing.file", Cause: "dicom.uid_missing", Confidence: 0.96, when: all(dicom, emptyUID)},
		{ID: "dicom.exists.status", Cause: "dicom.exists", Confidence: 0.5, Confirm: "FailureReason (0008,1197) in the answer", when: all(dicom, storing, status(409), not(failureReason(43264, 43265, 272, 45071)), not(emptyUID))},
		{ID: "dicom.validation.status", Cause: "dicom.validation", Confidence: 0.45, Confirm: "FailureReason (0008,1197) in the answer", when: all(dicom, storing, status(409), not(failureReason(45070, 43265, 272, 45071)), not(emptyUID))},
		{ID: "dicom.validation.strict", Cause: "dicom.validation", Confidence: 0.55, Confirm: "FailureReason (0008,1197) in the answer", when: all(dicom, method("POST", "PUT"), path(`^/v1[^/]*/studies`), status(409), not(failureReason(45070, 43265, 272, 45071)), not(emptyUID))},
		{ID: "dicom.uid_missing.status", Cause: "dicom.uid_missing", Confidence: 0.3, Confirm: "the UIDs of the file", when: all(dicom, storing, status(409), not(failureReason(45070, 43265, 272, 45071)))},
		{ID: "dicom.implicit_vr.syntax", Cause: "dicom.implicit_vr", Confidence: 0.93, when: all(dicom, storing, refused, either(has("", `^1\.2\.840\.10008\.1\.2$`, "TransferSyntaxUID", "transfer_syntax", "file_transfer_syntax"), serviceSays("implicit vr")))},
		{ID: "dicom.warnings.status", Cause: "dicom.warnings", Confidence: 0.88, when: all(dicom, storing, status(202))},
		{ID: "dicom.content_type.status", Cause: "dicom.content_type", Confidence: 0.91, when: all(dicom, status(415), not(unquotedType), not(formData))},
		{ID: "dicom.content_type.text", Cause: "dicom.content_type", Confidence: 0.93, when: all(dicom, serviceSays("specified content type"), not(unquotedType), not(formData))},
		{ID: "dicom.type_unquoted.header", Cause: "dicom.type_unquoted", Confidence: 0.96, when: all(unquotedType, refused)},
		{ID: "dicom.type_unquoted.maybe", Cause: "dicom.type_unquoted", Confidence: 0.33, Confirm: "the Content-Type as it was sent",
			when: all(service("dicomweb"), method("POST"), not(headerFits("Content-Type", ".")), is(refusedSomehow))},
		{ID: "dicom.boundary.header", Cause: "dicom.boundary", Confidence: 0.92, when: all(headerFits("Content-Type", `(?i)^multipart/related`), not(headerFits("Content-Type", `(?i)boundary=`)), refused)},
		{ID: "dicom.boundary.differs", Cause: "dicom.boundary", Confidence: 0.95, when: all(twoBoundaries, refused)},
		{ID: "dicom.boundary.text", Cause: "dicom.boundary", Confidence: 0.93, when: all(dicom, serviceSays("boundary"))},
		{ID: "dicom.form_data.header", Cause: "dicom.form_data", Confidence: 0.95, when: all(dicom, formData, refused)},
		{ID: "dicom.start.text", Cause: "dicom.start", Confidence: 0.96, when: either(serviceSays("start parameter in multipart/related"), all(service("dicom"), refused, headerFits("Content-Type", `(?i)multipart/related.*\bstart=`)))},
		{ID: "dicom.too_big.status", Cause: "dicom.too_big", Confidence: 0.96, when: either(all(dicom, status(413)), all(dicom, serviceSays("exceeded the allowed limit")))},
		{ID: "dicom.nothing_sent.status", Cause: "dicom.nothing_sent", Confidence: 0.95, when: all(dicom, storing, status(204))},
		{ID: "dicom.json.text", Cause: "dicom.json", Confidence: 0.95, when: all(dicom, serviceSays("syntax of the request body is invalid"))},
	}
}

// unquotedType holds when type=application/dicom stands without quotation marks
// in the Content-Type of a multipart request.
func unquotedType(f *facts) ([]string, bool) {
	return headerFits("Content-Type", `(?i)^multipart/related.*\btype=application/`)(f)
}

// refusedSomehow tells whether the request was refused by the client's fault, and
// no more is known.
func refusedSomehow(f *facts) bool {
	return f.status() == 0 && strings.HasPrefix(f.text("response", "status_class"), "4")
}

// twoBoundaries holds when header and body are told to have different boundaries.
func twoBoundaries(f *facts) ([]string, bool) {
	header := f.first("request", "header_boundary", "boundary_in_header", "content_type_boundary")
	body := f.first("request", "body_boundary", "boundary_in_body")
	return []string{"boundary of the header: " + header, "of the body: " + body}, header != "" && body != "" && header != body
}

func formData(f *facts) ([]string, bool) {
	return headerFits("Content-Type", `(?i)^multipart/form-data`)(f)
}

// emptyUID holds when one of the identifiers of the file is known to be empty or
// missing.
func emptyUID(f *facts) ([]string, bool) {
	for _, n := range f.nodes {
		if n.absent() && (strings.HasSuffix(n.last(), "instanceuid") || n.last() == "sopclassuid") && n.section() != "response" {
			return []string{n.shown + ": empty"}, true
		}
	}
	return nil, false
}
