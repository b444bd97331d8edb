//go:build e2e

package e2e_test

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"sync"
	"testing"
	"text/tabwriter"
)

// used is one line of the table at the end: a client that others wrote, and
// what it did. A client without requests or assertions has proved nothing.
type used struct {
	client, version      string
	requests, assertions int
}

// table collects the lines; tests run one after the other or side by side.
type table struct {
	mu    sync.Mutex
	lines []used
}

// clients is the table of this test process.
var clients table

// record adds a line and fails the test if the client did nothing.
func record(t *testing.T, u used) {
	t.Helper()
	if u.requests == 0 || u.assertions == 0 {
		t.Errorf("%s %s proved nothing: %d requests, %d assertions", u.client, u.version, u.requests, u.assertions)
	}
	clients.mu.Lock()
	defer clients.mu.Unlock()
	clients.lines = append(clients.lines, u)
}

// expected are the clients without which the suite proves nothing.
func expected() []string {
	return []string{"@azure/identity", "@azure/msal-node", "@microsoft/microsoft-graph-client", "Azure CLI", "Azure CLI (/adfs)", "Azure CLI (same job)", "Chromium", "Chromium (login)",
		"MSAL Python", "Orthanc (DICOMweb)", "Orthanc (behind the sandbox)", "azidentity (Go)", "azidentity (cert new)", "curl", "curl (scenarios)", "dcmtk (by curl)",
		"dicomweb-client (Python)", "fhir-kit-client", "newman", "Postman schema v2.1.0 (ajv)", "httpYac (sign-in)",
		"HAPI FHIR", "HAPI FHIR (behind the sandbox)", "Orthanc (probed)", "Orthanc (probed, behind the sandbox)", "mitmproxy",
		"Bruno CLI (.bru)", "Bruno CLI (OpenCollection)", "httpYac", "httpYac (JetBrains)", "httpYac (rest-client)", "httpYac (visualstudio)",
		"k6", "sh with curl", "bash (completion)", "fish (completion)", "zsh (completion)", "man-db",
		"@actions/core", "SARIF Multitool", "azure-pipelines-task-lib", "junitparser", "tap-parser"}
}

// missing are the expected clients that have no line.
func missing() []string {
	clients.mu.Lock()
	defer clients.mu.Unlock()
	return slices.DeleteFunc(expected(), func(name string) bool {
		return slices.ContainsFunc(clients.lines, func(u used) bool { return u.client == name })
	})
}

func printTable(out io.Writer) {
	clients.mu.Lock()
	defer clients.mu.Unlock()
	sort.Slice(clients.lines, func(i, j int) bool { return clients.lines[i].client < clients.lines[j].client })
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nclient\tversion\trequests\tassertions")
	for _, u := range clients.lines {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", u.client, u.version, u.requests, u.assertions)
	}
	_ = w.Flush()
}
