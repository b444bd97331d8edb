package dicom

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/dicom/part10"
)

// Attributes of worklist items. Source: DICOM PS3.4 table CC.2.5-3.
const (
	transactionUID part10.Tag = 0x00081195
	stepState      part10.Tag = 0x00741000
	stepPriority   part10.Tag = 0x00741200
	stepLabel      part10.Tag = 0x00741204
	stepStart      part10.Tag = 0x00404005
	inputReadiness part10.Tag = 0x00404041
)

// States of a worklist item. Source: DICOM PS3.4 table CC.1.1-1.
const (
	scheduled  = "SCHEDULED"
	inProgress = "IN PROGRESS"
	canceled   = "CANCELED"
	completed  = "COMPLETED"
)

// worklist holds the items of the UPS-RS service. They are few: searches look at all.
type worklist struct {
	items map[string]*workitem
	order []*workitem
}

type workitem struct {
	uid         string
	attributes  part10.Attributes
	transaction string // of whoever has claimed it
}

func (w *workitem) state() string { return w.attributes[stepState].First() }

func (w *workitem) setState(state string) {
	w.attributes[stepState] = part10.Attribute{VR: "CS", Value: []any{state}}
}

func (s *Service) workitemPaths(in *request) methods {
	read, write := one(entra.ActionRead), one(entra.ActionWrite)
	switch {
	case len(in.path) == 1:
		return methods{"GET": {needs: read, json: true, do: s.searchWorkitems},
			"POST": {needs: write, json: true, consumes: isDICOMJSON, writes: true, do: s.createWorkitem}}
	case len(in.path) == 2:
		return methods{"GET": {needs: read, json: true, do: s.readWorkitem},
			"POST": {needs: write, consumes: isDICOMJSON, writes: true, do: s.updateWorkitem}}
	case len(in.path) == 3 && in.path[2] == "state":
		return methods{"PUT": {needs: write, consumes: isDICOMJSON, writes: true, do: s.changeWorkitem}}
	case len(in.path) == 3 && in.path[2] == "cancelrequest":
		return methods{"POST": {needs: write, consumes: isDICOMJSON, writes: true, do: s.cancelWorkitem}}
	}
	return nil
}

func isDICOMJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == dicomJSON
}

// dataset reads a body that is an array of one data set. required is false where
// the body may be empty.
func (r *request) dataset(required bool) (part10.Attributes, *refusal) {
	if r.Header.Get("Content-Type") == "" {
		return nil, refuse(http.StatusUnsupportedMediaType, "%s", errMedia{})
	}
	data, err := io.ReadAll(http.MaxBytesReader(r.out, r.Body, 8<<20))
	if err == nil && len(data) == 0 && !required {
		return part10.Attributes{}, nil
	}
	var list []part10.Attributes
	if err != nil || json.Unmarshal(data, &list) != nil || len(list) != 1 || list[0] == nil {
		return nil, badRequest("The request body is not valid. Details: an array of one dataset is expected.")
	}
	return list[0], nil
}

// queryUID is the UID that some calls carry as the name of a query parameter.
func (r *request) queryUID() string {
	if len(r.query) == 0 {
		return ""
	}
	return r.query[0].Name
}

// createWorkitem adds an item. Of the standard's requirements it checks the
// identifiers, the state and the attributes that may not be empty.
func (s *Service) createWorkitem(r *request) *refusal {
	d, refused := r.dataset(true)
	if refused != nil {
		return refused
	}
	uid := r.queryUID()
	if uid == "" {
		uid = d[part10.SOPInstanceUID].First()
	}
	if !part10.ValidUID(uid) {
		return badRequest("%s", part10.UIDText("SOPInstanceUID"))
	}
	if d[transactionUID].First() != "" || d[stepState].First() != scheduled {
		return badRequest("The attribute '%s' must be absent and '%s' must be SCHEDULED.", transactionUID.Paren(), stepState.Paren())
	}
	for _, tag := range []part10.Tag{stepPriority, stepLabel, stepStart, inputReadiness} {
		if d[tag].First() == "" {
			return badRequest("The required tag '%s' is missing.", tag.Paren())
		}
	}
	if s.worklist.items[uid] != nil {
		return refuse(http.StatusConflict, "The workitem '%s' already exists.", uid)
	}
	d[part10.SOPInstanceUID] = part10.Attribute{VR: "UI", Value: []any{uid}}
	item := &workitem{uid: uid, attributes: d}
	s.worklist.items[uid] = item
	s.worklist.order = append(s.worklist.order, item)
	where := s.root(r) + "/workitems/" + uid
	r.out.Header().Set("Location", where)
	r.out.Header().Set("Content-Location", where)
	r.out.WriteHeader(http.StatusCreated)
	return nil
}

