package fhir_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestCreateReadUpdateDelete(t *testing.T) {
	r := newRig(t, nil)
	created := r.want(r.do(contributor, "POST", "/Patient", kirk), 201)
	id := created.text("id")
	if got, want := created.header.Get("Location"), r.server.URL+"/Patient/"+id+"/_history/1"; got != want {
		t.Errorf("Location: want %s, got %s", want, got)
	}
	if created.header.Get("ETag") != `W/"1"` || created.header.Get("Last-Modified") != "Wed, 04 Mar 2026 05:06:07 GMT" {
		t.Errorf("created: got ETag %s, Last-Modified %s", created.header.Get("ETag"), created.header.Get("Last-Modified"))
	}
	if want := `{"resourceType":"Patient","id":"` + id + `","meta":{"versionId":"1","lastUpdated":"2026-03-04T05:06:07.000+00:00"},"active":true,`; !strings.HasPrefix(created.body, want) {
		t.Errorf("created: want %s…, got %s", want, created.body)
	}
	if read := r.want(r.do(reader, "GET", "/Patient/"+id, ""), 200); read.body != created.body || read.header.Get("ETag") != `W/"1"` {
		t.Errorf("read: want what was created, got %s", read.body)
	}
	again := strings.Replace(created.body, `"male"`, `"other"`, 1)
	if a := r.want(r.do(writer, "PUT", "/Patient/"+id, again, `If-Match: W/"1"`), 200); a.header.Get("ETag") != `W/"2"` {
		t.Errorf("update: want version 2, got %s", a.header.Get("ETag"))
	}
	if a := r.want(r.do(writer, "PUT", "/Patient/"+id, again), 200); a.header.Get("ETag") != `W/"2"` {
		t.Errorf("an update that changes nothing: want version 2 still, got %s", a.header.Get("ETag"))
	}
	if a := r.want(r.do(reader, "GET", "/Patient/"+id+"/_history/1", ""), 200); a.body != created.body {
		t.Errorf("vread: want the first version, got %s", a.body)
	}
	if a := r.want(r.do(writer, "DELETE", "/Patient/"+id, ""), 204); a.header.Get("ETag") != `W/"3"` || a.body != "" {
		t.Errorf("delete: want ETag 3 and no body, got %s %s", a.header.Get("ETag"), a.body)
	}
	a := r.want(r.do(reader, "GET", "/Patient/"+id, ""), 410)
	if a.header.Get("ETag") != `W/"3"` || a.text("resourceType") != "OperationOutcome" || a.json["issue"] != nil {
		t.Errorf("gone: want ETag 3 and an outcome without issues, got %s %s", a.header.Get("ETag"), a.body)
	}
	r.want(r.do(writer, "DELETE", "/Patient/"+id, ""), 204)
	if a := r.want(r.do(writer, "PUT", "/Patient/"+id, again), 200); a.header.Get("ETag") != `W/"4"` {
		t.Errorf("update of a deleted one: want version 4, got %s", a.header.Get("ETag"))
	}
	r.want(r.do(contributor, "DELETE", "/Patient/"+id+"?hardDelete=true", ""), 204)
	r.want(r.do(reader, "GET", "/Patient/"+id, ""), 404)
	r.want(r.do(reader, "GET", "/Patient/"+id+"/_history/1", ""), 404)
}

