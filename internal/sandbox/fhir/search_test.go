package fhir_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// fill stores a few resources that the searches tell apart.
func fill(r *rig) {
	for id, body := range map[string]string{
		"1-kirk":  `"name":[{"family":"Kirk","given":["James"]}],"gender":"male","birthDate":"1960-12-25","identifier":[{"system":"urn:a","value":"1"}],"telecom":[{"system":"phone","value":"555"}]`,
		"2-ärzte": `"name":[{"family":"Ärztekammer"}],"gender":"female","birthDate":"1960","identifier":[{"system":"urn:b","value":"1"}],"meta":{"tag":[{"system":"urn:t","code":"run"}]}`,
		"3-old":   `"name":[{"text":"Methuselah"}],"birthDate":"1900-01-01","deceasedDateTime":"1999-09-09T10:00:00Z","managingOrganization":{"reference":"Organization/o"}`,
	} {
		r.put("/Patient/"+strings.ReplaceAll(id, "ä", "ae"), `{"resourceType":"Patient","id":"`+strings.ReplaceAll(id, "ä", "ae")+`",`+body+`}`)
	}
	r.put("/Organization/o", `{"resourceType":"Organization","id":"o","name":"Starfleet"}`)
	for i, subject := range []string{"Patient/1-kirk", r.server.URL + "/Patient/1-kirk", "Patient/3-old"} {
		r.put(fmt.Sprintf("/Observation/o%d", i), fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final",`+
			`"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"},{"code":"hr"}]},"subject":{"reference":%q},`+
			`"effectiveDateTime":"2026-01-0%dT10:00:00+02:00","valueQuantity":{"value":%d.5,"unit":"bpm","system":"http://unitsofmeasure.org","code":"/min"}}`, i, subject, i+1, 60+i))
	}
}

func TestSearch(t *testing.T) {
	r := newRig(t, nil)
	fill(r)
	for query, want := range map[string]string{
		"Patient?_id=1-kirk": "1-kirk", "Patient?_id=1-kirk,3-old": "1-kirk 3-old",
		"Patient?family=KIR": "1-kirk", "Patient?family:exact=kirk": "", "Patient?family:exact=Kirk": "1-kirk",
		"Patient?name=arzt": "2-aerzte", "Patient?name:contains=TEKAM": "2-aerzte", "Patient?given=james": "1-kirk",
		"Patient?gender=male": "1-kirk", "Patient?gender:not=male": "2-aerzte 3-old", "Patient?gender:missing=true": "3-old",
		"Patient?gender:missing=false": "1-kirk 2-aerzte", "Patient?gender=male,female": "1-kirk 2-aerzte",
		"Patient?identifier=1": "1-kirk 2-aerzte", "Patient?identifier=urn:a|1": "1-kirk", "Patient?identifier=urn:b|": "2-aerzte",
		"Patient?identifier=|1": "", "Patient?phone=555": "1-kirk", "Patient?email=555": "",
		"Patient?birthdate=1960": "1-kirk 2-aerzte", "Patient?birthdate=1960-12-25": "1-kirk", "Patient?birthdate=ge1960-12-25": "1-kirk 2-aerzte",
		"Patient?birthdate=gt1960-12-25": "2-aerzte", "Patient?birthdate=lt1960": "3-old", "Patient?birthdate=sa1900": "1-kirk 2-aerzte",
		"Patient?birthdate=eb1960-12-25": "3-old", "Patient?birthdate=ne1960": "3-old", "Patient?birthdate=le1960-01-01": "2-aerzte 3-old",
		"Patient?birthdate=ge1960&birthdate=lt1961&gender=female": "2-aerzte",
		"Patient?_tag=urn:t|run":                                  "2-aerzte",
		"Patient?organization.name=star":                          "3-old",
		"Patient?organization=o":                                  "3-old",
		"Patient?_has:Observation:patient:code=hr":                "1-kirk 3-old",
		"Patient?death-date=1999-09-09":                           "3-old",
		"Observation?subject=Patient/1-kirk":                      "o0 o1", "Observation?patient=1-kirk": "o0 o1", "Observation?subject:Patient=3-old": "o2",
		"Observation?subject=3-old": "o2", "Observation?subject:Group=3-old": "", "Observation?patient.name=kirk": "o0 o1",
		"Observation?subject:Patient.organization.name=star": "o2",
		"Observation?code=8867-4":                            "o0 o1 o2", "Observation?code=http://loinc.org|8867-4&date=2026-01-02": "o1",
		"Observation?date=2026-01-01T08:00:00Z": "o0", "Observation?value-quantity=60.5": "o0", "Observation?value-quantity=gt60.5": "o1 o2",
		"Observation?value-quantity=ge61|http://unitsofmeasure.org|/min": "o1 o2", "Observation?value-quantity=60|urn:x|/min": "",
		"Observation?value-quantity=61||bpm":  "o0",
		"Observation?_lastUpdated=2026-03-04": "o0 o1 o2", "Observation?_lastUpdated=gt2026-03-04": "",
		"Observation?status=final&_count=2": "o0 o1",
		"Patient?_sort=birthdate":           "3-old 2-aerzte 1-kirk", "Patient?_sort=-birthdate": "1-kirk 2-aerzte 3-old", "Patient?_sort=family": "3-old 2-aerzte 1-kirk",
		"Observation?_sort=-_lastUpdated": "o2 o1 o0",
	} {
		a := r.want(r.do(reader, "GET", "/"+strings.ReplaceAll(query, "|", "%7C"), ""), 200)
		got := a.ids()
		if !strings.Contains(query, "_sort") {
			slices.Sort(got)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: want %q, got %q", query, want, got)
		}
	}
}