// workitemOf finds the item of the path.
func (s *Service) workitemOf(r *request) (*workitem, *refusal) {
	if !part10.ValidUID(r.path[1]) {
		return nil, badRequest("%s", part10.UIDText("WorkitemInstanceUid"))
	}
	if item := s.worklist.items[r.path[1]]; item != nil {
		return item, nil
	}
	return nil, refuse(http.StatusNotFound, "The workitem instance is not found.")
}

// shown leaves out the transaction UID, which only the owner may know.
func (w *workitem) shown() part10.Attributes {
	out := maps.Clone(w.attributes)
	delete(out, transactionUID)
	return out
}

func (s *Service) readWorkitem(r *request) *refusal {
	item, refused := s.workitemOf(r)
	if refused != nil {
		return refused
	}
	return r.answer(http.StatusOK, dicomJSON, []part10.Attributes{item.shown()})
}

// updateWorkitem changes attributes: of a scheduled item by anyone, of a claimed
// one with the transaction UID, of a finished one not at all.
func (s *Service) updateWorkitem(r *request) *refusal {
	d, refused := r.dataset(true)
	if refused != nil {
		return refused
	}
	item, refused := s.workitemOf(r)
	if refused != nil {
		return refused
	}
	state, sent := item.state(), r.queryUID()
	switch {
	case state == canceled || state == completed:
		return badRequest("The workitem is in the state %s and cannot be updated.", state)
	case state == scheduled && sent != "":
		return badRequest("A workitem in the state SCHEDULED has no Transaction UID.")
	case state == inProgress && sent != item.transaction:
		return badRequest("The Transaction UID is missing or is not that of the workitem.")
	}
	for _, tag := range []part10.Tag{stepState, transactionUID, part10.SOPInstanceUID, part10.SOPClassUID} {
		if _, set := d[tag]; set {
			return badRequest("The attribute '%s' cannot be updated.", tag.Paren())
		}
	}
	maps.Copy(item.attributes, d)
	r.out.WriteHeader(http.StatusOK)
	return nil
}

// changeWorkitem claims, completes or cancels an item.
// Source: DICOM PS3.4 table CC.1.1-2.
func (s *Service) changeWorkitem(r *request) *refusal {
	d, refused := r.dataset(true)
	if refused != nil {
		return refused
	}
	item, refused := s.workitemOf(r)
	if refused != nil {
		return refused
	}
	sent, wanted := d[transactionUID].First(), d[stepState].First()
	switch state := item.state(); {
	case sent == "":
		return badRequest("The required tag '%s' is missing.", transactionUID.Paren())
	case wanted != inProgress && wanted != completed && wanted != canceled:
		return badRequest("The state '%s' cannot be requested.", wanted)
	case state == wanted && state != inProgress:
		r.out.Header().Set("Warning", warning(r, state))
		r.out.WriteHeader(http.StatusOK)
		return nil
	case state == scheduled && wanted == inProgress:
		item.transaction = sent
	case state == inProgress && wanted != inProgress && sent == item.transaction:
	case state == inProgress && sent != item.transaction:
		return badRequest("The Transaction UID is not that of the workitem.")
	default:
		return refuse(http.StatusConflict, "The workitem is in the state %s and cannot become %s.", state, wanted)
	}
	item.setState(wanted)
	r.out.WriteHeader(http.StatusOK)
	return nil
}

func warning(r *request, state string) string {
	return "299 " + r.Host + ": The UPS is already in the requested state of " + state + "."
}

