package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// tries is how often a question is asked before init gives up.
const tries = 5

// question asks a person until the answer passes the check. An empty answer leaves the
// value as it is.
func (d *draft) question(ctx context.Context, text string, value *string, check func(string) error) error {
	for range tries {
		answer, err := d.answer(ctx, text)
		if err != nil {
			return err
		}
		if answer = strings.TrimSpace(answer); answer == "" {
			return nil
		}
		if check != nil {
			if err := check(answer); err != nil {
				d.p.say("%v", err)
				continue
			}
		}
		*value = answer
		return nil
	}
	return problem.Usagef("init: no answer of use after %d questions; nothing was written", tries)
}

// answer waits for the person, or for an interrupt.
func (d *draft) answer(ctx context.Context, text string) (string, error) {
	line, err := d.p.ReadLine(ctx, text)
	switch {
	case ctx.Err() != nil:
		return "", errInterrupted
	case err != nil && line == "":
		return "", problem.Usagef("init: the input ended before all was answered; nothing was written")
	}
	return line, nil
}

// asked puts the answer to a question into the draft.
func (d *draft) asked(ctx context.Context, key, text string, check func(string) error) error {
	answer := ""
	k, _ := config.KeyByName(key)
	err := d.question(ctx, text, &answer, func(t string) error {
		if err := k.Check(t); err != nil || check == nil {
			return err
		}
		return check(t)
	})
	if err == nil && answer != "" {
		d.set(key, answer, "answered")
	}
	return err
}

// addresses settles which services the profile is about.
func (d *draft) addresses(ctx context.Context, argument string) error {
	if argument == "" && d.values[config.FHIRURL] == "" && d.values[config.DICOMURL] == "" {
		if !d.ask {
			return problem.Usagef("init: missing the address of a service: give it, or --fhir-url or --dicom-url")
		}
		if err := d.question(ctx, "Address of the FHIR or DICOM service: ", &argument, func(t string) error { _, _, err := readAddress(t); return err }); err != nil {
			return err
		}
		if argument == "" {
			return problem.Usagef("init: without a service there is no profile; nothing was written")
		}
	}
	if argument != "" {
		if err := d.address(argument); err != nil {
			return err
		}
	}
	for _, key := range []string{config.FHIRURL, config.DICOMURL} {
		if address, ok := d.values[key]; ok {
			kind := strings.TrimSuffix(key, ".url")
			_, clean, err := readAddress(address)
			if err != nil && !errors.Is(err, errWhichService) {
				return err
			}
			if err == nil {
				if named, _, _ := readAddress(address); named != kind {
					return problem.Usagef("--%s-url: %s is the address of a %s service", kind, address, strings.ToUpper(named))
				}
				d.values[key] = clean
			}
		}
	}
	return d.otherAddress(ctx)
}

// address takes the argument; where it does not show which service it is, a flag has
// to say.
func (d *draft) address(text string) error {
	kind, address, err := readAddress(text)
	if err != nil {
		return err
	}
	key := kind + ".url"
	if given, there := d.values[key]; there && given != address {
		return problem.Usagef("init: %s and --%s-url %s are two addresses for one service", address, kind, given)
	}
	if address != text {
		d.p.say("the service's own address is %s", address)
	}
	d.set(key, address, "the address given")
	return nil
}

// otherAddress asks for the second service.
func (d *draft) otherAddress(ctx context.Context) error {
	for kind, title := range map[string]string{entra.FHIR: "FHIR", entra.DICOM: "DICOM"} {
		if !d.ask || d.values[kind+".url"] != "" {
			continue
		}
		answer := ""
		err := d.question(ctx, "Address of a "+title+" service too (empty: none): ", &answer, func(t string) error {
			named, _, err := readAddress(t)
			if err == nil && named != kind {
				return fmt.Errorf("that is the address of the %s service", strings.ToUpper(named))
			}
			return err
		})
		if err != nil {
			return err
		}
		if _, address, err := readAddress(answer); err == nil {
			d.set(kind+".url", address, "answered")
		}
	}
	return nil
}

