package register

import (
	"context"
	"crypto/x509"
	"slices"
	"strings"

	"hdstest/internal/evidence"
)

// Action is what a step does.
type Action string

// The actions.
const (
	ActionCreate  Action = "create"
	ActionChange  Action = "change"
	ActionKeep    Action = "keep"
	ActionRemove  Action = "remove"  // a leftover of an unfinished run
	ActionBlocked Action = "blocked" // wanted, but not possible; the note says why
)

// Step is one line of a plan.
type Step struct {
	ID     string `json:"id"` // stable: application, secret, role.1
	Action Action `json:"action"`
	What   string `json:"what"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Note   string `json:"note,omitempty"`  // what it implies
	Needs  string `json:"needs,omitempty"` // least privilege for it; empty for keep
	// Evidence is set on blocked steps, for the diagnosis.
	Evidence *evidence.Bundle `json:"evidence,omitempty"`
}

// Plan is what [MakePlan] found and [Apply] will do. It holds no secret. It is
// good for a short while: it is not checked again before it is applied.
type Plan struct {
	TenantID           string `json:"tenant_id"`
	AppID              string `json:"app_id,omitempty"` // empty: to be created
	AppObjectID        string `json:"app_object_id,omitempty"`
	ServicePrincipalID string `json:"service_principal_id,omitempty"`
	Steps              []Step `json:"steps"`

	spec      Spec
	app       *application
	principal *principal
	apis      []api
	changes   []Change
	cert      *x509.Certificate // set if it is to be added
	keep      *password         // secret that stays
	discard   []string          // key ids of secrets whose value nobody has
	addSecret bool
	retire    []password // secrets that go once the new one has worked
	consents  []consent
	roles     []roleWork
	take      []Assignment // to be taken away

	federated     []Federated // to be made
	federatedHeld []federatedRecord
}

// Changes tells whether applying the plan would change anything.
func (p Plan) Changes() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action != ActionKeep && s.Action != ActionBlocked })
}

// MakesSecret tells whether applying the plan makes a secret, whose value must go
// somewhere.
func (p Plan) MakesSecret() bool { return p.addSecret }

// Blocked lists the steps that cannot be done.
func (p Plan) Blocked() []Step {
	var out []Step
	for _, s := range p.Steps {
		if s.Action == ActionBlocked {
			out = append(out, s)
		}
	}
	return out
}

// planner fills a plan in.
type planner struct {
	session
	*Plan
}

// MakePlan looks at the tenant and decides. It changes nothing; a dry run is
// MakePlan alone. Bad input, also what can only be seen by asking (a tenant
// that is not the administrator's, an app of the same name that is not ours, an
// unknown role), is a usage error. ctx bounds it.
func MakePlan(ctx context.Context, c Clients, spec Spec) (Plan, error) {
	spec = spec.normal()
	if err := spec.Check(c.now()); err != nil {
		return Plan{}, err
	}
	p := planner{session{c}, &Plan{spec: spec}}
	for _, look := range []func(context.Context) error{p.lookTenant, p.lookRoleNames, p.lookApp, p.lookAPIs, p.planApp, p.planPrincipal,
		p.planCertificate, p.planFederated, p.planConsents, p.planRoles, p.planSecret} {
		if err := look(ctx); err != nil {
			return Plan{}, err
		}
	}
	return *p.Plan, nil
}

// normal brings ids to one spelling.
func (s Spec) normal() Spec {
	s.Name, s.AppID = strings.TrimSpace(s.Name), strings.ToLower(s.AppID)
	var apis []string
	for _, id := range s.APIs {
		if id = strings.ToLower(id); !slices.Contains(apis, id) {
			apis = append(apis, id)
		}
	}
	s.APIs = apis
	scopes := map[string][]string{}
	for id, names := range s.Scopes {
		scopes[strings.ToLower(id)] = names
	}
	s.Scopes = scopes
	return s
}

func (p planner) add(s Step) { p.Steps = append(p.Steps, s) }
