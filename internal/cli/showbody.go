package cli

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"hdstest/internal/catalogue"
	"hdstest/internal/report"
)

// bodyPrinter prints bodies of answers to stderr, once the person was warned.
// They are escaped line by line, and go into no report, evidence or trace.
func (p *program) bodyPrinter() func(catalogue.Request, int, string, []byte) {
	p.warn("--show-body prints answers as they are: they may hold data of patients; keep what you see out of logs and tickets")
	return func(r catalogue.Request, status int, mediaType string, body []byte) {
		fmt.Fprintf(p.Stderr, "--- %s: %d %s, %d bytes\n", report.Escape(r.ID), status, report.Escape(mediaType), len(body))
		if !utf8.Valid(body) || strings.HasPrefix(mediaType, "multipart/") || strings.HasPrefix(mediaType, "image/") {
			fmt.Fprintln(p.Stderr, "(not text)")
			return
		}
		for line := range strings.Lines(string(body)) {
			fmt.Fprintln(p.Stderr, report.Escape(strings.TrimRight(line, "\r\n")))
		}
	}
}
