package catalogue_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
)

// everything is the catalogue with its token requests, as exports render it.
func everything() []catalogue.Request {
	return append([]catalogue.Request{
		catalogue.TokenRequest(catalogue.FHIR), catalogue.TokenRequest(catalogue.DICOM),
	}, catalogue.All()...)
}

func TestCatalogueIsWellFormed(t *testing.T) {
	if n, all := len(catalogue.Requests()), len(catalogue.All()); n < 50 || all < 200 {
		t.Errorf("%d requests, %d with those on demand; want about 50 and 200", n, all)
	}
	for _, fault := range faults(everything()) {
		t.Error(fault)
	}
}

// faults holds the rules of the catalogue. TestFaultsAreFound shows that each
// can fail.
func faults(requests []catalogue.Request) []string {
	var out []string
	seen := map[string]catalogue.Request{}
	filled := given()
	ids := map[string]bool{}
	for _, r := range requests {
		ids[r.ID] = true
	}
	for _, r := range requests {
		complain := func(what string) { out = append(out, r.ID+": "+what) }
		if _, double := seen[r.ID]; double {
			complain("id twice")
		}
		checkForm(r, complain)
		checkEffect(r, ids, complain)
		for _, id := range r.After {
			if _, ok := seen[id]; !ok {
				complain("After names " + id + ", which does not stand before it")
			}
		}
		for _, name := range r.Variables() {
			if !filled[name] {
				complain("uses " + name + ", which nothing gives before")
			}
		}
		for _, c := range r.Captures {
			filled[c.Variable] = true
		}
		seen[r.ID] = r
	}
	return out
}

// given lists the variables that have a value before the first request: those
// that people fill in, and the marks and UIDs that a run makes up.
func given() map[string]bool {
	out := map[string]bool{}
	captured := map[string]bool{}
	for _, r := range everything() {
		for _, c := range r.Captures {
			captured[c.Variable] = true
		}
	}
	for _, v := range catalogue.Variables() {
		out[v.Name] = !captured[v.Name]
	}
	return out
}

var idForm = regexp.MustCompile(`^[a-z]+(\.[a-z0-9-]+)+$`)

func checkForm(r catalogue.Request, complain func(string)) {
	if !idForm.MatchString(r.ID) {
		complain("id is not dotted lower case")
	}
	if r.Title == "" || r.Source == "" || r.Effect == "" {
		complain("Title, Source or Effect is missing")
	}
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?# ") {
		complain("path " + r.Path)
	}
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	if !slices.Contains(methods, r.Method) {
		complain("method " + r.Method)
	}
	if i := slices.IndexFunc(catalogue.Groups(), func(g catalogue.Group) bool { return g.ID == r.Group }); i < 0 {
		complain("group " + r.Group)
	} else if catalogue.Groups()[i].Service != r.Service {
		complain("group of another service")
	}
	if r.Auth != catalogue.Anonymous && r.Auth != catalogue.Bearer {
		complain("auth")
	}
	if (r.Auth == catalogue.Bearer) != (r.Needs != nil) {
		complain("Needs and Auth disagree")
	}
	if !slices.ContainsFunc(r.Headers, func(p catalogue.Pair) bool { return p.Name == "Accept" }) {
		complain("no Accept header")
	}
	if !r.Body.IsZero() && r.Body.ContentType == "" {
		complain("body without content type")
	}
	checkExpect(r, complain)
}

func checkExpect(r catalogue.Request, complain func(string)) {
	if len(r.Expect.Status) == 0 {
		complain("expects no status")
	}
	for _, rule := range r.Expect.JSON {
		if _, err := rule.Path.Steps(); err != nil {
			complain(err.Error())
		}
		needsValue := rule.Op == catalogue.Equals || rule.Op == catalogue.OneOf
		if needsValue != (rule.Value != "") {
			complain("value of the rule for " + string(rule.Path))
		}
		if rule.OnStatus != 0 && !slices.Contains(r.Expect.Status, rule.OnStatus) {
			complain("rule for a status that is not expected")
		}
	}
	for _, c := range r.Captures {
		if _, err := c.JSON.Steps(); err != nil {
			complain(err.Error())
		}
		if (c.JSON == "") == (c.Header == "") {
			complain("capture of " + c.Variable + " from nothing or from both")
		}
	}
}

