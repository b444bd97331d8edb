package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// Info is how a sandbox is used, as `hdstest sandbox --info FILE` writes it. Its
// example app has the platform web for its redirect address. The
// secret and the password are the sandbox's own and open nothing else.
type Info struct {
	TenantID        string `json:"tenant_id"`
	Authority       string `json:"authority"`
	GraphURL        string `json:"graph_url"`
	ARMURL          string `json:"arm_url"`
	FHIRURL         string `json:"fhir_url"`
	DICOMURL        string `json:"dicom_url"`
	CAFile          string `json:"ca_file"`
	ClientID        string `json:"client_id"`
	ClientSecret    string `json:"client_secret"`
	CertificateFile string `json:"certificate_file"`
	PublicClientID  string `json:"public_client_id"`
	Username        string `json:"username"`
	Password        string `json:"password"`
	// The rest is for register: an administrator, and where roles are assigned.
	AdminClientID     string `json:"admin_client_id"`
	AdminClientSecret string `json:"admin_client_secret"`
	FHIRResourceID    string `json:"fhir_resource_id"`
	DICOMResourceID   string `json:"dicom_resource_id"`
	// What a job of Azure Pipelines names when it asks for its ID token.
	ServiceConnectionID string `json:"service_connection_id"`
	PID                 int    `json:"pid"` // of the process, so that one run is told from the next
}

// readInfo reads the description of the sandbox that the variable names, else of
// the only one that runs under this user. That it answers is not checked.
func readInfo(in Input) (*Info, error) {
	path, by := in.getenv(EnvSandboxInfo), EnvSandboxInfo+": "
	if path == "" {
		var err error
		if path, err = FindInfo(in.StateDir, EnvSandboxInfo+"=FILE"); err != nil {
			return nil, err
		}
		by = ""
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.Usagef("%s%w", by, noSandbox(path))
	}
	if err != nil {
		return nil, problem.Usagef("%sprofile sandbox: %w", by, err)
	}
	var info Info
	if err := json.Unmarshal(data, &info); err != nil || info.Authority == "" {
		return nil, problem.Usagef("%s%s: not the description of a sandbox", by, path)
	}
	return &info, nil
}

// layer checks the values as any other source's.
func (i *Info) layer() (layer, error) {
	l := newLayer("the sandbox")
	l.loose = true
	for key, text := range map[string]string{
		TenantID: i.TenantID, Authority: i.Authority, GraphURL: i.GraphURL, ARMURL: i.ARMURL,
		FHIRURL: i.FHIRURL, DICOMURL: i.DICOMURL, CAFile: i.CAFile, ClientID: i.ClientID,
		FHIRResourceID: i.FHIRResourceID, DICOMResourceID: i.DICOMResourceID, RedirectPlatform: "web",
		ServiceConnectionID: i.ServiceConnectionID,
	} {
		if text == "" {
			continue
		}
		k, _ := KeyByName(key)
		if err := k.checkText(text); err != nil {
			return l, fmt.Errorf("sandbox: %s: %w", key, err)
		}
		l.values[key] = Value{Text: text, Source: Source{Kind: FromSandbox}}
	}
	if s := secret.New(i.ClientSecret); !s.IsZero() {
		l.values[ClientSecret] = Value{Secret: s, Source: Source{Kind: FromSandbox}}
	}
	return l, nil
}

// public makes the layer that of the sandbox's public client, which has no
// credential.
func (l layer) public() layer {
	delete(l.values, ClientID)
	delete(l.values, ClientSecret)
	l.values[RedirectPlatform] = Value{Text: "public", Source: Source{Kind: FromSandbox}}
	return l
}
