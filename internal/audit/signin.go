package audit

import (
	"bytes"
	"net/url"
	"slices"

	"hdstest/internal/config"
)

const docRedirect = "learn.microsoft.com/entra/identity-platform/reply-url"

// signIn judges the redirect address and its platform together.
func (a *auditor) signIn() {
	platform := a.s.RedirectPlatform
	_, own := a.written(config.RedirectURI)
	if platform == "" && !own {
		return // nobody is to sign in
	}
	s := seen{id: "config.redirect", group: groupSignIn, title: "Redirect address and its platform", expected: "http://localhost under web or public", source: docRedirect,
		seen: a.s.RedirectURI + a.where(config.RedirectURI) + ", platform " + orNotSaid(platform)}
	u, err := url.Parse(a.s.RedirectURI)
	switch {
	case err != nil:
		return // refused before
	case platform == "spa":
		s.cause = "redirect.spa"
		a.fail(s)
	case u.Scheme != "http" || !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()):
		s.seen += ", which cannot be received on this machine"
		s.cause, s.hint = "redirect.invalid", "register http://localhost and set redirect_uri to it; any port of it will do"
		a.fail(s)
	case u.Hostname() != "localhost":
		s.cause = "redirect.loopback_ip"
		a.warn(s)
	case platform == "public" && a.s.Credential.Configured() && slices.Equal(a.s.Grants, []string{"authorization_code"}):
		s.seen += ", with " + a.s.Credential.Title() + " that is never sent"
		s.cause = "secret.for_public_client"
		a.warn(s)
	case platform == "":
		s.cause, s.hint = "local.config", "set redirect_platform to public (Mobile and desktop: no secret is sent) or web (it is)"
		a.warn(s)
	default:
		a.pass(s)
	}
}

func orNotSaid(text string) string {
	if text == "" {
		return "not said"
	}
	return text
}

// connection judges the file of authorities to trust. The form of the proxy's
// address was judged when it was read.
func (a *auditor) connection() {
	if a.s.CAFile == "" {
		return
	}
	s := seen{id: "config.ca_file", group: groupConnection, title: "Authorities to trust (ca_file)", expected: "certificates in PEM form", seen: a.s.CAFile + a.where(config.CAFile)}
	f, ok := a.open(s, a.s.CAFile)
	switch {
	case !ok:
	case !bytes.Contains(f.Data, []byte("-----BEGIN CERTIFICATE-----")):
		s.cause = "certificate.unreadable"
		a.fail(s)
	default:
		a.pass(s)
	}
}
