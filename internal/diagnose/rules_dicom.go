package diagnose

import (
	"strconv"
	"strings"

	"hdstest/internal/lazyregexp"
)

// dicomRules are about reading and searching in a DICOM service.
func dicomRules() []Rule {
	dicom := service("dicom", "dicomweb")
	azure := service("dicom")
	retrieve := either(path(`/studies/[^/]+/?$`), path(`/series/[^/]+/?$`), path(`/instances/[^/]+/?$`), path(`/frames/`), all(not(path(".")), headerFits("Accept", `multipart/related|^application/dicom($|;)`)))
	return append(dicomFurtherRules(dicom, azure), []Rule{
		{ID: "dicom.no_accept.header", Cause: "dicom.no_accept", Confidence: 0.96, when: all(dicom, status(406), noHeader("Accept"))},
		{ID: "dicom.accept.header", Cause: "dicom.accept", Confidence: 0.91, when: all(dicom, status(406), is(hasAccept), not(retrieve), not(transcoding))},
		{ID: "dicom.accept.text", Cause: "dicom.accept", Confidence: 0.97, when: all(dicom, status(400, 406, 415), method("GET"), serviceSays("cannot generate the following content type", "expecting 'Accept"))},
		{ID: "dicom.accept.rendered", Cause: "dicom.accept", Confidence: 0.93, when: all(dicom, status(406), path(`/rendered`))},
		{ID: "dicom.accept.json", Cause: "dicom.accept", Confidence: 0.85, when: all(dicom, status(406), retrieve, headerFits("Accept", `json|^application/octet-stream$|xml`))},
		{ID: "dicom.accept.status", Cause: "dicom.accept", Confidence: 0.45, Confirm: "the Accept header of the request", when: all(dicom, status(406), not(transcoding), not(noHeader("Accept")))},
		{ID: "dicom.no_accept.status", Cause: "dicom.no_accept", Confidence: 0.5, Confirm: "the Accept header of the request", when: all(dicom, status(406), not(is(hasAccept)), not(transcoding), not(retrieve))},
		{ID: "dicom.transfer_syntax.stored", Cause: "dicom.transfer_syntax", Confidence: 0.96, when: all(dicom, status(406), transcoding)},
		{ID: "dicom.transfer_syntax.text", Cause: "dicom.transfer_syntax", Confidence: 0.96, when: all(dicom, serviceSays("transfer syntax", "transfer-syntax"))},
		{ID: "dicom.transfer_syntax.header", Cause: "dicom.transfer_syntax", Confidence: 0.9, when: all(dicom, status(406), retrieve, headerFits("Accept", `application/dicom|multipart/related`), not(headerFits("Accept", `transfer-syntax="?\*|json`)))},
		{ID: "dicom.transfer_syntax.path", Cause: "dicom.transfer_syntax", Confidence: 0.55, Confirm: "Accept of the request, and the stored transfer syntax", when: all(dicom, status(406), retrieve, not(noHeader("Accept")), not(headerFits("Accept", "json")))},
		{ID: "dicom.no_version.path", Cause: "dicom.no_version", Confidence: 0.94, when: all(azure, not(openSource), status(404), path(`^/(studies|series|instances|changefeed|workitems|extendedquerytags|operations|export|partitions)`), not(is(versionInURL)), not(is(basePath)))},
		{ID: "dicom.version.path", Cause: "dicom.version", Confidence: 0.91, when: all(azure, status(400, 404), path(`^/v([03-9]|\d\d)`))},
		{ID: "dicom.version.bulk", Cause: "dicom.version", Confidence: 0.93, when: all(azure, status(404, 405), path(`/v1/studies/\$bulkUpdate`))},
		{ID: "dicom.query.text", Cause: "dicom.query", Confidence: 0.96, when: all(dicom, serviceSays("unknown query parameter"))},
		{ID: "dicom.query.odata", Cause: "dicom.query", Confidence: 0.94, when: all(dicom, status(400), odataQuery)},
		{ID: "dicom.query_range.text", Cause: "dicom.query_range", Confidence: 0.93, when: all(dicom, status(400), either(serviceSays("parameter 'limit'", "parameter 'offset'", "limit is invalid"), bigLimit))},
		{ID: "dicom.query_value.status", Cause: "dicom.query_value", Confidence: 0.5, Confirm: "the text of the answer", when: all(dicom, status(400), method("GET"), is(func(f *facts) bool { return f.query() != "" }))},
		{ID: "dicom.include_all.text", Cause: "dicom.include_all", Confidence: 0.96, when: all(dicom, serviceSays("included fields in addition to 'all'"))},
		{ID: "dicom.uid.text", Cause: "dicom.uid", Confidence: 0.95, when: all(dicom, status(400), serviceSays("DICOM Identifier is invalid", "failed validation for VR 'UI'"))},
		{ID: "dicom.uid.path", Cause: "dicom.uid", Confidence: 0.85, when: all(dicom, status(400), badUID)},
		{ID: "dicom.not_found.text", Cause: "dicom.not_found", Confidence: 0.96, when: all(dicom, serviceSays("study cannot be found", "series cannot be found", "instance cannot be found", "frame cannot be found", "instances cannot be found"))},
		{ID: "dicom.not_found.path", Cause: "dicom.not_found", Confidence: 0.85, Confirm: "a search for the UID", when: all(dicom, status(404), path(`/(studies|series|instances)/[^/]+`), is(versionInURL))},
		{ID: "dicom.empty.status", Cause: "dicom.empty", Confidence: 0.93, when: all(dicom, status(204), method("GET"))},
		{ID: "dicom.frame.path", Cause: "dicom.frame", Confidence: 0.9, when: all(dicom, status(400), path(`/frames/(0|-)`))},
		{ID: "dicom.not_rendered.path", Cause: "dicom.not_rendered", Confidence: 0.6, Confirm: "the stored transfer syntax", when: all(dicom, status(400, 500), path(`/rendered`))},
	}...)
}

