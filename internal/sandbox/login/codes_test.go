package login_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/login"
	"hdstest/internal/sandbox/scenario"
)

// codeRow produces one AADSTS code.
type codeRow struct {
	code  int
	oauth string // the OAuth error it must come with; "page" for one that is only shown
	make  func(t *testing.T, f *fixture) outcome
}

// outcome is a refusal as it came: JSON, or at the redirect URI, or on a page.
type outcome struct {
	oauth       string
	description string
	status      int
	codes       []int // of JSON
	suberror    string
}

func fromJSON(a answer) outcome {
	o := outcome{oauth: a.text("error"), description: a.text("error_description"), status: a.status, suberror: a.text("suberror")}
	if len(a.json) > 0 {
		o.codes = []int{a.code()}
	}
	return o
}

// fromBrowser reads the refusal from where the person was led.
func fromBrowser(b *browser) outcome {
	if b.left == nil {
		return outcome{oauth: "page", description: b.page, status: b.status}
	}
	got := b.answer()
	return outcome{oauth: got.Get("error"), description: got.Get("error_description"), status: 302}
}

// The makers of rows.

func token(pairs ...string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome { return fromJSON(f.post(t, pairs...)) }
}

// secretly is a client credentials request with the right secret.
func secretly(more ...string) []string {
	return append([]string{"grant_type", "client_credentials", "client_id", confidentialApp, "client_secret", secret,
		"scope", dicom + "/.default"}, more...)
}

func at(method, path, body string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome { return fromJSON(f.send(t, method, path, body)) }
}

func visit(address string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome { return fromBrowser(f.browser(t).open(address)) }
}

// redeemed signs in with the public app and redeems the code with changes.
func redeemed(more ...string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
		return fromJSON(f.post(t, redemption(code, more...)...))
	}
}

func asserted(change func(*assertionSpec)) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		return fromJSON(f.post(t, assertionForm(f.assertion(t, change))...))
	}
}

// presented exchanges a token of the outside issuer.
func presented(subject, audience, app string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		raw, err := f.issuer.Token(subject, audience, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return fromJSON(f.post(t, assertionForm(raw, "client_id", app)...))
	}
}

func under(sw scenario.Switch, make func(*testing.T, *fixture) outcome) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		f.on(t, sw)
		return make(t, f)
	}
}

// refreshed gets a refresh token, lets time pass and uses it.
func refreshed(later time.Duration, more ...string) func(*testing.T, *fixture) outcome {
	return func(t *testing.T, f *fixture) outcome {
		code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
		first := f.post(t, redemption(code)...)
		f.move(later)
		return fromJSON(f.post(t, append([]string{"grant_type", "refresh_token", "client_id", publicApp,
			"refresh_token", first.text("refresh_token")}, more...)...))
	}
}

func publicAuthorize(more ...string) string {
	return authorizeURL(append([]string{"client_id", publicApp, "redirect_uri", redirect, "scope", dicom + "/.default"}, more...)...)
}

// notProduced are the codes of the fact sheets that the service has no way to,
// with the reason.
func notProduced() map[string]string {
	return map[string]string{
		"70002 50012 700011 70001 50001 65005 90008 50128 51004": "an older or a second name of a code that is produced",
		"700030":                              "trust by subject name is for Microsoft's own apps",
		"500133":                              "the on-behalf-of grant is not there",
		"5000224":                             "tenants and apps are not deprovisioned",
		"7002137 700229":                      "managed identities are not there",
		"900439 90038 900382":                 "there is one cloud",
		"50196 90024 90033 90055 90090 50033": "loops and outages are faults that the composer plays",
		"90013 90100":                         "bad parameters are refused by the codes that name them",
		"65002":                               "the one app of Microsoft's that may sign in is authorized everywhere",
		"650052 650054 650056":                "subscriptions to services are not there",
		"90095":                               "requests for an administrator's approval are not there",
		"50173":                               "grants are not revoked",
		"50134":                               "there is one data centre",
		"50199":                               "it is the question before a device is approved, not an error",
		"50020 90072":                         "there are no guests",
		"50053 50055 50056":                   "accounts are not locked, passwords do not expire",
		"50072 50079 50074 50076 50078 50097 50129 53000 53001 50131 53003 530032 530035 53002 53004 53011 70043": "there is no Conditional Access and no second factor",
		"50140": "nobody is asked to stay signed in",
	}
}

func allRows() []codeRow {
	return slices.Concat(credentialRows(), requestRows(), resourceRows(), consentRows(), redirectRows(), deviceRows(), userRows())
}

