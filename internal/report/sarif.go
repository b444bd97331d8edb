package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"time"

	"hdstest/internal/check"
)

// Names of the format.
const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://json.schemastore.org/sarif-2.1.0.json"
)

type (
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Automation  sarifAutomation   `json:"automationDetails"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"` // never null: that would say that nothing was looked for
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string    `json:"id"`
		Name    string    `json:"name"`
		Short   sarifText `json:"shortDescription"`
		Full    sarifText `json:"fullDescription"`
		HelpURI string    `json:"helpUri,omitempty"`
		Help    sarifText `json:"help"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Start         string              `json:"startTimeUtc,omitempty"`
		End           string              `json:"endTimeUtc,omitempty"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

// SARIF writes the report in the Static Analysis Results Interchange Format,
// version 2.1.0: a result for each failure and warning, at the line where the
// setting stands, and a notification for each skip. What passed has no result:
// GitHub's code scanning makes an alert of each.
//
// Source: docs.oasis-open.org/sarif/sarif/v2.1.0, sections 3.14, 3.20, 3.27;
// docs.github.com, SARIF support for code scanning.
func SARIF(w io.Writer, r Report) error {
	run := sarifRun{Automation: sarifAutomation{"hdstest/" + cmp.Or(r.Command, "run") + "/"}, Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "hdstest", Version: strings.TrimPrefix(Escape(r.Version), "v"), Rules: []sarifRule{}}
	call := sarifInvocation{Successful: true}
	if !r.Began.IsZero() {
		call.Start, call.End = sarifTime(r.Began), sarifTime(r.Began.Add(r.Elapsed))
	}
	index, all := map[string]int{}, names(r.Findings)
	for i, f := range r.Findings {
		switch f.Status {
		case check.Skip:
			call.Notifications = append(call.Notifications, sarifNotification{"note", sarifText{all[i] + ": " + skipReason(f)}})
		case check.Fail, check.Warn:
			at, known := index[f.ID]
			if !known {
				at = len(run.Tool.Driver.Rules)
				index[f.ID] = at
				run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(f))
			}
			run.Results = append(run.Results, r.sarifResult(f, all[i], at))
		}
	}
	run.Invocations = []sarifInvocation{call}
	return Object(w, []Field{{"$schema", sarifSchema}, {"version", sarifVersion}, {"runs", []sarifRun{run}}})
}

// sarifRuleOf describes the check itself, the same in every run.
func sarifRuleOf(f check.Finding) sarifRule {
	title, source := Escape(cmp.Or(f.Title, f.ID)), Escape(f.Source)
	rule := sarifRule{ID: sarifID(f), Name: sarifName(f.ID), Short: sarifText{title + "."}, Full: sarifText{title + "."}, Help: sarifText{cmp.Or(source, title+".")}}
	if host, _, ok := strings.Cut(strings.TrimPrefix(source, "https://"), "/"); ok && strings.Contains(host, ".") && !strings.ContainsAny(source, " \\\"<>^`{|}") {
		rule.HelpURI = "https://" + strings.TrimPrefix(source, "https://")
	}
	return rule
}

// sarifID is the finding's id, which must not be empty.
func sarifID(f check.Finding) string { return cmp.Or(Escape(f.ID), "finding") }

// sarifName writes an id as the format's readers like names of rules: in one
// word, with capitals.
func sarifName(id string) string {
	var out strings.Builder
	for part := range strings.FieldsFuncSeq(id, func(r rune) bool { return !isLetterOrDigit(r) }) {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return cmp.Or(out.String(), "Finding")
}

func isLetterOrDigit(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func (r Report) sarifResult(f check.Finding, name string, rule int) sarifResult {
	out := sarifResult{RuleID: sarifID(f), RuleIndex: rule, Level: "error", Message: sarifText{name + ": " + annotation(f)}}
	if f.Status == check.Warn {
		out.Level = "warning"
	}
	if p, ok := r.place(f); ok {
		out.Locations = []sarifLocation{{sarifPhysical{sarifArtifact{sarifURI(p.File)}, sarifRegion{max(p.Line, 1)}}}}
	}
	print := sha256.Sum256([]byte(f.ID + "\n" + f.Group + "\n" + name))
	out.Fingerprints = map[string]string{"hdstestFinding/v1": hex.EncodeToString(print[:16])}
	return out
}

func sarifTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// sarifURI writes a relative path as a relative reference (RFC 3986 section 4.2).
func sarifURI(path string) string { return (&url.URL{Path: path}).String() }
