package diagnose

import (
	"slices"
	"strings"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/lazyregexp"
)

// subject is the subject of the token that a CI or cluster presents.
func (f *facts) subject() string {
	for _, section := range []string{"ci", "token_request", "token_endpoint"} {
		if s := f.first(section, "subject", "sub", "assertion_sub"); s != "" {
			return s
		}
	}
	for _, n := range f.leaves(identitySections()...) {
		if m := presentedSubject.FindStringSubmatch(n.text()); m != nil {
			return m[1]
		}
	}
	return ""
}

var presentedSubject = lazyregexp.New(`(?i)assertion subject:? '([^']+)'`)

// storedSubjects are those of the app's federated credentials.
func (f *facts) storedSubjects() []string {
	var out []string
	for _, n := range f.named("graph", "subject") {
		out = append(out, n.text())
	}
	return out
}

// subjectDiffers holds when the presented subject equals none of the stored ones,
// in the way asked for.
func subjectDiffers(onlyInCase bool) condition {
	return func(f *facts) ([]string, bool) {
		presented, stored := f.subject(), f.storedSubjects()
		if presented == "" || len(stored) == 0 || slices.Contains(stored, presented) {
			return nil, false
		}
		inCase := slices.ContainsFunc(stored, func(s string) bool { return strings.EqualFold(s, presented) })
		return []string{"presented subject: " + presented, "stored: " + strings.Join(stored, ", ")}, inCase == onlyInCase
	}
}

// otherHome holds when the app's own tenant is known and is not the one asked.
func otherHome(f *facts) ([]string, bool) {
	home, asked := f.first("", homeTenantKeys()...), f.tenant()
	return []string{"the app is of tenant " + home, "the request went to " + asked},
		home != "" && asked != "" && !strings.EqualFold(home, asked)
}

func homeTenantKeys() []string {
	return []string{"app_home_tenant", "home_tenant", "app_tenant", "appOwnerOrganizationId", "app_registered_in_tenant", "app_tenant_id"}
}

// oddClientID is the client id if it is no GUID, also when only the server's text
// names it in quotation marks; else empty.
func (f *facts) oddClientID() string {
	if id := f.clientID(); id != "" && !expect.IsGUID(id) {
		return id
	}
	if f.first("token_request", "client_id") != "" {
		return ""
	}
	for _, n := range f.leaves(identitySections()...) {
		if m := firstQuoted.FindStringSubmatch(n.text()); m != nil && !expect.IsGUID(m[1]) && looksPlaceholder(m[1]) {
			return m[1]
		}
	}
	return ""
}

var (
	firstQuoted = lazyregexp.New(`^[^']*'([^']+)'`)
	placeholder = lazyregexp.New(`(?i)^<.*>$|^\[.*\]$|^\{.*\}$|your[-_ ]|^(enter|insert|replace|paste|put|add)[-_ ]|change[-_ ]?me|client[-_ ]?id|xxxx|_here$`)
)

func looksPlaceholder(text string) bool { return placeholder.MatchString(text) }
