package pipeline

import (
	"context"
	"slices"

	"hdstest/internal/check"
	"hdstest/internal/evidence"
	"hdstest/internal/register"
)

// Links are the links of the chain that [Doctor] follows, in their order: each can
// only hold if those before it do.
func Links() []string {
	return []string{"configuration", "network", "authority", "registration", "credential", "token", "claims", "challenge", "role", "data"}
}

// DoctorOptions are what a diagnosis of a profile goes by.
type DoctorOptions struct {
	Configuration []check.Finding   // of the settings, made offline
	Admin         *register.Clients // may read Graph and Azure Resource Manager; nil: nobody may
	NoAdmin       string            // why nobody may
	HowAdmin      string            // what to do about it
	Query         TokenQuery        // Service is filled in
	NoToken       error             // why no token can be asked for; nil: one can
	SignIn        bool              // the redirect URI was set on purpose: people sign in
	Rehearse      bool              // also try out what an administrator must be able to do
	Pace          *Pace             // what the connections noted; nil: nothing
	Progress      func(done, total int, title string)
}

// examination is one run of the doctor.
type examination struct {
	Env
	p         Profile
	o         DoctorOptions
	about     evidence.Bundle // what Graph tells of the app
	principal string          // object id of its service principal, if Graph told it
}

// Doctor follows the chain from the configuration to the data of each service of
// a profile and judges every link. A link that is broken stops only what stands on
// it: the other service goes on, and so do the parts that need no token. Findings
// come in the order of [Links]; the first that failed is the answer. It changes
// nothing but with o.Rehearse, and opens a browser only for the grant of o.Query.
func Doctor(ctx context.Context, env Env, p Profile, o DoctorOptions) Report {
	x := &examination{Env: env, p: p, o: o}
	var all log
	all.add(0, Report{Findings: grouped("configuration", o.Configuration)})
	x.step(1, "the tenant's sign-in address")
	all.add(1, x.authority(ctx))
	x.step(2, "the app registration")
	all.add(2, x.registration(ctx))
	x.step(3, "tokens and services")
	x.services(ctx, &all)
	x.step(4, "the credential's end")
	all.add(3, x.credential(ctx)) // it may ask Graph for a token, which is to be none of the first
	if o.Pace != nil {
		all.add(100, Report{Findings: o.Pace.findings(p)})
	}
	return chained(all.report())
}

// step tells how far the run is.
func (x *examination) step(n int, what string) {
	if x.o.Progress != nil {
		x.o.Progress(n, 4, what)
	}
}

// grouped puts findings into a link.
func grouped(link string, findings []check.Finding) []check.Finding {
	out := slices.Clone(findings)
	for i := range out {
		out[i].Group = link
	}
	return out
}

// chained orders the findings by the links of the chain.
func chained(r Report) Report {
	links := Links()
	slices.SortStableFunc(r.Findings, func(a, b check.Finding) int {
		return slices.Index(links, a.Group) - slices.Index(links, b.Group)
	})
	return r
}
