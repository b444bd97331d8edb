//go:build e2e

package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// cli is the Azure CLI with a configuration folder of its own.
type cli struct {
	*judge
	env []string
}

func newCLI(t *testing.T, s sandbox) cli {
	return cli{newJudge(t, s, nil), append(s.clientEnvironment(), "AZURE_CONFIG_DIR="+filepath.Join(s.home, ".azure"),
		"AZURE_CORE_COLLECT_TELEMETRY=false", "AZURE_CORE_NO_COLOR=true", "AZURE_CORE_LOGIN_EXPERIENCE_V2=off")}
}

func (c cli) program() string { return filepath.Join(e2eDir(c.t), ".venv/bin/az") }

// az runs a command that must end well and gives its JSON.
func (c cli) az(args ...string) any {
	c.t.Helper()
	r := command(c.t, c.s.home, c.env, c.program(), args...)
	c.that(r.code == 0, "az %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	var answer any
	if strings.TrimSpace(r.stdout) != "" {
		if err := json.Unmarshal([]byte(r.stdout), &answer); err != nil {
			c.t.Errorf("az %s: %v in %s", strings.Join(args, " "), err, r.stdout)
		}
	}
	return answer
}

// text is for commands whose JSON is one string.
func (c cli) text(args ...string) string {
	c.t.Helper()
	s, _ := c.az(args...).(string)
	return s
}

// fails runs a command that must end with these texts and exit code 1, or 3,
// which is the CLI's for what is not there.
func (c cli) fails(texts []string, args ...string) {
	c.t.Helper()
	r := command(c.t, c.s.home, c.env, c.program(), args...)
	c.that(r.code == 1 || r.code == 3, "az %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	c.contains("az "+strings.Join(args, " "), r.stderr, texts...)
}

// has asserts on places of an answer.
func (c cli) has(what string, answer any, want map[string]any) {
	c.t.Helper()
	for path, value := range want {
		c.equal(what+": "+path, place(answer, path), value)
	}
}

// TestAzureCLI drives az 2.74.0 at a cloud of its own: registered from the
// sandbox's /metadata/endpoints, instance discovery off. So far a custom cloud
// goes; it stops at these:
//
//   - az ad app permission admin-consent: the CLI itself refuses it outside of
//     Microsoft's public cloud. `az ad app permission grant` works.
//   - az healthcareapis: an extension, which is downloaded from Microsoft.
//     `az resource show` and `az rest` reach the same resources.
//   - az rest picks the token by the address; a data plane needs --resource.
//
// Source: azure-cli 2.74.0, azure/cli/core/cloud.py, _profile.py and
// command_modules/{cloud,role,profile}/custom.py for what it calls;
// learn.microsoft.com/azure/role-based-access-control for role assignments;
// learn.microsoft.com/graph/api for the rest.
func TestAzureCLI(t *testing.T) {
	s := startSandbox(t)
	c := newCLI(t, s)
	c.az("cloud", "register", "--name", "hdstest", "--endpoint-resource-manager", s.ARMURL)
	c.az("cloud", "set", "--name", "hdstest")
	c.has("cloud show", c.az("cloud", "show"), map[string]any{"endpoints/activeDirectory": s.LoginURL, "endpoints/resourceManager": s.ARMURL,
		"endpoints/microsoftGraphResourceId": s.GraphURL})
	c.az("config", "set", "core.instance_discovery=false")

	account := c.az("login", "--service-principal", "--username", s.AdminClientID, "--password", s.AdminSecret, "--tenant", s.TenantID)
	c.has("login", account, map[string]any{"length": 1.0, "0/id": s.SubscriptionID, "0/tenantId": s.TenantID, "0/state": "Enabled"})
	c.tokens()
	appID, principal := c.apps()
	c.roles(appID, principal)
	c.groups(principal)
	c.rest()
	c.newcomer()
	c.az("logout")
	c.logins()
	c.deviceLogin()
	requests := s.requests(t, "AZURECLI") + s.requests(t, "MSAL.Python")
	record(t, used{"Azure CLI", pythonVersion(t, "azure-cli"), requests, c.n})
}

// deviceLogin logs the user in with the CLI's own client id, which is Microsoft's,
// at /organizations, after which the CLI looks for the user's tenants.
func (c cli) deviceLogin() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.program(), "login", "--use-device-code", "--allow-no-subscriptions")
	cmd.Env, cmd.Dir = c.env, c.s.home
	stderr, err := cmd.StderrPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		c.t.Fatal(err)
	}
	asked := regexp.MustCompile(`open the page (\S+) and enter the code (\S+) to`)
	var said strings.Builder
	for lines := bufio.NewScanner(io.TeeReader(stderr, &said)); lines.Scan(); {
		if m := asked.FindStringSubmatch(lines.Text()); m != nil {
			p := c.s.person(c.t)
			p.Fields["user_code"] = m[2]
			_, page, err := p.Open(ctx, m[1])
			c.that(err == nil, "device page: %v\n%s", err, page)
		}
	}
	err = cmd.Wait()
	c.that(err == nil, "az login --use-device-code: %v\n%s", err, &said)
	token := c.text("account", "get-access-token", "--resource", c.s.FHIRURL, "--query", "accessToken")
	c.claims("device login", claimsOf(c.t, token), c.s.userClaims(c.s.FHIRURL, "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "0", "user_impersonation"))
}

// TestAzureCLIByADFS drives the way round instance discovery that every version
// of the CLI has: an authority that ends in /adfs. The tenant is then not on the
// wire, so the sandbox's one tenant is meant.
//
// Source: azure-cli 2.74.0, azure/cli/core/_profile.py and auth/msal_credentials.py.
func TestAzureCLIByADFS(t *testing.T) {
	s := startSandbox(t)
	c := newCLI(t, s)
	endpoints := map[string]any{"endpoints": map[string]string{"management": s.ARMURL + "/", "resourceManager": s.ARMURL,
		"activeDirectory": s.LoginURL + "/adfs", "activeDirectoryResourceId": s.ARMURL + "/",
		"activeDirectoryGraphResourceId": s.GraphURL + "/", "microsoftGraphResourceId": s.GraphURL}, "suffixes": map[string]string{}}
	config, err := json.Marshal(endpoints)
	if err != nil {
		t.Fatal(err)
	}
	c.az("cloud", "register", "--name", "hdstest", "--cloud-config", string(config))
	c.az("cloud", "set", "--name", "hdstest")
	c.has("login", c.az("login", "--service-principal", "--username", s.AdminClientID, "--password", s.AdminSecret, "--tenant", s.TenantID),
		map[string]any{"0/id": s.SubscriptionID})
	token := c.text("account", "get-access-token", "--resource", s.FHIRURL, "--query", "accessToken")
	c.claims("token", claimsOf(t, token), map[string]any{"aud": s.FHIRURL, "tid": s.TenantID})
	c.equal("az rest, management with a slash", c.text("rest", "--url", s.ARMURL+"/subscriptions?api-version=2022-12-01", "--query",
		"value[0].subscriptionId"), s.SubscriptionID)
	record(t, used{"Azure CLI (/adfs)", pythonVersion(t, "azure-cli"), s.requests(t, "AZURECLI") + s.requests(t, "MSAL.Python"), c.n})
}
