package sandbox

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestIdentityIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	now := time.Now()
	first, err := loadIdentity(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loadIdentity(dir, now)
	if err != nil || *again != *first {
		t.Errorf("the second load differs from the first: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, identityFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the kept file: %v, %v", info.Mode(), err)
	}
	if later, err := loadIdentity(dir, now.Add(certificateLife)); err != nil || later.TenantID == first.TenantID {
		t.Errorf("an identity whose certificates have ended is used on: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, identityFile), []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if mended, err := loadIdentity(dir, now); err != nil || mended.TenantID == "" {
		t.Errorf("a broken file is fatal: %v", err)
	}
}

// TestIdentityRace starts several first runs at once: all must end with one identity.
func TestIdentityRace(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	seen := map[string]bool{}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			id, err := loadIdentity(dir, time.Now())
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			seen[id.TenantID] = true
		})
	}
	wait.Wait()
	if len(seen) != 1 {
		t.Errorf("%d identities came out of one state folder", len(seen))
	}
}

func TestMarks(t *testing.T) {
	if id := newID(); !regexp.MustCompile(`^5a4db0c5-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("newID() = %q is no marked GUID of version 4", id)
	}
	if s := newSecret(); !strings.HasPrefix(s, "sandbox~") || len(s) < 32 {
		t.Errorf("newSecret() = %q", s)
	}
}

// TestCAVouchesForLocalhostOnly proves the name constraints: the CA's key is gone,
// so a leaf for another name is made with a key pair of the same constraints.
func TestCAVouchesForLocalhostOnly(t *testing.T) {
	made, err := makeTLS(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode([]byte(made.Authority))
	if block.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Errorf("more than the CA's certificate is kept: %q, %q", block.Type, rest)
	}
	authority, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !authority.PermittedDNSDomainsCritical || len(authority.PermittedDNSDomains) != 1 || !authority.MaxPathLenZero {
		t.Errorf("the CA is not constrained: %v", authority.PermittedDNSDomains)
	}
	_, rest = pem.Decode([]byte(made.Server))
	leafBlock, _ := pem.Decode(rest)
	leaf, err := x509.ParseCertificate(leafBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	for name, ok := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "login.microsoftonline.com": false} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	leaf.DNSNames = append(leaf.DNSNames, "login.microsoftonline.com")
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "login.microsoftonline.com"}); err == nil {
		t.Error("a certificate for another name is accepted under this CA")
	}
}