func checkEffect(r catalogue.Request, ids map[string]bool, complain func(string)) {
	safe := r.Method == http.MethodGet
	switch {
	case r.Effect == catalogue.EffectCreates && r.Undo == "":
		complain("creates without Undo")
	case r.Effect != catalogue.EffectNone && safe && !strings.HasSuffix(r.Path, "/$export"):
		complain("a GET with an effect")
	case r.Effect == catalogue.EffectNone && !safe && !r.HealthDataServicesOnly && r.Service != catalogue.Entra:
		complain("an unsafe method without effect is harmless on Azure Health Data Services only")
	case r.Effect == catalogue.EffectDeletes && r.After == nil:
		complain("deletes what this run did not create")
	}
	for _, id := range []string{r.Undo, r.Find} {
		if id != "" && !ids[id] {
			complain("names " + id + ", which is not there")
		}
	}
}

func TestFaultsAreFound(t *testing.T) {
	good, _ := catalogue.ByID("fhir.patient.create")
	for name, spoil := range map[string]func(*catalogue.Request){
		"id":            func(r *catalogue.Request) { r.ID = "Patient create" },
		"source":        func(r *catalogue.Request) { r.Source = "" },
		"path":          func(r *catalogue.Request) { r.Path = "Patient?x=1" },
		"method":        func(r *catalogue.Request) { r.Method = "GRAB" },
		"group":         func(r *catalogue.Request) { r.Group = catalogue.GroupDICOMRead },
		"accept":        func(r *catalogue.Request) { r.Headers = nil },
		"status":        func(r *catalogue.Request) { r.Expect.Status = nil },
		"json path":     func(r *catalogue.Request) { r.Expect.JSON[0].Path = "a..b" },
		"undo":          func(r *catalogue.Request) { r.Undo = "" },
		"undo unknown":  func(r *catalogue.Request) { r.Undo = "fhir.none" },
		"after":         func(r *catalogue.Request) { r.After = []string{"fhir.none"} },
		"variable":      func(r *catalogue.Request) { r.Path = "/Patient/{{nobody}}" },
		"use too early": func(r *catalogue.Request) { r.Path = "/Patient/{{observation_id}}" },
		"needs":         func(r *catalogue.Request) { r.Needs = nil },
		"content type":  func(r *catalogue.Request) { r.Body.ContentType = "" },
		"unsafe":        func(r *catalogue.Request) { r.Effect, r.Undo = catalogue.EffectNone, "" },
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			bad.Expect.JSON = slices.Clone(good.Expect.JSON)
			spoil(&bad)
			if bad.Undo == good.Undo {
				bad.Undo = bad.ID // it stands alone here
			}
			bad.Find = ""
			if len(faults([]catalogue.Request{bad})) == 0 {
				t.Error("no fault found")
			}
		})
	}
}

func TestTokenRequestsCaptureDifferentTokens(t *testing.T) {
	fhir, dicom := catalogue.TokenRequest(catalogue.FHIR), catalogue.TokenRequest(catalogue.DICOM)
	if fhir.Captures[0].Variable == dicom.Captures[0].Variable {
		t.Error("both tokens go to one variable")
	}
	if !fhir.Captures[0].Secret || !dicom.Captures[0].Secret {
		t.Error("a token is not marked secret")
	}
}

func TestForKeepsOrderAndService(t *testing.T) {
	fhir, dicom := catalogue.For(catalogue.FHIR), catalogue.For(catalogue.DICOM)
	if len(fhir)+len(dicom) != len(catalogue.Requests()) {
		t.Error("a request belongs to neither service")
	}
	if fhir[0].ID != "fhir.health" || dicom[0].ID != "dicom.health" {
		t.Errorf("order: %s, %s", fhir[0].ID, dicom[0].ID)
	}
}

// TestPermissionRequests: each tells of an action, has no effect, goes to one
// kind of server alone, and is followed by a look where it names something.
func TestPermissionRequests(t *testing.T) {
	told := map[string]bool{"permission.dicom.absent": true} // the look itself
	for _, service := range []string{catalogue.FHIR, catalogue.DICOM} {
		actions := map[string]bool{}
		for _, p := range catalogue.Permissions(service) {
			if actions[p.Action] || p.Title == "" || p.Needs == nil || (p.Told == nil) == (p.Why == "") && p.Action != "write" {
				t.Errorf("%s %s: twice, without title or need, or neither told nor why not", service, p.Action)
			}
			actions[p.Action] = true
			for _, id := range p.Told {
				told[id] = true
			}
		}
	}
	for _, r := range catalogue.AllPermissionRequests() {
		names := strings.Contains(r.Path, "{{") && r.Method != http.MethodGet
		if !told[r.ID] || r.Effect != catalogue.EffectNone || !r.HealthDataServicesOnly || names != (r.Verify != "") {
			t.Errorf("%s: %+v", r.ID, r)
		}
		if slices.ContainsFunc(catalogue.Requests(), func(q catalogue.Request) bool { return q.ID == r.ID }) {
			t.Errorf("%s would be exported", r.ID)
		}
	}
}
