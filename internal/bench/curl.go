package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
)

// curl sends by one process what hdstest was seen to send. The tokens that it
// sends were got before, since one curl cannot use an answer for its next
// request; this is in its favour, and so is that it judges nothing.
func (s *sandbox) curl(name string, sent map[string]int) (subject, error) {
	blocks, err := s.blocks(sent)
	if err != nil {
		return subject{}, err
	}
	file := filepath.Join(s.dir, "curl.txt")
	if err := os.WriteFile(file, []byte(strings.Join(blocks, "next\n")), 0o600); err != nil {
		return subject{}, err
	}
	return subject{name: name, env: []string{"HOME=" + s.home("curl")},
		words: []string{"curl", "--silent", "--show-error", "--config", file}}, nil
}

// blocks are curl's settings for each request that was sent: rendered from the
// catalogue, as often as the sandbox saw its address. What was sent and is in no
// catalogue leaves the two unlike, which [sandbox.alike] tells.
// Source: curl(1), --config and --next.
func (s *sandbox) blocks(sent map[string]int) ([]string, error) {
	chosen, err := s.pick(sent)
	var out []string
	for _, r := range chosen {
		out = append(out, r.block)
	}
	return out, err
}

// chosen are the same but for those for a token, for a loop of its own.
func (s *sandbox) chosen(sent map[string]int) ([]wire, error) {
	picked, err := s.pick(sent)
	var out []wire
	for _, r := range picked {
		if r.wire.URL != "" {
			out = append(out, r.wire)
		}
	}
	return out, err
}

func (s *sandbox) pick(sent map[string]int) ([]request, error) {
	left := map[string]int{} // by address, whatever the status
	for key, n := range sent {
		left[key[:strings.LastIndex(key, " ")]] += n
	}
	requests, err := s.known()
	if err != nil {
		return nil, err
	}
	var out []request
	for turn, added := 0, true; added; turn++ {
		added = false
		for _, r := range requests {
			if left[r.key] > 0 && (turn == 0 || !r.once) {
				out, added = append(out, r), true
				left[r.key]--
			}
		}
	}
	return out, nil
}

// request is one that curl can send.
type request struct {
	key   string // as in [sandbox.requests], without the status
	block string
	once  bool // goes without a token, and is not repeated
	wire  wire // zero: it is for a token
}

// wire is what a bare program sends, see package bare.
type wire struct {
	Method, URL, Body string
	Headers           map[string]string
	Bearer            bool
}

// known are the requests for tokens and those of the catalogue.
func (s *sandbox) known() ([]request, error) {
	login := func(method, path, more string) request {
		u, _ := url.Parse(s.info.Authority + path)
		return request{key: keyOf("login", method, u.Path), block: s.block(u.String()) + more}
	}
	out := []request{login("GET", "/v2.0/.well-known/openid-configuration", "")}
	for _, scope := range []string{s.info.FHIRURL + entra.DefaultScope, entra.DICOMResource + entra.DefaultScope} {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {s.info.ClientID}, "client_secret": {s.info.ClientSecret}, "scope": {scope}}
		out = append(out, login("POST", "/oauth2/v2.0/token", setting("data", form.Encode())))
	}
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		for _, r := range slices.Concat(catalogue.For(kind), catalogue.PermissionRequests(kind)) {
			if r.Effect != catalogue.EffectNone || len(r.After) > 0 || r.Body.Generator != "" {
				continue
			}
			one, err := s.render(r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.ID, err)
			}
			out = append(out, one)
		}
	}
	return out, nil
}

func (s *sandbox) render(r catalogue.Request) (request, error) {
	base, token := s.info.FHIRURL, s.fhir
	if r.Service == entra.DICOM {
		base, token = s.info.DICOMURL, s.dicom
	}
	if r.AtRoot {
		base = catalogue.RootOf(base)
	}
	vars := catalogue.Vars{catalogue.VarRun: "bench", catalogue.VarAbsentUID: "2.25.1", catalogue.VarAbsentID: "00000000-0000-4000-8000-000000000000"}
	path, err := r.Address(vars)
	if err != nil {
		return request{}, err
	}
	body, err := catalogue.Expand(r.Body.Template, vars)
	if err != nil {
		return request{}, err
	}
	u, err := url.Parse(base + path)
	if err != nil {
		return request{}, err
	}
	block := s.block(base+path) + setting("request", r.Method)
	sends := wire{Method: r.Method, URL: base + path, Body: body, Headers: map[string]string{}, Bearer: r.Auth == catalogue.Bearer}
	for _, h := range r.Headers {
		sends.Headers[h.Name] = h.Value
		block += setting("header", h.Name+": "+h.Value)
	}
	if r.Auth == catalogue.Bearer {
		block += setting("header", "Authorization: Bearer "+token)
	}
	if body != "" {
		sends.Headers["Content-Type"] = r.Body.ContentType
		block += setting("header", "Content-Type: "+r.Body.ContentType) + setting("data-raw", body)
	}
	return request{keyOf(r.Service, r.Method, u.Path), block, r.Auth != catalogue.Bearer, sends}, nil
}

func (s *sandbox) block(address string) string {
	return setting("url", address) + setting("cacert", s.info.CAFile) + setting("output", os.DevNull)
}

// setting is a line of curl's config file.
func setting(name, value string) string {
	return name + ` = "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value) + "\"\n"
}

var madeUp = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|2\.25\.[0-9.]+`)

// keyOf tells requests apart by service, method and path; ids that are made up
// for each run are all the same.
func keyOf(service, method, path string) string {
	return service + " " + method + " " + madeUp.ReplaceAllString(path, "{id}")
}

// alike makes sure that a subject sends the same requests and gets the same
// answers as another was seen to, by the sandbox's own log: else they cannot be
// compared.
func (s *sandbox) alike(ctx context.Context, sent map[string]int, one subject) error {
	also, err := s.sentBy(ctx, one)
	if err == nil && !maps.Equal(sent, also) {
		err = fmt.Errorf("%s does not send the same:\n%v\n%v", one.name, sent, also)
	}
	return err
}
