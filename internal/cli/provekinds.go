package cli

import (
	"cmp"
	"context"
	"net/http"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// Variables by which a CI system lets a job ask for its ID token.
//
// Source: docs.github.com/en/actions/reference/security/oidc; azidentity 1.15.0,
// azure_pipelines_credential.go.
const (
	envGitHubURL      = "ACTIONS_ID_TOKEN_REQUEST_URL"
	envGitHubToken    = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
	envPipelinesURL   = "SYSTEM_OIDCREQUESTURI"
	envPipelinesToken = "SYSTEM_ACCESSTOKEN"
)

// proveByKind makes a credential of a kind that is no file, variable or prompt.
func (p *program) proveByKind(s *config.Settings, kind string) (*proof, error) {
	switch kind {
	case config.CredentialGitHub:
		return p.proveByGitHub(s)
	case config.CredentialPipelines:
		return p.proveByPipelines(s)
	case config.CredentialManagedIdentity:
		return handedOut(acquire.ManagedIdentity(s.ClientID)), nil
	}
	return handedOut(acquire.AzureCLI(s.TenantID)), nil
}

// handedOut is the proof of a source that keeps its own tokens; ours are not kept.
func handedOut(source *acquire.Source) *proof {
	return &proof{make: func(*http.Client) (acquire.Credential, error) { return acquire.Credential{Source: source}, nil }}
}

func (p *program) proveByGitHub(s *config.Settings) (*proof, error) {
	job := acquire.GitHubActions{URL: p.Environ(envGitHubURL), Token: secret.New(p.Environ(envGitHubToken)), Audience: federationAudience(s)}
	if job.URL == "" || job.Token.IsZero() {
		return nil, problem.Usagef("credential github-actions: %s and %s are not set: the job needs permissions: id-token: write", envGitHubURL, envGitHubToken)
	}
	return byAssertion(of(config.CredentialGitHub, job.URL, job.Token.Reveal(), job.Audience), job.Assertion), nil
}

func (p *program) proveByPipelines(s *config.Settings) (*proof, error) {
	job := acquire.AzurePipelines{URL: p.Environ(envPipelinesURL), Token: secret.New(p.Environ(envPipelinesToken)), ServiceConnection: s.Credential.ServiceConnection}
	switch {
	case job.URL == "" || job.Token.IsZero():
		return nil, problem.Usagef("credential azure-pipelines: %s and %s are not set: pass $(System.AccessToken) on to the step", envPipelinesURL, envPipelinesToken)
	case job.ServiceConnection == "":
		return nil, s.Require(config.ServiceConnectionID)
	}
	return byAssertion(of(config.CredentialPipelines, job.URL, job.Token.Reveal(), job.ServiceConnection), job.Assertion), nil
}

func byAssertion(parts []secret.Value, assertion func(*http.Client) func(context.Context) (string, error)) *proof {
	return &proof{parts: parts, make: func(client *http.Client) (acquire.Credential, error) {
		return acquire.Credential{Assertion: assertion(client)}, nil
	}}
}

// federationAudience is the audience of federated credentials in the profile's
// cloud; elsewhere that of the public one.
func federationAudience(s *config.Settings) string {
	return cmp.Or(s.Cloud.FederationAudience, entra.Clouds()[0].FederationAudience)
}

// proveAuto takes the first credential that is there, in the order of
// [config.AutoOrder], and tells which. One that was set up on purpose is taken
// whether it works or not; a managed identity that has no token leaves the turn
// to the Azure CLI.
func (p *program) proveAuto(s *config.Settings) (*proof, error) {
	switch c := s.Credential; {
	case c.Configured():
		p.say("credential: %s (%s)", c.Title(), c.Source)
		return p.prove(s, c)
	case p.Environ(envGitHubURL) != "" && p.Environ(envGitHubToken) != "" && s.ClientID != "":
		p.say("credential: the ID token of this job of GitHub Actions")
		return p.proveByGitHub(s)
	case p.Environ(envPipelinesURL) != "" && p.Environ(envPipelinesToken) != "" && c.ServiceConnection != "" && s.ClientID != "":
		p.say("credential: the ID token of this job of Azure Pipelines")
		return p.proveByPipelines(s)
	}
	sources := []*acquire.Source{acquire.AzureCLI(s.TenantID)}
	if p.Environ("IDENTITY_ENDPOINT") != "" || p.Environ("MSI_ENDPOINT") != "" {
		sources = []*acquire.Source{acquire.ManagedIdentity(s.ClientID), sources[0]}
	}
	return handedOut(acquire.FirstOf(func(taken string) { p.say("credential: %s", taken) }, sources...)), nil
}
