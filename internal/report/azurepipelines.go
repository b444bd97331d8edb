package report

import (
	"fmt"
	"io"
	"strings"

	"hdstest/internal/check"
)

// AzurePipelines writes the report for the log of an Azure Pipelines job: the
// table, then an issue for each failure and warning. summary is the absolute path
// of a Markdown file to be shown with the run; empty: there is none.
//
// It masks no secret ([AzurePipelinesMask]), and leaves the task's result to the
// exit code.
//
// Source: learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands;
// azure-pipelines-agent, Command.cs; azure-pipelines-task-lib, taskcommand.ts.
func AzurePipelines(w io.Writer, r Report, summary string) error {
	var out strings.Builder
	if err := Table(&out, r, Look{}); err != nil {
		return err
	}
	azureIssues(&out, r, "error", check.Fail)
	azureIssues(&out, r, "warning", check.Warn)
	if summary != "" {
		fmt.Fprintf(&out, "##vso[task.uploadsummary]%s\n", azureData(summary))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func azureIssues(out *strings.Builder, r Report, kind string, status check.Status) {
	for _, f := range by(status, r.problems()) {
		properties := "type=" + kind + ";code=" + azureProperty(f.ID) + ";"
		if p, ok := r.place(f); ok {
			properties = fmt.Sprintf("%ssourcepath=%s;linenumber=%d;", properties, azureProperty(p.File), max(p.Line, 1))
		}
		fmt.Fprintf(out, "##vso[task.logissue %s]%s\n", properties, azureData(Escape(f.Title)+": "+strings.ReplaceAll(annotation(f), "\n", "; ")))
	}
}

// azureData writes the text behind a command. A percent sign has a name of its
// own, since %25 is not undone.
func azureData(text string) string {
	return strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func azureProperty(text string) string {
	return strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A", "]", "%5D", ";", "%3B").Replace(Escape(text))
}

// AzurePipelinesError is the issue of a run that ended before it had a report.
func AzurePipelinesError(text string) string {
	return "##vso[task.logissue type=error;]" + azureData(Escape(text)) + "\n"
}

// AzurePipelinesMask gives the commands by which the agent hides a secret from
// then on, see [GitHubMask].
func AzurePipelinesMask(secret string) string {
	var out strings.Builder
	for _, line := range maskable(secret) {
		fmt.Fprintf(&out, "##vso[task.setsecret]%s\n", azureData(line))
	}
	return out.String()
}
