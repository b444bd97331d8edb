package fhir

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/sandbox/querystring"
)

// mostEntries is how many entries a posted bundle may have.
// Source: microsoft/fhir-server appsettings.json.
const mostEntries = 500

// chosenID is a header that only entries of a bundle have: the id that the
// bundle chose for a new resource. A caller's own header of that name never
// gets there.
const chosenID = "Hdstest-Chosen-Id"

// posted is a batch or transaction as it was sent.
type posted struct {
	Type  string        `json:"type"`
	Entry []postedEntry `json:"entry"`
}

type postedEntry struct {
	FullURL  string          `json:"fullUrl"`
	Resource json.RawMessage `json:"resource"`
	Request  struct {
		Method      string `json:"method"`
		URL         string `json:"url"`
		IfNoneExist string `json:"ifNoneExist"`
		IfMatch     string `json:"ifMatch"`
	} `json:"request"`

	chosen string // id of what it will create
}

// bundle runs the entries of a posted Bundle: a batch's each by itself, a
// transaction's all or none.
// Source: microsoft/fhir-server BundleHandler.cs, TransactionBundleValidator.cs.
func (s *Service) bundle(in *request) (*response, *refusal) {
	if in.document.typ != "Bundle" {
		return nil, badRequest("Only a bundle can be submitted for batch or transaction processing.")
	}
	var p posted
	if err := json.Unmarshal(in.body, &p); err != nil {
		return nil, badRequest("Error occurred when parsing model: '%s'.", err)
	}
	if len(p.Entry) > mostEntries {
		return nil, badRequest("The number of entries in the bundle exceeded the configured limit of %d.", mostEntries)
	}
	switch p.Type {
	case "batch":
		return s.batch(in, p.Entry)
	case "transaction":
		return s.transact(in, p.Entry)
	case "":
		return nil, badRequest("Bundle type is not present. Possible values are: transaction or batch")
	}
	return nil, badRequest("Bundles of type '%s' are not supported for this operation.", p.Type)
}

func (s *Service) batch(in *request, entries []postedEntry) (*response, *refusal) {
	var results []entry
	for _, e := range entries {
		out, refused := s.runEntry(in, e, nil)
		if refused != nil {
			out = refused.response(in.id, s.deps.Directory.Now())
		}
		results = append(results, out.entry())
	}
	return s.answerBundle(in, "batch-response", results)
}

// transact runs deletes first, then creates, updates and reads, as FHIR asks
// (hl7.org/fhir/R4/http.html#trules), and answers in the order of sending.
func (s *Service) transact(in *request, entries []postedEntry) (*response, *refusal) {
	if refused := checkUnique(entries); refused != nil {
		return nil, refused
	}
	references := map[string]string{}
	for i := range entries {
		e := &entries[i]
		if e.Request.Method == http.MethodPost && e.FullURL != "" {
			typ, _, _ := strings.Cut(e.Request.URL, "?")
			e.chosen = s.deps.NewID()
			references[e.FullURL] = typ + "/" + e.chosen
		}
	}
	order := []string{http.MethodDelete, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodGet}
	sequence := make([]int, len(entries))
	for i := range sequence {
		sequence[i] = i
	}
	slices.SortStableFunc(sequence, func(a, b int) int {
		return cmp.Compare(slices.Index(order, entries[a].Request.Method), slices.Index(order, entries[b].Request.Method))
	})
	results := make([]entry, len(entries))
	var refused *refusal
	err := s.store.transaction(func() error {
		for _, i := range sequence {
			var out *response
			if out, refused = s.runEntry(in, entries[i], references); refused != nil {
				refused = transactionFailed(entries[i], refused)
				return refused
			}
			results[i] = out.entry()
		}
		return nil
	})
	if err != nil {
		return nil, refused
	}
	return s.answerBundle(in, "transaction-response", results)
}

// transactionFailed says which entry failed, and then why.
func transactionFailed(e postedEntry, why *refusal) *refusal {
	first := issue{Severity: "error", Code: "processing",
		Diagnostics: fmt.Sprintf("Transaction failed on '%s' for the requested url '%s'.", e.Request.Method, e.Request.URL)}
	return &refusal{status: why.status, issues: append([]issue{first}, why.issues...)}
}