// rest asks for the app and its credential.
func (d *draft) rest(ctx context.Context) error {
	if !d.ask {
		return nil
	}
	if d.values[config.ClientID] == "" {
		if err := d.asked(ctx, config.ClientID, "Client id of the app (empty: register makes one): ", nil); err != nil {
			return err
		}
	}
	if d.values[config.ClientID] == "" || d.hasCredential() {
		return nil
	}
	how := "none"
	err := d.question(ctx, "How does the app prove itself: secret, certificate, federated or none? [none] ", &how, func(t string) error {
		switch t {
		case "secret", "certificate", "federated", "none":
			return nil
		}
		return errors.New("expected secret, certificate, federated or none")
	})
	if err != nil {
		return err
	}
	switch how {
	case "secret":
		return d.asked(ctx, config.ClientSecretFile, "File that holds the client secret: ", d.p.checkSecretFile)
	case "certificate":
		return d.asked(ctx, config.CertificateFile, "PEM or PFX file with certificate and private key: ", d.p.checkCertificateFile)
	case "federated":
		return d.asked(ctx, config.FederatedTokenFile, "File that holds the federated token: ", checkReadable)
	}
	if d.values[config.RedirectPlatform] == "" {
		d.set(config.RedirectPlatform, "public", "answered")
	}
	return nil
}

func (d *draft) hasCredential() bool {
	for _, key := range []string{config.ClientSecretFile, config.CertificateFile, config.FederatedTokenFile, config.CredentialKind} {
		if d.values[key] != "" {
			return true
		}
	}
	return false
}

func checkReadable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}

// checkSecretFile looks at the form of a secret, without telling any of it.
func (p *program) checkSecretFile(path string) error {
	value, err := p.secretFile("client secret", path, "client_secret_file")
	if err != nil {
		return err
	}
	for shape := range strings.SplitSeq(evidence.SecretShape(value.Reveal()), ",") {
		switch shape {
		case evidence.ShapeGUID:
			return errors.New("what is in the file has the form of a secret's ID (a GUID); copy the column Value")
		case evidence.ShapePlaceholder, evidence.ShapeMasked, evidence.ShapeVariable, evidence.ShapeToken:
			return fmt.Errorf("what is in the file is no secret: it has the form of a %s", shape)
		}
	}
	return nil
}

// checkCertificateFile parses the file. One that has a password is taken as it is.
func (p *program) checkCertificateFile(path string) error {
	data, err := p.readFile("certificate", path)
	if err != nil {
		return err
	}
	certificate, err := acquire.ParseCertificate(data, secret.Value{})
	if wrongPassword(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return certificate.Valid(p.Now())
}

var profileForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,40}$`)

func checkName(name string) error {
	switch {
	case !profileForm.MatchString(name):
		return errors.New("expected a name of letters and digits, with _ - . between them")
	case name == config.SandboxProfile:
		return errors.New("the name sandbox means a running sandbox")
	}
	return nil
}

// errWhichService is the answer to an address that does not show which service it is.
var errWhichService = errors.New("the address does not show which service it is")

// readAddress finds out which service an address is of, and strips what people copy
// along: a path, a query, a resource. Only addresses of Azure Health Data Services show
// that much.
func readAddress(text string) (kind, address string, err error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", "", problem.Usagef("expected an address such as https://workspace-service.fhir.azurehealthcareapis.com")
	}
	host := strings.ToLower(u.Hostname())
	if entra.IsRetiredFHIRHost(host) {
		return "", "", &problem.Error{Kind: problem.Usage, Tried: "make a profile for " + host, Seen: "it is " + entra.RetiredFHIR, Cause: "service.retired"}
	}
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		for _, c := range entra.Clouds() {
			if c.HealthSuffix != "" && strings.HasSuffix(host, "."+kind+"."+c.HealthSuffix) {
				return kind, "https://" + host, nil
			}
		}
	}
	return "", "", problem.Usagef("%w: %s; give it as --fhir-url or --dicom-url", errWhichService, host)
}
