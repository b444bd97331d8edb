//go:build e2e

package e2e_test

import (
	"encoding/json"
	"testing"
)

// TestDICOMweb drives dicomweb-client 0.61.2 (Python) with images made by
// pydicom.
//
// Source: learn.microsoft.com/azure/healthcare-apis/dicom/dicom-services-conformance-statement-v2;
// microsoft/dicom-server at its last open revision: StoreResponseBuilder.cs,
// AcceptHeaderHandler.cs, ExceptionHandlingMiddleware.cs, QueryParser.cs.
//
// The client makes nothing of a successful STOW-RS answer, since it compares the
// Content-Type with application/dicom+json exactly and ASP.NET Core, and so the
// sandbox, adds a charset: what was stored is looked for by QIDO-RS.
func TestDICOMweb(t *testing.T) {
	s := startSandbox(t)
	j := newJudge(t, s, s.drive(t, nil, python(t), "dicomweb.py"))

	j.at("search an empty service", map[string]any{"length": 0.0}) // 204 without a body
	j.plain("search without a token", 401, "")
	j.plain("search without a role", 403, "Authorization failed.")
	j.plain("without a version", 404, "")
	j.stow()
	j.qido()
	j.wado()
	j.at("delete the instance", nil)
	j.plain("delete it again", 404, "The specified instance cannot be found.")
	j.at("delete the study", nil)
	j.at("search after", map[string]any{"length": 0.0})
	j.all()
	all := s.entries(t)
	requests := 0
	for _, e := range all {
		if e.Service == "dicom" {
			requests++ // the tokens were MSAL's requests
		}
	}
	record(t, used{"dicomweb-client (Python)", pythonVersion(t, "dicomweb-client"), requests, j.n})
}

// plain asserts that a step failed with a status and, DICOM's errors being plain
// text, exactly this body.
func (j *judge) plain(step string, status int, body string) {
	j.t.Helper()
	j.denied(step, status, "")
	var text string
	if l := j.steps[step]; l.Error != nil {
		_ = json.Unmarshal(l.Error.Body, &text)
	}
	j.equal(step+": body", text, body)
}

// notStored asserts that an instance was refused for a reason.
func (j *judge) notStored(step string, reason float64) {
	j.t.Helper()
	j.denied(step, 409, "")
	var text string
	var set any
	if l := j.steps[step]; l.Error != nil {
		_ = json.Unmarshal(l.Error.Body, &text)
		_ = json.Unmarshal([]byte(text), &set)
	}
	j.equal(step+": FailureReason", place(set, "00081198/Value/0/00081197/Value/0"), any(reason))
	j.equal(step+": nothing stored", place(set, "00081199"), nil)
}

func (j *judge) stow() {
	j.t.Helper()
	j.at("store two", nil)
	j.notStored("store again", 45070)
	j.notStored("store in another study", 43265)
	j.notStored("store implicit VR", 43264)
}

func (j *judge) qido() {
	j.t.Helper()
	study := map[string]any{"length": 1.0, "0/00100020/Value/0": "e2e-1", "0/00080020/Value/0": "20260102",
		"0/00100010/Value/0/Alphabetic": "Synthetic^Client", "0/00080005": nil}
	j.at("search studies", study)
	j.at("search studies by date", study)
	j.at("search studies, fuzzy", study)
	j.at("search studies, nothing", map[string]any{"length": 0.0})
	j.at("search series", map[string]any{"length": 1.0, "0/00080060/Value/0": "OT"})
	j.at("search instances", map[string]any{"length": 2.0})
	j.at("search instances, page", map[string]any{"length": 1.0})
	j.equal("all pages", j.answer("search instances, all pages"), any(2.0))
	j.plain("search by an unknown key", 400, "Invalid query: unknown query parameter '$filter'. If the parameter is an attribute keyword, "+
		"check the casing as they are case-sensitive. The conformance statement has a list of supported query parameters, attributes and the levels.")
	j.plain("search with too high a limit", 400, "The query parameter 'limit' is invalid. The field Limit must be between 1 and 200.")
}

func (j *judge) wado() {
	j.t.Helper()
	const explicit = "1.2.840.10008.1.2.1"
	j.at("metadata of the study", map[string]any{"length": 2.0, "0/7FE00010": nil}) // without bulk data
	j.at("metadata of the instance", map[string]any{"00080016/Value/0": "1.2.840.10008.5.1.4.1.1.7", "00280010/Value/0": 16.0})
	for _, step := range []string{"instance, default", "instance, any syntax"} {
		j.at(step, map[string]any{"equal": true, "pixels": true, "syntax": explicit})
	}
	j.plain("study, default", 406, "Accept transfer syntax '1.2.840.10008.1.2.1' is not supported when multiple instances are matched. "+
		"Use transfer-syntax=* to retrieve the instances as they are stored.")
	j.equal("study, any syntax", j.answer("study, any syntax"), any(true))
	j.equal("series, any syntax", j.answer("series, any syntax"), any(2.0))
	j.at("frames", map[string]any{"length": 2.0, "0": true, "1": true})
	j.plain("frame that is not there", 404, "The specified frame cannot be found.")
	j.equal("a JPEG begins", j.answer("rendered"), any("ffd8ff"))
	j.equal("a PNG begins", j.answer("rendered as PNG"), any("89504e47"))
	j.plain("instance that is not there", 404, "The specified instance cannot be found.")
	j.denied("a UID that is none", 400, "")
}
