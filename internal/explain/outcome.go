package explain

import (
	"net/http"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

var idInWords = lazyregexp.New(`(?i)\b(id|identifier|version) '[^']*'`)

// operationOutcome reads the issues of a FHIR OperationOutcome, without its
// narrative and its references.
//
// Source: hl7.org/fhir/R4/operationoutcome.html.
func operationOutcome(u *Understanding, in input) {
	for _, o := range in.objects {
		if text(o, "resourceType") != "OperationOutcome" {
			continue
		}
		list, _ := o["issue"].([]any)
		issues := []any{}
		var names []string
		for _, v := range list[:min(len(list), 5)] {
			issue, _ := v.(map[string]any)
			kept := map[string]any{"severity": word(text(issue, "severity")), "code": word(text(issue, "code")), "diagnostics": diagnostics(issue)}
			issues = append(issues, kept)
			names = append(names, word(text(issue, "code")))
		}
		if a := u.answer(); a.Status == 0 && len(names) > 0 {
			a.Status = outcomeStatus(names[0])
		}
		u.answer().Body = map[string]any{"resourceType": "OperationOutcome", "issue": issues}
		u.setService("fhir")
		u.say("a FHIR OperationOutcome with the issue " + strings.Join(names, ", "))
		return
	}
}

// outcomeStatus is the status with which an issue's code comes where nothing else
// tells it; 0 for codes that come with several.
//
// Source: Microsoft.Health.Fhir.Api of github.com/microsoft/fhir-server.
func outcomeStatus(code string) int {
	switch code {
	case "login":
		return http.StatusUnauthorized
	case "forbidden":
		return http.StatusForbidden
	case "not-found":
		return http.StatusNotFound
	case "throttled":
		return http.StatusTooManyRequests
	}
	return 0
}

// diagnostics are the words of an issue, without ids of resources.
func diagnostics(issue map[string]any) string {
	words := text(issue, "diagnostics")
	if details, ok := issue["details"].(map[string]any); ok && words == "" {
		words = text(details, "text")
	}
	return kept(idInWords.ReplaceAllString(typeAndID.ReplaceAllString(words, "$1/{id}"), "$1 '…'"))
}

// answer is the service's answer, made if there is none yet.
func (u *Understanding) answer() *evidence.Response {
	if u.Bundle.Response == nil {
		u.Bundle.Response = &evidence.Response{}
	}
	return u.Bundle.Response
}

func (u *Understanding) setService(name string) {
	if u.Bundle.Service == "" {
		u.Bundle.Service = name
	}
}
