package diagnose

import (
	"net/url"
	"strconv"
	"strings"

	"hdstest/internal/lazyregexp"
)

// status is the status of the service's answer, 0 if unknown.
func (f *facts) status() int { return f.answered }

// path is the path of the request, without query and host.
func (f *facts) path() string { return f.requestRoute }

// serviceHost is the host of the service that was called.
func (f *facts) serviceHost() string { return f.host }

// kind is the kind of service: fhir, dicom, fhir-proxy, dicomweb; taken from host
// and path where it is not said.
func (f *facts) kind() string { return f.service }

func (f *facts) findStatus() int { return f.statusOf("response") }

// failed tells whether the answer was a refusal of class 4 or 5, or no
// status is known.
func (f *facts) failed() bool {
	class := f.text("response", "status_class")
	return f.status() == 0 || f.status() >= 400 || strings.HasPrefix(class, "4") || strings.HasPrefix(class, "5")
}

func leadingNumber(text string) int {
	digits := text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func (f *facts) findHost() string {
	for _, address := range []string{f.b.ServiceURL, f.text("service_url"), f.text("request", "url"), f.text("request", "path")} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			return strings.ToLower(u.Hostname())
		}
	}
	return strings.ToLower(f.text("request", "host"))
}

func (f *facts) findPath() string {
	for _, n := range []string{f.text("request", "path"), f.text("request", "url")} {
		if strings.HasPrefix(n, "/") {
			before, _, _ := strings.Cut(n, "?")
			return before
		}
		if u, err := url.Parse(n); err == nil && n != "" {
			return u.Path
		}
		if before, _, _ := strings.Cut(n, "?"); before != "" {
			return before
		}
	}
	return ""
}

// query is the raw query of the request.
func (f *facts) query() string {
	for _, n := range []string{f.text("request", "path"), f.text("request", "url"), "?" + f.text("request", "query")} {
		if _, after, ok := strings.Cut(n, "?"); ok && after != "" {
			return after
		}
	}
	return ""
}

// header finds a request header; known tells whether the headers were looked at
// at all, so that an absent one means something.
func (f *facts) header(name string) (value string, present, known bool) {
	for _, n := range f.nodes {
		if n.section() != "request" {
			continue
		}
		switch {
		case len(n.path) == 3 && n.path[1] == "headers" && n.last() == fold(name), len(n.path) == 2 && n.last() == fold(name):
			if n.absent() {
				return "", false, true
			}
			return n.text(), true, true
		case len(n.path) == 2 && n.last() == "headers":
			known = true
		}
	}
	return "", false, known
}

func (f *facts) findKind() string {
	if k := strings.ToLower(f.text("service")); k != "" {
		return k
	}
	host := f.serviceHost()
	switch {
	case strings.Contains(host, ".dicom."):
		return "dicom"
	case strings.Contains(host, ".fhir.") || strings.HasSuffix(host, ".azurehealthcareapis.com"):
		return "fhir"
	}
	if n, ok := f.at("response", "body", "resourceType"); ok && n.text() != "" {
		return "fhir"
	}
	for _, k := range []string{"dicom", "fhir"} {
		if strings.HasPrefix(f.first("request", "id"), k+".") {
			return k
		}
	}
	switch p := f.path(); {
	case dicomPath.MatchString(p):
		return "dicom"
	case fhirPath.MatchString(p):
		return "fhir"
	}
	return ""
}

var (
	dicomPath = lazyregexp.New(`^/(v\d[^/]*/)?(studies|series|instances|changefeed|workitems|extendedquerytags)(/|$)`)
	fhirPath  = lazyregexp.New(`^/(metadata$|\$|_operations/|[A-Z][a-z]+[A-Za-z]*(/|$))`)
)

// claim is a claim of the access token as text; present is false also for null.
func (f *facts) claim(name string) (value string, present bool) {
	v, ok := f.b.Claims[name]
	if !ok {
		if n, found := f.at("claims", name); found {
			return n.text(), !n.absent()
		}
		return f.quotedClaim(name)
	}
	n := node{value: v}
	if list, isList := v.([]any); isList && len(list) > 0 {
		return node{value: list[0]}.text(), true
	}
	return n.text(), !n.absent()
}

// quotedClaim is an audience or issuer that the service's refusal repeats.
//
// Source: JwtBearerHandler.cs of github.com/dotnet/aspnetcore.
func (f *facts) quotedClaim(name string) (string, bool) {
	form := map[string]*lazyregexp.Regexp{"aud": refusedAudience, "iss": refusedIssuer}[name]
	if form == nil {
		return "", false
	}
	for _, n := range f.leaves("response") {
		if m := form.FindStringSubmatch(n.text()); m != nil {
			return m[1], true
		}
	}
	return "", false
}

var (
	refusedAudience = lazyregexp.New(`(?i)the audience '([^']+)' is invalid`)
	refusedIssuer   = lazyregexp.New(`(?i)the issuer '([^']+)' is invalid`)
)

// hasClaims tells whether a token's claims are known at all.
func (f *facts) hasClaims() bool { return len(f.b.Claims) > 0 || len(f.named("", "claims")) > 0 }