func dicomFurtherRules(dicom, azure condition) []Rule {
	return []Rule{
		{ID: "dicom.feed_time.text", Cause: "dicom.feed_time", Confidence: 0.96, when: all(dicom, serviceSays("must specify a time zone"))},
		{ID: "dicom.feed_time.path", Cause: "dicom.feed_time", Confidence: 0.7, Confirm: "the text of the answer", when: all(azure, status(400), path(`/changefeed`), is(func(f *facts) bool { return strings.Contains(f.query(), "Time=") }))},
		{ID: "dicom.partition.text", Cause: "dicom.partition", Confidence: 0.95, when: all(azure, either(serviceSays("Data partitions feature is disabled", "partition"), all(status(400, 404), path(`/partitions`))))},
		{ID: "dicom.operation_unknown.path", Cause: "dicom.operation_unknown", Confidence: 0.93, when: all(azure, status(404), path(`/operations/`))},
		{ID: "dicom.tag_exists.status", Cause: "dicom.tag_exists", Confidence: 0.95, when: all(azure, status(409), path(`/extendedquerytags`))},
		{ID: "dicom.tag.status", Cause: "dicom.tag", Confidence: 0.91, when: all(azure, status(400, 404), path(`/extendedquerytags/?`), not(path(`^/extendedquerytags`)))},
		{ID: "dicom.workitem.status", Cause: "dicom.workitem", Confidence: 0.88, when: all(azure, status(400, 404, 409), path(`/workitems`), not(path(`^/workitems`)))},
		{ID: "dicom.export_off.path", Cause: "dicom.export_off", Confidence: 0.88, when: all(azure, status(404), path(`/v\d/export`))},
	}
}

func hasAccept(f *facts) bool {
	_, present, _ := f.header("Accept")
	return present
}

// transcoding holds when what is stored, or what was asked, tells that the answer
// would have to be brought into another transfer syntax.
func transcoding(f *facts) ([]string, bool) {
	return either(has("", `\d`, "stored_transfer_syntax"), has("request", `^(default|1\.2\.840)`, "transfer_syntax"))(f)
}

// versionInURL tells whether the path or the base address has a version.
func versionInURL(f *facts) bool {
	return versionSegment.MatchString(f.path()) || versionSegment.MatchString(f.b.ServiceURL+"/") || f.kind() == "dicomweb"
}

var versionSegment = lazyregexp.New(`/v\d[^/]*/`)

func bigLimit(f *facts) ([]string, bool) {
	_, after, ok := strings.Cut(f.query(), "limit=")
	n := leadingNumber(after)
	return []string{"request.path asks for limit=" + strconv.Itoa(n)}, ok && (n > 200 || n == 0)
}

// odataQuery holds when the query has a parameter of OData, such as $filter.
func odataQuery(f *facts) ([]string, bool) {
	q := f.query()
	return []string{"request.path has a parameter with $: " + q}, strings.Contains(q, "$") || strings.Contains(q, "%24")
}

// badUID holds when a UID in the path has not the form of one.
func badUID(f *facts) ([]string, bool) {
	for _, m := range uidInPath.FindAllStringSubmatch(f.path(), -1) {
		if uid := m[1]; !strings.ContainsAny(uid, "{<$") && !uidForm.MatchString(uid) || len(m[1]) > 64 {
			return []string{"request.path: " + m[1] + " is no UID"}, true
		}
	}
	return nil, false
}

var (
	uidInPath = lazyregexp.New(`/(?:studies|series|instances)/([^/]+)`)
	uidForm   = lazyregexp.New(`^(0|[1-9]\d*)(\.(0|[1-9]\d*))*$`)
)
