package sandbox

import (
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/login/outside"
)

// federatedSubject is the workload whose tokens the example app trusts, named as
// a Kubernetes service account is.
const federatedSubject = "system:serviceaccount:hdstest:sandbox"

// connectionName is the service connection of Azure Pipelines that the example
// app trusts.
const connectionName = "azure"

// githubJob is the job of GitHub Actions that the example app trusts.
func githubJob() outside.GitHubJob {
	return outside.GitHubJob{Repository: "hdstest/sandbox", Ref: "refs/heads/main"}
}

// federatedLife is how long the token in the info's file is good: as long as a
// person may want to play. A cluster writes such files anew every hour.
const federatedLife = 24 * time.Hour

// outsideIssuer makes the stand-in for the issuers of a cluster, of GitHub and of
// Azure Pipelines, and writes the file that AZURE_FEDERATED_TOKEN_FILE is to name.
func (s *Sandbox) outsideIssuer(id *identity, at urls) (*outside.Issuer, error) {
	key, err := keys.ParsePEM([]byte(id.Issuer))
	if err != nil {
		return nil, err
	}
	connection := newID()
	issuer := &outside.Issuer{URL: outsideURL(at), Keys: keys.NewRing(key), Now: s.Clock.Now, RequestToken: newSecret(),
		Connections: map[string]string{connection: connectionName}}
	s.Info.JobToken, s.Info.GitHubTokenURL = issuer.RequestToken, issuer.GitHubURL(githubJob())
	s.Info.PipelinesURL, s.Info.ServiceConnectionID = issuer.PipelinesURL(), connection
	token, err := issuer.Token(federatedSubject, federationAudience(), federatedLife)
	if err != nil {
		return nil, err
	}
	return issuer, writeWhole(s.files.federated, []byte(token))
}

// federated are the credentials by which the example app trusts that issuer.
func federated(at urls) []*directory.FederatedCredential {
	var out []*directory.FederatedCredential
	for _, c := range []struct{ name, subject string }{{"sandbox-workload", federatedSubject},
		{"sandbox-github", githubJob().Subject()}, {"sandbox-azure-pipelines", outside.ConnectionSubject(connectionName)}} {
		out = append(out, &directory.FederatedCredential{ID: newID(), Name: c.name, Issuer: outsideURL(at), Subject: c.subject,
			Audiences: []string{federationAudience()}})
	}
	return out
}

func outsideURL(at urls) string { return at.login + "/outside" }

// federationAudience is the one audience that federated credentials have in the
// public cloud.
func federationAudience() string {
	public, _ := entra.CloudByName(entra.CloudPublic)
	return public.FederationAudience
}
