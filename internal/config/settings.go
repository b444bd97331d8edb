package config

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/secret"
)

// defaultTimeout is the time limit of one request.
const defaultTimeout = 30 * time.Second

// Settings is the one checked value from which everything else is made. A field
// is empty where nothing was said and there is no default; [Settings.Require]
// tells what is missing in a person's words.
type Settings struct {
	Profile string // empty: none
	File    string // the config file; empty: none was used
	// Cloud is the known cloud of the authority; the zero Cloud for another one.
	Cloud             entra.Cloud
	Authority         string // https://host, without tenant
	CustomAuthority   bool   // the authority belongs to no known cloud
	TenantID          string
	ClientID          string
	AppObjectID       string
	PrincipalObjectID string
	RedirectPlatform  string // web, public, spa or empty
	RedirectURI       string
	Credential        Credential
	GraphURL, ARMURL  string // https://host, without path
	Grants            []string
	FHIR, DICOM       Service
	Register          Registration
	CAFile, Proxy     string
	Timeout           time.Duration
	Sandbox           *Info    // the sandbox whose settings these are
	Warnings          []string // what a person should know about how they came to be

	values map[string]Value
	others []string
}

// Service is a FHIR or DICOM service.
type Service struct {
	URL        string // without final slash; of DICOM with the version: https://host/v2
	Audience   string
	Scope      string
	ResourceID string
}

// Credential is the reference to a credential of the app; at most one of the
// kinds is set, in the order of the fields. None of them: a public client.
type Credential struct {
	Secret       secret.Value // from the command line or a sandbox
	SecretFile   string       // - for standard input
	SecretEnv    string
	SecretPrompt bool
	// SecretExpires is the last day of the secret; zero: not known.
	SecretExpires time.Time

	CertificateFile string
	PasswordFile    string
	PasswordEnv     string
	SendChain       bool

	FederatedTokenFile string

	// Kind is one of [CredentialKinds] but auto.
	Kind              string
	Auto              bool   // look for one, if none of the above is set
	ServiceConnection string // for azure-pipelines

	Source Source
}

// IsZero tells whether there is no credential.
func (c Credential) IsZero() bool {
	return c.Secret.IsZero() && c.SecretFile == "" && c.SecretEnv == "" && !c.SecretPrompt &&
		c.CertificateFile == "" && c.FederatedTokenFile == "" && c.Kind == "" && !c.Auto
}

func newSettings(c choice, single, set []layer) (*Settings, error) {
	values, warnings, err := overlay(single, set)
	if err != nil {
		return nil, err
	}
	s := &Settings{Profile: c.profile, File: c.file, Sandbox: c.sandbox, Warnings: warnings, others: c.others, values: values}
	s.RedirectURI = s.fallback(RedirectURI, entra.LoopbackRedirect)
	s.Authority = s.fallback(Authority, entra.Clouds()[0].Authority)
	s.cloud()
	s.TenantID, s.ClientID = s.text(TenantID), s.text(ClientID)
	s.AppObjectID, s.PrincipalObjectID = s.text(AppObjectID), s.text(PrincipalObjectID)
	s.RedirectPlatform = s.text(RedirectPlatform)
	s.Credential = s.credential()
	s.CAFile, s.Proxy = s.text(CAFile), s.text(Proxy)
	s.Timeout, err = time.ParseDuration(s.fallback(Timeout, defaultTimeout.String()))
	for _, item := range s.list(Grants) {
		grant, _ := ParseGrant(item)
		s.Grants = append(s.Grants, grant)
	}
	s.Register = s.registration()
	s.services()
	s.Warnings = append(s.Warnings, s.retired()...)
	return s, err
}

// retired warns of addresses of the Azure API for FHIR: nothing answers there, or
// only after a long wait.
func (s *Settings) retired() (warnings []string) {
	for _, key := range []string{FHIRURL, DICOMURL} {
		if v, ok := s.values[key]; ok && entra.IsRetiredFHIRHost(hostOf(v.Text)) {
			warnings = append(warnings, called(key, v)+" is "+entra.RetiredFHIR)
		}
	}
	return warnings
}

func (s *Settings) text(key string) string { return s.values[key].Text }

// fallback gives the value of a key, and notes the default where there is none.
func (s *Settings) fallback(key, standard string) string {
	if _, ok := s.values[key]; !ok && standard != "" {
		s.values[key] = Value{Text: standard, Source: Source{Kind: FromDefault}}
	}
	return s.text(key)
}

func (s *Settings) cloud() {
	known := false
	if u, err := url.Parse(s.Authority); err == nil && cmp.Or(u.Port(), "443") == "443" {
		s.Cloud, known = entra.CloudByHost(u.Hostname())
	}
	s.CustomAuthority = !known
	s.GraphURL = strings.TrimSuffix(s.fallback(GraphURL, s.Cloud.Graph), "/")
	s.ARMURL = strings.TrimSuffix(s.fallback(ARMURL, s.Cloud.ResourceManager), "/")
}

func (s *Settings) services() {
	fhir := strings.TrimRight(s.text(FHIRURL), "/")
	s.FHIR = s.service(fhir, fhir, FHIRAudience, FHIRScope, FHIRResourceID)
	dicom := strings.TrimRight(s.text(DICOMURL), "/")
	if u, err := url.Parse(dicom); dicom != "" && err == nil && u.Path == "" {
		dicom += "/v2" // Azure's current version; a path is that, or another DICOMweb server's
	}
	audience := ""
	if dicom != "" {
		audience = entra.DICOMResource
	}
	s.DICOM = s.service(dicom, audience, DICOMAudience, DICOMScope, DICOMResourceID)
}

func (s *Settings) service(address, audience, audienceKey, scopeKey, idKey string) Service {
	out := Service{URL: address, ResourceID: s.text(idKey)}
	out.Audience = s.fallback(audienceKey, audience)
	scope := ""
	if out.Audience != "" {
		scope = out.Audience + entra.DefaultScope
	}
	out.Scope = s.fallback(scopeKey, scope)
	return out
}

func (s *Settings) credential() Credential {
	first := chosenCredential(s.values)
	v := s.values[first]
	c := Credential{Source: v.Source, Auto: isAuto(CredentialKind, s.values[CredentialKind]), ServiceConnection: s.text(ServiceConnectionID)}
	switch first {
	case CredentialKind:
		c.Kind = v.Text
	case ClientSecret:
		c.Secret = v.Secret
	case ClientSecretFile:
		c.SecretFile, c.SecretExpires = v.Text, s.day(ClientSecretExpires)
	case ClientSecretEnv:
		c.SecretEnv, c.SecretExpires = v.Text, s.day(ClientSecretExpires)
	case ClientSecretPrompt:
		c.SecretPrompt = isTrue(v.Text)
	case CertificateFile:
		c.CertificateFile, c.SendChain = v.Text, isTrue(s.text(SendCertificateChain))
		c.PasswordFile, c.PasswordEnv = s.text(CertificatePasswordFile), s.text(CertificatePasswordEnv)
	case FederatedTokenFile:
		c.FederatedTokenFile = v.Text
	}
	return c
}

// day reads a date; zero if there is none.
func (s *Settings) day(key string) time.Time {
	at, err := time.Parse(time.DateOnly, s.text(key))
	if err != nil {
		return time.Time{}
	}
	return at
}

// Value gives a setting as it was written, with its source.
func (s *Settings) Value(key string) (Value, bool) {
	v, ok := s.values[key]
	return v, ok
}
