package main

import (
	"encoding/base64"
	"errors"
	"os"
	"runtime"

	"github.com/zalando/go-keyring"

	"hdstest/internal/cli"
	"hdstest/internal/tokencache"
)

// Under these names the key of the token cache lies in the system's keyring.
const (
	keyringService = cli.Name
	keyringEntry   = "token cache"
)

// systemKeyring is the system's keyring: the Keychain, the Credential Manager,
// or the Secret Service; nil where it could not answer: without a session bus
// D-Bus would try to start one.
func systemKeyring() tokencache.Keyring {
	switch runtime.GOOS {
	case "darwin", "windows":
		return keyringKey{}
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return nil
	}
	return keyringKey{}
}

// keyringKey is the one key in the keyring, in base64: keyrings hold texts.
type keyringKey struct{}

// Get reads the key.
func (keyringKey) Get() ([]byte, error) {
	text, err := keyring.Get(keyringService, keyringEntry)
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, tokencache.ErrNoKey
	}
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

// Set writes the key.
func (keyringKey) Set(key []byte) error {
	return keyring.Set(keyringService, keyringEntry, base64.StdEncoding.EncodeToString(key))
}
