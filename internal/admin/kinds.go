package admin

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// build makes the credential of one definite kind.
func build(kind string, o Options) (*credential, error) {
	c := &credential{kind: kind, tap: &tap{client: o.HTTP}, authority: o.Authority}
	var err error
	switch kind {
	case AzureCLI:
		c.detail = "the account signed in to the Azure CLI"
		c.inner, err = azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: o.TenantID})
	case DeviceCode:
		c.detail = "a person, by device code"
		c.inner, err = deviceCode(o, c.tap)
	case Browser:
		c.detail = "a person, in the browser"
		c.inner, err = azidentity.NewInteractiveBrowserCredential(&azidentity.InteractiveBrowserCredentialOptions{
			ClientOptions: o.client(c.tap), TenantID: o.TenantID, LoginHint: o.LoginHint, DisableInstanceDiscovery: o.custom()})
	case ManagedIdentity:
		c.detail = "the managed identity of this machine"
		c.inner, err = azidentity.NewManagedIdentityCredential(nil) // its endpoint is the host's own, not reached through the proxy
	case Environment:
		err = environment(o, c)
	case HDSTest:
		err = hdstest(o, c)
	default:
		return nil, problem.Usagef("unknown administrator's credential %q; known are %s", kind, strings.Join(Kinds(), ", "))
	}
	if err != nil {
		return nil, asUsage(kind, err)
	}
	return c, nil
}

// asUsage: what azidentity's constructors refuse is always input.
func asUsage(kind string, err error) error {
	if problem.KindOf(err) == problem.Usage {
		return err
	}
	return problem.Usagef("the administrator's credential %s cannot be used: %s", kind, firstLine(err.Error()))
}

func deviceCode(o Options, t *tap) (azcore.TokenCredential, error) {
	out := o.Message
	if out == nil {
		out = io.Discard
	}
	return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: o.client(t), TenantID: o.TenantID, DisableInstanceDiscovery: o.custom(),
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			_, err := fmt.Fprintln(out, m.Message)
			return err
		}})
}

// hdstest takes the administrator's own variables.
func hdstest(o Options, c *credential) error {
	client, tenant := o.Environ(EnvClientID), o.Environ(EnvTenantID)
	if tenant == "" {
		tenant = o.TenantID
	}
	if client == "" || tenant == "" {
		return problem.Usagef("the administrator's credential hdstest needs %s and %s", EnvTenantID, EnvClientID)
	}
	if err := sameTenant(EnvTenantID, tenant, o.TenantID); err != nil {
		return err
	}
	value, err := secretFrom(o.Environ(EnvSecret), o.Environ(EnvSecretFile))
	if err != nil {
		return err
	}
	c.detail = fmt.Sprintf("client id %s in tenant %s", client, tenant)
	c.inner, err = azidentity.NewClientSecretCredential(tenant, client, value.Reveal(),
		&azidentity.ClientSecretCredentialOptions{ClientOptions: o.client(c.tap), DisableInstanceDiscovery: o.custom()})
	c.secret = value
	return err
}

func secretFrom(value, file string) (secret.Value, error) {
	switch {
	case value != "" && file != "":
		return secret.Value{}, problem.Usagef("set one of %s and %s, not both", EnvSecret, EnvSecretFile)
	case value != "":
		return secret.New(value), nil
	case file == "":
		return secret.Value{}, problem.Usagef("the administrator's credential hdstest needs %s or %s", EnvSecret, EnvSecretFile)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return secret.Value{}, problem.Usagef("%s: %w", EnvSecretFile, err)
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		return secret.Value{}, problem.Usagef("%s: the file %s is empty", EnvSecretFile, file)
	}
	return secret.New(text), nil
}

// sameTenant refuses an identity of another tenant. A domain name cannot be
// compared with a GUID here; then the first answer of Graph tells.
func sameTenant(variable, of, wanted string) error {
	if isGUID(of) && isGUID(wanted) && !strings.EqualFold(of, wanted) {
		return problem.Usagef("%s is tenant %s, but the profile's tenant is %s", variable, of, wanted)
	}
	return nil
}

// isGUID looks at the form only: 8-4-4-4-12 hexadecimal digits.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return false
		}
	}
	return true
}
