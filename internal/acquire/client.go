package acquire

import (
	"context"
	"crypto/x509"
	"errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"hdstest/internal/entra"
)

// noRegion switches off MSAL's look at the variable MSAL_FORCE_REGION: the token
// endpoint is the one that the authority's metadata names.
const noRegion = "DisableMsalForceRegion"

// confidentialClient makes an MSAL client with an empty cache for the credential.
func (s *session) confidentialClient() (confidential.Client, error) {
	cred, err := s.msalCredential()
	if err != nil {
		return confidential.Client{}, err
	}
	options := []confidential.Option{
		confidential.WithHTTPClient(s.wire),
		confidential.WithInstanceDiscovery(s.discover()),
		confidential.WithAzureRegion(noRegion),
	}
	if c := s.Credential.Certificate; c != nil && c.SendChain {
		options = append(options, confidential.WithX5C())
	}
	if s.keeper != nil {
		options = append(options, confidential.WithCache(s.keeper))
	}
	return confidential.New(s.Authority, s.ClientID, cred, options...)
}

func (s *session) publicClient() (public.Client, error) {
	options := []public.Option{
		public.WithAuthority(s.Authority),
		public.WithHTTPClient(s.wire),
		public.WithInstanceDiscovery(s.discover()),
	}
	if s.keeper != nil {
		options = append(options, public.WithCache(s.keeper))
	}
	return public.New(s.ClientID, options...)
}

// discover tells whether MSAL is to ask Microsoft's public cloud if the authority
// is known there. It is not for a custom authority, and needless for a host of
// the published clouds: the question would leave a national cloud, and fail where
// only that one can be reached. MSAL compares the metadata's issuer in any case.
func (s *session) discover() bool {
	_, known := entra.CloudByHost(s.wire.authority.Hostname())
	return !s.CustomAuthority && !known
}

func (s *session) msalCredential() (confidential.Credential, error) {
	switch c := s.Credential; {
	case !c.Secret.IsZero():
		return confidential.NewCredFromSecret(c.Secret.Reveal())
	case c.Certificate != nil:
		return confidential.NewCredFromCert(append([]*x509.Certificate{c.Certificate.Leaf}, c.Certificate.Chain...), c.Certificate.Key)
	case c.Assertion != nil:
		return confidential.NewCredFromAssertionCallback(s.assertion), nil
	}
	return confidential.Credential{}, errors.New("no credential")
}

// assertion asks the caller for a federated assertion and keeps its error: MSAL
// would hand it back among others.
func (s *session) assertion(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) {
	raw, err := s.Credential.Assertion(ctx)
	if err == nil && raw == "" {
		err = errors.New("the assertion is empty")
	}
	s.wire.assertionAsked(err)
	return raw, err
}

// codeClient is what the code grant needs of either kind of MSAL client.
type codeClient struct {
	authorizeURL func(ctx context.Context, redirectURI string, scopes []string) (string, error)
	redeem       func(ctx context.Context, code, redirectURI, verifier string, scopes []string) (public.AuthResult, error)
}

func (s *session) codeClient() (codeClient, error) {
	if s.Credential.isZero() {
		c, err := s.publicClient()
		return codeClient{
			authorizeURL: func(ctx context.Context, redirectURI string, scopes []string) (string, error) {
				return c.AuthCodeURL(ctx, s.ClientID, redirectURI, scopes)
			},
			redeem: func(ctx context.Context, code, redirectURI, verifier string, scopes []string) (public.AuthResult, error) {
				return c.AcquireTokenByAuthCode(ctx, code, redirectURI, scopes, public.WithChallenge(verifier))
			},
		}, err
	}
	c, err := s.confidentialClient()
	return codeClient{
		authorizeURL: func(ctx context.Context, redirectURI string, scopes []string) (string, error) {
			return c.AuthCodeURL(ctx, s.ClientID, redirectURI, scopes)
		},
		redeem: func(ctx context.Context, code, redirectURI, verifier string, scopes []string) (public.AuthResult, error) {
			return c.AcquireTokenByAuthCode(ctx, code, redirectURI, scopes, confidential.WithChallenge(verifier))
		},
	}, err
}
