package acquire_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// forms lists the encodings in which a secret could show.
func forms(s string) []string {
	quoted, _ := json.Marshal(s)
	b := []byte(s)
	return []string{s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(quoted), `"`), html.EscapeString(s), hex.EncodeToString(b),
		base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b)}
}

// texts lists everything that a caller could print of an outcome: each error of
// the chain in several verbs, the evidence of both, the trace.
func texts(t *testing.T, err error, b evidence.Bundle, trace string) map[string]string {
	t.Helper()
	out := map[string]string{"trace": trace}
	for depth, e := 0, err; e != nil; depth, e = depth+1, errors.Unwrap(e) {
		out[fmt.Sprintf("error %d", depth)] = fmt.Sprintf("%v %+v %#v %q", e, e, e, e)
		var p *problem.Error
		if errors.As(e, &p) && p.Evidence != nil {
			text, err := json.Marshal(p.Evidence)
			if err != nil {
				t.Fatal(err)
			}
			out["evidence of the error"] = string(text)
		}
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	out["evidence"] = string(text)
	return out
}

// noSecret fails if the canary, in any encoding, or a token is in the texts.
func noSecret(t *testing.T, texts map[string]string) {
	t.Helper()
	for where, text := range texts {
		for _, form := range append(forms(canary), forms(strings.TrimSpace(canary))...) {
			if strings.Contains(text, form) {
				t.Errorf("%s holds the secret as %q:\n%s", where, form, text)
			}
		}
		if strings.Contains(text, "c4nary") || strings.Contains(text, "alice") {
			t.Errorf("%s holds a token, a code or a person:\n%s", where, text)
		}
	}
}

func TestCanarySearchCanFail(t *testing.T) {
	for _, form := range forms(canary) {
		found := false
		for _, f := range forms(canary) {
			found = found || strings.Contains("x"+form+"y", f)
		}
		if !found {
			t.Errorf("the form %q is not searched for", form)
		}
	}
}