func TestSearchAnswer(t *testing.T) {
	r := newRig(t, nil)
	if a := r.want(r.do(reader, "GET", "/Patient", ""), 200); a.json["entry"] != nil || a.json["total"] != nil || a.text("type") != "searchset" {
		t.Errorf("an empty store: want no entry and no total, got %s", a.body)
	}
	fill(r)
	a := r.want(r.do(reader, "GET", "/Patient?_total=accurate&_count=2&bogus=1", ""), 200)
	if a.json["total"] != 3.0 || a.text("id") != a.header.Get("X-Request-Id") {
		t.Errorf("want a total of 3 and the request's id, got %s", a.body)
	}
	if got, want := a.link("self"), r.server.URL+"/Patient?_total=accurate&_count=2"; got != want {
		t.Errorf("self: want what was used, %s, got %s", want, got)
	}
	first := a.entries()[0]
	if mode := first["search"].(map[string]any)["mode"]; mode != "outcome" || !strings.Contains(a.body, "The search parameter 'bogus' is not supported for resource type 'Patient'.") {
		t.Errorf("want a warning about the unknown parameter, got %s", a.body)
	}
	next := r.want(r.do(reader, "GET", strings.TrimPrefix(a.link("next"), r.server.URL), ""), 200)
	if got := len(a.ids()) + len(next.ids()); got != 3 || next.link("next") != "" {
		t.Errorf("two pages: want 3 in all and no third, got %d and %s", got, next.link("next"))
	}
	full := a.entries()[1]["fullUrl"].(string)
	if !strings.HasPrefix(full, r.server.URL+"/Patient/") {
		t.Errorf("want a fullUrl of the service, got %s", full)
	}
	count := r.want(r.do(reader, "GET", "/Patient?_summary=count", ""), 200)
	if count.json["total"] != 3.0 || count.json["entry"] != nil {
		t.Errorf("_summary=count: want the number only, got %s", count.body)
	}
	if a := r.want(r.do(reader, "GET", "/Patient?_count=0", ""), 200); a.json["total"] != 3.0 {
		t.Errorf("_count=0: want the number, got %s", a.body)
	}
	if a := r.want(r.do(reader, "POST", "/Patient/_search", "family=kirk", "Content-Type: application/x-www-form-urlencoded"), 200); len(a.ids()) != 1 {
		t.Errorf("_search: want 1, got %s", a.body)
	}
	if a := r.want(r.do(reader, "GET", "/?_type=Patient,Organization", ""), 200); len(a.ids()) != 4 {
		t.Errorf("all types: want 4, got %v", a.ids())
	}
	if a := r.want(r.do(reader, "GET", "/Patient?_elements=gender&_id=1-kirk", ""), 200); strings.Contains(a.body, "birthDate") || !strings.Contains(a.body, "SUBSETTED") {
		t.Errorf("_elements: want less, and the tag for it, got %s", a.body)
	}
	for path, want := range map[string]string{
		"/Observation?_include=Observation:subject&_id=o0":       "o0 1-kirk",
		"/Observation?_include=Observation:*&_id=o2":             "o2 3-old",
		"/Patient?_revinclude=Observation:patient&_id=3-old":     "3-old o2",
		"/Observation?_include=Observation:subject:Group&_id=o0": "o0",
		"/Patient/1-kirk/Observation":                            "o0 o1",
		"/Patient/3-old/$everything":                             "3-old o2",
	} {
		if got := strings.Join(r.want(r.do(reader, "GET", path, ""), 200).ids(), " "); got != want {
			t.Errorf("%s: want %s, got %s", path, want, got)
		}
	}
}

