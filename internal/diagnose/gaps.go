package diagnose

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strings"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/entra"
)

// hostURL is the address of a host, with the service's scheme where it is that.
func (f *facts) hostURL(host, port string) string {
	if host == "" {
		return ""
	}
	u, err := url.Parse(f.b.ServiceURL)
	if err == nil && strings.EqualFold(u.Hostname(), host) && (f.b.Network == nil || f.b.Network.Port == 0 || cmp.Or(u.Port(), "443") == port) {
		return u.Scheme + "://" + u.Host
	}
	return "https://" + strings.TrimSuffix(net.JoinHostPort(host, port), ":443")
}

// dicomURL is the address of the DICOM service with its version. One with a path
// has it, or is another server's.
func (f *facts) dicomURL() string {
	address := strings.TrimRight(f.b.ServiceURL, "/")
	if address != "" && !basePath(f) {
		address += "/v2"
	}
	return address
}

func (f *facts) claimText(name string) string {
	v, _ := f.claim(name)
	return v
}

func (f *facts) originHeader() string {
	v, _, _ := f.header("Origin")
	return v
}

func (f *facts) retryAfter() string {
	return f.first("", "retry-after", "retry_after")
}

// clientID is the client's id, from the request before the token.
func (f *facts) clientID() string {
	return cmp.Or(f.first("token_request", "client_id"), f.first("authorize_request", "client_id"), f.first("config", "client_id"),
		f.claimText("appid"), f.claimText("azp"), f.first("graph", "appId", "client_id"))
}

// tenant is the tenant to which the request went.
func (f *facts) tenant() string {
	for _, address := range []string{f.first("token_request", "url"), f.first("authorize_request", "url"), f.first("config", "authority")} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			if t, _, _ := strings.Cut(strings.Trim(u.Path, "/"), "/"); expect.IsGUID(t) {
				return t
			}
		}
	}
	return cmp.Or(f.first("config", "tenant", "tenant_id"), f.claimText("tid"))
}

// resource is the API for which a token was asked: the scope without its last
// part, or the resource of a v1 request.
func (f *facts) resource() string {
	for _, section := range []string{"token_request", "authorize_request"} {
		if r := f.first(section, "resource"); r != "" {
			return r
		}
		for scope := range strings.FieldsSeq(f.first(section, "scope", "scopes")) {
			if i := strings.LastIndex(scope, "/"); i > len("https://") || strings.HasPrefix(scope, "api://") && i > len("api://") {
				return scope[:i]
			}
		}
	}
	return ""
}

// resourceApp is the app id of the API, where it is one of the known.
func resourceApp(resource, kind string) string {
	bare := strings.TrimRight(resource, "/")
	for _, app := range entra.ResourceApps() {
		if strings.EqualFold(bare, app.AppID) {
			return app.AppID
		}
		for _, name := range app.Names {
			if strings.EqualFold(strings.TrimRight(name, "/"), bare) {
				return app.AppID
			}
		}
	}
	switch {
	case strings.Contains(bare, ".dicom.azurehealthcareapis."), bare == "" && kind == entra.DICOM:
		return entra.DICOMAppID
	case strings.Contains(bare, "azurehealthcareapis."), bare == "" && kind == entra.FHIR:
		return entra.FHIRAppID
	}
	return ""
}

func resourceName(resource, kind string) string {
	if app, ok := entra.ResourceAppByID(resourceApp(resource, kind)); ok {
		return app.Name
	}
	return ""
}

// findScope is how the service's resource id is found by the Azure CLI, where its
// host tells the names: <workspace>-<service>.fhir.… . Empty if it does not.
//
// Source: learn.microsoft.com/azure/healthcare-apis/configure-azure-rbac-using-scripts.
func (f *facts) findScope() string {
	label, rest, _ := strings.Cut(f.serviceHost(), ".")
	workspace, service, ok := strings.Cut(label, "-")
	kind := plainKind(f.kind())
	if !ok || kind == "" || !strings.Contains(rest, "azurehealthcareapis.") || inQuotes(label) == "" {
		return ""
	}
	return fmt.Sprintf(`"$(az resource list --resource-type Microsoft.HealthcareApis/workspaces/%sservices --query "[?name=='%s/%s'].id" --output tsv)"`,
		kind, workspace, service)
}

func plainKind(kind string) string {
	if strings.HasPrefix(kind, "dicom") {
		return entra.DICOM
	}
	if strings.HasPrefix(kind, "fhir") {
		return entra.FHIR
	}
	return ""
}

// principalType is the kind of the caller: a token with delegated scopes is a
// person's.
func (f *facts) principalType() string {
	if _, delegated := f.claim("scp"); delegated {
		return "User"
	}
	return "ServicePrincipal"
}

// action is the data action that the request needs, as its evidence or its
// method tells.
func (f *facts) action() string {
	kind := plainKind(f.kind())
	if kind == "" {
		return ""
	}
	if f.b.Request != nil && len(f.b.Request.Needs) > 0 {
		return entra.DataAction(kind, f.b.Request.Needs[0])
	}
	switch strings.ToUpper(f.text("request", "method")) {
	case "DELETE":
		return entra.DataAction(kind, entra.ActionDelete)
	case "POST", "PUT", "PATCH":
		return entra.DataAction(kind, entra.ActionWrite)
	}
	return entra.DataAction(kind, entra.ActionRead)
}

// role is the built-in role to give: the smallest that has the action.
func (f *facts) role() string {
	kind := plainKind(f.kind())
	action := f.action()
	for _, name := range []string{"FHIR Data Reader", "FHIR Data Exporter", "FHIR Data Importer", "FHIR Data Converter", "FHIR Data Writer",
		"FHIR Data Contributor", "DICOM Data Reader", "DICOM Data Owner"} {
		if r, ok := entra.RoleByName(name); ok && r.Service == kind && allows(r, action) {
			return r.Name
		}
	}
	if kind == entra.DICOM {
		return "DICOM Data Owner"
	}
	return "FHIR Data Contributor"
}

// skewText is the clock's difference for people.
func (f *facts) skewText() string {
	if s, ok := f.skew(); ok {
		return fmt.Sprintf("%.0f", s)
	}
	return ""
}
