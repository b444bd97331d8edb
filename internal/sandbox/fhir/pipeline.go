package fhir

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
)

// answer authenticates a call from outside and runs it.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, in *request) (*response, *refusal) {
	op, refused := s.route(in)
	if refused != nil {
		return nil, refused
	}
	if !op.anonymous {
		caller, problem := s.gate.Authenticate(r)
		if problem != nil {
			w.Header().Set("WWW-Authenticate", s.gate.Challenge(problem))
			no := refuse(http.StatusUnauthorized, "login", "Authentication failed.")
			no.bare = true
			return nil, no
		}
		in.caller = caller
	}
	if op.body != noBody {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return nil, refuse(http.StatusRequestEntityTooLarge, "too-long", "The requested resource exceeded the backing database's size limit.")
		}
		if err != nil {
			return nil, badRequest("Error occurred when parsing model: '%s'.", err)
		}
		in.body = body
	}
	return s.run(op, in)
}

// run does everything that comes after routing and authentication. Entries of a
// bundle begin here, with the lock held.
func (s *Service) run(op operation, in *request) (*response, *refusal) {
	if refused := s.accept(op, in); refused != nil {
		return nil, refused
	}
	if !op.anonymous && !in.allowed(op.needs) {
		return nil, forbidden()
	}
	if refused := in.smart(op); refused != nil {
		return nil, refused
	}
	if !in.bundled {
		if op.writes {
			s.mu.Lock()
			defer s.mu.Unlock()
		} else {
			s.mu.RLock()
			defer s.mu.RUnlock()
		}
	}
	return op.do(in)
}

// accept is the input and format checks: a body that cannot be read, then what
// the operation asks of the headers.
func (s *Service) accept(op operation, in *request) *refusal {
	typeRefused := op.body.checkType(in)
	if op.body == resourceBody && typeRefused == nil {
		d, refused := parseDocument(in.body)
		if refused != nil {
			return refused
		}
		in.document = d
	}
	if op.formats {
		if refused := checkFormats(in); refused != nil {
			return refused
		}
	}
	if typeRefused != nil {
		return typeRefused
	}
	if op.check != nil {
		return op.check(in)
	}
	return nil
}

// allowed tells whether the caller holds one action of each set.
func (r *request) allowed(needs [][]string) bool {
	return !slices.ContainsFunc(needs, func(set []string) bool { return !r.caller.Holds(set...) })
}

func write(w http.ResponseWriter, out *response, contentType string) {
	for name, values := range out.header {
		w.Header()[name] = values
	}
	if len(out.body) > 0 {
		w.Header().Set("Content-Type", cmp.Or(out.plain, contentType))
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body)
}

// failed is an error of the sandbox's own, for example a full disk.
func failed(err error) *refusal {
	return refuse(http.StatusInternalServerError, "exception", "There was an error processing your request. (hdstest sandbox: %s)", err)
}
