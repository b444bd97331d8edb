package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"hdstest/internal/secret"
)

const canary = "c4nary~value"

// holder hides the value in an unexported field, where fmt cannot call its methods.
type holder struct{ v secret.Value }

func TestNoPrintingReachesTheText(t *testing.T) {
	v := secret.New(canary)
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", v, &v, holder{v})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v, "h", holder{v})
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v, "h", holder{v})
	if err := json.NewEncoder(&out).Encode(map[string]any{"v": v, "h": holder{v}}); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret was printed:\n%s", out.String())
		}
	}
	if !strings.Contains(out.String(), secret.Redacted) {
		t.Errorf("nothing was marked as redacted:\n%s", out.String())
	}
}

func TestRevealAndZero(t *testing.T) {
	if got := secret.New(canary).Reveal(); got != canary {
		t.Errorf("Reveal() = %q, want %q", got, canary)
	}
	if v := secret.New(""); !v.IsZero() || v.Reveal() != "" || v.String() != "" {
		t.Errorf("the empty text is a secret: %#v", v)
	}
}

func TestScrub(t *testing.T) {
	got := secret.Scrub("sent "+canary+" twice "+canary, secret.New(canary), secret.Value{})
	if want := "sent [redacted] twice [redacted]"; got != want {
		t.Errorf("Scrub() = %q, want %q", got, want)
	}
}

func TestScrubForms(t *testing.T) {
	const odd = "p+w&r=d %2F\"'<\\"
	quoted, err := json.Marshal(odd)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{odd, url.QueryEscape(odd), string(quoted), base64.StdEncoding.EncodeToString([]byte(odd)), hex.EncodeToString([]byte(odd))} {
		if got := secret.ScrubForms("a "+form+" b", secret.New(odd)); strings.Contains(got, strings.Trim(form, `"`)) || !strings.Contains(got, secret.Redacted) {
			t.Errorf("%q came out as %q", form, got)
		}
	}
	for _, before := range []string{"", "a", "ab", "client:"} {
		basic := base64.StdEncoding.EncodeToString([]byte(before + odd + "x"))
		if got := secret.ScrubForms(basic, secret.New(odd)); !strings.Contains(got, secret.Redacted) || len(got) > len(base64.StdEncoding.EncodeToString([]byte(before)))+len(secret.Redacted)+8 {
			t.Errorf("behind %q it came out as %q", before, got)
		}
	}
	if got := secret.ScrubForms("abc", secret.New("abc"), secret.Value{}); got != "abc" {
		t.Errorf("a secret of three letters blanked out %q", got)
	}
}
