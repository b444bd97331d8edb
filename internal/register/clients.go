package register

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	kauth "github.com/microsoft/kiota-authentication-azure-go"
	khttp "github.com/microsoft/kiota-http-go"
	kjson "github.com/microsoft/kiota-serialization-json-go"

	"hdstest/internal/entra"
	"hdstest/internal/pause"
	"hdstest/internal/problem"
)

// Options are what the connections to Graph and Azure Resource Manager need.
type Options struct {
	HTTP       *http.Client           // its redirects are not followed; required
	GraphURL   string                 // https://host, no version; empty: the public cloud's
	ARMURL     string                 // https://host; empty: the public cloud's
	Credential azcore.TokenCredential // the administrator's, package admin
	GraphScope string                 // empty: GraphURL with /.default
	ARMScope   string                 // empty: the public cloud's ARM audience with /.default
	Now        func() time.Time       // the clock; required
	// Settled is how many reads in a row must find a new object before it is
	// relied on; zero: 3. Where there is one copy of the directory, 1 is enough.
	Settled int
	// Sleep waits between tries; nil: [pause.For].
	Sleep func(context.Context, time.Duration) error
	// Notify is told of waits where no [Progress] is: while planning. May be nil.
	Notify func(text string)
}

// Clients are the connections. They are safe for several goroutines.
type Clients struct {
	graph       *khttp.NetHttpRequestAdapter
	assignments *armauthorization.RoleAssignmentsClient
	definitions *armauthorization.RoleDefinitionsClient
	denials     *armauthorization.DenyAssignmentsClient
	manager     *arm.Client // for what has no client above
	credential  azcore.TokenCredential
	graphScope  string
	http        *http.Client
	graphBase   string
	now         func() time.Time
	sleep       func(context.Context, time.Duration) error
	settled     int
	notify      func(string)
	limit       time.Duration // of waits for what is not known yet; zero: patience
}

// NewClients makes the connections. It sends nothing. A URL that is no https
// address is a usage error.
func NewClients(o Options) (Clients, error) {
	if o.HTTP == nil || o.Credential == nil || o.Now == nil {
		return Clients{}, errors.New("register: an HTTP client, a credential and a clock are needed")
	}
	public := entra.Clouds()[0]
	graphURL, err := origin("Graph", o.GraphURL, public.Graph)
	if err != nil {
		return Clients{}, err
	}
	armURL, err := origin("Azure Resource Manager", o.ARMURL, public.ResourceManager)
	if err != nil {
		return Clients{}, err
	}
	c := Clients{http: o.HTTP, now: o.Now, sleep: o.Sleep, settled: o.Settled, notify: o.Notify,
		credential: &cachedCredential{TokenCredential: o.Credential, now: o.Now, tokens: map[string]azcore.AccessToken{}},
		graphScope: o.GraphScope, graphBase: graphURL.String() + "/v1.0"}
	if c.sleep == nil {
		c.sleep = pause.For
	}
	if c.settled == 0 {
		c.settled = settled
	}
	if c.graphScope == "" {
		c.graphScope = graphURL.String() + entra.DefaultScope
	}
	if c.graph, err = c.newGraph(graphURL); err != nil {
		return Clients{}, err
	}
	scope := o.ARMScope
	if scope == "" {
		scope = public.ManagementAudience + entra.DefaultScope
	}
	return c, c.openARM(armURL, scope)
}

// origin reads the address of a service: https, or http on this machine is
// refused as well, since a token would travel in the open. A /v1.0 is dropped.
func origin(what, given, otherwise string) (*url.URL, error) {
	if given == "" {
		given = otherwise
	}
	u, err := url.Parse(strings.TrimSuffix(strings.TrimRight(given, "/"), "/v1.0"))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.User != nil || u.RawQuery != "" {
		return nil, problem.Usagef("the address of %s, %q, must be https://host", what, given)
	}
	return u, nil
}

// newGraph makes the adapter that the request builders use. Three things that
// the root client would do must be done here: the JSON factories, the base URL,
// and the list of hosts that get the token. A host outside that list would get
// the request without a token and without an error.
func (c Clients) newGraph(u *url.URL) (*khttp.NetHttpRequestAdapter, error) {
	auth, err := kauth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(c.credential,
		[]string{c.graphScope}, []string{u.Hostname()})
	if err != nil {
		return nil, err
	}
	adapter, err := khttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(auth,
		kjson.NewJsonParseNodeFactory(), kjson.NewJsonSerializationWriterFactory(), c.client(u))
	if err != nil {
		return nil, err
	}
	adapter.SetBaseUrl(c.graphBase)
	return adapter, nil
}

func (c *Clients) openARM(u *url.URL, scope string) error {
	options := &arm.ClientOptions{
		ClientOptions: azcore.ClientOptions{
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: u.String(), Audience: strings.TrimSuffix(scope, entra.DefaultScope)},
			}},
			Transport: c.client(u),
			Retry:     policy.RetryOptions{MaxRetries: -1}, // our transport waits, through c.sleep
		},
		DisableRPRegistration: true, // it would register resource providers in the person's subscription
	}
	// The subscription is part of each scope; the client wants one nevertheless.
	const unused = "00000000-0000-0000-0000-000000000000"
	var err error
	if c.assignments, err = armauthorization.NewRoleAssignmentsClient(unused, c.credential, options); err != nil {
		return err
	}
	if c.definitions, err = armauthorization.NewRoleDefinitionsClient(c.credential, options); err != nil {
		return err
	}
	if c.denials, err = armauthorization.NewDenyAssignmentsClient(unused, c.credential, options); err != nil {
		return err
	}
	c.manager, err = arm.NewClient("hdstest", "v1.0.0", c.credential, options)
	return err
}

// cachedCredential keeps tokens, since the Azure CLI's credential starts a
// program for each, and marks failures, so that they can be told from those of
// the service.
type cachedCredential struct {
	azcore.TokenCredential
	now func() time.Time

	mu     sync.Mutex
	tokens map[string]azcore.AccessToken
}

type credentialError struct{ error }

func (e credentialError) Unwrap() error { return e.error }

// GetToken see [azcore.TokenCredential]. A request with claims answers a
// challenge and is not served from the cache.
func (t *cachedCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := strings.Join(o.Scopes, " ") + "|" + o.TenantID
	if token, ok := t.tokens[key]; ok && o.Claims == "" && token.ExpiresOn.Sub(t.now()) > 5*time.Minute {
		return token, nil
	}
	token, err := t.TokenCredential.GetToken(ctx, o)
	if err != nil {
		return token, credentialError{err}
	}
	t.tokens[key] = token
	return token, nil
}
