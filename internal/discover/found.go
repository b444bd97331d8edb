package discover

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// Found is what a search found. Its JSON names stay as they are.
type Found struct {
	Subscriptions []Subscription `json:"subscriptions"`
	Workspaces    []Workspace    `json:"workspaces"`
	Services      []Service      `json:"services"`
	Unread        []Unread       `json:"unread"`
}

// Subscription is an Azure subscription that the person can read something in.
type Subscription struct {
	ID       string `json:"subscriptionId"`
	Name     string `json:"displayName"`
	TenantID string `json:"tenantId"`
	State    string `json:"state"`
}

func (s Subscription) label() string { return cmp.Or(s.Name, s.ID) }

// MarshalJSON writes the subscription by our names, which are not Azure's.
func (s Subscription) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		TenantID string `json:"tenant_id"`
		State    string `json:"state"`
	}(s))
}

// Workspace is a health data workspace.
type Workspace struct {
	Place
	ID           string `json:"id"`
	Name         string `json:"name"`
	State        string `json:"state"`
	PublicAccess string `json:"public_network_access"`
}

// Place is where a resource lies.
type Place struct {
	SubscriptionID string `json:"subscription_id"`
	Subscription   string `json:"subscription"`
	ResourceGroup  string `json:"resource_group"`
	Location       string `json:"location"`
}

// Service is a FHIR or DICOM service.
type Service struct {
	Place
	Kind         string   `json:"kind"` // entra.FHIR or entra.DICOM
	Workspace    string   `json:"workspace"`
	Name         string   `json:"name"`
	ID           string   `json:"id"`        // Azure Resource Manager id
	URL          string   `json:"url"`       // without a final slash and, for DICOM, without a version
	Audiences    []string `json:"audiences"` // that its tokens must carry
	Authority    string   `json:"authority"` // https://host/tenant
	TenantID     string   `json:"tenant_id"` // of the authority; empty: it names none
	FHIRVersion  string   `json:"fhir_version,omitempty"`
	State        string   `json:"state"`                 // provisioningState
	PublicAccess string   `json:"public_network_access"` // Enabled or Disabled; empty: not told
	// Notes are what a person should know before using it.
	Notes []string `json:"notes"`
}

// Unread is something that could not be read.
type Unread struct {
	What string
	Err  error
}

// MarshalJSON writes the error as its text.
func (u Unread) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"what": u.What, "error": u.Err.Error()})
}

// sort brings what several requests found into one order.
func (f *Found) sort() {
	slices.SortFunc(f.Subscriptions, func(a, b Subscription) int { return cmp.Or(folded(a.Name, b.Name), folded(a.ID, b.ID)) })
	slices.SortFunc(f.Workspaces, func(a, b Workspace) int {
		return cmp.Or(folded(a.Subscription, b.Subscription), folded(a.Name, b.Name), folded(a.ID, b.ID))
	})
	slices.SortFunc(f.Services, func(a, b Service) int {
		return cmp.Or(folded(a.Subscription, b.Subscription), folded(a.Workspace, b.Workspace), -cmp.Compare(a.Kind, b.Kind), folded(a.ID, b.ID))
	})
	slices.SortFunc(f.Unread, func(a, b Unread) int { return cmp.Compare(a.What, b.What) })
}

func folded(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }

// Query says which services are meant; empty fields mean any.
type Query struct {
	Workspace string
	Names     map[string]string // by kind
}

// Match gives the services of a kind that fit a query, by name or by resource id.
func (f Found) Match(kind string, q Query) []Service {
	var out []Service
	for _, s := range f.Services {
		name := q.Names[kind]
		if s.Kind == kind && (q.Workspace == "" || strings.EqualFold(q.Workspace, s.Workspace)) &&
			(name == "" || strings.EqualFold(name, s.Name) || strings.EqualFold(name, s.ID)) {
			out = append(out, s)
		}
	}
	return out
}
