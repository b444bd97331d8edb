package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"hdstest/internal/sandbox/directory"
)

// Info is how to use a running sandbox. Its JSON is what --info writes.
type Info struct {
	SchemaVersion      int    `json:"schema_version"`
	Note               string `json:"note"`
	TenantID           string `json:"tenant_id"`
	TenantDomain       string `json:"tenant_domain"`
	Authority          string `json:"authority"` // https://localhost:port/{tenant_id}
	LoginURL           string `json:"login_url"`
	GraphURL           string `json:"graph_url"` // without /v1.0
	ARMURL             string `json:"arm_url"`
	FHIRURL            string `json:"fhir_url"`
	DICOMURL           string `json:"dicom_url"` // without /v2
	CAFile             string `json:"ca_file"`
	ClientID           string `json:"client_id"` // a ready app with roles on both services
	ClientSecret       string `json:"client_secret"`
	CertificateFile    string `json:"certificate_file"` // key and certificate of the same app, PEM
	FederatedTokenFile string `json:"federated_token_file"`
	PublicClientID     string `json:"public_client_id"`
	Username           string `json:"username"`
	Password           string `json:"password"`
	AdminClientID      string `json:"admin_client_id"` // may register apps and give roles
	AdminClientSecret  string `json:"admin_client_secret"`
	AdminUsername      string `json:"admin_username"` // may consent for everybody
	AdminPassword      string `json:"admin_password"`
	SubscriptionID     string `json:"subscription_id"`
	FHIRResourceID     string `json:"fhir_resource_id"`
	DICOMResourceID    string `json:"dicom_resource_id"`
	// What a job of GitHub Actions or Azure Pipelines has to ask for its ID token.
	JobToken            string `json:"job_token"` // ACTIONS_ID_TOKEN_REQUEST_TOKEN, SYSTEM_ACCESSTOKEN
	GitHubTokenURL      string `json:"github_id_token_request_url"`
	PipelinesURL        string `json:"pipelines_oidc_request_uri"`
	ServiceConnectionID string `json:"service_connection_id"`
	PID                 int    `json:"pid"`
}

// newInfo describes a sandbox whose URLs are known.
func newInfo(id *identity, urls urls, services [2]*directory.HealthService, sub directory.Subscription, files files) Info {
	return Info{
		SchemaVersion: 1,
		Note:          "An hdstest sandbox: nothing here is Microsoft's, and none of these secrets is worth keeping.",
		TenantID:      id.TenantID, TenantDomain: tenantDomain, Authority: urls.login + "/" + id.TenantID,
		LoginURL: urls.login, GraphURL: urls.graph, ARMURL: urls.arm, FHIRURL: urls.fhir, DICOMURL: urls.dicom,
		CAFile: files.ca, CertificateFile: files.certificate, FederatedTokenFile: files.federated,
		ClientID: id.Example.AppID, ClientSecret: id.Example.Secret, PublicClientID: id.Public.AppID,
		Username: userName, Password: id.User.Password,
		AdminClientID: id.Admin.AppID, AdminClientSecret: id.Admin.Secret,
		AdminUsername: adminName, AdminPassword: id.AdminUser.Password,
		SubscriptionID: id.SubscriptionID,
		FHIRResourceID: services[0].ResourceID(sub), DICOMResourceID: services[1].ResourceID(sub),
		PID: os.Getpid(),
	}
}

// WriteFile writes the info as JSON, mode 0600, whole or not at all.
func (i Info) WriteFile(path string) error {
	data, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the sandbox's info: %w", err)
	}
	return writeWhole(path, append(data, '\n'))
}

// writeWhole writes a file of mode 0600 under a temporary name and renames it.
func writeWhole(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	temporary, err := writeTemporary(filepath.Dir(path), data)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		_ = os.Remove(temporary)
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
