package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"hdstest/internal/entra"
)

var (
	countForm  = regexp.MustCompile(`^([0-9]{1,6}) ?(mo|months?|d|days?|w|weeks?|m)$`)
	countHours = 24 * time.Hour
)

// ParseLifetime reads how long a secret lives: 3, 6, 12 or 24 months as the
// portal counts them (90, 180, 365, 730 days), days or weeks (45d, 2w), or a
// duration with its units (36h). Months are never added to a date: other numbers
// of them are refused, and so is 6m, which would be six minutes. Empty is zero.
func ParseLifetime(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	if m := countForm.FindStringSubmatch(strings.ToLower(text)); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, err
		}
		return counted(n, m[2])
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New("expected " + monthsOffered() + ", days such as 45d, or a time above zero such as 36h")
	}
	return d, nil
}

func counted(n int, unit string) (time.Duration, error) {
	switch {
	case unit == "m":
		return 0, fmt.Errorf("%dm would be minutes: write %dmo for months, or days such as 45d", n, n)
	case n == 0:
		return 0, errors.New("expected a time above zero")
	case strings.HasPrefix(unit, "d"):
		return time.Duration(n) * countHours, nil
	case strings.HasPrefix(unit, "w"):
		return time.Duration(n) * 7 * countHours, nil
	}
	for _, l := range entra.SecretLifetimes() {
		if l.Months == n {
			return time.Duration(l.Days) * countHours, nil
		}
	}
	return 0, fmt.Errorf("months are counted as the portal does: expected %s; write another time in days, such as %dd", monthsOffered(), n*30)
}

// ParseInstant reads a moment: a date (its first second in UTC) or a time as RFC
// 3339 has it. Empty is the zero time.
func ParseInstant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("expected a date such as 2027-01-31 or a time such as 2027-01-31T08:00:00Z")
}