func TestEveryCode(t *testing.T) {
	for _, row := range allRows() {
		t.Run(strconv.Itoa(row.code)+" "+row.oauth, func(t *testing.T) {
			f := start(t)
			got := row.make(t, f)
			if got.oauth != row.oauth || !strings.Contains(got.description, "AADSTS"+strconv.Itoa(row.code)+":") {
				t.Fatalf("got %s: %.300s", got.oauth, got.description)
			}
			if strings.Contains(got.description, "%!") {
				t.Errorf("the text is not filled in: %s", got.description)
			}
			if got.codes == nil {
				return
			}
			want := 400
			if row.oauth == entra.ErrInvalidClient {
				want = 401
			}
			if got.status != want || got.codes[0] != row.code {
				t.Errorf("status %d, want %d; error_codes %v", got.status, want, got.codes)
			}
		})
	}
}

func TestCodesAreAccountedFor(t *testing.T) {
	made := map[int]bool{}
	for _, row := range allRows() {
		made[row.code] = true
	}
	for _, code := range login.Codes() {
		if !made[code] {
			t.Errorf("%d can be answered, and no row produces it", code)
		}
		if _, ok := entra.LookupError(code); !ok {
			t.Errorf("%d is not in the table of names", code)
		}
	}
	for codes, why := range notProduced() {
		for _, text := range strings.Fields(codes) {
			code, err := strconv.Atoi(text)
			if err != nil || why == "" || made[code] {
				t.Errorf("%s is said not to be produced (%s), and is", text, why)
			}
			made[code] = true
		}
	}
	for _, text := range strings.Fields(factCodes) {
		if code, _ := strconv.Atoi(text); !made[code] {
			t.Errorf("%s is neither produced nor said not to be", text)
		}
	}
}

// factCodes are the codes of the collected facts.
const factCodes = `
7000215 7000222 7000218 700025 70002 700027 700024 700030 50012 50013 500133 50027 50048 5000224
70021 700211 700212 700213 7002138 7002137 700229
700016 700011 70001 7000112 90002 900023 50059 50128 50194 9001023 9002332 900439 90038 900382 50049 50196
9002313 90014 900144 900561 90013 90023 90100 90102 901002 70003 90024 90033 90055 90090 50033
500011 50001 1002012 70011 700022 700023 28002 28003 650053 65001 65002 65004 65005 650052 650054 650056 650057
501051 50105 90008 90009 90094 90095
50011 500113 900971 700054 70005 70007 9002325 9002326 9002327 54005 70000 70008 700005 501481 50147 501491
700082 700084 50173 70016 70018 70019 70020 90119 90120 50134 50199
50020 50034 51004 90072 50053 50055 50056 50057 50126 50058 50072 50079 50074 50076 50078 50097 50129 53000 53001
50131 53003 530032 530035 53002 53004 53011 50140 70043`

// TestErrorBody checks the shape that every JSON refusal has.
func TestErrorBody(t *testing.T) {
	f := start(t)
	const correlation = "7c5e0f7e-9d8e-4d0c-8f6b-0f4d6a1b2c3d"
	a := f.send(t, "POST", tokenV2, form(secretly("client_secret", "x")...), "client-request-id", correlation, "return-client-request-id", "true")
	description := a.text("error_description")
	for _, want := range []string{"AADSTS7000215: ", " Trace ID: " + a.text("trace_id"), " Correlation ID: " + correlation, " Timestamp: " + a.text("timestamp")} {
		if !strings.Contains(description, want) {
			t.Errorf("error_description lacks %q: %s", want, description)
		}
	}
	if _, err := time.Parse("2006-01-02 15:04:05Z", a.text("timestamp")); err != nil {
		t.Error(err)
	}
	if a.text("correlation_id") != correlation || a.text("error_uri") != f.url+"/error?code=7000215" || a.header.Get("x-ms-request-id") != a.text("trace_id") ||
		a.header.Get("client-request-id") != correlation || a.header.Get("Cache-Control") != "no-store, no-cache" {
		t.Errorf("body %s, headers %v", a.body, a.header)
	}
	if b := f.send(t, "POST", tokenV2, form(secretly("client_secret", "x")...), "client-request-id", correlation); b.header.Get("client-request-id") != "" {
		t.Error("client-request-id is echoed only when that is asked for")
	}
	if page := f.send(t, "GET", strings.TrimPrefix(a.text("error_uri"), f.url), ""); page.status != 200 || page.code() != 7000215 {
		t.Errorf("error_uri leads to status %d", page.status)
	}
	if s := f.send(t, "POST", tokenV2, form(redemption("1.hdstest-sandbox-code.x")...)); s.text("suberror") != "" {
		t.Errorf("suberror %s", s.text("suberror"))
	}
	if s := under(scenario.ConsentMissing, redeemed())(t, f); s.suberror != "consent_required" {
		t.Errorf("65001: suberror %q", s.suberror)
	}
}
