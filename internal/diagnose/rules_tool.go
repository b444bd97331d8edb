package diagnose

import (
	"strings"

	"hdstest/internal/lazyregexp"
)

// authorization holds when the request's Authorization header fits.
func authorization(expression string) condition { return headerFits("Authorization", expression) }

// toolRules are about Postman, newman, .http files, shells and the Azure CLI.
func toolRules() []Rule {
	newman := has("", "newman", "tool", "client", "runner")
	oauthTab := has("", `^oauth2?(\.0)?$`, "collection_auth_type", "auth_type", "type")
	restClient := has("", `rest-?client|vscode|httpyac|jetbrains|visual ?studio`, "tool", "client", "editor")
	return append(commandRules(), []Rule{
		{ID: "tool.newman_oauth.auth", Cause: "tool.newman_oauth", Confidence: 0.95, when: all(newman, either(oauthTab, missing("", "collection_auth_accessToken", "accessToken")))},
		{ID: "tool.newman_oauth.header", Cause: "tool.newman_oauth", Confidence: 0.85, Confirm: "the kind of auth of the collection", when: all(newman, either(status(401), noHeader("Authorization")), noHeader("Authorization"))},
		{ID: "tool.newman_oauth.empty", Cause: "tool.newman_oauth", Confidence: 0.8, Confirm: "whether the tool is newman", when: all(oauthTab, missing("", "collection_auth_accessToken"), not(newman))},
		{ID: "tool.newman_oauth.status", Cause: "tool.newman_oauth", Confidence: 0.6, Confirm: "the kind of auth of the collection", when: all(newman, status(401), not(authorization("{{")))},
		{ID: "tool.variable.literal", Cause: "tool.variable", Confidence: 0.9, when: all(authorization(`\{\{.*\}\}|\$\{|\$\(`), not(nestedVariable), not(otherExtension), not(unsentRequest))},
		{ID: "tool.variable.path", Cause: "tool.variable", Confidence: 0.9, when: all(is((*facts).failed), is(variableInURL))},
		{ID: "tool.variable_nested.setting", Cause: "tool.variable_nested", Confidence: 0.95, when: all(nestedVariable, either(authorization(`\{\{\$`), status(401)))},
		{ID: "tool.variable_nested.header", Cause: "tool.variable_nested", Confidence: 0.92, when: all(restClient, authorization(`^(Bearer )?\{\{\$`))},
		{ID: "tool.request_name.line", Cause: "tool.request_name", Confidence: 0.97, when: has("", `^#{3,}.*@name\b`, "file_line", "line", "request_line", "separator")},
		{ID: "tool.request_not_sent.empty", Cause: "tool.request_not_sent", Confidence: 0.75, Confirm: "whether the named request was sent, and how its name is written", when: all(restClient, either(authorization(`^Bearer ?$`), unsentRequest), not(has("", `@name`, "file_line", "line")), not(otherExtension))},
		{ID: "tool.request_name.empty", Cause: "tool.request_name", Confidence: 0.5, Confirm: "the line with @name", when: all(restClient, authorization(`^Bearer ?$`), not(has("", `@name`, "file_line")))},
		{ID: "tool.other_extension.installed", Cause: "tool.other_extension", Confidence: 0.95, when: otherExtension},
		{ID: "tool.other_extension.literal", Cause: "tool.other_extension", Confidence: 0.7, Confirm: "which extension handles the file", when: all(has("", `^(vscode|visual studio code)$`, "tool"), unsentRequest, not(otherExtension))},
		{ID: "tool.dialect.reference", Cause: "tool.dialect", Confidence: 0.88, when: all(has("", "httpyac|jetbrains|visual ?studio$", "tool"), authorization(`\.response\.body`))},
		{ID: "tool.bearer_empty.header", Cause: "tool.bearer_empty", Confidence: 0.91, when: all(authorization(`(?i)^Bearer\s*(undefined|null)?$`), not(restClient))},
		{ID: "tool.bearer_twice.header", Cause: "tool.bearer_twice", Confidence: 0.97, when: authorization(`(?i)^Bearer:?\s+Bearer\b`)},
		{ID: "tool.token_quoted.header", Cause: "tool.token_quoted", Confidence: 0.96, when: authorization(`(?i)^Bearer\s+["'].*`)},
		{ID: "tool.secure_string.header", Cause: "tool.secure_string", Confidence: 0.98, when: either(authorization(`System\.Security\.SecureString`), says(nil, "System.Security.SecureString"))},
		{ID: "token.header_form.line_end", Cause: "token.header_form", Confidence: 0.9, when: authorization(`(?i)^bearer .*[\r\n]`)},
		{ID: "token.header_form.scheme", Cause: "token.header_form", Confidence: 0.91, when: all(status(401), authorization(`(?i)^(eyJ|token |bearer=|bearer:|jwt )`))},
	}...)
}

func commandRules() []Rule {
	return []Rule{
		{ID: "tool.redirect_drops_token.redirect", Cause: "tool.redirect_drops_token", Confidence: 0.88, when: all(status(401), either(switchedOn("request", "redirected", "followed_redirect"), has("request", ".", "redirected_from")), noHeader("Authorization"))},
		{ID: "tool.not_logged_in.text", Cause: "tool.not_logged_in", Confidence: 0.93, when: anySays("please run 'az login'", "az login", "no subscription found", "no accounts were found")},
		{ID: "tool.no_credential.text", Cause: "tool.no_credential", Confidence: 0.91, when: anySays("DefaultAzureCredential failed", "CredentialUnavailable", "failed to acquire a token.\nAttempted credentials", "attempted credentials", "EnvironmentCredential authentication unavailable")},
		{ID: "tool.managed_identity.text", Cause: "tool.managed_identity", Confidence: 0.91, when: anySays("ManagedIdentityCredential authentication unavailable", "no managed identity endpoint", "identity not found", "169.254.169.254")},
		{ID: "tool.shell_quoting.text", Cause: "tool.shell_quoting", Confidence: 0.8, when: anySays("unexpected eof while looking for matching", "no matches found:", "event not found", "could not resolve host: application")},
		{ID: "tool.old_template.path", Cause: "tool.old_template", Confidence: 0.4, Confirm: "which guide or collection was followed", when: all(service("dicom"), not(openSource), status(404), path(`^/(studies|changefeed|series)`), not(is(versionInURL)))},
	}
}