func TestRefusedWrites(t *testing.T) {
	r := newRig(t, nil)
	r.put("/Patient/p", `{"resourceType":"Patient","id":"p"}`)
	model := "invalid: Error occurred when parsing model: '"
	for name, row := range map[string]struct {
		method, path, body, header string
		status                     int
		issue                      string
	}{
		"another type":          {"POST", "/Patient", `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`, "", 400, "invalid: Resource type in the URL must match resourceType in the resource."},
		"no id":                 {"PUT", "/Patient/p", `{"resourceType":"Patient"}`, "", 400, "invalid: Id must be specified in the resource."},
		"another id":            {"PUT", "/Patient/p", `{"resourceType":"Patient","id":"q"}`, "", 400, "invalid: Id in the URL must match id in the resource."},
		"an id that is none":    {"PUT", "/Patient/p", `{"resourceType":"Patient","id":"a b"}`, "", 400, model},
		"no type":               {"POST", "/Patient", `{"id":"p"}`, "", 400, model + "resourceType is missing'."},
		"an unknown type":       {"POST", "/Patient", `{"resourceType":"Spaceship"}`, "", 400, model + "'Spaceship' is not a known resource type'."},
		"an unknown element":    {"POST", "/Patient", `{"resourceType":"Patient","gendr":"male"}`, "", 400, model + "encountered unknown element 'gendr' at location 'Patient.gendr''."},
		"an unknown inner one":  {"POST", "/Patient", `{"resourceType":"Patient","name":[{"famly":"x"}]}`, "", 400, model + "encountered unknown element 'famly' at location 'Patient.name[0].famly''."},
		"a bad code":            {"POST", "/Patient", `{"resourceType":"Patient","gender":"man"}`, "", 400, model},
		"a bad date":            {"POST", "/Patient", `{"resourceType":"Patient","birthDate":"25.12.1960"}`, "", 400, model},
		"one where many":        {"POST", "/Patient", `{"resourceType":"Patient","name":{"family":"x"}}`, "", 400, model},
		"a missing element":     {"POST", "/Observation", `{"resourceType":"Observation","status":"final"}`, "", 400, model + "element with minimum cardinality 1 is missing at location 'Observation.code''."},
		"null":                  {"POST", "/Device", `{"resourceType":"Device","status":null}`, "", 400, model + "Device.status is null'."},
		"an empty array":        {"POST", "/Device", `{"resourceType":"Device","note":[]}`, "", 400, model},
		"the same name twice":   {"POST", "/Device", `{"resourceType":"Device","status":"active","status":"active"}`, "", 400, model},
		"two objects":           {"POST", "/Device", `{"resourceType":"Device"}{}`, "", 400, model},
		"no body":               {"POST", "/Device", ``, "Content-Type: application/json", 400, model},
		"a stale version":       {"PUT", "/Patient/p", `{"resourceType":"Patient","id":"p"}`, `If-Match: W/"7"`, 412, "required: The supplied version '7' did not match."},
		"a version of nothing":  {"PUT", "/Patient/q", `{"resourceType":"Patient","id":"q"}`, `If-Match: W/"1"`, 404, "not-found: Resource type 'Patient' with id 'q' and version '1' couldn't be found."},
		"a strong tag":          {"PUT", "/Patient/p", `{"resourceType":"Patient","id":"p"}`, `If-Match: "1"`, 400, "invalid: WeakETag must be in the weak ETag format."},
		"import is off":         {"POST", "/$import", `{"resourceType":"Parameters"}`, "Prefer: respond-async", 400, `invalid: The requested "import" operation is not enabled`},
		"import without Prefer": {"POST", "/$import", `{"resourceType":"Parameters"}`, "", 400, "invalid: Missing required header; Prefer"},
		"convert parameters":    {"POST", "/$convert-data", `{"resourceType":"Parameters"}`, "", 400, "invalid: Value of the following parameter inputData is invalid."},
		"no bundle":             {"POST", "/", `{"resourceType":"Patient"}`, "", 400, "invalid: Only a bundle can be submitted for batch or transaction processing."},
		"a bundle of no type":   {"POST", "/", `{"resourceType":"Bundle"}`, "", 400, "invalid: Bundle type is not present. Possible values are: transaction or batch"},
		"a searchset":           {"POST", "/", `{"resourceType":"Bundle","type":"searchset"}`, "", 400, "invalid: Bundles of type 'searchset' are not supported for this operation."},
		"what is not there":     {"POST", "/Patient/$member-match", `{"resourceType":"Parameters"}`, "", 501, "not-supported: The hdstest sandbox does not implement $member-match."},
	} {
		a := r.do(contributor, row.method, row.path, row.body, row.header)
		if a.status != row.status || !strings.HasPrefix(a.issue(), row.issue) {
			t.Errorf("%s:\nwant %d %s\ngot  %d %s", name, row.status, row.issue, a.status, a.body)
		}
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	r := newRig(t, nil)
	a := r.want(r.do(writer, "POST", "/Observation", `{"resourceType":"Observation","status":"final","code":{"text":"<b>"},"valueQuantity":{"value":1.00000000000000000010}}`), 201)
	if !strings.Contains(a.body, `"value":1.00000000000000000010`) || !strings.Contains(a.body, `"<b>"`) {
		t.Errorf("want number and text as they were sent, got %s", a.body)
	}
}

func TestConditional(t *testing.T) {
	r := newRig(t, nil)
	condition := "identifier=urn:test|NCC-1701"
	first := r.want(r.do(contributor, "POST", "/Patient", kirk, "If-None-Exist: "+condition), 201)
	if a := r.want(r.do(contributor, "POST", "/Patient", kirk, "If-None-Exist: "+condition), 200); a.body != "" {
		t.Errorf("a create that found one: want no body, got %s", a.body)
	}
	a := r.want(r.do(contributor, "PUT", "/Patient?"+condition, strings.Replace(kirk, "male", "other", 1)), 200)
	if a.text("id") != first.text("id") || a.header.Get("ETag") != `W/"2"` {
		t.Errorf("a conditional update: want version 2 of %s, got %s", first.text("id"), a.body)
	}
	r.want(r.do(contributor, "PUT", "/Patient?"+condition, strings.Replace(kirk, `{"`, `{"id":"x","`, 1)), 400)
	if a := r.want(r.do(contributor, "PUT", "/Patient?identifier=none", strings.Replace(kirk, `{"`, `{"id":"x","`, 1)), 201); a.text("id") != "x" {
		t.Errorf("a conditional update that found none: want the id that was sent, got %s", a.body)
	}
	for name, got := range map[string]answer{
		"create, several": r.do(contributor, "POST", "/Patient", kirk, "If-None-Exist: "+condition),
		"update, several": r.do(contributor, "PUT", "/Patient?"+condition, kirk),
		"delete, several": r.do(contributor, "DELETE", "/Patient?"+condition, ""),
		"delete, all":     r.do(contributor, "DELETE", "/Patient", ""),
	} {
		if got.status != 412 || got.issue() != "required: Operation was not attempted because search criteria was not selective enough." {
			t.Errorf("%s: want 412, got %d %s", name, got.status, got.body)
		}
	}
	r.want(r.do(contributor, "DELETE", "/Patient?_count=5&"+condition, ""), 204)
	if got := r.do(reader, "GET", "/Patient?_summary=count", "").json["total"]; got != 0.0 {
		t.Errorf("after a conditional delete with _count: want none left, got %v", got)
	}
	r.want(r.do(contributor, "DELETE", "/Patient?"+condition, ""), 204)
}

func TestPatch(t *testing.T) {
	r := newRig(t, nil)
	r.put("/Patient/p", strings.Replace(kirk, `{"`, `{"id":"p","`, 1))
	patch := func(body string) answer {
		return r.do(writer, "PATCH", "/Patient/p", body, "Content-Type: application/json-patch+json")
	}
	a := r.want(patch(`[{"op":"test","path":"/gender","value":"male"},{"op":"replace","path":"/gender","value":"other"},`+
		`{"op":"add","path":"/name/0/given/-","value":"T"},{"op":"remove","path":"/name/0/given/0"},{"op":"copy","from":"/birthDate","path":"/deceasedDateTime"}]`), 200)
	if !strings.Contains(a.body, `"gender":"other"`) || !strings.Contains(a.body, `"given":["Tiberious","T"]`) || !strings.Contains(a.body, `"deceasedDateTime":"1960-12-25"`) {
		t.Errorf("want all steps applied, got %s", a.body)
	}
	for body, want := range map[string]int{
		`[{"op":"test","path":"/gender","value":"male"}]`:      400,
		`[{"op":"replace","path":"/id","value":"q"}]`:          400,
		`[{"op":"remove","path":"/nothing"}]`:                  400,
		`[{"op":"add","path":"/gender","value":"sideways"}]`:   400,
		`[{"op":"add","path":"/name/9","value":{}}]`:           400,
		`{"resourceType":"Parameters"}`:                        501,
		`not json`:                                             400,
		`[{"op":"move","from":"/birthDate","path":"/gender"}]`: 400,
	} {
		if got := patch(body); got.status != want {
			t.Errorf("%s: want %d, got %d %s", body, want, got.status, got.body)
		}
	}
	r.want(r.do(writer, "PATCH", "/Patient/absent", "[]", "Content-Type: application/json-patch+json"), 404)
	r.want(r.do(writer, "PATCH", "/Patient/p", "[]", "Content-Type: text/plain"), 415)
}

func TestHistory(t *testing.T) {
	r := newRig(t, nil)
	for i := range 3 {
		r.put("/Patient/p", fmt.Sprintf(`{"resourceType":"Patient","id":"p","multipleBirthInteger":%d}`, i))
		r.Move(time.Minute)
	}
	r.put("/Device/d", `{"resourceType":"Device","id":"d"}`)
	r.want(r.do(writer, "DELETE", "/Patient/p", ""), 204)
	a := r.want(r.do(reader, "GET", "/Patient/p/_history", ""), 200)
	var statuses []string
	for _, e := range a.entries() {
		answer, _ := e["response"].(map[string]any)
		statuses = append(statuses, fmt.Sprint(answer["status"], answer["etag"]))
	}
	if got, want := strings.Join(statuses, " "), `204 NoContentW/"4" 200 OKW/"3" 200 OKW/"2" 201 CreatedW/"1"`; got != want {
		t.Errorf("history of a resource: want %s, got %s", want, got)
	}
	if a.text("type") != "history" || a.json["total"] != 4.0 {
		t.Errorf("want a history of 4, got %s", a.body)
	}
	for path, want := range map[string]int{"/Patient/_history": 4, "/_history": 5, "/_history?_since=2026-03-04T05:08:00Z": 3,
		"/_history?_before=2026-03-04T05:08:00Z": 2} {
		if got := len(r.want(r.do(reader, "GET", path, ""), 200).entries()); got != want {
			t.Errorf("%s: want %d entries, got %d", path, want, got)
		}
	}
	r.want(r.do(reader, "GET", "/Patient/absent/_history", ""), 404)
	page := r.want(r.do(reader, "GET", "/_history?_count=2", ""), 200)
	total := 0
	for next := page; ; {
		total += len(next.entries())
		link := next.link("next")
		if link == "" {
			break
		}
		next = r.want(r.do(reader, "GET", strings.TrimPrefix(link, r.server.URL), ""), 200)
	}
	if total != 5 {
		t.Errorf("all pages: want 5 entries, got %d", total)
	}
}

// link gives a bundle's link.
func (a answer) link(relation string) string {
	links, _ := a.json["link"].([]any)
	for _, l := range links {
		m, _ := l.(map[string]any)
		if m["relation"] == relation {
			url, _ := m["url"].(string)
			return url
		}
	}
	return ""
}

func TestBatchAndTransaction(t *testing.T) {
	r := newRig(t, nil)
	entry := func(method, url, resource, more string) string {
		if resource != "" {
			resource = `"resource":` + resource + `,`
		}
		return `{` + more + resource + `"request":{"method":"` + method + `","url":"` + url + `"}}`
	}
	post := func(caller, typ string, entries ...string) answer {
		return r.do(caller, "POST", "/", `{"resourceType":"Bundle","type":"`+typ+`","entry":[`+strings.Join(entries, ",")+`]}`)
	}
	observation := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:1"}}`
	a := r.want(post(contributor, "transaction", entry("GET", "Patient?_summary=count", "", ""), entry("POST", "Observation", observation, ""),
		entry("POST", "Patient", kirk, `"fullUrl":"urn:uuid:1",`)), 200)
	if got := a.statuses(); got != "200 201 201" || a.text("type") != "transaction-response" {
		t.Errorf("transaction: want answers in the order of sending, got %s %s", got, a.body)
	}
	if got := len(r.do(reader, "GET", "/Observation?subject:Patient.family=kirk", "").ids()); got != 1 {
		t.Errorf("want the reference to the new patient resolved, got %d", got)
	}
	bad := entry("POST", "Patient", `{"resourceType":"Patient","gender":"man"}`, "")
	before := r.do(reader, "GET", "/_history?_count=100", "").entries()
	a = post(contributor, "transaction", entry("PUT", "Patient/new", `{"resourceType":"Patient","id":"new"}`, ""),
		entry("DELETE", "Patient/"+r.do(reader, "GET", "/Patient", "").ids()[0], "", ""), bad)
	if a.status != 400 || a.issue() != "processing: Transaction failed on 'POST' for the requested url 'Patient'." {
		t.Errorf("a transaction that fails: got %d %s", a.status, a.body)
	}
	if after := r.do(reader, "GET", "/_history?_count=100", "").entries(); len(after) != len(before) {
		t.Errorf("a transaction that fails must leave nothing: %d versions before, %d after", len(before), len(after))
	}
	if got := len(r.do(reader, "GET", "/Patient?family=kirk", "").ids()); got != 1 {
		t.Errorf("a transaction that fails must bring the deleted back, found %d", got)
	}
	a = r.want(post(contributor, "batch", entry("PUT", "Patient/new", `{"resourceType":"Patient","id":"new"}`, ""), bad, entry("GET", "Patient/absent", "", "")), 200)
	if got := a.statuses(); got != "201 400 404" || a.text("type") != "batch-response" {
		t.Errorf("batch: want each for itself, got %s %s", got, a.body)
	}
	if got := r.want(post(reader, "batch", entry("GET", "Patient/new", "", ""), entry("DELETE", "Patient/new", "", "")), 200).statuses(); got != "200 403" {
		t.Errorf("batch: want permission for each entry, got %s", got)
	}
	r.want(post(nobody, "batch", entry("GET", "Patient/new", "", "")), 403)
	r.want(post(contributor, "transaction", entry("PUT", "Patient/a", kirk, ""), entry("DELETE", "Patient/a", "", "")), 400)
	r.want(post(contributor, "transaction", entry("DELETE", "Patient?name=x", "", "")), 400)
	r.want(post(contributor, "batch", strings.Split(strings.Repeat(entry("GET", "Patient", "", "")+"\n", 501), "\n")[:501]...), 400)
}

func (a answer) statuses() string {
	var out []string
	for _, e := range a.entries() {
		answer, _ := e["response"].(map[string]any)
		out = append(out, fmt.Sprint(answer["status"]))
	}
	return strings.Join(out, " ")
}
