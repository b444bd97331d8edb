package javascript_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/catalogue"
	"hdstest/internal/export/javascript"
)

// TestChecks shows one of each kind of rule.
func TestChecks(t *testing.T) {
	r := catalogue.Request{Expect: catalogue.Expect{Status: []int{200, 204}, Empty: true,
		Headers: []catalogue.HeaderRule{{Name: "X-A", Contains: "Bc"}, {Name: "Location"}},
		JSON: []catalogue.JSONRule{
			{Path: "a[0].b", Op: catalogue.Exists}, {Path: "c", Op: catalogue.Equals, Value: `q"{{run_id}}<&`},
			{Path: "d", Op: catalogue.OneOf, Value: "x|{{y}}"}, {Path: "e", Op: catalogue.Absent},
			{Op: catalogue.IsList, OnStatus: 200},
		}}}
	want := []javascript.Check{
		{`header X-A with Bc`, `header("X-A").indexOf("bc") >= 0`},
		{`header Location`, `header("Location") !== ""`},
		{`empty body`, `text === ""`},
		{`a[0].b is there`, `at(["a", 0, "b"]) !== undefined && at(["a", 0, "b"]) !== null`},
		{`c is q"run_id<&`, `String(at(["c"])) === "q\"" + value("run_id") + "<&"`},
		{`d is one of x|y`, `["x", value("y")].indexOf(String(at(["d"]))) >= 0`},
		{`e is not there`, `body !== undefined && (at(["e"]) === undefined || at(["e"]) === null)`},
		{`body is a list on status 200`, `status !== 200 || (Array.isArray(at([])))`},
	}
	if diff := cmp.Diff(want, javascript.Checks(r)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := javascript.Status(r); got.Name != "status 200 or 204" || got.Test != "[200, 204].indexOf(status) >= 0" {
		t.Errorf("%+v", got)
	}
}

func TestAddressEncodesValues(t *testing.T) {
	r, _ := catalogue.ByID("fhir.observation.search")
	want := `"/Observation?subject=Patient%2F" + encodeURIComponent(value("patient_id")) + "&identifier=https%3A%2F%2Fhdstest.example%2Frun%7C" + encodeURIComponent(value("run_id"))`
	if got := javascript.Address(r); got != want {
		t.Errorf("got %s", got)
	}
}

func FuzzQuoteHasNoLooseEnd(f *testing.F) {
	f.Add("p+w&r=d %2F\"'$#\\ é\n\u2028")
	f.Fuzz(func(t *testing.T, text string) {
		got := javascript.Quote(text)
		inner := strings.ReplaceAll(got[1:len(got)-1], `\\`, "")
		if strings.ContainsAny(inner, "\n\r") || strings.Contains(strings.ReplaceAll(inner, `\"`, ""), `"`) {
			t.Errorf("%q became %s", text, got)
		}
	})
}
