package evidence

import (
	"maps"
	"slices"
)

// ExchangesKey is where a joined bundle keeps what else was seen, as a list of
// bundles. Diagnosis does not look there: each is about another question.
const ExchangesKey = "exchanges"

// Complete adds to a bundle what others know around it: request and answer of
// the token, its claims, what the service says of itself, Graph, Azure Resource
// Manager, clock and configuration. What the bundle has stays; its own request,
// answer, failed connection and file are never taken from elsewhere. Facts of
// another service than the bundle's are left out.
func (b Bundle) Complete(others ...Bundle) Bundle {
	for _, o := range others {
		if b.Service != "" && o.Service != "" && b.Service != o.Service {
			continue
		}
		fill(&b.Now, o.Now)
		fill(&b.Clock, o.Clock)
		fill(&b.Config, o.Config)
		fill(&b.Graph, o.Graph)
		if b.Service == "" && o.Service != "" {
			continue // which service it is about is not known
		}
		fill(&b.TokenRequest, o.TokenRequest)
		fill(&b.TokenEndpoint, o.TokenEndpoint)
		fill(&b.AuthorizeRequest, o.AuthorizeRequest)
		fill(&b.AuthorizeEndpoint, o.AuthorizeEndpoint)
		fill(&b.Token, o.Token)
		fill(&b.ServiceConfig, o.ServiceConfig)
		fill(&b.ARM, o.ARM)
		if b.Claims == nil {
			b.Claims = o.Claims
		}
		if b.ServiceURL == "" {
			b.ServiceURL = o.ServiceURL
		}
	}
	return b
}

func fill[T any](into **T, from *T) {
	if *into == nil {
		*into = from
	}
}

// With keeps other bundles in this one, under [ExchangesKey], without what they
// have in common with it.
func (b Bundle) With(others []Bundle) Bundle {
	var list []any
	for _, o := range others {
		o.Config, o.Now, o.Tool, o.Command = nil, nil, "", ""
		list = append(list, o)
	}
	if len(list) == 0 {
		return b
	}
	extra := map[string]any{ExchangesKey: list}
	for k, v := range b.Extra {
		extra[k] = v
	}
	b.Extra = extra
	return b
}

// NothingFailedKey marks a bundle of a run in which nothing failed.
const NothingFailedKey = "nothing_failed"

// Green marks the bundle by [NothingFailedKey].
func (b Bundle) Green() Bundle {
	extra := maps.Clone(b.Extra)
	if extra == nil {
		extra = map[string]any{}
	}
	extra[NothingFailedKey] = true
	b.Extra = extra
	return b
}

// IsZero tells whether nothing was seen: no section is set.
func (b Bundle) IsZero() bool {
	return b.TokenRequest == nil && b.TokenEndpoint == nil && b.AuthorizeRequest == nil && b.AuthorizeEndpoint == nil && b.Token == nil &&
		b.Claims == nil && b.ServiceConfig == nil && b.Request == nil && b.Response == nil && b.Graph == nil && b.ARM == nil &&
		b.Connection == nil && b.Network == nil && b.Clock == nil && b.Local == nil && len(b.Extra) == 0
}

// Failed tells whether the bundle is about something that went wrong, by itself.
func (b Bundle) Failed() bool {
	refused := func(a *OAuthAnswer) bool {
		return a != nil && (a.Error != "" || len(a.ErrorCodes) > 0 || a.Status >= 400 || len(a.Extra) > 0 && a.Status == 0)
	}
	plane := func(c *ControlPlane) bool { return c != nil && c.Status >= 400 }
	return b.Network != nil || b.Local != nil && b.Local.Problem != "" || refused(b.TokenEndpoint) || refused(b.AuthorizeEndpoint) ||
		b.Response != nil && len(b.Response.Mismatch) > 0 || plane(b.Graph) || plane(b.ARM)
}

// Decisive finds the bundle that an answer is to be looked for in: the first of
// which the question holds, else the first about a failure, else the last. It
// gives -1 where there is none.
func Decisive(all []Bundle, holds func(Bundle) bool) int {
	if i := slices.IndexFunc(all, func(b Bundle) bool { return holds != nil && holds(b) }); i >= 0 {
		return i
	}
	if i := slices.IndexFunc(all, Bundle.Failed); i >= 0 {
		return i
	}
	return len(all) - 1
}
