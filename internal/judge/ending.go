package judge

import (
	"time"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
	"hdstest/internal/when"
)

// endsSoon is how long before its end a secret or certificate is warned about:
// time enough to have a new one rolled out.
const endsSoon = 30 * 24 * time.Hour

// Kinds of credential that end.
const (
	EndOfSecret      = "secret"
	EndOfCertificate = "certificate"
)

// EndingID is the id of the finding about the end of a credential.
func EndingID(kind string) string { return "credential." + kind + "_end" }

// EndingTitle is its title.
func EndingTitle(kind string) string { return "End of the client " + kind }

// Ending judges when the app's credential ends: a warning in the last 30 days, a
// failure afterwards. known says where the end was read. The evidence is for the
// hint.
func Ending(kind string, end, now time.Time, known string, b evidence.Bundle) check.Finding {
	f := check.Finding{ID: EndingID(kind), Group: "credential", Title: EndingTitle(kind), Status: check.Pass,
		Expected: "more than " + when.Span(endsSoon) + " left", Seen: when.Until(end, now) + " (" + known + ")", Source: docCredentialEnd}
	switch left := end.Sub(now); {
	case left <= 0:
		f.Status, f.Cause = check.Fail, kind+".expired"
	case left < endsSoon:
		f.Status, f.Cause = check.Warn, kind+".ends_soon"
	}
	if f.Cause != "" {
		f.Hint = diagnose.Fix(b, f.Cause)
	}
	return f
}

const docCredentialEnd = "learn.microsoft.com/graph/api/resources/passwordcredential"
