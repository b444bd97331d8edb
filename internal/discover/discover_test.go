package discover_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/discover"
	"hdstest/internal/entra"
)

// azure is an Azure Resource Manager by path: lists and resources as JSON. What
// it has not is refused.
type azure struct {
	mu    sync.Mutex
	lists map[string]string // path, with the resource type behind a blank
	items map[string]string
	asked []string
}

var errDenied = errors.New("AuthorizationFailed")

func (a *azure) ListARM(_ context.Context, path string, query url.Values, _, _ string) ([]json.RawMessage, error) {
	_, typ, _ := strings.Cut(query.Get("$filter"), "'")
	body, ok := a.lists[strings.TrimSpace(path+" "+strings.TrimSuffix(typ, "'"))]
	a.note(path, query)
	if !ok {
		return nil, errDenied
	}
	var out []json.RawMessage
	return out, json.Unmarshal([]byte(body), &out)
}

func (a *azure) ReadARM(_ context.Context, path string, query url.Values, _, _ string) (json.RawMessage, error) {
	a.note(path, query)
	body, ok := a.items[path]
	if !ok {
		return nil, errDenied
	}
	return json.RawMessage(body), nil
}

func (a *azure) note(path string, query url.Values) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, path+"?"+query.Get("api-version"))
}

const (
	group   = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.HealthcareApis/workspaces/ws"
	health  = " Microsoft.HealthcareApis/workspaces"
	fhirID  = group + "/fhirservices/f"
	dicomID = group + "/dicomservices/d"
	tenant  = "11111111-1111-1111-1111-111111111111"
)

// newAzure has two subscriptions; of the second nothing may be read. The shapes
// are those of the public specification's examples.
func newAzure() *azure {
	listed := func(id, typ string) string {
		return `[{"id":"` + id + `","type":"` + typ + `","name":"n","location":"northeurope"}]`
	}
	return &azure{
		lists: map[string]string{
			"/subscriptions": `[{"id":"/subscriptions/s1","subscriptionId":"s1","displayName":"One","tenantId":"` + tenant + `","state":"Enabled"},` +
				`{"id":"/subscriptions/s2","subscriptionId":"s2","displayName":"Two","tenantId":"` + tenant + `","state":"Enabled"}]`,
			"/subscriptions/s1/resources" + health:                    listed(group, health[1:]),
			"/subscriptions/s1/resources" + health + "/fhirservices":  listed(fhirID, health[1:]+"/fhirservices"),
			"/subscriptions/s1/resources" + health + "/dicomservices": listed(dicomID, health[1:]+"/dicomservices"),
		},
		items: map[string]string{
			group: `{"id":"` + group + `","name":"ws","location":"northeurope","properties":{"provisioningState":"Succeeded","publicNetworkAccess":"Enabled"}}`,
			fhirID: `{"id":"` + fhirID + `","name":"ws/f","kind":"fhir-R4","location":"northeurope","properties":{"provisioningState":"Updating",` +
				`"publicNetworkAccess":"Disabled","authenticationConfiguration":{"authority":"https://login.microsoftonline.com/` + tenant +
				`","audience":"https://ws-f.fhir.azurehealthcareapis.com","smartProxyEnabled":false}}}`,
			dicomID: `{"id":"` + dicomID + `","name":"ws/d","location":"northeurope","properties":{"provisioningState":"Succeeded",` +
				`"serviceUrl":"https://ws-d.dicom.azurehealthcareapis.com","authenticationConfiguration":{"authority":"https://login.microsoftonline.com/x",` +
				`"audiences":["https://dicom.healthcareapis.azure.com/","https://dicom.healthcareapis.azure.com"]}}}`,
		},
	}
}

