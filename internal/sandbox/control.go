package sandbox

import (
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/arm"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// controlHeader must be on every request that changes the sandbox, so that no
// web page can make a browser send one: a foreign header needs the consent of a
// preflight request, which is never given.
const controlHeader = "X-Hdstest-Sandbox"

//go:embed page.html
var pageSource string

// page is what the root shows.
type page struct {
	Info      Info
	Version   string
	Apps      []appLine
	Scenarios []scenarioLine
	Clock     string
}

type appLine struct{ Name, ClientID, PrincipalID, Roles string }

type scenarioLine struct {
	scenario.Scenario
	On bool
}

// withControl adds what is the sandbox's own to the sign-in host: a page at the
// root and the switches below /_sandbox/.
//
//	GET    /_sandbox/                   what is running, as JSON
//	PUT    /_sandbox/scenarios/{name}   switch a scenario on
//	DELETE /_sandbox/scenarios/{name}   and off
//	PUT    /_sandbox/clock              body: an offset such as 25m or -1h
//	POST   /_sandbox/keys               rotate the signing key
//	DELETE /_sandbox/keys               stop publishing the older keys
func (s *Sandbox) withControl(next http.Handler, o Options) (http.Handler, error) {
	tmpl, err := template.New("page").Parse(pageSource)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", next)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { s.writePage(w, tmpl, o.Version) })
	mux.HandleFunc("GET /_sandbox/{$}", s.writeState)
	mux.HandleFunc("PUT /_sandbox/scenarios/{name}", turning(s.Enable))
	mux.HandleFunc("DELETE /_sandbox/scenarios/{name}", turning(s.Disable))
	mux.HandleFunc("PUT /_sandbox/clock", s.moveClock)
	mux.HandleFunc("POST /_sandbox/keys", s.rotateKeys)
	mux.HandleFunc("DELETE /_sandbox/keys", func(w http.ResponseWriter, _ *http.Request) {
		s.Keys.Drop()
		w.WriteHeader(http.StatusNoContent)
	})
	return guardControl(mux), nil
}

// guardControl refuses control requests that a browser could have been led to.
func guardControl(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := strings.HasPrefix(r.URL.Path, "/_sandbox/")
		host, _, _ := strings.Cut(r.Host, ":")
		switch {
		case control && !slices.Contains([]string{"localhost", "127.0.0.1", "[::1]"}, host) && !strings.HasPrefix(r.Host, "[::1]"):
			http.Error(w, "the sandbox is controlled by its own name only", http.StatusMisdirectedRequest)
		case control && r.Method != http.MethodGet && r.Header.Get(controlHeader) == "":
			http.Error(w, "set the header "+controlHeader+" to change the sandbox", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// turning switches the scenario that the path names.
func turning(turn func(name string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch err := turn(r.PathValue("name")); {
		case errors.Is(err, ErrNoScenario):
			http.Error(w, err.Error()+"; GET /_sandbox/ lists them", http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

func (s *Sandbox) moveClock(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 64))
	offset, err := time.ParseDuration(strings.TrimSpace(string(body)))
	if err != nil {
		http.Error(w, "want an offset such as 25m or -1h: "+err.Error(), http.StatusBadRequest)
		return
	}
	s.Clock.Move(offset)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) rotateKeys(w http.ResponseWriter, _ *http.Request) {
	k, err := keys.Generate(s.Clock.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.Keys.Rotate(k)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sandbox) writeState(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"info": s.info(), "active": s.Scenarios.Active(), "scenarios": scenario.All(), "now": s.Clock.Now().UTC(),
		"under_way": s.busy.count() - 1, // requests besides this one
	})
}

func (s *Sandbox) writePage(w http.ResponseWriter, tmpl *template.Template, version string) {
	p := page{Info: s.info(), Version: version, Clock: s.Clock.Now().UTC().Format(time.RFC1123)}
	s.Directory.View(func(state *directory.State) { p.Apps = appLines(state) })
	active := s.Scenarios.Active()
	for _, one := range scenario.All() {
		p.Scenarios = append(p.Scenarios, scenarioLine{one, slices.Contains(active, one.Name)})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_ = tmpl.Execute(w, p)
}

// appLines lists the tenant's own apps with their roles, by name.
func appLines(state *directory.State) []appLine {
	var lines []appLine
	for _, a := range state.Applications {
		line := appLine{Name: a.DisplayName, ClientID: a.AppID}
		if p := state.PrincipalByAppID(a.AppID); p != nil {
			line.PrincipalID = p.ID
			line.Roles = strings.Join(roleNames(state, p.ID), ", ")
		}
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b appLine) int { return strings.Compare(a.Name+a.ClientID, b.Name+b.ClientID) })
	return lines
}

func roleNames(state *directory.State, principal string) []string {
	var names []string
	for _, a := range state.RoleAssignments {
		if a.PrincipalID != principal {
			continue
		}
		id := roleID(a)
		if role, ok := entra.RoleByName(id); ok {
			names = append(names, role.Name)
		} else if id == arm.RoleOwner {
			names = append(names, "Owner")
		}
	}
	slices.Sort(names)
	return names
}
