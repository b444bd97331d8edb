package diagnose_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/causes"
	"hdstest/internal/diagnose"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

// example is evidence on which a rule speaks, and like evidence on which it must
// be silent.
type example struct {
	Rule   string          `json:"rule"`
	Speaks json.RawMessage `json:"speaks"`
	Silent json.RawMessage `json:"silent"`
}

func examples(t *testing.T) []example {
	t.Helper()
	data, err := os.ReadFile("testdata/rules.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	scan := bufio.NewScanner(bytes.NewReader(data))
	for scan.Scan() {
		var e example
		if err := json.Unmarshal(scan.Bytes(), &e); err != nil {
			t.Fatalf("%v in %s", err, scan.Text())
		}
		all = append(all, e)
	}
	return all
}

func TestRulesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range diagnose.Rules() {
		if _, ok := causes.ByID(r.Cause); !ok {
			t.Errorf("%s leads to %q, which is no cause", r.ID, r.Cause)
		}
		if r.Confidence <= 0 || r.Confidence >= 1 {
			t.Errorf("%s has confidence %v", r.ID, r.Confidence)
		}
		if r.ID == "" || seen[r.ID] && !strings.HasPrefix(r.ID, "code.") {
			t.Errorf("rule id %q is empty or stands twice", r.ID)
		}
		seen[r.ID] = true
	}
	led := map[string]bool{}
	for _, r := range diagnose.Rules() {
		led[r.Cause] = true
	}
	for _, c := range causes.All() {
		if !led[c.ID] {
			t.Errorf("no rule leads to %s", c.ID)
		}
	}
}

// TestEveryRuleSpeaksAndIsSilent has for each rule evidence on which it speaks,
// in the examples or among the reported failures, and evidence on which it must
// not. Where an example names no silent evidence, leaving something out of it must
// silence the rule.
func TestEveryRuleSpeaksAndIsSilent(t *testing.T) {
	t.Parallel()
	speaks, silent := map[string]bool{}, map[string]bool{}
	confidence := map[string]diagnose.Rule{}
	for _, r := range diagnose.Rules() {
		confidence[r.ID] = r
	}
	for _, e := range examples(t) {
		r, known := confidence[e.Rule]
		if !known {
			t.Errorf("%s is no rule", e.Rule)
			continue
		}
		b := bundle(t, e.Speaks)
		if !slices.Contains(diagnose.Speaking(b), e.Rule) {
			t.Errorf("%s is silent on %s", e.Rule, e.Speaks)
		}
		if matches := diagnose.Diagnose(b); r.Confidence >= 0.9 && matches[0].Cause != r.Cause {
			t.Errorf("%s: first is not %s but %s on %s", e.Rule, r.Cause, brief(matches), e.Speaks)
		}
		speaks[e.Rule] = true
		if e.Silent == nil {
			silent[e.Rule] = silencedBySomeLoss(t, e.Rule, e.Speaks)
			continue
		}
		silent[e.Rule] = true
		if slices.Contains(diagnose.Speaking(bundle(t, e.Silent)), e.Rule) {
			t.Errorf("%s speaks on %s", e.Rule, e.Silent)
		}
	}
	for _, c := range cases(t) {
		for _, id := range diagnose.Speaking(bundle(t, c.Observables)) {
			if !speaks[id] {
				speaks[id], silent[id] = true, silencedBySomeLoss(t, id, c.Observables)
			}
		}
	}
	for _, r := range diagnose.Rules() {
		if !strings.HasPrefix(r.ID, "code.") && (!speaks[r.ID] || !silent[r.ID]) {
			t.Errorf("%s: speaks %v, silent %v; both need an example", r.ID, speaks[r.ID], silent[r.ID])
		}
	}
}

func silencedBySomeLoss(t *testing.T, rule string, observables []byte) bool {
	t.Helper()
	return slices.ContainsFunc(losses(t, observables), func(less []byte) bool {
		return !slices.Contains(diagnose.Speaking(bundle(t, less)), rule)
	})
}

// TestCodesSpeak: every number of the table of meanings leads to its cause, and
// a cause's first one in each of the places where a code can stand. A number that
// only begins like it does not.
func TestCodesSpeak(t *testing.T) {
	t.Parallel()
	for cause, codes := range diagnose.Meanings() {
		for i, code := range codes {
			if _, ok := entra.LookupError(code); !ok {
				t.Errorf("AADSTS%d leads to %s, but is not in the table of codes", code, cause)
			}
			places := []evidence.Bundle{
				{TokenEndpoint: &evidence.OAuthAnswer{ErrorCodes: []int{code}}},
				{Extra: map[string]any{"message": "error: AADSTS" + itoa(code) + ": text cut"}},
				{Extra: map[string]any{"authorize_redirect": map[string]any{"location": "http://localhost/?error_description=AADSTS" + itoa(code) + "%3a+x"}}},
			}
			if i > 0 {
				places = places[:1]
			}
			for _, b := range places {
				if place(diagnose.Diagnose(b), cause) == 0 {
					t.Errorf("AADSTS%d does not lead to %s in %+v", code, cause, b)
				}
			}
		}
		longer := evidence.Bundle{TokenEndpoint: &evidence.OAuthAnswer{ErrorCodes: []int{codes[0]*1000 + 777}}}
		if place(diagnose.Diagnose(longer), cause) != 0 {
			t.Errorf("AADSTS%d leads to %s", codes[0]*1000+777, cause)
		}
	}
}

