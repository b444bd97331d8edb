package diagnose

import (
	"hdstest/internal/causes"
	"hdstest/internal/evidence"
)

// RedirectFault is the cause for which the redirect URI of the evidence would be
// refused by what Graph knows of the app; empty if it is registered, or if that is
// not known.
func RedirectFault(b evidence.Bundle) string {
	f := read(b)
	if _, missing := unregistered(f); !missing {
		return ""
	}
	switch _, near := nearly(f); {
	case holds(f, noneRegistered):
		return "redirect.none"
	case holds(f, postmanBrowser):
		return "redirect.postman_browser"
	case holds(f, loopbackIP):
		return "redirect.loopback_ip"
	case near:
		return "redirect.nearly"
	}
	return "redirect.not_registered"
}

// AssignRole is the command that gives the caller of a token the smallest role for
// a request, reading if none is named; empty where the evidence does not say for
// which kind of service.
func AssignRole(b evidence.Bundle) string {
	f := read(b)
	if plainKind(f.kind()) == "" {
		return ""
	}
	return f.fill(causes.AssignRole)
}

func holds(f *facts, c condition) bool {
	_, ok := c(f)
	return ok
}

// DataRoles lists the caller's data roles for the kind of service; missing tells
// that the assignments are known and none of them is for the data of it.
func DataRoles(b evidence.Bundle) (names []string, missing bool) {
	f := read(b)
	if _, known := f.assignments(); !known {
		return nil, false
	}
	for _, a := range f.callers() {
		if dataRole(f, a) {
			names = append(names, a.role)
		}
	}
	return names, len(names) == 0
}
