package dicom

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hdstest/internal/entra"
)

// change is an entry of the change feed.
// Source: microsoft/dicom-server docs/concepts/change-feed.md. Names and values
// are written in camelCase and lower case, as its OpenAPI document has them.
type change struct {
	Sequence  int             `json:"sequence"`
	Partition string          `json:"partitionName"`
	FilePath  string          `json:"filePath,omitempty"`
	Study     string          `json:"studyInstanceUid"`
	Series    string          `json:"seriesInstanceUid"`
	Instance  string          `json:"sopInstanceUid"`
	Action    string          `json:"action"`
	Timestamp string          `json:"timestamp"`
	State     string          `json:"state"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`

	at     time.Time
	entity *entity
}

// record adds an entry and changes the state of the earlier ones of the same instance.
func (s *store) record(action string, e *entity, now time.Time) {
	study, series, sop := e.uids()
	state := "current"
	if action == "delete" {
		state = "deleted"
	}
	key := study + "/" + series + "/" + sop
	for _, c := range s.history[key] {
		c.State = "replaced"
		if action == "delete" {
			c.State = "deleted"
		}
	}
	entry := &change{Sequence: len(s.feed) + 1, Partition: "Microsoft.Default", Study: study, Series: series, Instance: sop,
		Action: action, Timestamp: now.UTC().Format("2006-01-02T15:04:05.0000000-07:00"), State: state, at: now, entity: e}
	s.feed, s.history[key] = append(s.feed, entry), append(s.history[key], entry)
}

func (s *Service) feedPaths(in *request) methods {
	read := one(entra.ActionRead)
	switch {
	case len(in.path) == 1 && in.version > 1:
		return methods{"GET": {needs: read, check: checkFeed, do: s.changes}}
	case len(in.path) == 1:
		return methods{"GET": {needs: read, check: checkFeedV1, do: s.changesV1}}
	case len(in.path) == 2 && in.path[1] == "latest":
		return methods{"GET": {needs: read, check: checkIncluded, do: s.latest}}
	}
	return nil
}

// window is what a call to the feed asks for.
type window struct {
	offset, limit int
	from, to      time.Time // to is not in it; zero: open
	metadata      bool
}

// parseWindow reads the parameters of both versions; usual and most are the
// limits, usualMetadata is whether metadata come without being asked for.
func parseWindow(r *request, usual, most int) (window, *refusal) {
	w := window{limit: usual, metadata: true}
	for name, into := range map[string]*int{"offset": &w.offset, "limit": &w.limit} {
		if text, given := r.value(name); given {
			n, err := strconv.Atoi(text)
			if err != nil {
				return w, badRequest("The query parameter '%s' is invalid. The value '%s' is not valid.", name, text)
			}
			*into = n
		}
	}
	switch {
	case w.limit < 1 || w.limit > most:
		return w, badRequest("The limit must be between 1 and %d.", most)
	case w.offset < 0:
		return w, badRequest("The offset cannot be a negative value.")
	}
	if text, given := r.value("includemetadata"); given {
		yes, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil {
			return w, badRequest("The query parameter 'includeMetadata' is invalid. The value '%s' is not valid.", text)
		}
		w.metadata = yes
	}
	return w, nil
}

// parseTimes reads startTime and endTime of version 2, which need a zone.
func (w *window) parseTimes(r *request) *refusal {
	for name, into := range map[string]*time.Time{"startTime": &w.from, "endTime": &w.to} {
		text, given := r.value(name)
		if !given {
			continue
		}
		at, err := time.Parse(time.RFC3339, strings.ReplaceAll(text, " ", "+")) // a plus that was not escaped
		if err != nil {
			if _, err := time.Parse("2006-01-02T15:04:05", text); err == nil {
				return badRequest("Date and time value must specify a time zone.")
			}
			return badRequest("The query parameter '%s' is invalid. The value '%s' is not valid.", name, text)
		}
		*into = at
	}
	if !w.from.IsZero() && !w.to.IsZero() && !w.from.Before(w.to) {
		return badRequest("The specified time range is invalid: the start must come before the end.")
	}
	return nil
}

func checkFeed(r *request) *refusal {
	w, refused := parseWindow(r, 100, 200)
	if refused != nil {
		return refused
	}
	return w.parseTimes(r)
}

func checkFeedV1(r *request) *refusal {
	_, refused := parseWindow(r, 10, 100)
	return refused
}

func checkIncluded(r *request) *refusal { return checkFeedV1(r) }

// changes is version 2: a window of time, of which offset entries are left out.
func (s *Service) changes(r *request) *refusal {
	w, _ := parseWindow(r, 100, 200)
	_ = w.parseTimes(r)
	var found []*change
	for _, c := range s.store.feed {
		if !w.from.IsZero() && c.at.Before(w.from) || !w.to.IsZero() && !c.at.Before(w.to) {
			continue
		}
		found = append(found, c)
	}
	return s.sendFeed(r, w, found[min(w.offset, len(found)):])
}

// changesV1 is version 1: what comes after the sequence number offset.
func (s *Service) changesV1(r *request) *refusal {
	w, _ := parseWindow(r, 10, 100)
	return s.sendFeed(r, w, s.store.feed[min(w.offset, len(s.store.feed)):])
}

func (s *Service) sendFeed(r *request, w window, found []*change) *refusal {
	out := []change{}
	for _, c := range found[:min(w.limit, len(found))] {
		out = append(out, s.shown(c, w.metadata))
	}
	return r.answer(http.StatusOK, plainJSON, out)
}

// shown adds an instance's metadata while the entry is the current one.
func (s *Service) shown(c *change, metadata bool) change {
	out := *c
	if metadata && c.State == "current" {
		if data, err := s.store.rawMetadata(c.entity); err == nil {
			out.Metadata = data
		}
	}
	return out
}

// latest gives the newest entry; 204 without a body if there is none (derived).
func (s *Service) latest(r *request) *refusal {
	w, _ := parseWindow(r, 10, 100)
	if len(s.store.feed) == 0 {
		r.out.WriteHeader(http.StatusNoContent)
		return nil
	}
	return r.answer(http.StatusOK, plainJSON, s.shown(s.store.feed[len(s.store.feed)-1], w.metadata))
}
