package issuer_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hdstest/internal/issuer"
)

// TestSaved: what is saved is read again, and gives the same key without a connection.
func TestSaved(t *testing.T) {
	a := newAuthority(t, "k1", "k2")
	live := issuer.Keys(a.Client(), a.URL+"/"+tid)
	saved, err := live.Save(t.Context(), time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC))
	if err != nil || len(saved.Keys) != 2 {
		t.Fatalf("%d keys, %v", len(saved.Keys), err)
	}
	data, err := json.Marshal(saved)
	if err != nil || strings.Contains(string(data), "c2VjcmV0") {
		t.Fatalf("%v, or a symmetric key was saved: %s", err, data)
	}
	a.Close()
	again, err := issuer.ReadSaved(data)
	if err != nil {
		t.Fatal(err)
	}
	keys := again.KeySet("keys.json")
	if key, iss, err := keys.Key(t.Context(), "k2"); err != nil || key == nil || iss != "https://x/{tenantid}/v2.0" {
		t.Errorf("Key(k2) = %v, %q, %v", key, iss, err)
	}
	if _, _, err := keys.Key(t.Context(), "k3"); err == nil || !strings.Contains(err.Error(), "keys.json, saved on 2026-11-27, has no key \"k3\"") {
		t.Errorf("Key(k3): %v", err)
	}
	if keys.URL() != "keys.json" || len(keys.Algorithms()) != 1 {
		t.Errorf("%q, %q", keys.URL(), keys.Algorithms())
	}
}

func TestReadSavedRefuses(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"no JSON":              {"eyJ.x.y", "no key set"},
		"another object":       {`{"access_token":"x"}`, "no key set"},
		"symmetric keys alone": {`{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}`, "no RSA or elliptic key"},
		"a later version":      {`{"schema_version":2,"keys":[]}`, "later version"},
	} {
		if _, err := issuer.ReadSaved([]byte(row.text)); err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
}

// TestSavedFits: keys verify tokens of their own authority only; of a bare key set
// those that would be trusted without it.
func TestSavedFits(t *testing.T) {
	const public = "https://login.microsoftonline.com/"
	own := issuer.Saved{Authority: public + tid}
	for name, c := range map[string]struct {
		saved     issuer.Saved
		iss, with string
		ok        bool
	}{
		"its own v1.0":                {own, "https://sts.windows.net/" + tid + "/", "", true},
		"its own v2.0":                {own, public + tid + "/v2.0", "", true},
		"another tenant":              {own, public + other + "/v2.0", "", false},
		"another host":                {own, "https://evil.example/" + tid + "/v2.0", "", false},
		"bare, of Microsoft":          {issuer.Saved{}, public + other + "/v2.0", "", true},
		"bare, of the profile":        {issuer.Saved{}, "https://localhost:1/" + tid + "/v2.0", "https://localhost:1/" + tid, true},
		"bare, of nobody that counts": {issuer.Saved{}, "https://evil.example/" + tid + "/v2.0", public + tid, false},
		"a broken authority":          {issuer.Saved{Authority: "x"}, public + tid + "/v2.0", "", false},
	} {
		if err := c.saved.Fits(c.iss, c.with); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