func TestRefusedSearches(t *testing.T) {
	r := newRig(t, nil)
	for query, want := range map[string]struct {
		status int
		issue  string
	}{
		"Patient?_count=x":                  {400, "invalid: Invalid value for the '_count' parameter: 'x'."},
		"Patient?_total=some":               {400, "invalid: The '_total' parameter value 'some' is invalid."},
		"Patient?_total=estimate":           {403, "forbidden: The '_total' parameter value 'estimate' is not supported."},
		"Patient?ct=zzz":                    {400, "invalid: The continuation token is invalid."},
		"Patient?birthdate=soon":            {400, "invalid: The date time string 'soon' is not in a correct format."},
		"Patient?gender:fuzzy=x":            {403, "invalid: Modifier 'fuzzy' is not supported for search parameter 'gender'."},
		"Patient?gender:missing=maybe":      {403, "invalid: Invalid value for :missing modifier. Valid values are: true, false."},
		"Patient?_elements=a&_summary=text": {400, "invalid: The '_elements'"},
		"Patient?name.family=x":             {403, "invalid: The chained parameter must be a reference search parameter type."},
		"Patient?_has:Observation:code=x":   {400, "invalid: The reverse chain search is missing the reference to search."},
		"Patient?_include=Observation":      {400, "invalid: The _include search is missing the type to search."},
		"Patient?_pretty=maybe":             {400, `invalid: The requested "_pretty" parameter is invalid.`},
		"Device?expiration-date=x":          {501, "not-supported: The hdstest sandbox does not implement search parameter 'expiration-date' of Device."},
		"Observation?code-value-quantity=x": {501, "not-supported: "},
		"Patient?_summary=true":             {501, "not-supported: "},
		"Patient?gender:in=x":               {501, "not-supported: "},
	} {
		if a := r.do(reader, "GET", "/"+query, ""); a.status != want.status || !strings.HasPrefix(a.issue(), want.issue) {
			t.Errorf("%s:\nwant %d %s\ngot  %d %s", query, want.status, want.issue, a.status, a.body)
		}
	}
	if a := r.do(reader, "GET", "/Patient?bogus=1", "", "Prefer: handling=strict"); a.status != 400 || a.issue() != "invalid: The search parameter 'bogus' is not supported for resource type 'Patient'." {
		t.Errorf("strict: want 400, got %d %s", a.status, a.body)
	}
	if a := r.do(reader, "GET", "/Patient", "", "Prefer: handling=odd"); a.status != 400 {
		t.Errorf("handling=odd: want 400, got %d", a.status)
	}
	r.put("/SearchParameter/s", `{"resourceType":"SearchParameter","id":"s","url":"urn:s","name":"mood","status":"active","description":"x","code":"mood","base":["Patient"],"type":"token"}`)
	if a := r.do(reader, "GET", "/Patient?mood=x", ""); a.status != 501 {
		t.Errorf("a custom search parameter: want 501, got %d %s", a.status, a.body)
	}
}

