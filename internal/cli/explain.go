package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/causes"
	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
	"hdstest/internal/explain"
	"hdstest/internal/plaintext"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// explainOptions are the flags of explain.
type explainOptions struct{ file, evidence string }

// explained is one cause as explain prints it.
type explained struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Confidence float64  `json:"confidence"`
	Evidence   []string `json:"evidence"`
	Fix        string   `json:"fix"`
	Docs       []string `json:"docs"`

	why, confirm string
}

func (p *program) explainCommand() *command {
	o := &explainOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringFlag{Name: "file", Destination: &o.file, Usage: "read the text from `FILE`"},
		&urfave.StringFlag{Name: "evidence", Destination: &o.evidence, Usage: "read an evidence bundle from `FILE` (- for standard input)"},
	}}
	return &command{
		name: "explain", usage: "name the cause of an error, offline", args: "[-|TEXT]", maxArgs: 1, outputs: []string{formTable, formJSON},
		about: "Understands an AADSTS code or message, the JSON of a token endpoint, a redirect address with an error, a WWW-Authenticate " +
			"header, a saved curl -i answer, an OperationOutcome, a DICOM failure reason, a Graph or ARM error, the text of a failed " +
			"connection, a token, an evidence bundle, or several of them in one text.\n\n" +
			"Nothing is contacted and no config file is read. Exit code 1 means that no cause is known.",
		examples: []example{
			{"what does this code mean?", "hdstest explain AADSTS7000215"},
			{"a saved answer", "hdstest explain --file answer.txt"},
			{"an answer as it comes", `curl -si "$FHIR/Patient" | hdstest explain -`},
			{"a colleague's evidence, as JSON", "hdstest explain --evidence evidence.json --output json"},
		},
		groups: []flagGroup{own},
		run:    func(_ context.Context, c call) error { return p.explainCause(c.Args().First(), o) },
	}
}

func (p *program) explainCause(text string, o *explainOptions) error {
	u, err := p.understand(text, o)
	if err != nil {
		return err
	}
	if u.Bundle.Now == nil && u.Bundle.Claims != nil {
		now := p.Now().UTC()
		u.Bundle.Now = &now
	}
	found := explanations(u.Bundle)
	if p.global.output == "json" {
		understood := append([]string{}, u.What...)
		err = printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("understood", understood), named("causes", found))
	} else {
		_, err = io.WriteString(p.Stdout, explainTable(u, found, p.look().Width))
	}
	if err != nil {
		return fmt.Errorf("print the explanation: %w", err)
	}
	if len(found) == 0 {
		return told{ExitFailed}
	}
	return nil
}

// understand reads what the person has, from the one place that was named.
func (p *program) understand(text string, o *explainOptions) (explain.Understanding, error) {
	var none explain.Understanding
	given := 0
	for _, s := range []string{text, o.file, o.evidence} {
		if s != "" {
			given++
		}
	}
	if given > 1 {
		return none, problem.Usagef("explain: a text, --file and --evidence exclude each other")
	}
	data, err := p.explainInput(text, o)
	data = plaintext.Decode(data)
	if err != nil {
		return none, err
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return none, problem.Usagef("explain: expected an error to explain, but there is nothing: give a text, - for standard input, --file or --evidence")
	}
	if o.evidence != "" {
		b, err := evidence.Read(bytes.NewReader(data))
		if err != nil {
			return none, problem.Usagef("--evidence: %s is no evidence bundle, which is one JSON object", o.evidence)
		}
		if b.SchemaVersion > evidence.SchemaVersion {
			p.warn(fmt.Sprintf("%s has schema_version %d; this version knows %d and may miss what is new in it", o.evidence, b.SchemaVersion, evidence.SchemaVersion))
		}
		return explain.Bundle(b), nil
	}
	u := explain.Read(string(data))
	if u.Bundle.Token != nil && text != "" && text != "-" {
		p.warn("a token on the command line can be seen by others on this machine; use - or --file")
	}
	return u, nil
}

