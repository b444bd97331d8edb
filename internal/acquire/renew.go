package acquire

import (
	"cmp"
	"context"
	"errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"hdstest/internal/evidence"
)

// Renew gets a token for a person who signed in before, by the refresh token of
// the session in Settings.Kept (RFC 6749 section 6), and writes the new session
// there: Entra gives a new refresh token each time. The authority is asked in
// any case. Scopes may be another service's than those of the sign-in.
//
// A session that has ended, or that the authority wants to see the person for,
// is an error of kind NoToken with the authority's answer as evidence. The
// account is the one that signed in; its ID token is not checked again.
func Renew(ctx context.Context, s Settings, scopes []string) (Result, evidence.Bundle, error) {
	call, err := begin(s, grantRefreshToken, scopes)
	if err != nil {
		return Result{}, call.evidence(), err
	}
	kept, err := s.Kept.read()
	if err != nil {
		return Result{}, call.bundle, call.noToken(err.Error(), err)
	}
	got, err := call.silent(ctx, scopes, kept.Account)
	call.collect()
	if err != nil {
		err = call.fail(ctx, err)
		return Result{}, call.bundle, err
	}
	result := call.result(got)
	result.Account = cmp.Or(accountName(got.IDToken.RawToken), result.Account)
	return result, call.bundle, call.keep(got, result)
}

// errOtherAccount: the session is not that of the account it names.
var errOtherAccount = errors.New("the kept session holds no such account")

// silent has MSAL redeem the refresh token. Its cache holds no access token that
// it could answer with instead.
func (s *session) silent(ctx context.Context, scopes []string, account string) (public.AuthResult, error) {
	if s.Credential.isZero() {
		c, err := s.publicClient()
		if err != nil {
			return public.AuthResult{}, err
		}
		accounts, err := c.Accounts(ctx)
		if err != nil {
			return public.AuthResult{}, err
		}
		for _, a := range accounts {
			if a.HomeAccountID == account {
				return c.AcquireTokenSilent(ctx, scopes, public.WithSilentAccount(a))
			}
		}
		return public.AuthResult{}, errOtherAccount
	}
	c, err := s.confidentialClient()
	if err != nil {
		return public.AuthResult{}, err
	}
	a, err := c.Account(ctx, account)
	if err != nil || a.IsZero() {
		return public.AuthResult{}, errors.Join(errOtherAccount, err)
	}
	return c.AcquireTokenSilent(ctx, scopes, confidential.WithSilentAccount(a))
}
