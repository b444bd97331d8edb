// Package admin gives the administrator's credential: the one with which
// Microsoft Graph and Azure Resource Manager are called. It is never the
// credential of the app under test, so the AZURE_* variables, which always mean
// that app, are read only when the kind "environment" is asked for by name.
//
// [Credential] makes one by its kind; "auto" looks for one and says which it
// took. azidentity does the work; this package chooses, takes every input from
// [Options] instead of the process's environment, and turns failures into
// errors with evidence. What the identity may do is not looked at here.
//
// Two kinds reach beyond Options, since azidentity leaves no other way: the
// Azure CLI is run as "az" from the PATH with its own configuration, and a
// managed identity is found by the variables that its host sets.
package admin

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/entra"
	"hdstest/internal/problem"
)

// Kinds of credential, as --admin-credential takes them.
const (
	Auto            = "auto"             // the first that is there, see [Order]
	AzureCLI        = "azure-cli"        // the account signed in by az login
	DeviceCode      = "device-code"      // a person, by a code typed on another device
	Browser         = "browser"          // a person, in this machine's browser
	ManagedIdentity = "managed-identity" // the Azure resource on which the program runs
	Environment     = "environment"      // AZURE_*: the app under test manages itself
	HDSTest         = "hdstest"          // HDSTEST_ADMIN_*
)

// Variables of the kind hdstest.
const (
	EnvTenantID   = "HDSTEST_ADMIN_TENANT_ID"
	EnvClientID   = "HDSTEST_ADMIN_CLIENT_ID"
	EnvSecret     = "HDSTEST_ADMIN_CLIENT_SECRET"
	EnvSecretFile = "HDSTEST_ADMIN_CLIENT_SECRET_FILE"
)

// Kinds lists every kind, for help texts and checks.
func Kinds() []string {
	return []string{Auto, AzureCLI, DeviceCode, Browser, ManagedIdentity, Environment, HDSTest}
}

// Order lists the kinds that auto tries, in this order: hdstest if its client
// id is set, and then no other; the Azure CLI; a managed identity if the host
// announces one; the device code if a person is there to type it. It opens no
// browser and never takes AZURE_*.
func Order() []string { return []string{HDSTest, AzureCLI, ManagedIdentity, DeviceCode} }

// Options are the surroundings of a credential.
type Options struct {
	Environ func(string) string // looks up a variable; nil: none is set
	HTTP    *http.Client        // for the authority; required
	// Authority is https://host, a path is ignored; empty: the public cloud's. A
	// host outside the known clouds is asked directly: the instance discovery,
	// which would ask a Microsoft host about it, is off.
	Authority string
	// TenantID is the tenant whose directory is to be changed, GUID or domain. An
	// identity of another tenant is refused where that can be seen beforehand.
	TenantID    string
	LoginHint   string                    // account offered in the browser
	Interactive bool                      // a person is there: auto may use the device code
	Message     io.Writer                 // where the device code's instruction goes
	Taken       func(kind, detail string) // told once which credential is used; may be nil
}

// Credential makes the credential of a kind. It asks for no token and starts no
// program, so a missing login shows on first use. Unknown kinds and missing or
// contradictory variables are usage errors.
func Credential(kind string, o Options) (azcore.TokenCredential, error) {
	if o.Environ == nil {
		o.Environ = func(string) string { return "" }
	}
	if o.HTTP == nil {
		return nil, problem.Usagef("the administrator's credential needs an HTTP client")
	}
	if o.Taken == nil {
		o.Taken = func(string, string) {}
	}
	if o.Authority == "" {
		o.Authority = entra.Clouds()[0].Authority
	}
	u, err := url.Parse(o.Authority)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, problem.Usagef("the authority %q is no https:// address", o.Authority)
	}
	o.Authority = "https://" + u.Host
	if kind == Auto || kind == "" {
		return &chain{options: o}, nil
	}
	c, err := build(kind, o)
	if err != nil {
		return nil, err
	}
	c.told = o.Taken
	return c, nil
}

// custom tells whether the authority is none of the known clouds'.
func (o Options) custom() bool {
	_, known := entra.CloudByHost(strings.TrimPrefix(o.Authority, "https://"))
	return !known
}

// client gives the settings that all of azidentity's credentials share.
func (o Options) client(t *tap) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: o.Authority + "/"},
		Transport: t,
		// One repetition is enough: the person waits and can try again.
		Retry: policy.RetryOptions{MaxRetries: 1},
	}
}
