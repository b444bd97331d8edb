package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"hdstest/internal/entra"
)

// Names of the keys in a profile's section register: what the app should be.
const (
	RegisterName              = "register.name"
	RegisterAccountType       = "register.account_type"
	RegisterPublic            = "register.public"
	RegisterRedirectURIs      = "register.redirect_uris"
	RegisterSecret            = "register.secret"
	RegisterSecretName        = "register.secret_name"
	RegisterSecretLifetime    = "register.secret_lifetime"
	RegisterSecretStart       = "register.secret_start"
	RegisterSecretEnd         = "register.secret_end"
	RegisterSecretOut         = "register.secret_out"
	RegisterSecretCommand     = "register.secret_command"
	RegisterCertificate       = "register.certificate_file"
	RegisterGitHub            = "register.github"
	RegisterKubernetes        = "register.kubernetes"
	RegisterFederated         = "register.federated"
	RegisterFederatedAudience = "register.federated_audience"
	RegisterAPIs              = "register.apis"
	RegisterCreateAPIs        = "register.create_apis"
	RegisterConsent           = "register.consent"
	RegisterRoles             = "register.roles"
)

const registerSection = "register."

// registerKeys are guarded throughout: a stranger's file in the current folder
// must not say who else gets into an app of ours.
func registerKeys() []Key {
	keys := []Key{
		{Name: RegisterName, Flag: "name", check: checkDisplayName, Doc: "display name of the app (default: that of the profile's client id, else hdstest)"},
		{Name: RegisterAccountType, Flag: "account-type", check: checkAccountType,
			Doc: "who may sign in: " + strings.Join(accountTypes(), ", ") + ", or Graph's word (default for a new app: single-tenant)"},
		{Name: RegisterPublic, Flag: "public", Bool: true, Doc: "allow public client flows: no secret, sign-in by device code or browser"},
		{Name: RegisterRedirectURIs, Flag: "redirect-uri", List: true, sep: "\n",
			Doc: "redirect addresses, each with its platform as web=, public= or spa= in front; localhost and postman stand for the usual ones, none for no address"},
		{Name: RegisterSecret, Flag: "secret", Bool: true, Doc: "make a client secret, once"},
		{Name: RegisterSecretName, Flag: "secret-name", Doc: "name of the secret in the portal (default: hdstest)"},
		{Name: RegisterSecretLifetime, Flag: "secret-lifetime", check: checkLifetime,
			Doc: "how long the secret lives: " + monthsOffered() + ", or days and hours such as 45d or 36h (default: 6mo, 180 days)"},
		{Name: RegisterSecretStart, Flag: "secret-start", check: checkInstant, Doc: "when the secret begins: a date or RFC 3339 (default: now)"},
		{Name: RegisterSecretEnd, Flag: "secret-end", check: checkInstant, Doc: "when the secret ends, in place of a lifetime: a date or RFC 3339"},
		{Name: RegisterSecretOut, Flag: "secret-out", Path: true,
			Doc: "new file for the secret's value, mode 0600; - for standard output (default: beside the config file)"},
		{Name: RegisterSecretCommand, Flag: "secret-command", Doc: "command of the shell that gets the secret's value on standard input, in place of a file"},
		{Name: RegisterCertificate, Flag: "certificate", Path: true, Doc: "file with the public certificate to trust, PEM or DER; a private key in it stays here"},
		{Name: RegisterGitHub, Flag: "github", List: true, sep: "\n",
			Doc: "trust GitHub Actions: subjects such as repo:OWNER/REPO:environment:NAME"},
		{Name: RegisterKubernetes, Flag: "kubernetes", List: true, sep: "\n", Doc: "trust a service account: NAMESPACE/ACCOUNT@https://ISSUER"},
		{Name: RegisterFederated, Flag: "federated", List: true, sep: "\n", Doc: "trust another issuer: [NAME=]SUBJECT@https://ISSUER"},
		{Name: RegisterFederatedAudience, Flag: "federated-audience", Doc: "audience of the trusted tokens (default: the cloud's token exchange)"},
		{Name: RegisterAPIs, Flag: "api", List: true, sep: "\n",
			Doc: "delegated permissions to ask for: fhir, dicom or the app id of an API; =SCOPE+SCOPE names scopes (default: its usual one)"},
		{Name: RegisterCreateAPIs, Flag: "create-api", Bool: true, Doc: "make the service principal of an API that is not in the tenant yet"},
		{Name: RegisterConsent, Flag: "consent", Bool: true, Doc: "consent to the permissions for everyone in the tenant"},
		{Name: RegisterRoles, Flag: "role", List: true, sep: "\n",
			Doc: "roles to give the app as ROLE@fhir, ROLE@dicom or ROLE@/subscriptions/…; a data role finds its service"},
	}
	for i := range keys {
		keys[i].guard = always
	}
	return keys
}

