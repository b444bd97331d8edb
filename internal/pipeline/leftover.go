package pipeline

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/probe"
	"hdstest/internal/shell"
)

// removeIt is how the hint of something that is still there begins.
const removeIt = "remove it: "

// Leftovers lists what a run made and could not remove, each with the command that
// does it.
func Leftovers(findings []check.Finding) []check.Leftover {
	var out []check.Leftover
	for _, f := range findings {
		if strings.HasSuffix(f.ID, leftoverID) || strings.HasSuffix(f.ID, harmlessID) && strings.HasPrefix(f.Hint, removeIt) {
			out = append(out, check.Leftover{Seen: f.Seen, Hint: f.Hint})
		}
	}
	return out
}

// How the ids of findings end that are about what a run made.
const (
	leftoverID = ".leftover"
	harmlessID = ".harmless"
)

// maker is who made what is left: the commands that remove it are for the same
// identity.
type maker struct {
	kind, profile string
	caFile        string
	anonymous     bool // without a token
	given         bool // with a token that the person gave
}

func (o ProbeOptions) maker(kind string, p Profile) maker {
	return maker{kind, p.Name, p.CAFile, o.Anonymous, !o.Token.IsZero()}
}

// leftover is the finding of something that could not be removed.
func (m maker) leftover(l probe.Leftover) check.Finding {
	if l.Unmeant {
		return m.unmeant(l)
	}
	f := check.Finding{ID: "probe." + m.kind + leftoverID, Group: m.kind, Title: "Everything created was removed",
		Status: check.Fail, Expected: "nothing left", Seen: "what " + l.Request + " created is still there: " + l.Reason,
		Hint: m.removal(l)}
	if l.Find {
		f.Seen = "it is not known what became of " + l.Request + ": " + l.Reason
		f.Hint = "see whether something is there: " + m.byHand(l)
	}
	return f
}

// unmeant is the finding of something that a request made which must have no
// effect: a fault of this program, or of what it was told about the server.
func (m maker) unmeant(l probe.Leftover) check.Finding {
	f := check.Finding{ID: "probe." + m.kind + harmlessID, Group: m.kind, Title: "Looking for permissions changed nothing", Status: check.Fail,
		Expected: "nothing there that the requests name", Seen: l.Request + " made something, which was removed again",
		Hint: "leave --assume-ahds out, or " + l.Request + " with --skip; please report it: it is a fault of hdstest's"}
	if !l.Removed {
		f.Seen = l.Request + " made something, and it could not be removed: " + l.Reason
		f.Hint = removeIt + m.byHand(l) + "; please report it: it is a fault of hdstest's"
	}
	return f
}

// noDelete are the answers of servers that have no DELETE. Orthanc says 400, since it
// looks first whether it could answer in the type that Accept names.
func noDelete() []int {
	return []int{http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusNotImplemented}
}

// removal says how to remove it. To send the same DELETE again is of no use where
// the server has none.
func (m maker) removal(l probe.Leftover) string {
	if l.Method != http.MethodDelete || !slices.Contains(noDelete(), l.Status) {
		return removeIt + m.byHand(l)
	}
	const ownMeans = "the server has no DELETE for it: "
	if command := m.inOrthanc(l.URL); command != "" {
		return ownMeans + "remove it by the server's own interface, which of Orthanc is: " + command
	}
	return ownMeans + "remove it by the server's own interface, and probe there without --write; it is " + l.URL
}

// byHand is the command that sends the request of a leftover, for a POSIX shell.
// Its address comes from the catalogue and the ids of the server: it is quoted.
func (m maker) byHand(l probe.Leftover) string {
	command := m.curl()
	if m.kind == entra.DICOM && l.Find {
		command += " -H 'Accept: application/dicom+json'"
	}
	if l.Method != http.MethodGet {
		command += " -X " + l.Method
	}
	return command + " " + shell.Quote(l.URL)
}

// curl is the beginning of a command as the identity that made it. TOKEN stands for
// a token that was given: the program does not know where it came from.
func (m maker) curl() string {
	command := "curl --fail-with-body"
	if m.caFile != "" {
		command += " --cacert " + shell.Quote(m.caFile)
	}
	switch {
	case m.anonymous:
		return command
	case m.given:
		return command + ` -H "Authorization: Bearer $TOKEN"`
	}
	token := "hdstest token --service " + m.kind + " --output header"
	if m.profile != "" {
		token += " --profile " + shell.Quote(m.profile)
	}
	return command + ` -H "$(` + token + `)"`
}

// inOrthanc is the command that removes what a DICOMweb address names by Orthanc's
// own interface, for a POSIX shell; empty if the address is none of Orthanc's usual
// ones.
//
// Source: orthanc.uclouvain.be/book/users/rest.html (tools/find, DELETE) and
// plugins/dicomweb.html (Root).
func (m maker) inOrthanc(address string) string {
	root, path, ok := strings.Cut(address, "/dicom-web/")
	parts := strings.Split(path, "/")
	if !ok || len(parts)%2 != 0 {
		return ""
	}
	levels := map[string][2]string{"studies": {"Study", "StudyInstanceUID"}, "series": {"Series", "SeriesInstanceUID"}, "instances": {"Instance", "SOPInstanceUID"}}
	list, uid := parts[len(parts)-2], parts[len(parts)-1]
	names, ok := levels[list]
	if !ok {
		return ""
	}
	question := fmt.Sprintf(`{"Level":%q,"Query":{%q:%q}}`, names[0], names[1], uid)
	return m.curl() + " --data " + shell.Quote(question) + " " + shell.Quote(root+"/tools/find") + ` | tr -d '[]" \n' | xargs -I ID ` +
		m.curl() + " -X DELETE " + shell.Quote(root+"/"+list+"/ID")
}
