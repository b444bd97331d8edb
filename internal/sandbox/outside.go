package sandbox

import (
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/login/outside"
)

// federatedSubject is the workload whose tokens the example app trusts, named as
// a Kubernetes service account is.
const federatedSubject = "system:serviceaccount:hdstest:sandbox"

// federatedLife is how long the token in the info's file is good: as long as a
// person may want to play. A cluster writes such files anew every hour.
const federatedLife = 24 * time.Hour

// outsideIssuer makes the stand-in for a cluster's or GitHub's issuer and writes
// the file that AZURE_FEDERATED_TOKEN_FILE is to name.
func (s *Sandbox) outsideIssuer(id *identity, at urls) (*outside.Issuer, error) {
	key, err := keys.ParsePEM([]byte(id.Issuer))
	if err != nil {
		return nil, err
	}
	issuer := &outside.Issuer{URL: outsideURL(at), Keys: keys.NewRing(key), Now: s.Clock.Now, Subject: federatedSubject,
		RequestToken: id.User.Password}
	token, err := issuer.Token(federatedSubject, federationAudience(), federatedLife)
	if err != nil {
		return nil, err
	}
	return issuer, writeWhole(s.files.federated, []byte(token))
}

func outsideURL(at urls) string { return at.login + "/outside" }

// federationAudience is the one audience that federated credentials have in the
// public cloud.
func federationAudience() string {
	public, _ := entra.CloudByName(entra.CloudPublic)
	return public.FederationAudience
}
