package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/problem"
)

// overlay lays sources over each other, the strongest first: the keys of the
// set by the rules for sets, in their own order, the others one by one.
func overlay(single, set []layer) (values map[string]Value, warnings []string, err error) {
	values = map[string]Value{}
	for _, l := range single {
		for name, v := range l.values {
			if k, _ := KeyByName(name); !k.set {
				fill(values, name, v)
			}
		}
	}
	for _, l := range set {
		l, err := l.normal()
		if err != nil {
			return nil, nil, err
		}
		if names := clash(values, l); names != nil && !l.loose {
			warnings = append(warnings, fmt.Sprintf("%s: tenant, client, authority and credential of %s are not used",
				difference(values, l, names), l.title))
			continue
		}
		warnings = append(warnings, l.under(values)...)
	}
	slices.Sort(warnings)
	return values, warnings, nil
}

func fill(values map[string]Value, name string, v Value) {
	if _, ok := values[name]; !ok {
		values[name] = v
	}
}

// clash gives the keys in which the lower source names another tenant, client
// or authority than those above it.
func clash(upper map[string]Value, lower layer) (names []string) {
	for _, name := range []string{TenantID, ClientID, Authority} {
		u, both := upper[name]
		if both && lower.has(name) && !strings.EqualFold(u.Text, lower.text(name)) {
			names = append(names, name)
		}
	}
	return names
}

func difference(upper map[string]Value, lower layer, names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, called(name, lower.values[name])+" differs from "+called(name, upper[name]))
	}
	return and(all)
}

// under adds a source below the given values, and tells which variables of the
// environment go unused because a profile says otherwise.
func (l layer) under(values map[string]Value) (warnings []string) {
	credentials := append(primaryCredentials(), credentialDetails()...)
	taken := chosenCredential(values)
	details := firstOf(values, credentialDetails())
	for _, name := range slices.Sorted(maps.Keys(l.values)) {
		k, _ := KeyByName(name)
		v := l.values[name]
		isCredential := slices.Contains(credentials, name) && !isAuto(name, v)
		switch {
		case !k.set:
			continue
		case isCredential && taken == "" && (details == "" || !slices.Contains(credentialDetails(), name)):
			fill(values, name, v)
			continue
		case !isCredential:
			fill(values, name, v)
		}
		if v.Source.Kind == FromEnvironment && values[name].Text != v.Text {
			warnings = append(warnings, fmt.Sprintf("%s is set, but not used: %s", v.Source, reason(values, name, taken)))
		}
	}
	return warnings
}

// overruled tells which values of a chosen profile the environment replaces.
func overruled(env, profile layer) (warnings []string) {
	for _, name := range slices.Sorted(maps.Keys(profile.values)) {
		v, p := env.values[name], profile.values[name]
		if k, _ := KeyByName(name); !k.set && env.has(name) && v.Text != p.Text {
			warnings = append(warnings, fmt.Sprintf("%s is used in place of %s", v.Source, called(name, p)))
		}
	}
	return warnings
}

func reason(values map[string]Value, name, taken string) string {
	if v, ok := values[name]; ok {
		return called(name, v) + " comes first"
	}
	return called(taken, values[taken]) + " is the credential"
}

func firstOf(values map[string]Value, names []string) string {
	for _, name := range names {
		if _, ok := values[name]; ok {
			return name
		}
	}
	return ""
}

// called names a value by the words with which it was given.
func called(name string, v Value) string {
	if v.Source.Kind == FromFile {
		return fmt.Sprintf("%s (%s)", name, v.Source)
	}
	return v.Source.String()
}

// normal writes a source's authority in one way: https://host in lower case,
// a tenant in its path moved to the tenant's own key, a cloud turned into its
// authority. Two that contradict each other in one source are refused.
func (l layer) normal() (layer, error) {
	out := layer{title: l.title, loose: l.loose, values: maps.Clone(l.values)}
	if v, ok := l.values[Authority]; ok {
		host, tenant, err := splitAuthority(v.Text)
		if err != nil {
			return out, contradiction{problem.Usagef("%s: %w", called(Authority, v), err)}
		}
		if t, named := l.values[TenantID]; tenant != "" && named && !strings.EqualFold(t.Text, tenant) {
			return out, contradiction{problem.Usagef("%s names another tenant than %s", called(Authority, v), called(TenantID, t))}
		}
		if tenant != "" {
			fill(out.values, TenantID, Value{Text: tenant, Source: v.Source})
		}
		out.values[Authority] = Value{Text: host, Source: v.Source}
	}
	if v, ok := l.values[Cloud]; ok {
		c, _ := entra.CloudByName(v.Text)
		if a, named := out.values[Authority]; named && a.Text != c.Authority {
			return out, contradiction{problem.Usagef("%s names another authority than %s", called(Cloud, v), called(Authority, a))}
		}
		out.values[Authority] = Value{Text: c.Authority, Source: v.Source}
	}
	return out, nil
}
