//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// twoServices are profiles of one app that write to the sandbox's FHIR service.
const twoServices = `profiles:
  dev: {tenant_id: %[1]s, client_id: %[2]s, client_secret_env: APP_SECRET, fhir: {url: "%[3]s"}}
  test: {tenant_id: %[1]s, client_id: %[2]s, client_secret_env: APP_SECRET, fhir: {url: "%[3]s"}}
`

// meeting holds the creations of patients until there are two under way and more
// has happened, and then lets nobody remove the first one.
type meeting struct {
	onwards http.Handler
	both    func() // is called when two are under way, and waits for what is to happen then

	mu    sync.Mutex
	begun int
	here  chan struct{}
	ids   []string
}

func (m *meeting) answer(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/Patient":
		m.arrive()
		answer := httptest.NewRecorder()
		m.onwards.ServeHTTP(answer, r)
		m.note(answer.Body.Bytes())
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
		return true
	case r.Method == http.MethodDelete && m.isFirst(path.Base(r.URL.Path)):
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	return false
}

func (m *meeting) arrive() {
	m.mu.Lock()
	m.begun++
	second := m.begun == 2
	m.mu.Unlock()
	if second {
		m.both()
		close(m.here)
	}
	<-m.here
}

func (m *meeting) note(body []byte) {
	var created struct{ ID string }
	_ = json.Unmarshal(body, &created) // an id that is missing fails the test
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ids = append(m.ids, created.ID)
}

func (m *meeting) isFirst(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.ids) > 0 && m.ids[0] == id
}

// hearing hands on what a program says, and tells when it has said some words.
type hearing struct {
	out   *bytes.Buffer
	words string
	heard chan struct{}
	once  sync.Once
}

func (h *hearing) Write(p []byte) (int, error) {
	n, err := h.out.Write(p)
	if bytes.Contains(h.out.Bytes(), []byte(h.words)) {
		h.once.Do(func() { close(h.heard) })
	}
	return n, err
}

// TestInterruptWhileManyWrite interrupts the program while two services create: what
// both made is removed, and what cannot be is listed with its service and the
// command, which does it.
func TestInterruptWhileManyWrite(t *testing.T) {
	w := newTenant(t)
	i := w.sandbox.Info
	w.write(filepath.Join("config", "hdstest", "config.yaml"), fmt.Sprintf(twoServices, i.TenantID, i.ClientID, i.FHIRURL))
	c, said := w.process("probe", "--all", "--write")
	c.Env = append(c.Env, "APP_SECRET="+i.ClientSecret)
	ear := &hearing{out: said, words: "another interrupt leaves it there", heard: make(chan struct{})}
	c.Stdout, c.Stderr = ear, ear
	m := &meeting{onwards: w.proxy.onwards, here: make(chan struct{}), both: func() {
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		select { // a signal takes its time
		case <-ear.heard:
		case <-time.After(time.Minute):
			t.Error("the program does not say that it was interrupted")
		}
	}}
	w.proxy.answer = m.answer
	code, err := exitCode(c.Run())
	if err != nil || code != 130 || len(m.ids) != 2 {
		t.Fatalf("exit code %d, created %q, %v\n%s", code, m.ids, err, said)
	}
	for _, want := range []string{
		"hdstest: writing synthetic data to 2 services: dev fhir, test fhir, and removing it again\n",
		"hdstest: interrupted: what was created is being removed; another interrupt leaves it there\n",
		"hdstest: 0 of 2 services were settled\n", "is still there: status 500\n",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	command := regexp.MustCompile(`not removed: (dev|test) fhir: .*\n +do next +remove it: curl .*--profile '(dev|test)'.* -X (DELETE) '(.*)'\n`)
	found := command.FindAllStringSubmatch(said.String(), -1)
	if len(found) != 1 || found[0][1] != found[0][2] || found[0][4] != i.FHIRURL+"/Patient/"+m.ids[0] {
		t.Fatalf("leftovers %q, made %q\n%s", found, m.ids, said)
	}
	got := []int{w.fhir(t, http.MethodGet, m.ids[1]), w.fhir(t, http.MethodGet, m.ids[0]), w.fhir(t, found[0][3], m.ids[0]), w.fhir(t, http.MethodGet, m.ids[0])}
	if !slices.Equal(got, []int{410, 200, 204, 410}) {
		t.Errorf("statuses %v", got)
	}
}

// fhir calls the service about a patient, not through the proxy.
func (w *tenant) fhir(t *testing.T, method, id string) int {
	t.Helper()
	token, said := w.process("token", "--service", "fhir", "--profile", "dev")
	token.Env = append(token.Env, "APP_SECRET="+w.sandbox.Info.ClientSecret)
	token.Stderr = io.Discard
	if err := token.Run(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(method, w.sandbox.Info.FHIRURL+"/Patient/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(said.Bytes())))
	answer, err := w.proxy.onwards.Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode
}
