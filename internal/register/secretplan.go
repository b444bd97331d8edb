package register

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// planSecret keeps one secret and makes one only if none is of use.
func (p planner) planSecret(context.Context) error {
	want := p.spec.Secret
	if want == nil {
		return nil
	}
	p.planDiscard()
	p.keep = p.usable()
	s := Step{ID: "secret", What: fmt.Sprintf("client secret %q", want.name())}
	if p.keep != nil {
		s.Action, s.Old, s.Note = ActionKeep, fmt.Sprintf("secret ID %s, until %s", p.keep.KeyID, day(p.keep.Ends)), p.publicNote("a secret")
		p.add(s)
		p.planRetire()
		return nil
	}
	start, end := want.span(p.now())
	p.addSecret = true
	s.Action, s.New, s.Needs, s.Note = ActionCreate, fmt.Sprintf("%d days, until %s", int(end.Sub(start)/Day), day(end)), needApps, p.publicNote("a secret")
	if end.Sub(start) < Day {
		s.New = fmt.Sprintf("%s, until %s", end.Sub(start), day(end))
	}
	if start.After(p.now()) {
		s.New = "from " + day(start) + ", " + s.New
	}
	p.add(s)
	p.planRetire()
	return nil
}

// planRetire finds the secrets that the new one replaces, among those that are
// known to be ours. All others stay, which the plan says.
func (p planner) planRetire() {
	want := p.spec.Secret
	if p.app == nil || want.Retire == nil && !want.New {
		return
	}
	for _, have := range p.app.Secrets {
		if slices.Contains(p.discard, have.KeyID) || p.keep != nil && p.keep.KeyID == have.KeyID {
			continue
		}
		s := Step{ID: "secret." + have.KeyID, What: fmt.Sprintf("client secret %q", have.Name), Old: fmt.Sprintf("secret ID %s, until %s", have.KeyID, day(have.Ends))}
		if slices.ContainsFunc(want.Retire, func(id string) bool { return strings.EqualFold(id, have.KeyID) }) {
			s.Action, s.Needs, s.Note = ActionRemove, needApps, "once the new one has worked: until then both are good"
			p.retire = append(p.retire, have)
		} else {
			s.Action, s.Note = ActionKeep, "not known to be ours: it stays until somebody removes it"
		}
		p.add(s)
	}
}

// planDiscard finds secrets that an unfinished run made and whose value is lost:
// those of its ledger but the one whose value is known.
func (p planner) planDiscard() {
	if p.app == nil {
		return
	}
	for _, m := range p.spec.Resume {
		if m.Kind != KindSecret || m.State == Refused || m.Of != p.app.ID {
			continue
		}
		for _, have := range p.app.Secrets {
			lost := have.KeyID == m.ID || m.ID == "" && have.Name == m.Name && have.Ends.Equal(value(m.Ends))
			if lost && !strings.EqualFold(have.KeyID, p.spec.Secret.Have) && !slices.Contains(p.discard, have.KeyID) {
				p.discard = append(p.discard, have.KeyID)
				p.add(Step{ID: "secret." + have.KeyID, Action: ActionRemove, What: fmt.Sprintf("client secret %q", have.Name),
					Old: "secret ID " + have.KeyID, Needs: needApps, Note: "made by an unfinished run; nobody has its value"})
			}
		}
	}
}

// usable is the secret that makes another unnecessary.
func (p planner) usable() *password {
	want := p.spec.Secret
	if want.New || p.app == nil {
		return nil
	}
	for _, s := range p.app.Secrets {
		named := want.Have == "" && s.Name == want.name() || want.Have != "" && strings.EqualFold(s.KeyID, want.Have)
		if named && s.Ends.After(p.now()) && !slices.Contains(p.discard, s.KeyID) {
			return &s
		}
	}
	return nil
}
