package signin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hdstest/internal/signin"
)

// pages is a sign-in in two steps that ends on /done.
func pages(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /start", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
		fmt.Fprint(w, `<form method="post" action="check?x=1"><input type=hidden name=flow value="f&amp;1">
			<input name=user><input name=pw type=password><button>Go</button></form>`)
	})
	mux.HandleFunc("POST /check", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil || r.PostFormValue("flow") != "f&1" || r.PostFormValue("pw") != "right" {
			fmt.Fprint(w, `<form method=post action="check"><input type=password name=pw></form>`)
			return
		}
		fmt.Fprint(w, `<form method=post action=consent><button name=answer value=no>No</button><button name=answer value=yes>Yes</button></form>`)
	})
	mux.HandleFunc("POST /consent", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/done?answer="+r.PostFormValue("answer"), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>done") })
	mux.HandleFunc("GET /loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	return s
}

func client(s *httptest.Server) *http.Client {
	c := s.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

func TestOpen(t *testing.T) {
	s := pages(t)
	p := signin.Person{HTTP: client(s), Fields: map[string]string{"user": "u", "pw": "right"}, Press: []string{"yes"}}
	at, page, err := p.Open(context.Background(), s.URL+"/start")
	if err != nil {
		t.Fatal(err)
	}
	if at.RequestURI() != "/done?answer=yes" || !strings.Contains(page, "done") {
		t.Errorf("ended at %s with %q", at, page)
	}
}

func TestOpenRefused(t *testing.T) {
	s := pages(t)
	for name, tc := range map[string]struct{ path, password, want string }{
		"wrong password":  {"/start", "wrong", "same answers again"},
		"endless":         {"/loop", "", "no end"},
		"no such address": {"/start\x7f", "", "open the sign-in address"},
	} {
		t.Run(name, func(t *testing.T) {
			p := signin.Person{HTTP: client(s), Fields: map[string]string{"pw": tc.password}}
			if _, _, err := p.Open(context.Background(), s.URL+tc.path); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Open() = %v, want %q in the error", err, tc.want)
			}
		})
	}
}
