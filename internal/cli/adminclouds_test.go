package cli

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/register"
)

// noted is what the administrator's connections did: whom they asked, and for
// what they wanted tokens.
type noted struct{ hosts, scopes []string }

func (n *noted) RoundTrip(r *http.Request) (*http.Response, error) {
	n.hosts = append(n.hosts, r.URL.Host)
	return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"error":{"code":"Request_ResourceNotFound","message":"nothing"}}`))}, nil
}

func (n *noted) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n.scopes = append(n.scopes, o.Scopes...)
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// TestAdministratorFollowsTheCloud: hosts and audiences of Graph and Azure
// Resource Manager are those of the profile's cloud, and of no other.
//
// Source: learn.microsoft.com/graph/deployments; azure/cli/core/cloud.py of the
// Azure CLI for the audiences.
func TestAdministratorFollowsTheCloud(t *testing.T) {
	want := map[string][]string{ // Graph, Azure Resource Manager, their scopes, the authority
		"public": {"graph.microsoft.com", "management.azure.com", "https://graph.microsoft.com/.default",
			"https://management.core.windows.net//.default", "https://login.microsoftonline.com"},
		"usgov": {"graph.microsoft.us", "management.usgovcloudapi.net", "https://graph.microsoft.us/.default",
			"https://management.core.usgovcloudapi.net//.default", "https://login.microsoftonline.us"},
		"china": {"microsoftgraph.chinacloudapi.cn", "management.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/.default",
			"https://management.core.chinacloudapi.cn//.default", "https://login.partner.microsoftonline.cn"},
	}
	if len(want) != len(entra.Clouds()) {
		t.Errorf("%d clouds are looked at, there are %d", len(want), len(entra.Clouds()))
	}
	for name, row := range want {
		s := settingsOf(t, map[string]string{config.Cloud: name})
		n := asked(t, s)
		if !slices.Equal(n.hosts, row[:2]) || !slices.Equal(n.scopes, row[2:4]) || s.Authority != row[4] {
			t.Errorf("%s: asked %v for %v, authority %s; want %v", name, n.hosts, n.scopes, s.Authority, row)
		}
	}
	own := settingsOf(t, map[string]string{config.Authority: "https://login.example", config.GraphURL: "https://graph.example", config.ARMURL: "https://arm.example"})
	if n := asked(t, own); !slices.Equal(n.scopes, []string{"https://graph.example/.default", "https://arm.example/.default"}) {
		t.Errorf("a cloud of one's own: %v", n)
	}
}

func settingsOf(t *testing.T, flags map[string]string) *config.Settings {
	t.Helper()
	in := config.Input{Flags: map[string]config.Value{}, Environ: func(string) string { return "" }, Dir: t.TempDir(), Home: t.TempDir(),
		ConfigDir: t.TempDir(), StateDir: t.TempDir()}
	for key, text := range flags {
		in.Flags[key] = config.Value{Text: text, Source: config.Source{Kind: config.FromFlag, Name: key}}
	}
	s, err := config.Resolve(in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asked makes one request to each of the two services.
func asked(t *testing.T, s *config.Settings) *noted {
	t.Helper()
	n := &noted{}
	o := endpoints(s)
	o.HTTP, o.Credential, o.Now = &http.Client{Transport: n}, n, time.Now
	clients, err := register.NewClients(o)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = register.FindWho(t.Context(), clients, "somebody@contoso.com") // it is refused, having asked
	_, _ = clients.ListARM(t.Context(), "/subscriptions", nil, "the subscriptions", "")
	return n
}
