package report

import "hdstest/internal/check"

// Look is how a table is drawn.
type Look struct {
	Color bool
	Width int // columns of the terminal; 0: it is none, lines are neither cut nor wrapped
}

// paint is an SGR colour (ECMA-48 section 8.3.117).
type paint string

const (
	bold   paint = "1"
	dim    paint = "2"
	red    paint = "31"
	green  paint = "32"
	yellow paint = "33"
)

func (l Look) paint(p paint, text string) string {
	if !l.Color || text == "" || p == "" {
		return text
	}
	return "\x1b[" + string(p) + "m" + text + "\x1b[0m"
}

// sign is a status in one character that reads without colour too.
func (l Look) sign(s check.Status) string {
	switch s {
	case check.Pass:
		return l.paint(green, "✓")
	case check.Warn:
		return l.paint(yellow, "!")
	case check.Fail:
		return l.paint(red, "✗")
	}
	return l.paint(dim, "–")
}

// groupTitle is what a group is called in a heading.
func groupTitle(group string) string {
	switch group {
	case "configuration":
		return "Configuration"
	case "network":
		return "Network"
	case "authority":
		return "Authority"
	case "registration":
		return "App registration"
	case "challenge":
		return "Challenge"
	case "data":
		return "Data"
	case "register":
		return "Registration"
	case "file":
		return "Config file"
	case "app":
		return "App"
	case "credential":
		return "Credential"
	case "services":
		return "Services"
	case "signin":
		return "Sign-in"
	case "connection":
		return "Connection"
	case "token":
		return "Tokens"
	case "role":
		return "Roles"
	case "claims":
		return "Claims"
	case "fhir":
		return "FHIR"
	case "fhir-permission":
		return "What may be done on FHIR"
	case "dicom-permission":
		return "What may be done on DICOM"
	case "fhir-ladder":
		return "The way to FHIR"
	case "dicom-ladder":
		return "The way to DICOM"
	case "dicom":
		return "DICOM"
	case "export":
		return "Exports"
	}
	return Escape(group)
}