var variableForm = lazyregexp.New(`\{\{[^}]*\}\}`)

// variableInURL tells whether the address that was sent still holds a variable.
// A path of our own catalogue is a template and no address.
func variableInURL(f *facts) bool {
	if f.text("request", "id") != "" {
		return variableForm.MatchString(f.text("request", "url"))
	}
	return variableForm.MatchString(f.text("request", "url") + f.text("request", "path") + f.text("service_url"))
}

// nestedVariable holds when a setting's value is itself a variable.
func nestedVariable(f *facts) ([]string, bool) {
	for _, n := range f.nodes {
		switch n.section() {
		case "setting", "settings", "environment", "environmentvariables", "restclientenvironmentvariables":
			if variableForm.MatchString(n.text()) {
				return []string{n.shown + ": " + n.text()}, true
			}
		}
	}
	return nil, false
}

// unsentRequest holds when the reference to an earlier answer was sent as it is
// written.
func unsentRequest(f *facts) ([]string, bool) {
	return authorization(`\{\{[\w-]+\.response\.`)(f)
}

// otherExtension holds when the installed extensions are known and REST Client is
// not among them.
func otherExtension(f *facts) ([]string, bool) {
	var installed []string
	for _, n := range f.named("", "installed_extensions", "extensions", "extension") {
		if t := n.text(); t != "" {
			installed = append(installed, strings.ToLower(t))
		}
	}
	all := strings.Join(installed, ", ")
	return []string{"installed_extensions: " + all}, all != "" && strings.Contains(all, "rest") && !strings.Contains(all, "humao.rest-client")
}

// forkTold holds when a key about a fork is true.
func forkTold(f *facts) ([]string, bool) {
	for _, n := range f.nodes {
		if n.section() == "ci" && strings.Contains(n.last(), "fork") && n.isTrue() {
			return []string{n.shown + ": " + n.text()}, true
		}
	}
	return nil, false
}

// ciRules are about pipelines and clusters.
func ciRules() []Rule {
	noURL := missing("", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	pullRequest := has("ci", `^pull_?request`, "event", "trigger", "event_name")
	fork := either(forkTold, has("ci", `fork`, "event", "head_repository", "trigger", "run"))
	return []Rule{
		{ID: "ci.id_token_permission.variable", Cause: "ci.id_token_permission", Confidence: 0.96, when: all(noURL, not(fork), not(pullRequest))},
		{ID: "ci.id_token_permission.pull", Cause: "ci.id_token_permission", Confidence: 0.7, Confirm: "whether the pull request comes from a fork", when: all(noURL, not(fork), pullRequest)},
		{ID: "ci.fork.pull", Cause: "ci.fork", Confidence: 0.5, Confirm: "whether the pull request comes from a fork", when: all(noURL, not(fork), pullRequest)},
		{ID: "ci.id_token_permission.permission", Cause: "ci.id_token_permission", Confidence: 0.95, when: all(either(missing("ci", "id_token_permission", "id_token", "id-token"), has("ci", `^(read|none)$`, "id_token_permission", "id_token")), not(fork))},
		{ID: "ci.id_token_permission.text", Cause: "ci.id_token_permission", Confidence: 0.94, when: all(anySays("ACTIONS_ID_TOKEN_REQUEST_URL"), not(fork))},
		{ID: "ci.fork.event", Cause: "ci.fork", Confidence: 0.91, when: fork},
		{ID: "ci.variable_empty.env", Cause: "ci.variable_empty", Confidence: 0.9, when: missing("ci", "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "client_id", "tenant_id", "client_secret", "secret")},
		{ID: "ci.variable_empty.text", Cause: "ci.variable_empty", Confidence: 0.88, when: says([]string{"ci"}, "ensure 'client-id' and 'tenant-id' are supplied", "not all values are present")},
		{ID: "ci.kubernetes_identity.variable", Cause: "ci.kubernetes_identity", Confidence: 0.93, when: either(missing("", "AZURE_FEDERATED_TOKEN_FILE"), anySays("AZURE_FEDERATED_TOKEN_FILE", "azure-identity-token: no such file"))},
		{ID: "ci.kubernetes_identity.label", Cause: "ci.kubernetes_identity", Confidence: 0.91, when: either(missing("", "azure.workload.identity/use", "azure.workload.identity/client-id"), switchedOff("", "azure.workload.identity/use"))},
		{ID: "ci.pipelines_token.variable", Cause: "ci.pipelines_token", Confidence: 0.93, when: either(missing("", "SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI"), anySays("SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI"))},
		{ID: "ci.issuer_unreachable.text", Cause: "ci.issuer_unreachable", Confidence: 0.9, when: identitySays("unable to fetch the signing keys", "failed to retrieve the openid", "issuer metadata")},
		{ID: "ci.token_old.age", Cause: "ci.token_old", Confidence: 0.85, when: all(code(700024, 50013, 70021), has("ci", `^([4-9]\d\d|\d{4,})$`, "token_age_seconds", "assertion_age_seconds"))},
	}
}
