package tokencache_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hdstest/internal/secret"
	"hdstest/internal/tokencache"
)

// Variables by which the test runs itself as one of many processes.
const (
	envDir    = "TOKENCACHE_TEST_DIR"
	envServer = "TOKENCACHE_TEST_SERVER"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envDir); dir != "" {
		os.Exit(oneOfMany(dir, os.Getenv(envServer)))
	}
	os.Exit(m.Run())
}

// oneOfMany is one process: it prints the token.
func oneOfMany(dir, server string) int {
	c := tokencache.Open(tokencache.Options{Dir: dir, Now: time.Now, Rand: rand.Reader,
		Notify: func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }})
	good := func(t tokencache.Token) bool { return time.Until(t.ExpiresOn) > time.Minute }
	got, err := c.Once(context.Background(), key(), good, func(context.Context) (tokencache.Token, error) {
		resp, err := http.Get(server)
		if err != nil {
			return tokencache.Token{}, err
		}
		body, err := io.ReadAll(resp.Body)
		return tokencache.Token{Token: secret.New(string(body)), ExpiresOn: time.Now().Add(time.Hour)}, err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Print(got.Token.Reveal())
	return 0
}

// TestManyProcesses: 32 processes at once make one request, none fails, all have
// the same token, and none has anything to say.
func TestManyProcesses(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, "token-%d", requests.Add(1))
	}))
	defer server.Close()
	dir := t.TempDir() + "/cache"
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			process := exec.CommandContext(t.Context(), self)
			process.Env = append(os.Environ(), envDir+"="+dir, envServer+"="+server.URL)
			var stdout, stderr bytes.Buffer
			process.Stdout, process.Stderr = &stdout, &stderr
			if err := process.Run(); err != nil || stdout.String() != "token-1" || stderr.Len() > 0 {
				t.Errorf("%v, stdout %q, stderr %q", err, &stdout, &stderr)
			}
		})
	}
	wait.Wait()
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}
