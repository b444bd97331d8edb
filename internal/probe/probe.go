// Package probe sends the requests of the catalogue to one FHIR or DICOM
// service and notes, for each, what was expected and what came.
//
// [Run] goes in this order: the request that tells what kind of server this is;
// all others that stand alone, side by side; the requests that change data, one
// after the other; and at the end, also after an interrupt, the removal of what
// was created, and a look whether the requests that must have no effect had none.
// What could not be removed comes back as [Leftover].
//
// What it holds to:
//   - It changes no data unless [Options].Write is set. Requests that are harmless
//     only on Azure Health Data Services go nowhere else.
//   - The token goes to the configured origin, in a header, and nowhere else. A
//     redirect or a link elsewhere is noted, not followed.
//   - Bodies of answers are read, compared and forgotten. Only error texts and
//     codes stay, cut to a length.
//
// It does not get the token, look into it, judge what came (package judge) or
// say what to do about it (package diagnose).
package probe

import (
	"context"
	"io"
	"net/http"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/evidence"
	"hdstest/internal/secret"
)

// Target is the service to probe.
type Target struct {
	Service string // catalogue.FHIR or catalogue.DICOM
	BaseURL string // https://host, for DICOM with the version: https://host/v2
	// Token gives the access token. It is called once in a run, and not at all if
	// no request needs it; nil stands for "there is no token".
	Token func(context.Context) (secret.Value, error)
	// Anonymous sends every request without a token, for a server that asks for
	// none. Token is not called then.
	Anonymous bool
}

// Options says what to send and how.
type Options struct {
	HTTP *http.Client     // must not follow redirects
	Now  func() time.Time // the clock
	Rand io.Reader        // for the UIDs and the mark of this run
	Vars catalogue.Vars   // values of variables; those of a run are made up where absent
	// Write lets requests that create, change or delete be sent.
	Write bool
	// AssumeAHDS takes the server for Azure Health Data Services, whatever it says.
	AssumeAHDS bool
	// Only and Skip choose by id, group, or the first parts of either:
	// fhir.patient is fhir.patient.read and all others of it. No Only means all.
	Only, Skip []string
	// Concurrency is how many requests may be under way at once; 0 means 4.
	Concurrency int
	// Progress is called after each request, never by two goroutines at once.
	Progress func(done, total int, title string)
	// Body is given every body that comes, whole up to the limit and with the token
	// taken out, never by two goroutines at once; nil: nobody sees one. It may hold
	// data of patients: nothing else keeps it.
	Body func(q catalogue.Request, status int, mediaType string, body []byte)
	// Brake is shared by runs that follow each other, so that a wish of the service to
	// be left alone outlives the run to which it was told; nil: this run has its own.
	Brake *Brake
	// Sleep waits before a request is repeated; nil means a timer.
	Sleep func(context.Context, time.Duration) error
	// CleanupTime is the time for removing what was created; 0 means 30 s. It runs
	// on after the context has ended.
	CleanupTime time.Duration
}

// Outcome is what became of one request.
type Outcome struct {
	Request  catalogue.Request
	Skipped  string // why it was not sent; empty if it was
	Way      Way    // what would have it sent, if anything of the person's would
	Evidence evidence.Bundle
	Began    time.Time // when it was sent; zero if it was not
	Duration time.Duration
	Passed   bool // sent, and the answer is as expected
}

// Way is an option that has a request sent, as it is written on a command line.
type Way string

// The ways. A variable that needs a value has its own: --set and its name.
const (
	WayWrite  Way = "--write"
	WayAssume Way = "--assume-ahds"
)

// Leftover is something that the run created and could not remove. The request
// Method URL, with a token, removes it. Find is true if the answer to its
// creation was lost: then URL is a search that shows whether there is anything.
type Leftover struct {
	Request string // id of the request that created it
	Method  string
	URL     string
	Find    bool
	Status  int    // of the answer to the request; 0: none came
	Reason  string // why it is still there
	// Unmeant is true for what a request that must have no effect made all the
	// same; Removed if it is gone again.
	Unmeant, Removed bool
}

// Run sends the requests, in the order given, and returns an outcome for each
// that Only and Skip leave. Failed expectations are outcomes, not errors.
//
// The error is a usage error for a target or selection that makes no sense, the
// token's error if there is none to be had, a *problem.Error of kind Unreachable
// if the first request got no connection (then nothing else was sent), or the
// context's. Outcomes and leftovers are valid in every case.
func Run(ctx context.Context, t Target, requests []catalogue.Request, o Options) ([]Outcome, []Leftover, error) {
	r, err := newRunner(t, requests, o)
	if err != nil {
		return nil, nil, err
	}
	r.identify(ctx)
	r.standalone(ctx)
	r.chain(ctx)
	leftovers := append(r.cleanup(ctx), r.verify(ctx)...)
	return r.finish(ctx, leftovers)
}
