//go:build e2e

package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/textproto"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hdstest/internal/entra"
)

// reply is what curl got.
type reply struct {
	exit   int // curl's exit code
	status int
	header http.Header
	body   string
	json   any // nil if the body is none
}

// curl runs Debian's curl, which is told of the CA and nothing else.
func (s sandbox) curl(t *testing.T, args ...string) reply {
	t.Helper()
	headers, body := filepath.Join(s.home, "curl.headers"), filepath.Join(s.home, "curl.body")
	all := append([]string{"--silent", "--show-error", "--cacert", s.CAFile, "--dump-header", headers, "--output", body,
		"--write-out", "%{http_code}"}, args...)
	r := command(t, s.home, environment(s.home), "curl", all...)
	out := reply{exit: r.code, header: http.Header{}}
	out.status, _ = strconv.Atoi(r.stdout)
	lines, _ := readFile(headers)
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			out.header.Add(textproto.TrimString(name), textproto.TrimString(value))
		}
	}
	out.body, _ = readFile(body)
	_ = json.Unmarshal([]byte(out.body), &out.json)
	return out
}

// text finds a string in the answer.
func (r reply) text(path string) string {
	s, _ := place(r.json, path).(string)
	return s
}

// form posts to the tenant's token endpoint of v2.0.
func (s sandbox) form(t *testing.T, fields ...string) reply {
	t.Helper()
	return s.curl(t, append(formArgs(fields), s.Authority+"/oauth2/v2.0/token")...)
}

func formArgs(fields []string) []string {
	var args []string
	for _, f := range fields {
		args = append(args, "--data-urlencode", f)
	}
	return args
}

// appToken asks for a token by secret.
func (s sandbox) appToken(t *testing.T, id, secret, scope string) reply {
	t.Helper()
	return s.form(t, "grant_type=client_credentials", "client_id="+id, "client_secret="+secret, "scope="+scope)
}

func (s sandbox) fhirToken(t *testing.T) string {
	return s.appToken(t, s.ClientID, s.ClientSecret, s.FHIRURL+"/.default").text("access_token")
}

func (s sandbox) dicomToken(t *testing.T) string {
	return s.appToken(t, s.ClientID, s.ClientSecret, entra.DICOMResource+"/.default").text("access_token")
}

// adminToken is for Graph or Azure Resource Manager.
func (s sandbox) adminToken(t *testing.T, resource string) string {
	return s.appToken(t, s.AdminClientID, s.AdminSecret, resource+"/.default").text("access_token")
}

// graph calls Microsoft Graph as the administrator.
func (s sandbox) graph(t *testing.T, method, path, body string) reply {
	t.Helper()
	return s.asAdmin(t, s.GraphURL, method, "/v1.0"+path, body)
}

// arm calls Azure Resource Manager as the administrator.
func (s sandbox) arm(t *testing.T, method, path, body string) reply {
	t.Helper()
	return s.asAdmin(t, s.ARMURL, method, path, body)
}

func (s sandbox) asAdmin(t *testing.T, base, method, path, body string) reply {
	t.Helper()
	args := []string{"--request", method, "--header", "Authorization: Bearer " + s.adminToken(t, base)}
	if body != "" {
		args = append(args, "--header", "Content-Type: application/json", "--data", body)
	}
	return s.curl(t, append(args, base+path)...)
}

// fhir and dicom call the services with a token.
func (s sandbox) fhir(t *testing.T, token, path string) reply {
	t.Helper()
	return s.curl(t, "--header", "Authorization: Bearer "+token, s.FHIRURL+path)
}

func (s sandbox) dicom(t *testing.T, token, path string) reply {
	t.Helper()
	return s.curl(t, "--header", "Authorization: Bearer "+token, s.DICOMURL+"/v2"+path)
}

var (
	formAction = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	flowField  = regexp.MustCompile(`name="flow" value="([^"]+)"`)
)

// authorize walks the sign-in page by curl, with a jar for its cookies, up to
// the redirect and gives the page or the redirect.
func (s sandbox) authorize(t *testing.T, query url.Values) reply {
	t.Helper()
	jar := filepath.Join(t.TempDir(), "jar")
	page := s.curl(t, "--cookie-jar", jar, s.Authority+"/oauth2/v2.0/authorize?"+query.Encode())
	action, flow := formAction.FindStringSubmatch(page.body), flowField.FindStringSubmatch(page.body)
	if action == nil || flow == nil {
		return page
	}
	return s.curl(t, "--cookie", jar, "--data-urlencode", "flow="+flow[1], "--data-urlencode", "username="+s.Username,
		"--data-urlencode", "password="+s.Password, "--data", "action=signin", s.LoginURL+action[1])
}

// answer reads the answer in a redirect.
func (r reply) answer() url.Values {
	u, err := url.Parse(r.header.Get("Location"))
	if err != nil {
		return nil
	}
	return u.Query()
}

// authorization is a request of the public example app, without PKCE.
func (s sandbox) authorization(scope string) url.Values {
	return url.Values{"client_id": {s.PublicClientID}, "response_type": {"code"}, "redirect_uri": {"http://localhost:4711"},
		"scope": {scope}, "state": {"s"}}
}

