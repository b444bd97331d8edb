package discover

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/entra"
)

// Resource types, as Azure Resource Manager spells them.
const (
	typeWorkspace = "Microsoft.HealthcareApis/workspaces"
	typeFHIR      = "Microsoft.HealthcareApis/workspaces/fhirservices"
	typeDICOM     = "Microsoft.HealthcareApis/workspaces/dicomservices"
)

// resource is what a workspace or a service says of itself. A FHIR service has
// one audience and no address, a DICOM service several audiences and its address.
type resource struct {
	ID, Name, Kind, Location string
	Properties               struct {
		ProvisioningState, PublicNetworkAccess, ServiceURL string
		AuthenticationConfiguration                        struct {
			Authority, Audience string
			Audiences           []string
			SmartProxyEnabled   bool
		}
	}
}

func (r resource) place(l listed) Place {
	return Place{SubscriptionID: l.subscription.ID, Subscription: l.subscription.Name, ResourceGroup: segment(r.ID, "resourceGroups"),
		Location: r.Location}
}

func (r resource) workspace(l listed) Workspace {
	return Workspace{Place: r.place(l), ID: r.ID, Name: segment(r.ID, "workspaces"), State: r.Properties.ProvisioningState,
		PublicAccess: r.Properties.PublicNetworkAccess}
}

// segment is what follows a word in a resource id, case ignored. Names of nested
// resources come as workspace/service in some answers, so the id is asked.
func segment(id, word string) string {
	steps := strings.Split(id, "/")
	i := slices.IndexFunc(steps, func(s string) bool { return strings.EqualFold(s, word) })
	if i < 0 || i+1 == len(steps) {
		return ""
	}
	return steps[i+1]
}

func (r resource) service(l listed, suffix string) Service {
	p := r.Properties
	authentication := p.AuthenticationConfiguration
	s := Service{Place: r.place(l), Kind: entra.FHIR, Workspace: segment(r.ID, "workspaces"), Name: segment(r.ID, "fhirservices"), ID: r.ID,
		Authority: strings.TrimRight(authentication.Authority, "/"), State: p.ProvisioningState, PublicAccess: p.PublicNetworkAccess,
		Audiences: []string{}, Notes: []string{}}
	if l.typ == typeDICOM {
		s.Kind, s.Name = entra.DICOM, segment(r.ID, "dicomservices")
		s.URL, s.Audiences = strings.TrimRight(p.ServiceURL, "/"), append(s.Audiences, authentication.Audiences...)
	} else {
		s.FHIRVersion = strings.TrimPrefix(r.Kind, "fhir-")
		if authentication.Audience != "" {
			s.Audiences = append(s.Audiences, authentication.Audience)
		}
	}
	s.address(suffix)
	s.tenant(l.subscription)
	s.remark()
	return s
}

// address fills in the address where the service does not tell it: it is made of
// the names of workspace and service, in a cloud whose suffix is known.
// Source: learn.microsoft.com/azure/healthcare-apis/authentication-authorization.
func (s *Service) address(suffix string) {
	audience := first(s.Audiences)
	switch {
	case s.URL != "":
	case suffix != "":
		s.URL = fmt.Sprintf("https://%s-%s.%s.%s", s.Workspace, s.Name, s.Kind, suffix)
	case isOrigin(audience):
		s.URL = strings.TrimRight(audience, "/")
	default:
		s.Notes = append(s.Notes, "its address is not told, and cannot be made of its name in this cloud")
	}
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Host != "" && strings.Trim(u.Path, "/") == ""
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// tenant is the one whose tokens the service takes. It need not be that of the
// subscription.
func (s *Service) tenant(of Subscription) {
	if u, err := url.Parse(s.Authority); err == nil {
		s.TenantID = strings.Trim(u.Path, "/")
	}
	if s.TenantID != "" && of.TenantID != "" && !strings.EqualFold(s.TenantID, of.TenantID) {
		s.Notes = append(s.Notes, "it takes tokens of the tenant "+s.TenantID+", the subscription belongs to "+of.TenantID)
	}
}

func (s *Service) remark() {
	if s.State != "" && s.State != "Succeeded" {
		s.Notes = append(s.Notes, "its provisioning state is "+s.State)
	}
	if s.PublicAccess == "Disabled" {
		s.Notes = append(s.Notes, "public network access is off: every path answers 403 from outside of the private network")
	}
	if s.Kind == entra.FHIR && s.URL != "" && !slices.Contains(s.Audiences, s.URL) {
		s.Notes = append(s.Notes, "its audience is not its address")
	}
}