func TestExport(t *testing.T) {
	r := newRig(t, nil)
	fill(r)
	r.put("/Group/g", `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/3-old"}}]}`)
	start := func(path string) string {
		a := r.want(r.do(exporter, "GET", path, "", "Accept: application/fhir+json", "Prefer: respond-async"), 202)
		return strings.TrimPrefix(a.header.Get("Content-Location"), r.server.URL)
	}
	for path, want := range map[string]string{"/$export": "Group 1 Observation 3 Organization 1 Patient 3", "/$export?_type=Patient": "Patient 3",
		"/Patient/$export": "Observation 3 Patient 3", "/Group/g/$export": "Observation 1 Patient 1"} {
		job := start(path)
		r.want(r.do(exporter, "GET", job, ""), 202)
		done := r.want(r.do(exporter, "GET", job, ""), 200)
		if done.header.Get("Content-Type") != "application/json" || done.json["requiresAccessToken"] != false {
			t.Errorf("%s: got %s %s", path, done.header.Get("Content-Type"), done.body)
		}
		var got []string
		output, _ := done.json["output"].([]any)
		for _, o := range output {
			m, _ := o.(map[string]any)
			got = append(got, fmt.Sprint(m["type"], " ", m["count"]))
			file := r.want(r.do("", "GET", strings.TrimPrefix(m["url"].(string), r.server.URL), ""), 200)
			if lines := strings.Count(file.body, "\n"); fmt.Sprint(lines) != fmt.Sprint(m["count"]) {
				t.Errorf("%s %v: want a line for each, got %d", path, m["type"], lines)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: want %s, got %s", path, want, got)
		}
		r.want(r.do(exporter, "DELETE", job, ""), 409)
	}
	job := start("/$export")
	r.want(r.do(exporter, "DELETE", job, ""), 202)
	r.want(r.do(exporter, "GET", job, ""), 404)
	r.want(r.do("", "GET", job+"/guess-Patient-1.ndjson", ""), 404)
	for name, a := range map[string]answer{
		"Accept":      r.do(exporter, "GET", "/$export", "", "Accept: application/json", "Prefer: respond-async"),
		"Prefer":      r.do(exporter, "GET", "/$export", "", "Accept: application/fhir+json", "Prefer: wait=10"),
		"parameter":   r.do(exporter, "GET", "/$export?x=1", "", "Accept: application/fhir+json", "Prefer: respond-async"),
		"_typeFilter": r.do(exporter, "GET", "/$export?_typeFilter=x", "", "Accept: application/fhir+json", "Prefer: respond-async"),
		"_type":       r.do(exporter, "GET", "/$export?_type=X", "", "Accept: application/fhir+json", "Prefer: respond-async"),
	} {
		if a.status != 400 {
			t.Errorf("a wrong %s: want 400, got %d %s", name, a.status, a.body)
		}
	}
	r.want(r.do(exporter, "GET", "/$export", "", "Accept: application/fhir+json", "Prefer: respond-async, handling=lenient"), 202)
}

func TestValidateAndReindex(t *testing.T) {
	r := newRig(t, nil)
	r.put("/Patient/p", `{"resourceType":"Patient","id":"p"}`)
	validate := func(body string) answer { return r.do(writer, "POST", "/Patient/$validate", body) }
	for body, want := range map[string]string{
		kirk: "informational: All OK", `{"resourceType":"Patient","gender":"man"}`: "invalid: ", `{`: "invalid: ",
		`{"resourceType":"Device"}`: "invalid: Resource type in the URL must match",
		`{"resourceType":"Parameters","parameter":[{"name":"resource","resource":` + kirk + `}]}`: "informational: All OK",
	} {
		if a := r.want(validate(body), 200); !strings.HasPrefix(a.issue(), want) {
			t.Errorf("%s: want %s, got %s", body, want, a.body)
		}
	}
	r.want(r.do(writer, "GET", "/Patient/p/$validate", ""), 200)
	r.want(r.do(writer, "POST", "/Device/$validate", `{"resourceType":"Device"}`), 501)
	r.want(validate(`{"resourceType":"Patient","meta":{"profile":["urn:p"]}}`), 501)
	r.want(r.do(writer, "GET", "/$reindex", ""), 404)
	r.want(r.do(writer, "POST", "/$reindex", kirk), 400)
	a := r.want(r.do(writer, "POST", "/$reindex", `{"resourceType":"Parameters"}`), 201)
	r.want(r.do(writer, "GET", strings.TrimPrefix(a.header.Get("Content-Location"), r.server.URL), ""), 200)
	r.want(r.do(writer, "GET", "/$reindex", ""), 200)
}
