package register

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/entra"
)

// usualRedirects completes the wish for a public client of ours that names no
// redirect address.
func (p planner) usualRedirects() {
	if value(p.spec.Public) && p.spec.Redirects == nil && (p.app == nil || p.app.ours()) {
		p.spec.Redirects = UsualRedirects()
	}
}

// blank is the app before it is made: its audience and flows are sent along in
// any case, the rest as changes.
func (p Plan) blank() application {
	return application{Tags: []string{tag}, Audience: p.spec.audience(), Public: value(p.spec.Public)}
}

// planProperties has a line for each property: what changes, and what is so
// already, as far as it is asked for.
func (p planner) planProperties() {
	have := p.blank()
	if p.app != nil {
		have = *p.app
	}
	for _, f := range []string{fieldAudience, fieldVersion, fieldPublic, redirectField(Web), redirectField(Public), redirectField(SPA)} {
		i := slices.IndexFunc(p.changes, func(c Change) bool { return c.Field == f })
		s := Step{ID: "application." + f, What: fieldName(f)}
		switch wanted := p.spec.wants(f, have); {
		case i >= 0:
			c := p.changes[i]
			s.Action, s.Needs, s.Old, s.New, s.Note = p.changeAction(), needApps, shown(f, c.Removed), shown(f, c.Added), fieldNote(c)
		case wanted == nil:
			continue
		case p.app == nil: // goes along with the new app
			s.Action, s.Needs, s.New = ActionCreate, needApps, shown(f, wanted)
		default:
			s.Action, s.Old = ActionKeep, shown(f, wanted)
		}
		p.add(s)
	}
}

// wants is what a property of an app should hold, as Graph writes it; nil:
// nothing is asked for.
func (s Spec) wants(field string, have application) []string {
	switch field {
	case fieldAudience:
		return []string{have.Audience}
	case fieldPublic:
		return []string{fmt.Sprint(have.Public)}
	}
	var uris []string
	for _, r := range s.Redirects {
		if redirectField(r.Platform) == field {
			uris = append(uris, r.URI)
		}
	}
	return uris
}

// shown writes a property's values for a person.
func shown(field string, values []string) string {
	switch t, known := entra.AccountTypeByName(last(values)); {
	case field == fieldAudience && known:
		return fmt.Sprintf("%s (%s)", t.Name, t.Audience)
	case field == fieldPublic && values != nil:
		return map[string]string{"true": "allowed", "false": "off"}[last(values)]
	}
	return strings.Join(values, " ")
}

func fieldName(f string) string {
	switch f {
	case fieldPublic:
		return "public client flows"
	case fieldAudience:
		return "account types"
	case fieldVersion:
		return "version of the app's own tokens"
	case redirectField(Web):
		return "redirect URIs (web)"
	case redirectField(Public):
		return "redirect URIs (mobile and desktop)"
	case redirectField(SPA):
		return "redirect URIs (single-page)"
	}
	return f
}

func fieldNote(c Change) string {
	if c.Field == fieldVersion {
		return "apps for personal accounts must have version 2"
	}
	for _, p := range []Platform{Web, Public, SPA} {
		if c.Field == redirectField(p) && c.Added == nil {
			return "moved: a URI stands under one platform only"
		}
		if c.Field == redirectField(p) {
			return p.implies()
		}
	}
	return ""
}