// cancelWorkitem cancels an item that nobody has claimed.
func (s *Service) cancelWorkitem(r *request) *refusal {
	if _, refused := r.dataset(false); refused != nil {
		return refused
	}
	item, refused := s.workitemOf(r)
	if refused != nil {
		return refused
	}
	switch state := item.state(); state {
	case scheduled:
		item.setState(canceled)
		r.out.WriteHeader(http.StatusAccepted)
		return nil
	case canceled:
		no := refuse(http.StatusConflict, "The workitem is already canceled.")
		no.header = map[string]string{"Warning": warning(r, canceled)}
		return no
	default:
		return refuse(http.StatusConflict, "The workitem is in the state %s and cannot be canceled by request.", state)
	}
}

// searchWorkitems answers with whole items, newest first, or 204. Attributes in
// sequences are named with a point, as 0040A370.00080050.
// Source: the v2 conformance statement, "Search Workitems".
func (s *Service) searchWorkitems(r *request) *refusal {
	w, refused := parseWindow(r, defaultResults, mostResults)
	if refused != nil {
		return refused
	}
	conditions, refused := s.workitemConditions(r)
	if refused != nil {
		return refused
	}
	var out []part10.Attributes
	for _, item := range slices.Backward(s.worklist.order) {
		if !slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(item.attributes) }) {
			out = append(out, item.shown())
		}
	}
	out = out[min(w.offset, len(out)):]
	if out = out[:min(w.limit, len(out))]; len(out) == 0 {
		r.out.WriteHeader(http.StatusNoContent)
		return nil
	}
	return r.answer(http.StatusOK, dicomJSON, out)
}

// condition is a path of tags and the value, or range, that is wanted at its end.
type condition struct {
	path  []part10.Tag
	value string
	fuzzy bool
}

// workitemKeys are the attributes that worklist items can be searched by.
func workitemKeys() []string {
	return []string{"00100010", "00100020", "0040A370.00080050", "0040A370.00401001", "00404005", "00404025.00080100",
		"00404026.00080100", "00404027.00080100", "00741000", "0020000D"}
}

func (s *Service) workitemConditions(r *request) ([]condition, *refusal) {
	var out []condition
	fuzzy, _ := r.value("fuzzymatching")
	yes, _ := strconv.ParseBool(strings.ToLower(fuzzy))
	for _, p := range r.query {
		switch strings.ToLower(p.Name) {
		case "limit", "offset", "includefield", "fuzzymatching":
			continue
		}
		c := condition{value: p.Value, fuzzy: yes}
		var names []string
		for part := range strings.SplitSeq(p.Name, ".") {
			tag, ok := s.store.words.Parse(part)
			if !ok {
				return nil, badRequest("Invalid query: unknown query parameter '%s'.", p.Name)
			}
			c.path, names = append(c.path, tag), append(names, tag.String())
		}
		if !slices.Contains(workitemKeys(), strings.Join(names, ".")) {
			return nil, badRequest("Invalid query: AttributeId %s is not queryable.", p.Name)
		}
		if strings.TrimSpace(p.Value) == "" {
			return nil, badRequest("Invalid query: AttributeId '%s' has empty string value that is not supported.", p.Name)
		}
		out = append(out, c)
	}
	return out, nil
}

// holds follows the path through the items of sequences.
func (c condition) holds(d part10.Attributes) bool {
	a := d[c.path[0]]
	if len(c.path) == 1 {
		return c.matches(a)
	}
	rest := condition{path: c.path[1:], value: c.value, fuzzy: c.fuzzy}
	return slices.ContainsFunc(a.Value, func(v any) bool {
		data, err := json.Marshal(v)
		var inner part10.Attributes
		return err == nil && json.Unmarshal(data, &inner) == nil && rest.holds(inner)
	})
}

func (c condition) matches(a part10.Attribute) bool {
	first := a.First()
	if a.VR == "PN" && c.fuzzy {
		return !slices.ContainsFunc(words(c.value), func(w string) bool {
			return !slices.ContainsFunc(words(first), func(have string) bool { return strings.HasPrefix(have, w) })
		})
	}
	if low, high, ranged := strings.Cut(c.value, "-"); ranged && a.VR == "DT" {
		return first != "" && first >= low && (high == "" || first <= high+"\x7f")
	}
	return first != "" && wholeForm(a.VR, first) == wholeForm(a.VR, c.value)
}
