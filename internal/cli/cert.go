package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/acquire"
	"hdstest/internal/certificate"
	"hdstest/internal/check"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// certCommand groups what is to be done with client certificates.
func (p *program) certCommand() *command {
	c := &command{name: "cert", usage: "make a client certificate, or show how one is named",
		examples: []example{{"a new pair for an app", "hdstest cert new --out app"}, {"the thumbprints of one that exists", "hdstest cert show app.pem"}}}
	return c.with(p.certNewCommand(), p.certShowCommand())
}

// certOptions are the flags of cert new.
type certOptions struct {
	certificate.Spec
	out, passwordFile, encryption string
}

func (p *program) certNewCommand() *command {
	o := &certOptions{}
	words := func(numbers []int) (out []string) {
		for _, n := range numbers {
			out = append(out, strconv.Itoa(n))
		}
		return out
	}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringFlag{Name: "out", Destination: &o.out, Value: "hdstest-client",
			Usage: "write `BASE`.pem, BASE.cer, BASE.pfx and BASE.pfx.password"},
		&urfave.StringFlag{Name: "name", Destination: &o.Name, Value: "hdstest client", Usage: "common `NAME` of the certificate"},
		&urfave.IntFlag{Name: "days", Destination: &o.Days, Value: 180, Usage: "`DAYS` for which it is valid"},
		&urfave.IntFlag{Name: "bits", Destination: &o.Bits, Value: certificate.Sizes()[0], Usage: "`BITS` of the RSA key: " + list(words(certificate.Sizes()))},
		&urfave.StringFlag{Name: "hash", Destination: &o.Hash, Value: certificate.Hashes()[0], Usage: "`HASH` of the signature: " + list(certificate.Hashes())},
		&urfave.StringFlag{Name: "password-file", Destination: &o.passwordFile,
			Usage: "`FILE` with the password for the PFX file, - for standard input (default: a new one is written to BASE.pfx.password)"},
		&urfave.StringFlag{Name: "pfx-encryption", Destination: &o.encryption, Value: certificate.Encryptions()[0],
			Usage: "`KIND` of encryption of the PFX file: tripledes, which azidentity for Go and old Windows read, or aes256"},
	}}
	return &command{
		name: "new", usage: "make a self-signed client certificate with its private key", outputs: []string{"text", "json"},
		about: "Writes four files, each readable by its owner only, and overwrites none: BASE.pem with private key and certificate, " +
			"BASE.cer with the certificate alone for upload, BASE.pfx with both under a password, BASE.pfx.password with that password.\n\n" +
			"Nothing is uploaded: hdstest register --certificate BASE.cer does that. The private key is RSA, since Entra takes no other " +
			"for an app, and leaves this machine with neither.",
		examples: []example{
			{"a pair for half a year", "hdstest cert new --out app"},
			{"a stronger one, with a password of one's own", "hdstest cert new --out app --bits 4096 --hash sha512 --days 365 --password-file password.txt"},
			{"then trust it, and use it", "hdstest register --certificate app.cer"},
		},
		groups: []flagGroup{own},
		run:    func(_ context.Context, c call) error { return p.certNew(o) },
	}
}

func (p *program) certNew(o *certOptions) error {
	given, err := p.pfxPassword(o)
	if err := errors.Join(o.Check(), o.checkFiles(), err); err != nil {
		return err
	}
	pair, err := certificate.New(o.Spec, p.Now(), p.Rand)
	if err != nil {
		return err
	}
	files, err := p.certFiles(o, pair, given)
	if err != nil {
		return err
	}
	if err := writeNew(files); err != nil {
		return err
	}
	d := certificate.Describe(pair.Leaf)
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "cert new"), named("files", files.named()),
			named("certificate", d))
	}
	out := []string{}
	for _, f := range files {
		out = append(out, fmt.Sprintf("%-12s  %s", f.what, f.path))
	}
	return p.lines(append(append(out, ""), describeLines(d)...)...)
}

// pfxPassword reads the password that was given; zero: one is to be made.
func (p *program) pfxPassword(o *certOptions) (secret.Value, error) {
	if o.passwordFile == "" {
		return secret.Value{}, nil
	}
	return p.secretFile("password", o.passwordFile, "--password-file")
}

