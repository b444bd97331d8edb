package acquire

import (
	"context"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// DeviceMessage is what the person needs to sign in on another device.
type DeviceMessage struct {
	UserCode        string
	VerificationURL string
	Message         string // the authority's own sentence, control characters removed
	ExpiresOn       time.Time
}

// DeviceCode gets a token for a person who signs in on another device (RFC
// 8628). show is called once, before the wait. The app must be a public client
// ("allow public client flows"); a credential is refused.
//
// MSAL polls faster than the authority asks; here the polls keep to the interval
// and slow down when told to. The wait ends with the sign-in, its refusal, the
// code's expiry or ctx.
func DeviceCode(ctx context.Context, s Settings, scopes []string, show func(DeviceMessage)) (Result, evidence.Bundle, error) {
	s.Kept.clear()
	call, err := begin(s, grantDeviceCode, scopes)
	if err != nil {
		return Result{}, call.evidence(), err
	}
	if !s.Credential.isZero() {
		return Result{}, call.bundle, problem.Usagef("the device code grant is for public clients: it takes no secret and no certificate")
	}
	client, err := call.publicClient()
	if err != nil {
		err = call.fail(ctx, err)
		return Result{}, call.bundle, err
	}
	device, err := client.AcquireTokenByDeviceCode(ctx, scopes)
	if err != nil {
		err = call.fail(ctx, err)
		return Result{}, call.bundle, err
	}
	show(DeviceMessage{
		UserCode:        call.wire.clean(device.Result.UserCode),
		VerificationURL: call.wire.clean(device.Result.VerificationURL),
		Message:         call.wire.clean(device.Result.Message),
		ExpiresOn:       device.Result.ExpiresOn,
	})
	got, err := device.AuthenticationResult(ctx)
	call.collect()
	if err != nil {
		err = call.fail(ctx, err)
		return Result{}, call.bundle, err
	}
	result := call.result(got)
	return result, call.bundle, call.keep(got, result)
}
