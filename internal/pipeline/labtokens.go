package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"hdstest/internal/acquire"
	"hdstest/internal/check"
)

// way is one of the ways to a token.
type way struct {
	name string
	by   client
	ask  TokenQuery
}

// tokensByEveryGrant acquires a token for a service in every way there is and
// inspects each, side by side.
func (e Env) tokensByEveryGrant(ctx context.Context, kind string, confidential, public client, lab Lab, o SmokeOptions) Report {
	signed := confidential
	signed.profile.Credential = acquire.Credential{Certificate: lab.Certificate}
	person := func(address string) error { return lab.SignIn(ctx, address, "") }
	code := TokenQuery{Service: kind, Grant: GrantAuthorizationCode, Code: acquire.CodeOptions{Open: person}}
	device := TokenQuery{Service: kind, Grant: GrantDeviceCode, ShowDeviceCode: func(m acquire.DeviceMessage) {
		if err := lab.SignIn(ctx, m.VerificationURL, m.UserCode); err != nil {
			e.notify("sign-in with the device code: %v", err)
		}
	}}
	ways := []way{
		{"client_credentials, secret", confidential, TokenQuery{Service: kind, Grant: GrantClientCredentials}},
		{"client_credentials, certificate", signed, TokenQuery{Service: kind, Grant: GrantClientCredentials}},
		{"authorization_code, confidential client", confidential, code},
		{"authorization_code, public client", public, code},
		{"device_code, public client", public, device},
	}
	var all log
	var wait sync.WaitGroup
	for i, w := range ways {
		if why := o.leftOut(tokenID(kind, w.ask.Grant), kind); why != "" && !o.wantsClaims(kind) {
			all.add(i, Report{Findings: []check.Finding{skipped(tokenID(kind, w.ask.Grant), "token", "Token for "+serviceTitle(kind)+" by "+w.name, why, "")}})
			continue
		}
		wait.Go(func() {
			_, r := e.grantAndInspect(ctx, w.by.profile, w.ask, o)
			all.add(i, summed(kind, w.name, r))
		})
	}
	wait.Wait()
	return all.report()
}

// summed makes two findings of a token's many: the grant and its claims. What
// failed or was doubtful stays as it is.
func summed(kind, way string, r Report) Report {
	out := Report{Evidence: r.Evidence, Timings: r.Timings, Errors: r.Errors}
	passed, left := 0, ""
	for i, f := range r.Findings {
		switch {
		case i == 0: // the grant, or its failure
			f.Title = "Token for " + serviceTitle(kind) + " by " + way
			out.Findings = append(out.Findings, f)
			for i := range out.Timings {
				out.Timings[i].Title = f.Title
			}
		case f.Status == check.Pass:
			passed++
		case f.Group == "claims" && isLeftOut(f):
			left = f.Seen
		case f.Status != check.Skip:
			f.Title = way + ": " + f.Title
			out.Findings = append(out.Findings, f)
		}
	}
	f := check.Finding{ID: "claims." + kind, Group: "claims", Status: check.Pass,
		Title: "Claims of the token for " + serviceTitle(kind) + " by " + way, Seen: fmt.Sprintf("%d checks passed", passed)}
	switch {
	case passed > 0 && left != "":
		f.Seen += "; others were " + left
	case left != "":
		f.Status, f.Seen = check.Skip, left
	}
	if passed > 0 || left != "" {
		out.Findings = append(out.Findings, f)
	}
	return out
}

// probeAsClient probes a service with writes, with a token of the new client.
func (e Env) probeAsClient(ctx context.Context, kind string, c client, o SmokeOptions) Report {
	r := Probe(ctx, e, c.profile, ProbeOptions{Services: []string{kind}, Write: true, Selection: o.Selection,
		Query: TokenQuery{Grant: GrantClientCredentials}, began: o.began})
	// The token has its own finding among the grants.
	r.Findings = slices.DeleteFunc(r.Findings, func(f check.Finding) bool { return f.Group == "token" && f.Status == check.Pass })
	r.Timings = slices.DeleteFunc(r.Timings, func(t check.Timing) bool { return t.Group == "token" })
	return r
}
