package admin

import (
	"fmt"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// environment takes the variables of azidentity's EnvironmentCredential and its
// order: secret, certificate, then the token file of workload identity. User
// name and password are left out: Microsoft has retired that grant for
// administrators (it knows no second factor).
//
// Source: azidentity 1.15.0, environment_credential.go and azidentity.go.
func environment(o Options, c *credential) error {
	tenant, client := o.Environ("AZURE_TENANT_ID"), o.Environ("AZURE_CLIENT_ID")
	if tenant == "" || client == "" {
		return problem.Usagef("the administrator's credential environment needs AZURE_TENANT_ID and AZURE_CLIENT_ID")
	}
	if err := sameTenant("AZURE_TENANT_ID", tenant, o.TenantID); err != nil {
		return err
	}
	c.detail = fmt.Sprintf("client id %s in tenant %s, from AZURE_*", client, tenant)
	value, file, token := o.Environ("AZURE_CLIENT_SECRET"), o.Environ("AZURE_CLIENT_CERTIFICATE_PATH"), o.Environ("AZURE_FEDERATED_TOKEN_FILE")
	var err error
	switch {
	case value != "":
		c.secret = secret.New(value)
		c.inner, err = azidentity.NewClientSecretCredential(tenant, client, value,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: o.client(c.tap), DisableInstanceDiscovery: o.custom()})
	case file != "":
		c.inner, err = certificate(o, c.tap, tenant, client, file)
	case token != "":
		c.inner, err = azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: o.client(c.tap), DisableInstanceDiscovery: o.custom(), TenantID: tenant, ClientID: client, TokenFilePath: token})
	default:
		err = problem.Usagef("the administrator's credential environment needs one of %s",
			"AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE")
	}
	return err
}

func certificate(o Options, t *tap, tenant, client, file string) (*azidentity.ClientCertificateCredential, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, problem.Usagef("AZURE_CLIENT_CERTIFICATE_PATH: %w", err)
	}
	password := []byte(o.Environ("AZURE_CLIENT_CERTIFICATE_PASSWORD"))
	if len(password) == 0 {
		password = nil
	}
	certs, key, err := azidentity.ParseCertificates(data, password)
	if err != nil {
		return nil, problem.Usagef("AZURE_CLIENT_CERTIFICATE_PATH: %s: %s", file, firstLine(err.Error()))
	}
	chain := o.Environ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
	return azidentity.NewClientCertificateCredential(tenant, client, certs, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions: o.client(t), DisableInstanceDiscovery: o.custom(), SendCertificateChain: chain == "1" || chain == "true"})
}
