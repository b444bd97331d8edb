package explain

import (
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

var (
	graphCode = lazyregexp.New(`^(Request_|Authorization_|Directory_|Authentication_|Service_|generalException|accessDenied|CannotDelete)`)
	cliCode   = lazyregexp.New(`(?m)^\s*(?:ERROR:\s*)?\(([A-Z][A-Za-z]+(?:_[A-Za-z]+)?)\)\s+([^\r\n]+)`)
	codeLine  = lazyregexp.New(`(?m)^\s*Code:\s*([A-Z][A-Za-z]+(?:_[A-Za-z]+)?)\s*$`)
)

// controlPlane reads an error of Microsoft Graph or Azure Resource Manager.
// Both have code and message in an object error; Graph adds innerError.
//
// Source: learn.microsoft.com/graph/errors and the common API details of ARM
// (learn.microsoft.com/rest/api/azure).
func controlPlane(u *Understanding, in input) {
	for _, o := range in.objects {
		inner, ok := o["error"].(map[string]any)
		code := word(text(inner, "code"))
		if !ok || code == "" {
			continue
		}
		_, adds := inner["innerError"].(map[string]any)
		u.addControl(code, text(inner, "message"), adds || graphCode.MatchString(code))
		return
	}
}

// cliError reads an error as the Azure CLI and the Python SDKs print it:
// (Code) message.
func cliError(u *Understanding, in input) {
	if u.Bundle.Graph != nil || u.Bundle.ARM != nil {
		return
	}
	if m := cliCode.FindStringSubmatch(in.text); m != nil {
		u.addControl(m[1], m[2], graphCode.MatchString(m[1]))
	} else if m := codeLine.FindStringSubmatch(in.text); m != nil {
		u.addControl(m[1], "", graphCode.MatchString(m[1]))
	}
}

func (u *Understanding) addControl(code, message string, graph bool) {
	plane := &evidence.ControlPlane{Code: code, Message: kept(strings.TrimSpace(message))}
	if graph {
		plane.Error = code
		u.Bundle.Graph = plane
		u.say("an error of Microsoft Graph: " + code)
		return
	}
	u.Bundle.ARM = plane
	u.say("an error of Azure Resource Manager: " + code)
}
