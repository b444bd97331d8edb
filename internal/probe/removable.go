package probe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/evidence"
)

// removable tells whether what a request creates could be removed again: it sends
// the request that would, for an id that nothing has. Where that is refused, since
// the server has no DELETE or the identity has no right to it, nothing is
// created, and the outcome says why. Each kind of removal is asked for once.
func (r *runner) removable(ctx context.Context, o *Outcome) bool {
	undo, ok := r.byID(o.Request.Undo)
	if o.Request.Effect != catalogue.EffectCreates || !ok {
		return true
	}
	answer, asked := r.rehearsed[undo.ID]
	if !asked {
		answer = r.rehearse(ctx, undo)
		r.rehearsed[undo.ID] = answer
	}
	if answer.ok {
		return true
	}
	if answer.unsent != "" {
		o.Skipped = answer.unsent
		return false
	}
	o.Evidence.Response = &evidence.Response{Expected: "a server that removes again what it is given",
		Mismatch: []string{"it was not sent: " + undo.Method + " " + undo.Path + " of what is not there gives " + answer.seen},
		Extra:    map[string]any{"undo_status": answer.status}}
	o.Duration = 1
	return false
}

// rehearsal is the answer to a removal of what is not there.
type rehearsal struct {
	ok     bool
	status int
	seen   string
	unsent string // why it was never asked for
}

// rehearse asks for the removal of what nothing has: the ids that the run uses
// may be of something by now. UIDs below one another must differ. A UID
// has the form of a FHIR id as well.
func (r *runner) rehearse(ctx context.Context, undo catalogue.Request) rehearsal {
	vars := maps.Clone(r.vars)
	for i, name := range undo.Variables() {
		vars[name] = fmt.Sprintf("%s.%d", vars[catalogue.VarAbsentUID], i+1)
	}
	req, err := r.buildWith(undo, vars)
	if err != nil {
		return rehearsal{seen: err.Error()}
	}
	answer, _, err := r.sendPatiently(ctx, ctx, undo, req)
	if unsent := (*notSentError)(nil); errors.As(err, &unsent) {
		return rehearsal{unsent: heldBack(unsent.err)}
	}
	if errors.Is(err, context.Canceled) {
		return rehearsal{unsent: "interrupted"}
	}
	if err != nil {
		return rehearsal{seen: keptText(err.Error(), r.secrets()...)}
	}
	nothing := append(undo.Nothing, http.StatusOK, http.StatusAccepted, http.StatusNoContent, http.StatusNotFound, http.StatusGone)
	return rehearsal{ok: slices.Contains(nothing, answer.Status), status: answer.Status,
		seen: strings.TrimSpace(fmt.Sprintf("%d %s", answer.Status, http.StatusText(answer.Status)))}
}
