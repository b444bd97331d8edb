package fhir

import (
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

// scopeForm is the form of a SMART scope as Entra can hold it: with points, or
// with %2f for the slash, and all for the star.
// Source: microsoft/fhir-server SmartClinicalScopesMiddleware.cs; [AD fhir/configure-identity-providers.md].
var scopeForm = lazyregexp.New(`^(patient|user|system)(?:[./]|%2[fF])(\*|all|[A-Z][A-Za-z]+)\.(\*|all|read|write|c?r?u?d?s?)$`)

// smart limits a caller who holds smart/action (the role FHIR SMART User) to the
// SMART scopes of the token. For all others scopes mean nothing. That a patient
// scope gives only the patient's own data is not modelled: it is a 501.
func (r *request) smart(op operation) *refusal {
	if op.anonymous || len(r.path) == 0 && r.method == "POST" || !r.caller.Holds(entra.ActionSMART) {
		return nil
	}
	typ := ""
	if len(r.path) > 0 && isType(r.path[0]) {
		typ = r.path[0]
	}
	var patient bool
	for _, scope := range append(slices.Clone(r.caller.Scopes), r.caller.Roles...) {
		m := scopeForm.FindStringSubmatch(scope)
		if m == nil || !covers(m[2], typ) || !permits(m[3], op.writes) {
			continue
		}
		if m[1] != "patient" {
			return nil
		}
		patient = true
	}
	if patient {
		return absent("SMART scopes that are limited to one patient")
	}
	return forbidden()
}

func covers(scope, typ string) bool {
	return scope == "*" || scope == "all" || scope == typ && typ != ""
}

func permits(verb string, writes bool) bool {
	switch verb {
	case "*", "all":
		return true
	case "read":
		return !writes
	case "write":
		return writes
	}
	if writes {
		return strings.ContainsAny(verb, "cud")
	}
	return strings.ContainsAny(verb, "rs")
}
