package main

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/zalando/go-keyring"

	"hdstest/internal/tokencache"
)

// TestKeyring: an empty keyring says so in the cache's words, and what was set
// comes back.
func TestKeyring(t *testing.T) {
	keyring.MockInit()
	var k keyringKey
	if _, err := k.Get(); !errors.Is(err, tokencache.ErrNoKey) {
		t.Errorf("empty: %v", err)
	}
	want := bytes.Repeat([]byte{0, 255}, 16)
	if err := k.Set(want); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Get(); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v", got, err)
	}
}

// TestNoSessionBus: without one no keyring is tried.
func TestNoSessionBus(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the keyring of this system needs no session bus")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	if systemKeyring() != nil {
		t.Error("a keyring is tried without a session bus")
	}
}
