package admin

import (
	"context"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/problem"
)

// chain is the kind auto: it decides at the first token and then stays with
// that decision, so that one run never mixes two identities.
type chain struct {
	options Options

	mu    sync.Mutex
	taken azcore.TokenCredential
}

// GetToken gives a token of the first credential of [Order] that has one. A
// credential that was set up on purpose (hdstest) and fails ends the search.
func (c *chain) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken != nil {
		return c.taken.GetToken(ctx, opts)
	}
	var tried []string
	for _, kind := range Order() {
		if why := c.options.absent(kind); why != "" {
			tried = append(tried, kind+": "+why)
			continue
		}
		cred, err := build(kind, c.options)
		if err != nil {
			return azcore.AccessToken{}, err
		}
		token, err := cred.GetToken(ctx, opts)
		if err == nil {
			c.taken = cred
			c.options.Taken(kind, cred.detail)
			return token, nil
		}
		if kind == HDSTest || kind == DeviceCode || ctx.Err() != nil {
			return azcore.AccessToken{}, err
		}
		tried = append(tried, kind+": "+reason(err))
	}
	return azcore.AccessToken{}, &problem.Error{Kind: problem.NoToken, Tried: "find an administrator's credential",
		Expected: "one of " + strings.Join(Order(), ", "), Seen: strings.Join(tried, "; ")}
}

// absent tells why a kind need not be tried; empty: it is to be tried.
func (o Options) absent(kind string) string {
	switch {
	case kind == HDSTest && o.Environ(EnvClientID) == "":
		return EnvClientID + " is not set"
	case kind == ManagedIdentity && o.Environ("IDENTITY_ENDPOINT") == "" && o.Environ("MSI_ENDPOINT") == "":
		// A virtual machine announces nothing; asking its metadata address from
		// elsewhere would only time out. There the kind is written.
		return "no IDENTITY_ENDPOINT or MSI_ENDPOINT"
	case kind == DeviceCode && !o.Interactive:
		return "nobody at a terminal"
	}
	return ""
}