func (p *program) certShowCommand() *command {
	var passwordFile string
	own := flagGroup{flags: []urfave.Flag{&urfave.StringFlag{Name: "password-file", Destination: &passwordFile,
		Usage: "`FILE` with the password of the PFX file, - for standard input"}}}
	return &command{
		name: "show", usage: "show a certificate and its thumbprints in every form", args: "FILE", maxArgs: 1, outputs: []string{"text", "json"},
		about: "Reads PEM, DER (.cer) and PFX, with or without the private key, of which nothing is shown. The key id that Microsoft Graph and " +
			"the portal show is no thumbprint: it is given when the certificate is uploaded.",
		examples: []example{
			{"which of the portal's certificates is this?", "hdstest cert show app.pem"},
			{"of a PFX file, for a program", "hdstest cert show app.pfx --password-file app.pfx.password --output json"},
		},
		groups: []flagGroup{own},
		run:    func(_ context.Context, c call) error { return p.certShow(c.Args().First(), passwordFile) },
	}
}

func (p *program) certShow(path, passwordFile string) error {
	if path == "" {
		return problem.Usagef("cert show: which file? Such as: hdstest cert show app.pem")
	}
	if path == "-" && passwordFile == "-" {
		return problem.Usagef("cert show: only one of certificate and password can come from standard input")
	}
	data, err := p.readFile("certificate", path)
	if err != nil {
		return err
	}
	var password secret.Value
	if passwordFile != "" {
		if password, err = p.secretFile("password", passwordFile, "--password-file"); err != nil {
			return err
		}
	}
	leaf, hasKey, err := acquire.ReadCertificate(data, password)
	if wrongPassword(err) && password.IsZero() && p.ReadSecret != nil {
		if password, err = p.ask("Password of " + path + ": "); err == nil {
			leaf, hasKey, err = acquire.ReadCertificate(data, password)
		}
	}
	if err != nil {
		return passwordGivenBy(located(err, path), "--password-file")
	}
	d := certificate.Describe(leaf)
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "cert show"), named("file", path),
			named("private_key", hasKey), named("expired", p.Now().After(d.NotAfter)), named("certificate", d))
	}
	if p.Now().After(d.NotAfter) {
		p.warn("the certificate has ended")
	}
	if !d.Usable {
		p.warn("Entra does not take this key for an app: RSA of 2048 bits or more is expected")
	}
	key := "not in this file"
	if hasKey {
		key = "in this file"
	}
	return p.lines(append(describeLines(d), "private key   "+key)...)
}

// describeLines says under which name each place knows the certificate.
func describeLines(d certificate.Description) []string {
	const day = "2006-01-02 15:04 MST"
	issuer := d.Issuer
	if d.SelfSigned {
		issuer = "itself"
	}
	return []string{
		"subject       " + d.Subject,
		"issued by     " + issuer,
		"serial        " + d.Serial,
		"valid         " + d.NotBefore.Format(day) + " to " + d.NotAfter.Format(day) + lasts(d),
		"key           " + d.Key,
		"signature     " + d.Signature,
		"",
		"SHA-1         " + d.SHA1 + "  (portal: Thumbprint)",
		"x5t           " + d.X5T + "  (header of an assertion, base64url)",
		"SHA-256       " + d.SHA256,
		"x5t#S256      " + d.X5TS256 + "  (header of an assertion, base64url)",
		"Graph         " + d.CustomKeyIdentifier + "  (customKeyIdentifier, base64; the keyId is given at the upload)",
	}
}

func lasts(d certificate.Description) string {
	return fmt.Sprintf(", %d days", int(d.NotAfter.Sub(d.NotBefore).Round(24*time.Hour)/(24*time.Hour)))
}

// clean is a file's base name without an ending that is added anyway.
func (o *certOptions) clean() string {
	for _, ending := range []string{".pem", ".pfx", ".cer", ".crt"} {
		if base, had := strings.CutSuffix(o.out, ending); had && base != "" {
			return base
		}
	}
	return o.out
}
