// Package discover finds the workspaces, FHIR and DICOM services that a person
// can see in Azure Resource Manager, with what a profile needs of them: address,
// audience, authority, resource id.
//
// The way in is [Find], to look, and [Found.Match], to choose. The package asks
// Azure Resource Manager only and only reads; it calls no FHIR or DICOM service.
// The older Azure API for FHIR (Microsoft.HealthcareApis/services) is not looked
// for: it was retired on 2026-09-30.
//
// Source: learn.microsoft.com/rest/api/resources/resources/list,
// /rest/api/resources/subscriptions/list; github.com/Azure/azure-rest-api-specs
// specification/healthcareapis, stable/2024-03-31.
package discover

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Manager reads from Azure Resource Manager. what and needs are for the error:
// what is read, and the least privilege for it.
type Manager interface {
	ReadARM(ctx context.Context, path string, query url.Values, what, needs string) (json.RawMessage, error)
	ListARM(ctx context.Context, path string, query url.Values, what, needs string) ([]json.RawMessage, error)
}

// Versions of the interfaces that are asked.
const (
	subscriptionsVersion = "2022-12-01"
	resourcesVersion     = "2021-04-01"
	healthVersion        = "2024-03-31"
)

// Least privileges. Source: azure-docs articles/role-based-access-control/permissions.
const (
	needSubscription = "Microsoft.Resources/subscriptions/read (Reader of anything in it)"
	needService      = "Microsoft.HealthcareApis/workspaces/*/read at the service (Reader)"
)

// atOnce is how many requests are under way at the same time.
const atOnce = 8

// Options are what limits the search.
type Options struct {
	// HealthSuffix is the suffix of the cloud's FHIR and DICOM hosts; empty: not
	// known, then a FHIR service's address is taken from its audience.
	HealthSuffix string
	// Subscriptions limits the search to these ids or names; nil: all.
	Subscriptions []string
	Progress      func(done, total int, what string) // may be nil
}

// Find looks through all subscriptions, several at a time. What could not be
// read is in the result beside what was found; an error means that there is
// nothing to show, the subscriptions themselves could not be listed.
//
// Resources are listed by type over each subscription, since that list holds
// whatever the person may read, a single service too, where the provider's own
// lists want the right on everything.
func Find(ctx context.Context, m Manager, o Options) (Found, error) {
	all, err := subscriptions(ctx, m)
	if err != nil {
		return Found{}, err
	}
	f := finder{manager: m, options: o}
	f.found.Subscriptions = slices.DeleteFunc(all, func(s Subscription) bool { return !o.wants(s) })
	f.each(ctx, len(f.found.Subscriptions)*len(types()), "list resources", func(ctx context.Context, i int) {
		f.list(ctx, f.found.Subscriptions[i/len(types())], types()[i%len(types())])
	})
	listed := f.listed
	f.each(ctx, len(listed), "read services", func(ctx context.Context, i int) { f.read(ctx, listed[i]) })
	f.found.sort()
	return f.found, ctx.Err()
}

func (o Options) wants(s Subscription) bool {
	return len(o.Subscriptions) == 0 || slices.ContainsFunc(o.Subscriptions, func(want string) bool {
		return strings.EqualFold(want, s.ID) || strings.EqualFold(want, s.Name)
	})
}

// types are the resource types to look for.
func types() []string {
	return []string{typeWorkspace, typeFHIR, typeDICOM}
}

// finder collects what several requests find.
type finder struct {
	manager Manager
	options Options

	mu     sync.Mutex
	found  Found
	listed []listed
}

// listed is a resource that is known to be there.
type listed struct {
	subscription Subscription
	id, typ      string
}

// each calls work for 0 to n-1, some at a time, until the context ends.
func (f *finder) each(ctx context.Context, n int, what string, work func(context.Context, int)) {
	var wait sync.WaitGroup
	room := make(chan struct{}, atOnce)
	done := 0
	for i := range n {
		room <- struct{}{}
		wait.Go(func() {
			defer func() { <-room }()
			if ctx.Err() != nil {
				return
			}
			work(ctx, i)
			f.mu.Lock()
			defer f.mu.Unlock()
			if done++; f.options.Progress != nil {
				f.options.Progress(done, n, what)
			}
		})
	}
	wait.Wait()
}

func subscriptions(ctx context.Context, m Manager) ([]Subscription, error) {
	raw, err := m.ListARM(ctx, "/subscriptions", version(subscriptionsVersion), "the subscriptions", needSubscription)
	if err != nil {
		return nil, err
	}
	var out []Subscription
	for _, one := range raw {
		var s Subscription
		if err := json.Unmarshal(one, &s); err == nil && s.ID != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

func version(v string) url.Values { return url.Values{"api-version": {v}} }

// list notes the resources of one type in a subscription.
func (f *finder) list(ctx context.Context, s Subscription, typ string) {
	query := version(resourcesVersion)
	query.Set("$filter", "resourceType eq '"+typ+"'")
	raw, err := f.manager.ListARM(ctx, "/subscriptions/"+s.ID+"/resources", query, typ+" in the subscription "+s.label(), needSubscription)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.found.Unread = append(f.found.Unread, Unread{typ + " in " + s.label(), err})
		return
	}
	for _, one := range raw {
		var r struct{ ID, Type string }
		if json.Unmarshal(one, &r) == nil && strings.HasPrefix(r.ID, "/") && strings.EqualFold(r.Type, typ) {
			f.listed = append(f.listed, listed{s, r.ID, typ})
		}
	}
}

// read takes a resource's properties.
func (f *finder) read(ctx context.Context, l listed) {
	raw, err := f.manager.ReadARM(ctx, l.id, version(healthVersion), l.id, needService)
	var r resource
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.found.Unread = append(f.found.Unread, Unread{l.id, err})
		return
	}
	if l.typ == typeWorkspace {
		f.found.Workspaces = append(f.found.Workspaces, r.workspace(l))
		return
	}
	f.found.Services = append(f.found.Services, r.service(l, f.options.HealthSuffix))
}
