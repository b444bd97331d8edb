package acquire

import (
	"context"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// ClientCredentials asks for an app-only token (RFC 6749 section 4.4) with the
// secret, the certificate (an assertion of RFC 7523) or a federated assertion,
// or hands the question on to the credential's [Source]. scope is one resource
// with the suffix /.default. Whether the token holds any
// role is not looked at: the authority issues one to an app without roles too.
func ClientCredentials(ctx context.Context, s Settings, scope string) (Result, evidence.Bundle, error) {
	if s.Credential.Source != nil {
		return fromSource(ctx, s, scope)
	}
	s.Kept = nil // MSAL would answer from there
	call, err := begin(s, grantClientCredentials, []string{scope})
	if err != nil {
		return Result{}, call.evidence(), err
	}
	if s.Credential.isZero() {
		return Result{}, call.bundle, problem.Usagef("the client credentials grant needs a secret, a certificate or a federated assertion")
	}
	client, err := call.confidentialClient()
	if err != nil {
		err = call.fail(ctx, err)
		return Result{}, call.bundle, err
	}
	got, err := client.AcquireTokenByCredential(ctx, []string{scope})
	call.collect()
	if err != nil {
		err = call.fail(ctx, err)
		return Result{}, call.bundle, err
	}
	return call.result(got), call.bundle, nil
}
