//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// judge counts what a test asserts about a client's answers.
type judge struct {
	t     *testing.T
	s     sandbox
	steps map[string]line
	done  map[string]bool // steps that were looked at
	n     int
}

func newJudge(t *testing.T, s sandbox, steps map[string]line) *judge {
	return &judge{t: t, s: s, steps: steps, done: map[string]bool{}}
}

// told is what a driver says of a token it got.
type told struct {
	Claims, Header map[string]any
	Type           string
	Cached         bool
	Scopes         []string
	Account        string
	Subject        string
	Seconds        int
}

// that asserts anything.
func (j *judge) that(ok bool, format string, args ...any) {
	j.t.Helper()
	j.n++
	if !ok {
		j.t.Errorf(format, args...)
	}
}

// equal asserts that a value is the expected one.
func (j *judge) equal(what string, got, want any) {
	j.t.Helper()
	j.that(reflect.DeepEqual(got, want), "%s: %#v, want %#v", what, got, want)
}

// contains asserts that each text occurs.
func (j *judge) contains(what, got string, want ...string) {
	j.t.Helper()
	for _, w := range want {
		j.that(strings.Contains(got, w), "%s: %q does not hold %q", what, got, w)
	}
}

// value decodes what a step gave.
func (j *judge) value(step string, into any) bool {
	j.t.Helper()
	l, ok := j.steps[step]
	j.done[step] = true
	j.that(ok && l.Error == nil, "%s: %s", step, l.fault())
	if !ok || l.Error != nil {
		return false
	}
	if err := json.Unmarshal(l.Value, into); err != nil {
		j.t.Errorf("%s: %v in %s", step, err, l.Value)
		return false
	}
	return true
}

func (l line) fault() string {
	if l.Error == nil {
		return "the step did not happen"
	}
	return fmt.Sprintf("%s %v %d: %s %s", l.Error.Class, l.Error.Code, l.Error.Status, l.Error.Message, l.Error.Body)
}

// token asserts that a step gave a token with these claims and returns it.
func (j *judge) token(step string, claims map[string]any) told {
	j.t.Helper()
	var got told
	if !j.value(step, &got) {
		return got
	}
	j.claims(step, got.Claims, claims)
	j.equal(step+": alg", got.Header["alg"], "RS256")
	j.that(got.Seconds > 0, "%s: lives %d s", step, got.Seconds)
	return got
}

func (j *judge) claims(step string, got, want map[string]any) {
	j.t.Helper()
	for name, value := range want {
		if value == nil {
			_, ok := got[name]
			j.that(!ok, "%s: claim %s: %v, want none", step, name, got[name])
			continue
		}
		j.equal(step+": claim "+name, got[name], value)
	}
}

// appClaims are those of an app-only token of the example app for a health
// service: version 1.0 whatever the endpoint, appidacr by the kind of credential,
// neither scp nor another subject than the principal.
// Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference;
// learn.microsoft.com/azure/healthcare-apis/authentication-authorization.
func (s sandbox) appClaims(audience, appidacr string) map[string]any {
	return map[string]any{"aud": audience, "iss": s.Authority + "/", "ver": "1.0", "tid": s.TenantID,
		"appid": s.ClientID, "appidacr": appidacr, "scp": nil, "azp": nil}
}

// userClaims are those of a user's token for a health service.
func (s sandbox) userClaims(audience, client, appidacr, scope string) map[string]any {
	return map[string]any{"aud": audience, "iss": s.Authority + "/", "ver": "1.0", "tid": s.TenantID,
		"appid": client, "appidacr": appidacr, "scp": scope, "upn": s.Username}
}

// refused asserts that a step failed with an OAuth error and names all texts.
func (j *judge) refused(step, code string, texts ...string) {
	j.t.Helper()
	l, ok := j.steps[step]
	j.done[step] = true
	j.that(ok && l.Error != nil, "%s: was not refused: %s", step, l.Value)
	if !ok || l.Error == nil {
		return
	}
	j.equal(step+": code", l.Error.Code, any(code))
	j.contains(step, l.Error.Message, texts...)
}

// all asserts that no step was left out of the judgement.
func (j *judge) all() {
	j.t.Helper()
	for name, l := range j.steps {
		if !j.done[name] {
			j.t.Errorf("step %q was not judged: %s", name, l.Value)
		}
	}
}

// answer is what a step gave, as JSON.
func (j *judge) answer(step string) any {
	j.t.Helper()
	var got any
	j.value(step, &got)
	return got
}

// at asserts on places of an answer: names of members and indexes, joined by slashes.
func (j *judge) at(step string, want map[string]any) any {
	j.t.Helper()
	got := j.answer(step)
	for path, value := range want {
		j.equal(step+": "+path, place(got, path), value)
	}
	return got
}

// place follows a path into decoded JSON; nil where it leads nowhere.
func place(v any, path string) any {
	for _, name := range strings.Split(path, "/") {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[name]
		case []any:
			i, err := strconv.Atoi(name)
			switch {
			case name == "length":
				v = float64(len(inner))
			case err != nil || i >= len(inner):
				return nil
			default:
				v = inner[i]
			}
		default:
			return nil
		}
	}
	return v
}

// denied asserts that a step failed with an HTTP status and a code of the service.
func (j *judge) denied(step string, status int, code string, texts ...string) {
	j.t.Helper()
	j.refused(step, code, texts...)
	if l := j.steps[step]; l.Error != nil {
		j.equal(step+": status", l.Error.Status, status)
	}
}