// checkUnique refuses two entries that would change the same resource, and what
// cannot be part of a transaction.
func checkUnique(entries []postedEntry) *refusal {
	seen := map[string]bool{}
	for _, e := range entries {
		method, where := e.Request.Method, e.Request.URL
		if method == http.MethodPost && strings.Contains(where, "_search") || method == http.MethodDelete && strings.Contains(where, "?") {
			return badRequest("Requested operation '%s' is not supported using %s.", where, method)
		}
		if method == http.MethodGet || strings.Contains(where, "$") {
			continue
		}
		key := where
		if method == http.MethodPost {
			key = e.FullURL
		}
		if key != "" && seen[strings.ToLower(key)] {
			return badRequest("Bundle contains multiple entries that refers to the same resource '%s'.", key)
		}
		seen[strings.ToLower(key)] = true
	}
	return nil
}

// runEntry runs one entry as a call of its own, with the bundle's caller.
func (s *Service) runEntry(in *request, e postedEntry, references map[string]string) (*response, *refusal) {
	where, err := url.Parse(strings.TrimPrefix(e.Request.URL, s.base+"/"))
	if err != nil || e.Request.URL == "" {
		return nil, badRequest("The route for \"%s\" was not found.", e.Request.URL)
	}
	if references[e.FullURL] == "" {
		e.chosen = ""
	}
	one := &request{id: in.id, method: e.Request.Method, path: segments(where), query: querystring.Split(where.RawQuery),
		header: http.Header{}, body: replaceReferences(e.Resource, references), caller: in.caller, bundled: true}
	for name, value := range map[string]string{"If-None-Exist": e.Request.IfNoneExist, "If-Match": e.Request.IfMatch, chosenID: e.chosen} {
		if value != "" {
			one.header.Set(name, value)
		}
	}
	for _, value := range in.header.Values("Prefer") {
		one.header.Add("Prefer", value)
	}
	if len(one.path) == 0 {
		return nil, badRequest("Requested operation '%s' is not supported using %s.", e.Request.URL, e.Request.Method)
	}
	op, refused := s.route(one)
	if refused != nil {
		return nil, refused
	}
	return s.run(op, one)
}

// replaceReferences puts the ids of this transaction's new resources in the
// place of the entries' fullUrls, in references and in the text of narratives.
func replaceReferences(body []byte, references map[string]string) []byte {
	if len(references) == 0 || len(body) == 0 {
		return body
	}
	var tree any
	if decodeNumbers(body, &tree) != nil {
		return body
	}
	if !replaceIn(tree, references) {
		return body
	}
	return encode(tree)
}

func replaceIn(node any, references map[string]string) bool {
	changed := false
	switch node := node.(type) {
	case map[string]any:
		if text, ok := node["reference"].(string); ok && references[text] != "" {
			node["reference"] = references[text]
			changed = true
		}
		for _, child := range node {
			changed = replaceIn(child, references) || changed
		}
	case []any:
		for _, child := range node {
			changed = replaceIn(child, references) || changed
		}
	}
	return changed
}

// entry gives an answer as an entry of the answering bundle.
func (r *response) entry() entry {
	e := entry{Response: &entryResponse{Status: fmt.Sprint(r.status), Location: r.header.Get("Location"), ETag: r.header.Get("ETag")}}
	switch {
	case len(r.body) == 0:
	case r.status >= 400:
		e.Response.Outcome = r.body
	default:
		e.Resource = r.body
	}
	if changed := r.header.Get("Last-Modified"); changed != "" {
		if at, err := http.ParseTime(changed); err == nil {
			e.Response.LastModified = instant(at)
		}
	}
	return e
}

func (s *Service) answerBundle(in *request, typ string, results []entry) (*response, *refusal) {
	b := bundle{ResourceType: "Bundle", ID: in.id, Type: typ, Entry: results,
		Meta: outcomeMeta{LastUpdated: instant(s.deps.Directory.Now())}}
	return &response{status: http.StatusOK, body: encode(b)}, nil
}
