//go:build e2e

package e2e_test

import (
	"strings"
	"testing"
)

// TestSandboxForAProgram runs programs that know nothing of the sandbox but the
// variables they are given: they must trust it, reach it, and see the scenario.
func TestSandboxForAProgram(t *testing.T) {
	const curl = `curl --silent --show-error --output /dev/null --write-out '%{http_code}' "$HDSTEST_FHIR_URL/metadata"`
	const token = `curl --silent --data grant_type=client_credentials --data client_id=$AZURE_CLIENT_ID ` +
		`--data-urlencode client_secret=$AZURE_CLIENT_SECRET --data-urlencode scope=$HDSTEST_FHIR_URL/.default ` +
		`${AZURE_AUTHORITY_HOST}$AZURE_TENANT_ID/oauth2/v2.0/token`
	const node = `fetch(process.env.HDSTEST_FHIR_URL + '/metadata').then(r => console.log(r.status), e => console.log(e.cause.code))`
	const requests = `import os, requests; print(requests.get(os.environ['HDSTEST_FHIR_URL'] + '/metadata').status_code)`
	home, n := t.TempDir(), 0
	for _, row := range []struct {
		scenario string
		program  []string
		code     int
		want     string
	}{
		{"", []string{"sh", "-c", curl}, 0, "200"},
		{"private-link", []string{"sh", "-c", curl}, 0, "403"},
		{"tls-expired", []string{"sh", "-c", curl}, 60, ""},
		{"", []string{"sh", "-c", token}, 0, `"access_token":"eyJ`},
		{"secret-id", []string{"sh", "-c", token}, 0, "AADSTS7000215"},
		{"clock-ahead", []string{"sh", "-c", token}, 0, `"access_token":"eyJ`},
		{"", []string{"node", "-e", node}, 0, "200"},
		{"unavailable", []string{"node", "-e", node}, 0, "503"},
		{"tls-other-name", []string{"node", "-e", node}, 0, "ERR_TLS_CERT_ALTNAME_INVALID"},
		{"", []string{python(t), "-c", requests}, 0, "200"},
		{"html-answer", []string{python(t), "-c", requests}, 0, "200"},
	} {
		args := []string{"sandbox"}
		if row.scenario != "" {
			args = append(args, "--scenario", row.scenario)
		}
		r := command(t, home, environment(home), binary(), append(append(args, "--"), row.program...)...)
		if r.code != row.code || !strings.Contains(r.stdout, row.want) {
			t.Errorf("%s: %.60q: exit code %d, want %d with %q\n%s%s", row.scenario, row.program, r.code, row.code, row.want, r.stdout, r.stderr)
		}
		n += 2
	}
	t.Logf("%d assertions", n)
}