func (p *program) explainInput(text string, o *explainOptions) ([]byte, error) {
	switch {
	case o.evidence != "":
		return p.readUpTo("evidence", o.evidence, evidence.MaxSize)
	case o.file != "":
		return p.text(o.file)
	case text == "-":
		return p.text("-")
	}
	return []byte(text), nil
}

// text reads the beginning of a text, such as a log.
func (p *program) text(path string) ([]byte, error) {
	data, err := p.readStart("text", path, explain.MaxSize+1)
	if len(data) > explain.MaxSize {
		p.warn(fmt.Sprintf("only the first %d bytes of %s are read: give the lines around the error", explain.MaxSize, path))
	}
	return data, err
}

// explanations are the causes that fit, the likeliest first.
func explanations(b evidence.Bundle) []explained {
	out := []explained{}
	for _, m := range diagnose.Diagnose(b) {
		if (onlyToken(b) || allWell(b)) && m.Confidence < 0.7 {
			continue
		}
		c, _ := causes.ByID(m.Cause)
		e := explained{ID: c.ID, Title: c.Title, Confidence: m.Confidence, Evidence: []string{}, Fix: explain.Printed(m.Fix), Docs: c.Docs,
			why: explain.Printed(diagnose.Why(b, m.Cause)), confirm: m.Confirm}
		for _, line := range m.Evidence {
			e.Evidence = append(e.Evidence, explain.Printed(line))
		}
		out = append(out, e)
	}
	return out
}

// onlyToken tells whether nothing is known but a token: that nobody refused it
// speaks against causes that are no more than possible.
func onlyToken(b evidence.Bundle) bool {
	got := b.TokenEndpoint == nil || b.TokenEndpoint.Status == http.StatusOK && b.TokenEndpoint.Error == ""
	more := len(b.Extra)
	if _, ok := b.Extra[evidence.ExchangesKey]; ok {
		more--
	}
	return b.Claims != nil && got && b.Response == nil && b.AuthorizeEndpoint == nil && b.Graph == nil && b.ARM == nil && b.Network == nil && more == 0
}

// allWell tells whether the bundle is of a run of ours in which nothing failed.
func allWell(b evidence.Bundle) bool { return b.Extra[evidence.NothingFailedKey] == true }

// explainTable is the explanation for a person, on a terminal of width columns; 0:
// it is none, and lines are not broken.
func explainTable(u explain.Understanding, found []explained, width int) string {
	const column = 16
	var out strings.Builder
	line := func(label, text string) {
		if text == "" {
			return
		}
		lines := []string{report.Escape(text)}
		if width > 0 {
			lines = report.Wrap(lines[0], max(width-column, 24))
		}
		for _, l := range lines {
			fmt.Fprintf(&out, "%-*s%s\n", column, label, l)
			label = ""
		}
	}
	if len(u.What) == 0 {
		line("Not understood", "nothing in this text is known here")
	}
	for i, w := range u.What {
		line(strings.Repeat("Understood", 1-min(i, 1)), w)
	}
	for i, c := range found {
		fmt.Fprintf(&out, "\n%d. %s [%s], confidence %.0f %%\n", i+1, report.Escape(c.Title), c.ID, 100*c.Confidence)
		line("   why", c.why)
		for j, e := range c.Evidence {
			line(strings.Repeat("   evidence", 1-min(j, 1)), e)
		}
		line("   to be sure", c.confirm)
		line("   fix", c.Fix)
		line("   read", strings.Join(c.Docs, " "))
	}
	if len(found) == 0 {
		if len(u.What) > 0 {
			out.WriteString("\nNo cause is known for this.\n")
		}
		for i, g := range u.Gather {
			line(strings.Repeat("Gather next", 1-min(i, 1)), g)
		}
	}
	return out.String()
}
