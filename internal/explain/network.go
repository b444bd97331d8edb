package explain

import (
	"net/url"
	"strconv"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

// hostForms are where programs write the host: Go and Node behind the failed call, Python
// as host='…', curl in words, .NET in parentheses.
func hostForms() []*lazyregexp.Regexp {
	return []*lazyregexp.Regexp{
		lazyregexp.New(`(?i)host='([\w.-]+)', port=(\d+)`),
		lazyregexp.New(`(?i)getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)`),
		lazyregexp.New(`(?i)lookup ([\w.-]+\.[\w-]+)`),
		lazyregexp.New(`(?i)(?:resolve (?:host|proxy):?|failed to connect to|connecting to|connection to|connect to host|hostname) '?([\w-]+(?:\.[\w-]+)*)'?(?: port (\d+))?`),
		lazyregexp.New(`\(([\w-]+(?:\.[\w-]+)+):(\d+)\)`),
		lazyregexp.New(`(?i)dial tcp ([\d.]+):(\d+)`),
		lazyregexp.New(`(?i)\b((?:[a-z0-9-]+\.){2,}(?:com|us|cn|net))\b(?::(\d+))?`),
		lazyregexp.New(`(?i)\b(localhost|127\.0\.0\.1)\b(?::(\d+))?`),
	}
}

// networkFailure reads the text of a connection that failed. Of the text it
// keeps the phrases that it knows, the host and the port, nothing else.
func networkFailure(u *Understanding, in input) {
	lower := strings.ToLower(in.text)
	for _, p := range localPhrases() {
		if strings.Contains(lower, strings.ToLower(p.text)) {
			u.Bundle.Local = &evidence.Local{Detail: strings.Trim(localDetail(u)+"; "+p.text, "; ")}
			u.say("a fault of a key or certificate file, as " + p.program + " writes it: " + p.text)
		}
	}
	if u.Bundle.Local != nil {
		return
	}
	var n *evidence.Network
	var seen []string
	for _, p := range phrases() {
		if !strings.Contains(lower, strings.ToLower(p.text)) {
			continue
		}
		if n == nil {
			if u.answered(p.stage) {
				return
			}
			n = &evidence.Network{Kind: p.kind, Stage: p.stage}
			u.say("a failed connection, as " + p.program + " writes it: " + p.text)
		}
		seen = append(seen, p.text)
	}
	if n == nil {
		return
	}
	if strings.Contains(lower, "[::1]") || strings.Contains(lower, " ::1:") {
		seen = append(seen, "dial tcp [::1]")
	}
	n.Error = strings.Join(seen, "; ")
	if n.Stage == "tls" {
		n.TLSError = n.Error
	}
	u.Bundle.Response = nil // the proxy's, or one that broke off
	n.Host, n.Port = hostOf(in.text)
	if n.Host != "" {
		u.say("the host that was called: " + n.Host)
	}
	u.Bundle.Network = n
}

func localDetail(u *Understanding) string {
	if u.Bundle.Local == nil {
		return ""
	}
	return u.Bundle.Local.Detail
}

// answered tells whether a server did answer, so that the phrase is one of its
// own words. An answer beside a failure at the proxy is the proxy's; one that is
// no refusal came before the failure.
func (u *Understanding) answered(stage string) bool {
	b := u.Bundle
	if b.TokenEndpoint != nil || b.AuthorizeEndpoint != nil || b.Graph != nil || b.ARM != nil {
		return true
	}
	return b.Response != nil && (b.Response.Status >= 400 || b.Response.Body != nil) && stage != "proxy"
}

func hostOf(text string) (string, int) {
	for _, raw := range addressForm.FindAllString(text, 5) {
		if address, err := url.Parse(strings.TrimRight(raw, ".,;:)")); err == nil && address.Hostname() != "" && !documentation(address.Hostname()) {
			port, _ := strconv.Atoi(address.Port())
			return hostWord(address.Hostname()), port
		}
	}
	for _, form := range hostForms() {
		if m := form.FindStringSubmatch(text); m != nil && !documentation(m[1]) {
			port := 0
			if len(m) > 2 {
				port, _ = strconv.Atoi(m[2])
			}
			return hostWord(m[1]), port
		}
	}
	return "", 0
}

// documentation tells hosts to which error texts point for help.
func documentation(host string) bool {
	return strings.HasSuffix(host, "curl.se") || strings.HasSuffix(host, "haxx.se") || strings.HasPrefix(host, "aka.ms") ||
		strings.HasPrefix(host, "learn.microsoft.com") || strings.HasPrefix(host, "docs.")
}

func hostWord(host string) string { return strings.ToLower(word(host)) }
