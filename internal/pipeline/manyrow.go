package pipeline

import (
	"slices"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/judge"
)

// rowOf sums up what was found on one service. Its texts are copies: they must not
// hold on to bodies of answers.
func rowOf(m Member, r Report, took time.Duration) check.Service {
	s, _ := m.Profile.Service(m.Kind)
	n := check.Count(r.Findings)
	row := check.Service{ID: MemberID(m.Profile.Name, m.Kind), Profile: m.Profile.Name, Service: m.Kind, URL: s.URL, Status: r.Status(), Answer: check.AllGreen,
		Passed: n[check.Pass], Warnings: n[check.Warn], Failed: n[check.Fail], Skipped: n[check.Skip],
		Took: took, Millis: milliseconds(took), Leftovers: Leftovers(r.Findings)}
	row.Fits, row.Assigned, row.Unread = roles(m.Kind, r)
	if len(r.Findings) > 0 && n[check.Skip] == len(r.Findings) { // nothing of it was asked for
		row.Status, row.Answer, row.Seen = check.Skip, check.NotChecked, strings.Clone(r.Findings[0].Seen)
	}
	if f, ok := answer(m.Kind, r.Findings); ok {
		row.Answer, row.Seen, row.Hint, row.Cause = strings.Clone(f.Title), strings.Clone(f.Seen), strings.Clone(f.Hint), strings.Clone(f.Cause)
		row.Expected, row.Source = strings.Clone(f.Expected), strings.Clone(f.Source)
		if Leftovers([]check.Finding{f}) != nil {
			row.Answer = check.LeftBehind
		}
	}
	return row
}

// timed adds where the time went.
func timed(row check.Service, r Report, d *distribution) check.Service {
	row.Token = tokenTime(r.Timings)
	if d == nil {
		return row
	}
	row.DNS, row.Connect, row.TLS = d.way.DNS, d.way.Connect, d.way.TLS
	if p := d.percentiles(); p.Count > 0 {
		p.ID, p.Group, p.Title = row.ID, row.Service, rowTitle(row)
		row.Percentiles = &p
	}
	return row
}

// tokenTime is what the grants of a run took.
func tokenTime(all []check.Timing) (sum float64) {
	for _, t := range all {
		if t.Group == "token" {
			sum += t.Total
		}
	}
	return sum
}

// answer is the finding that says how it stands: the first rung of the ladder that
// is broken, else the first failure, else the first warning. Of a watch that failed
// it is what it waited for, and how that ended.
func answer(kind string, all []check.Finding) (check.Finding, bool) {
	ladder := slices.DeleteFunc(slices.Clone(all), func(f check.Finding) bool { return f.Group != judge.LadderGroup(kind) })
	for _, findings := range [][]check.Finding{ladder, all} {
		if f, broken := judge.FirstBroken(findings); broken {
			return orDisagreement(kind, orEnd(kind, f, all), all), true
		}
	}
	i := slices.IndexFunc(all, func(f check.Finding) bool { return f.Status == check.Warn })
	if i < 0 {
		return check.Finding{}, false
	}
	return all[i], true
}

// orEnd says of a permission that is missing how the watch for it ended, if there was
// one.
func orEnd(kind string, broken check.Finding, all []check.Finding) check.Finding {
	i := slices.IndexFunc(all, func(f check.Finding) bool { return f.ID == watchID(kind) && f.Status == check.Fail })
	if broken.ID != judge.AllowedID(kind) || i < 0 {
		return broken
	}
	broken.Seen, broken.Hint = all[i].Seen, all[i].Hint
	return broken
}

// MemberID is the id of the finding of one service of a run over many.
func MemberID(profile, kind string) string {
	return "probe." + kind + "." + idPart(profile)
}

// idPart is a name as a part of an id.
func idPart(name string) string { return strings.ReplaceAll(name, " ", "-") }

func rowTitle(s check.Service) string { return s.Profile + ": " + serviceTitle(s.Service) }

// leftoverFindings say what is left on a service, each with the command that
// removes it.
func leftoverFindings(s check.Service) []check.Finding {
	var out []check.Finding
	for _, l := range s.Leftovers {
		out = append(out, check.Finding{ID: s.ID + leftoverID, Group: s.Service, Title: s.Profile + ": everything created on " + serviceTitle(s.Service) + " was removed",
			Status: check.Fail, Expected: "nothing left", Seen: s.Profile + " " + s.Service + ": " + l.Seen, Hint: l.Hint})
	}
	return out
}

// rowFinding says in a finding what a row says.
func rowFinding(s check.Service) check.Finding {
	f := check.Finding{ID: s.ID, Group: s.Service, Title: rowTitle(s),
		Status: s.Status, Expected: s.Expected, Seen: s.Answer, Hint: s.Hint, Cause: s.Cause, Source: s.Source, Duration: s.Took}
	if s.Seen != "" {
		f.Seen += ": " + s.Seen
	}
	return f
}
