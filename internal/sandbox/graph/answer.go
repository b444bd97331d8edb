package graph

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// answer is a success: a body or none, and further headers.
type answer struct {
	status   int
	body     any // nil: no body
	location string
	applied  string // Preference-Applied
}

// done is the answer of what changes something and has nothing to show: 204.
func done() (answer, error) { return answer{status: http.StatusNoContent}, nil }

// contentType is that of every JSON answer of Graph v1.0.
const contentType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// write sends an answer or a failure with the headers that both carry.
//
// Simplified: x-ms-ags-diagnostic and the throttling headers are not sent, and
// x-ms-resource-unit is always 1.
func (s *service) write(w http.ResponseWriter, c *call, a answer, err error) {
	h := w.Header()
	h.Set("request-id", c.requestID)
	h.Set("client-request-id", c.clientRequestID)
	h.Set("Cache-Control", "no-cache")
	h.Set("OData-Version", "4.0")
	h.Set("x-ms-resource-unit", "1")
	if err != nil {
		writeFailure(w, c, err)
		return
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	if a.applied != "" {
		h.Set("Preference-Applied", a.applied)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	if text, ok := a.body.(string); ok { // $count as a path segment
		h.Set("Content-Type", "text/plain")
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(text))
		return
	}
	h.Set("Content-Type", contentType)
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body)
}

// writeFailure sends the error shape of Graph. The date carries no zone.
// Source: learn.microsoft.com/graph/errors.
func writeFailure(w http.ResponseWriter, c *call, err error) {
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{status: http.StatusInternalServerError, code: "Service_InternalServerError",
			message: "Encountered an internal server error in the hdstest sandbox: " + err.Error()}
	}
	for name, values := range f.header {
		w.Header()[name] = values
	}
	body := map[string]any{"code": f.code, "message": f.message, "innerError": map[string]any{
		"date": c.now.Format("2006-01-02T15:04:05"), "request-id": c.requestID, "client-request-id": c.clientRequestID}}
	if len(f.details) > 0 {
		body["details"] = f.details
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": body})
}

// entity answers with one object of a collection.
func (c *call) entity(status int, k *kind, document map[string]any) (answer, error) {
	selected, err := c.query.project(k, document)
	if err != nil {
		return answer{}, err
	}
	selected["@odata.context"] = c.context(k.collection, true)
	a := answer{status: status, body: selected}
	if id, ok := document["id"].(string); ok && status == http.StatusCreated {
		a.location = c.URL + "/v1.0/" + k.collection + "/" + id
	}
	return a, nil
}

// complexValue answers with a value that is no entity, as actions do.
func (c *call) complexValue(typ string, document map[string]any) answer {
	document["@odata.context"] = c.URL + "/v1.0/$metadata#microsoft.graph." + typ
	return answer{status: http.StatusOK, body: document}
}

// context is the address that tells a client what the answer's shape is.
func (c *call) context(collection string, single bool) string {
	text := c.URL + "/v1.0/$metadata#" + collection
	if len(c.query.selected) > 0 {
		text += "(" + strings.Join(c.query.selected, ",") + ")"
	}
	if single {
		text += "/$entity"
	}
	return text
}

// document turns a value into the JSON object that it would be encoded as, so
// that nothing of the directory's state is reachable from an answer.
func document(v any) (map[string]any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(data, &out)
}

func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