// RegisterKeys lists the names of the keys in the section register.
func RegisterKeys() []string {
	var names []string
	for _, k := range registerKeys() {
		names = append(names, k.Name)
	}
	return names
}

// Registration is the section register of a profile, with the flags over it.
type Registration struct {
	Name, AccountType        string
	Public                   bool
	RedirectURIs             []string // [PLATFORM=]URI
	Secret                   bool
	SecretName               string
	SecretLifetime           time.Duration // zero: the default
	SecretStart, SecretEnd   time.Time
	SecretOut, SecretCommand string
	CertificateFile          string
	GitHub                   []string
	Kubernetes               []string
	Federated                []string
	FederatedAudience        string
	APIs                     []string // API[=SCOPE+SCOPE]
	CreateAPIs, Consent      bool
	Roles                    []string // ROLE[@SERVICE]
}

// registration reads the section; the forms were checked when the values came in.
func (s *Settings) registration() Registration {
	yes := func(key string) bool { return isTrue(s.text(key)) }
	lifetime, _ := ParseLifetime(s.text(RegisterSecretLifetime))
	start, _ := ParseInstant(s.text(RegisterSecretStart))
	end, _ := ParseInstant(s.text(RegisterSecretEnd))
	return Registration{
		Name: s.text(RegisterName), AccountType: s.text(RegisterAccountType), Public: yes(RegisterPublic),
		RedirectURIs: s.list(RegisterRedirectURIs), Secret: yes(RegisterSecret), SecretName: s.text(RegisterSecretName),
		SecretLifetime: lifetime, SecretStart: start, SecretEnd: end, SecretOut: s.text(RegisterSecretOut),
		SecretCommand: s.text(RegisterSecretCommand), CertificateFile: s.text(RegisterCertificate), GitHub: s.list(RegisterGitHub),
		Kubernetes: s.list(RegisterKubernetes), Federated: s.list(RegisterFederated), FederatedAudience: s.text(RegisterFederatedAudience),
		APIs: s.list(RegisterAPIs), CreateAPIs: yes(RegisterCreateAPIs), Consent: yes(RegisterConsent), Roles: s.list(RegisterRoles),
	}
}

func (s *Settings) list(key string) []string {
	k, _ := KeyByName(key)
	if s.text(key) == "" {
		return nil
	}
	return k.Split(s.text(key))
}

// Wish gives what the section register came to, by key, as [Settings.Recall]
// takes it.
func (s *Settings) Wish() map[string]string {
	out := map[string]string{}
	for _, name := range RegisterKeys() {
		if v, ok := s.values[name]; ok {
			out[name] = v.Text
		}
	}
	return out
}

// Recall puts an earlier wish in the place of what the profile says; flags win.
// A wish that cannot be read is a usage error.
func (s *Settings) Recall(wish map[string]string) error {
	for name, text := range wish {
		k, ok := KeyByName(name)
		if !ok || !strings.HasPrefix(name, registerSection) {
			return fmt.Errorf("the unfinished run has an unknown setting %s", name)
		}
		if err := k.checkText(text); err != nil {
			return fmt.Errorf("the unfinished run's %s: %w", name, err)
		}
		if v, given := s.values[name]; !given || v.Source.Kind != FromFlag {
			s.values[name] = Value{Text: text, Source: Source{Kind: FromDefault, Name: "the unfinished run"}}
		}
	}
	s.Register = s.registration()
	return nil
}

func accountTypes() []string {
	var names []string
	for _, t := range entra.AccountTypes() {
		names = append(names, t.Name)
	}
	return names
}

func checkAccountType(text string) error {
	if _, ok := entra.AccountTypeByName(text); ok {
		return nil
	}
	return errors.New("expected " + strings.Join(accountTypes(), ", "))
}

func checkLifetime(text string) error {
	_, err := ParseLifetime(text)
	return err
}

func checkInstant(text string) error {
	_, err := ParseInstant(text)
	return err
}

func monthsOffered() string {
	var out []string
	for _, l := range entra.SecretLifetimes() {
		out = append(out, fmt.Sprintf("%dmo", l.Months))
	}
	return strings.Join(out, ", ")
}
