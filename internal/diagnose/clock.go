package diagnose

import (
	"math"
	"slices"
	"strings"
	"time"

	"hdstest/internal/lazyregexp"
)

// skew is how far this machine's clock is ahead of a server's, in seconds.
func (f *facts) skew() (float64, bool) {
	for _, n := range f.nodes {
		if n.section() == "clock" && (strings.Contains(n.last(), "skew") || strings.Contains(n.last(), "minusserver") || strings.Contains(n.last(), "offsetseconds")) {
			if s, ok := n.number(); ok {
				return s, true
			}
		}
	}
	return 0, false
}

// clockWrong holds when the clock is off by more than five minutes, what
// Microsoft's libraries let pass.
func clockWrong(f *facts) ([]string, bool) {
	s, ok := f.skew()
	return []string{"clock: " + f.skewText() + " s from the server's"}, ok && math.Abs(s) > 300
}

// clockRight holds when the clock is known to agree with the server's.
func clockRight(f *facts) ([]string, bool) {
	s, ok := f.skew()
	return []string{"clock: agrees with the server's"}, ok && math.Abs(s) <= 300
}

// age is the least age in seconds that the evidence gives for what was made:
// app, service principal, secret, role assignment.
func (f *facts) age(words ...string) (float64, bool) {
	least, found := 0.0, false
	for _, n := range f.nodes {
		key := n.last()
		if !strings.Contains(key, "age") || !strings.Contains(key, "second") {
			continue
		}
		if len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.Join(n.path, "."), w) }) {
			continue
		}
		if s, ok := n.number(); ok && (!found || s < least) {
			least, found = s, true
		}
	}
	return least, found
}

// younger holds when what the words name is younger than the seconds.
func younger(seconds float64, words ...string) condition {
	return func(f *facts) ([]string, bool) {
		s, ok := f.age(words...)
		return []string{"made or given only " + (time.Duration(s) * time.Second).String() + " before"}, ok && s < seconds
	}
}

// assertionTimes finds when an assertion ended and what the server's time was,
// from its claims or the server's text.
func (f *facts) assertionTimes() (end, now time.Time, ok bool) {
	for _, n := range f.leaves("token_endpoint", "authorize_endpoint", "error", "message") {
		text := n.text()
		e, c := after(text, expiryText), after(text, currentText)
		if !e.IsZero() && !c.IsZero() {
			return e, c, true
		}
	}
	if n, found := f.at("token_request", "client_assertion_claims", "exp"); found {
		if exp, isNumber := n.number(); isNumber && f.b.Now != nil {
			server := *f.b.Now
			if s, known := f.skew(); known {
				server = server.Add(-time.Duration(s) * time.Second)
			}
			return time.Unix(int64(exp), 0), server, true
		}
	}
	return end, now, false
}

var (
	expiryText  = lazyregexp.New(`(?i)expir\w* time of assertion\W+([0-9TZ:.+-]+)`)
	currentText = lazyregexp.New(`(?i)current time\W+([0-9TZ:.+-]+)`)
)

func after(text string, re *lazyregexp.Regexp) time.Time {
	m := re.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}
	}
	stamp := strings.TrimRight(m[1], ".;,")
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return time.Time{}
	}
	return t
}

// offByZone holds when an assertion ended whole hours, less its own life of up
// to ten minutes, before the server's time: a time zone's width.
func offByZone(f *facts) ([]string, bool) {
	end, now, ok := f.assertionTimes()
	if !ok {
		return nil, false
	}
	late := now.Sub(end)
	rest := (late%time.Hour + time.Hour) % time.Hour
	near := rest >= 50*time.Minute || rest <= 30*time.Second
	return []string{"the assertion ended " + late.String() + " before the server's time"}, late > 40*time.Minute && late < 15*time.Hour && near
}

// endedBefore holds when an assertion ended before the server's time.
func endedBefore(f *facts) ([]string, bool) {
	end, now, ok := f.assertionTimes()
	if !ok || !end.Before(now) {
		return nil, false
	}
	return []string{"the assertion ended " + now.Sub(end).String() + " before the server's time"}, true
}