func itoa(n int) string {
	data, _ := json.Marshal(n)
	return string(data)
}

// TestEveryKnownCodeHasACause: the table of codes and the rules grow together.
func TestEveryKnownCodeHasACause(t *testing.T) {
	t.Parallel()
	for _, e := range entra.ErrorCodes() {
		b := evidence.Bundle{TokenEndpoint: &evidence.OAuthAnswer{ErrorCodes: []int{e.Code}}}
		if len(diagnose.Diagnose(b)) == 0 {
			t.Errorf("AADSTS%d (%s) leads to no cause", e.Code, e.Meaning)
		}
	}
}

func TestNothingKnown(t *testing.T) {
	for name, b := range map[string]evidence.Bundle{
		"nothing":      {},
		"a token":      {TokenEndpoint: &evidence.OAuthAnswer{Status: 200}},
		"a good probe": {Service: "fhir", ServiceURL: "https://w-f.fhir.azurehealthcareapis.com", Response: &evidence.Response{Status: 200}},
		"words":        {Extra: map[string]any{"note": "it does not work"}},
	} {
		if got := diagnose.Diagnose(b); len(got) != 0 {
			t.Errorf("%s: %s", name, brief(got))
		}
	}
}

func TestFixIsFilled(t *testing.T) {
	b := bundle(t, []byte(`{"service":"fhir","service_url":"https://w-f.fhir.azurehealthcareapis.com","request":{"method":"POST","path":"/Patient"},
		"claims":{"oid":"33333333-3333-3333-3333-333333333333"},"response":{"status":403},
		"arm":{"resource_id":"/subscriptions/s/x","role_assignments_for_oid":[]}}`))
	matches := diagnose.Diagnose(b)
	want := `az role assignment create --assignee-object-id 33333333-3333-3333-3333-333333333333 --assignee-principal-type ServicePrincipal --role "FHIR Data Writer" --scope /subscriptions/s/x`
	if matches[0].Cause != "role.missing" || !strings.HasPrefix(matches[0].Fix, want) {
		t.Errorf("first is %+v, want role.missing with %s", matches[0], want)
	}
	for address, b := range map[string]evidence.Bundle{
		"http://127.0.0.1:9921/": {ServiceURL: "http://127.0.0.1:9921/fhir", Network: &evidence.Network{Host: "127.0.0.1", Port: 9921}},
		"https://localhost:1/":   {ServiceURL: "https://localhost:2", Network: &evidence.Network{Host: "localhost", Port: 1}}, // the authority, not the service
		"https://w.example/":     {Network: &evidence.Network{Host: "w.example", Port: 443}},
		"curl -v <host url>/":    {},
	} {
		if got := diagnose.Fix(b, "network.timeout"); !strings.Contains(got, address+" ") {
			t.Errorf("want the address %s in: %s", address, got)
		}
	}
	if got := diagnose.Fix(evidence.Bundle{}, "secret.id_used"); !strings.Contains(got, "<client id>") || strings.Contains(got, "{{") {
		t.Errorf("a gap without evidence: %s", got)
	}
	if got := diagnose.Fix(evidence.Bundle{}, "tool.variable_nested"); !strings.Contains(got, "{{$aadToken}}") {
		t.Errorf("braces that are no gap were filled: %s", got)
	}
}

// TestEveryUnexpectedAnswerHasACause: where no rule knows the status, what is to be
// done is said all the same; of an answer that nobody judged nothing is made up.
func TestEveryUnexpectedAnswerHasACause(t *testing.T) {
	for status := 201; status < 600; status++ {
		judged := bundle(t, fmt.Appendf(nil, `{"service":"fhir","request":{"method":"GET","path":"/Patient"},"response":{"status":%d,"mismatch":["status %d, expected 200"]}}`, status, status))
		matches := diagnose.Diagnose(judged)
		if len(matches) == 0 || matches[0].Fix == "" {
			t.Errorf("status %d: %s", status, brief(matches))
		}
	}
	if matches := diagnose.Diagnose(bundle(t, []byte(`{"response":{"status":425}}`))); len(matches) != 0 {
		t.Errorf("an answer that nobody judged: %s", brief(matches))
	}
}

// TestNoCredentialIsRepeated: should evidence of others hold a token in a header,
// the diagnosis does not print it.
func TestNoCredentialIsRepeated(t *testing.T) {
	const canary = "c4nary"
	b := bundle(t, []byte(`{"request":{"headers":{"Authorization":"Bearer Bearer eyJ`+canary+`"}},"response":{"status":401}}`))
	data, err := json.Marshal(diagnose.Diagnose(b))
	if err != nil || strings.Contains(string(data), canary) {
		t.Errorf("%v: %s", err, data)
	}
}

// TestUnfinishedSignInIsNoRefusal: that nobody signed in says nothing about
// secrets and platforms.
func TestUnfinishedSignInIsNoRefusal(t *testing.T) {
	b := bundle(t, []byte(`{"authorize_request":{"redirect_uri":"http://localhost"},"authorize_endpoint":{"timed_out":true},
		"token_request":{"grant_type":"authorization_code"},"config":{"redirect_platform":"web"}}`))
	matches := diagnose.Diagnose(b)
	if len(matches) != 1 || matches[0].Cause != "signin.not_finished" {
		t.Errorf("got %s", brief(matches))
	}
}