// redeem asks for a token by code.
func (s sandbox) redeem(t *testing.T, code, scope string) reply {
	t.Helper()
	return s.form(t, "grant_type=authorization_code", "client_id="+s.PublicClientID, "code="+code,
		"redirect_uri=http://localhost:4711", "scope="+scope)
}

// TestCurl sends what Microsoft's articles have people send by curl.
//
// Source: learn.microsoft.com/azure/healthcare-apis/get-access-token,
// /fhir/using-curl, /fhir/use-postman (v1 endpoint and resource),
// /dicom/dicomweb-standard-apis-curl.
func TestCurl(t *testing.T) {
	s := startSandbox(t)
	j := newJudge(t, s, nil)
	j.curlTokens()
	j.curlServices()
	version := strings.Fields(command(t, s.home, environment(s.home), "curl", "--version").stdout)
	record(t, used{"curl", version[1], s.requests(t, "curl/"), j.n})
}

func (j *judge) curlTokens() {
	j.t.Helper()
	s := j.s
	v2 := s.appToken(j.t, s.ClientID, s.ClientSecret, s.FHIRURL+"/.default")
	j.equal("v2.0: status", v2.status, 200)
	j.equal("v2.0: expires_in is a number", place(v2.json, "expires_in"), any(3599.0))
	j.equal("v2.0: no scope", place(v2.json, "scope"), nil)
	j.contains("v2.0: Cache-Control", v2.header.Get("Cache-Control"), "no-store")
	j.claims("v2.0", claimsOf(j.t, v2.text("access_token")), s.appClaims(s.FHIRURL, "1"))

	fields := []string{"grant_type=Client_Credentials", "client_id=" + s.ClientID, "client_secret=" + s.ClientSecret, "resource=" + s.FHIRURL}
	v1 := s.curl(j.t, append(formArgs(fields), s.Authority+"/oauth2/token")...)
	j.equal("v1.0: status", v1.status, 200)
	j.equal("v1.0: expires_in is a text", place(v1.json, "expires_in"), any("3599"))
	j.equal("v1.0: resource", v1.text("resource"), s.FHIRURL)
	j.claims("v1.0", claimsOf(j.t, v1.text("access_token")), s.appClaims(s.FHIRURL, "1"))
	refused := s.form(j.t, fields...)
	j.equal("resource on v2.0: status", refused.status, 400)
	j.equal("resource on v2.0", place(refused.json, "error_codes/0"), any(901002.0))
	basic := s.curl(j.t, "--user", s.ClientID+":"+s.ClientSecret, "--data", "grant_type=client_credentials", "--data-urlencode",
		"scope="+s.FHIRURL+"/.default", s.Authority+"/oauth2/v2.0/token")
	j.equal("Basic: status", basic.status, 200)
	j.equal("GET on the token endpoint", place(s.curl(j.t, s.Authority+"/oauth2/v2.0/token").json, "error_codes/0"), any(900561.0))
	wrong := s.appToken(j.t, s.ClientID, "wrong", s.FHIRURL+"/.default")
	for _, name := range []string{"timestamp", "trace_id", "correlation_id", "error_uri", "error_description"} {
		j.that(wrong.text(name) != "", "a refusal has no %s: %s", name, wrong.body)
	}
}

func (j *judge) curlServices() {
	j.t.Helper()
	s := j.s
	j.equal("FHIR health", s.curl(j.t, s.FHIRURL+"/health/check").text("overallStatus"), "Healthy")
	j.equal("DICOM health", s.curl(j.t, s.DICOMURL+"/health/check").text("overallStatus"), "Healthy")
	fhir, dicom := s.fhirToken(j.t), s.dicomToken(j.t)
	patients := s.fhir(j.t, fhir, "/Patient")
	j.equal("GET /Patient", patients.text("type"), "searchset")
	j.equal("X-Content-Type-Options", patients.header.Get("X-Content-Type-Options"), "nosniff")
	feed := s.dicom(j.t, dicom, "/changefeed?includemetadata=false")
	j.equal("change feed: status", feed.status, 200)
	j.equal("change feed, empty", feed.json, any([]any{}))
	studies := s.dicom(j.t, dicom, "/studies")
	j.equal("QIDO, nothing found: status", studies.status, 204)
	j.equal("QIDO, nothing found: body", studies.body, "")
	bare := s.curl(j.t, s.DICOMURL+"/v2/studies")
	j.equal("DICOM without a token: status", bare.status, 401)
	j.contains("DICOM challenge", bare.header.Get("WWW-Authenticate"), `Bearer authorization_uri="`+s.Authority+`"`,
		`resource_id="https://dicom.healthcareapis.azure.com`)
	j.equal("DICOM without a version: status", s.curl(j.t, "--header", "Authorization: Bearer "+dicom, s.DICOMURL+"/studies").status, 404)
	export := s.curl(j.t, "--header", "Authorization: Bearer "+fhir, "--header", "Accept: application/fhir+json",
		"--header", "Prefer: respond-async", s.FHIRURL+"/$export?_container=export")
	j.equal("$export: status", export.status, 202)
	j.contains("$export", export.header.Get("Content-Location"), s.FHIRURL+"/_operations/export/")
	inURL := s.curl(j.t, s.FHIRURL+"/Patient?access_token="+fhir)
	j.equal("token in the URL: status", inURL.status, 400)
	j.contains("token in the URL", inURL.body, "Access tokens must not be passed in the URL")
}