func find(t *testing.T, a *azure, o discover.Options) discover.Found {
	t.Helper()
	found, err := discover.Find(t.Context(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFind(t *testing.T) {
	a := newAzure()
	found := find(t, a, discover.Options{HealthSuffix: "azurehealthcareapis.com"})
	place := discover.Place{SubscriptionID: "s1", Subscription: "One", ResourceGroup: "rg", Location: "northeurope"}
	want := []discover.Service{
		{Place: place, Kind: entra.FHIR, Workspace: "ws", Name: "f", ID: fhirID, URL: "https://ws-f.fhir.azurehealthcareapis.com",
			Audiences: []string{"https://ws-f.fhir.azurehealthcareapis.com"}, Authority: "https://login.microsoftonline.com/" + tenant, TenantID: tenant,
			FHIRVersion: "R4", State: "Updating", PublicAccess: "Disabled", Notes: []string{"its provisioning state is Updating",
				"public network access is off: every path answers 403 from outside of the private network"}},
		{Place: place, Kind: entra.DICOM, Workspace: "ws", Name: "d", ID: dicomID, URL: "https://ws-d.dicom.azurehealthcareapis.com",
			Audiences: []string{"https://dicom.healthcareapis.azure.com/", "https://dicom.healthcareapis.azure.com"},
			Authority: "https://login.microsoftonline.com/x", TenantID: "x", State: "Succeeded",
			Notes: []string{"it takes tokens of the tenant x, the subscription belongs to " + tenant}},
	}
	if diff := cmp.Diff(want, found.Services); diff != "" {
		t.Error(diff)
	}
	if len(found.Workspaces) != 1 || found.Workspaces[0].Name != "ws" || len(found.Subscriptions) != 2 {
		t.Errorf("%+v", found)
	}
	if len(found.Unread) != 3 || !errors.Is(found.Unread[0].Err, errDenied) || !strings.Contains(found.Unread[0].What, "Two") {
		t.Errorf("what cannot be read is told: %v", found.Unread)
	}
}

func TestFindLooksOnlyWhereAsked(t *testing.T) {
	a := newAzure()
	found := find(t, a, discover.Options{Subscriptions: []string{"one"}})
	if len(found.Services) != 2 || len(found.Unread) != 0 || slices.ContainsFunc(a.asked, func(s string) bool { return strings.Contains(s, "s2") }) {
		t.Errorf("%v, asked %v", found, a.asked)
	}
}

func TestFindGoesOnWithoutAService(t *testing.T) {
	a := newAzure()
	delete(a.items, fhirID)
	found := find(t, a, discover.Options{Subscriptions: []string{"s1"}})
	if len(found.Services) != 1 || len(found.Unread) != 1 || found.Unread[0].What != fhirID {
		t.Errorf("%+v", found)
	}
	a.lists = nil
	if _, err := discover.Find(t.Context(), a, discover.Options{}); !errors.Is(err, errDenied) {
		t.Errorf("without subscriptions there is nothing to show: %v", err)
	}
}

func TestFindEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := discover.Find(ctx, newAzure(), discover.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestAddress: a FHIR service does not tell its address.
func TestAddress(t *testing.T) {
	for name, row := range map[string]struct{ audience, suffix, url, note string }{
		"by its name":             {"https://ws-f.fhir.azurehealthcareapis.us", "azurehealthcareapis.us", "https://ws-f.fhir.azurehealthcareapis.us", ""},
		"another audience":        {"api://mine", "azurehealthcareapis.com", "https://ws-f.fhir.azurehealthcareapis.com", "its audience is not its address"},
		"final slash":             {"https://ws-f.fhir.azurehealthcareapis.com/", "azurehealthcareapis.com", "https://ws-f.fhir.azurehealthcareapis.com", "its audience is not its address"},
		"a cloud without suffix":  {"https://localhost:3/", "", "https://localhost:3", "its audience is not its address"},
		"nothing to go by":        {"api://mine", "", "", "its address is not told, and cannot be made of its name in this cloud"},
		"an audience with a path": {"https://x.example/fhir", "", "", "its address is not told, and cannot be made of its name in this cloud"},
	} {
		a := newAzure()
		a.items[fhirID] = `{"id":"` + fhirID + `","kind":"fhir-R4","properties":{"provisioningState":"Succeeded","authenticationConfiguration":{` +
			`"authority":"https://login.microsoftonline.com/` + tenant + `","audience":"` + row.audience + `"}}}`
		s := find(t, a, discover.Options{Subscriptions: []string{"s1"}, HealthSuffix: row.suffix}).Match(entra.FHIR, discover.Query{})[0]
		if s.URL != row.url || strings.Join(s.Notes, ";") != row.note {
			t.Errorf("%s: %q, notes %q", name, s.URL, s.Notes)
		}
	}
}

func TestMatch(t *testing.T) {
	var f discover.Found
	for _, w := range []string{"a", "b"} {
		f.Services = append(f.Services, discover.Service{Kind: entra.FHIR, Workspace: w, Name: "x", ID: "/" + w + "/x"},
			discover.Service{Kind: entra.DICOM, Workspace: w, Name: "y"})
	}
	for name, row := range map[string]struct {
		q    discover.Query
		want int
	}{
		"any":            {discover.Query{}, 2},
		"by workspace":   {discover.Query{Workspace: "A"}, 1},
		"by name":        {discover.Query{Names: map[string]string{entra.FHIR: "X"}}, 2},
		"by id":          {discover.Query{Names: map[string]string{entra.FHIR: "/b/x"}}, 1},
		"of another one": {discover.Query{Names: map[string]string{entra.FHIR: "y"}}, 0},
	} {
		if got := len(f.Match(entra.FHIR, row.q)); got != row.want {
			t.Errorf("%s: %d, want %d", name, got, row.want)
		}
	}
}
