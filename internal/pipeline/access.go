package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/register"
)

// youngRole is how long an assignment may take to count.
// Source: learn.microsoft.com/azure/role-based-access-control/troubleshooting.
const youngRole = 10 * time.Minute

// AccessQuery is whose access to which services is looked at.
type AccessQuery struct {
	Principal register.Who
	// Services maps entra.FHIR and entra.DICOM to resource ids.
	Services map[string]string
	// Write makes the requests that change data count: without it what they need
	// and is not there is a skip.
	Write bool
}

// CheckAccess compares what somebody's roles give with what the catalogue's
// requests need, service by service. It calls no FHIR or DICOM service, so it
// does not see what these remember of earlier decisions.
func (e Env) CheckAccess(ctx context.Context, admin register.Clients, q AccessQuery) (Report, []register.Access) {
	var all log
	var out []register.Access
	for i, kind := range []string{entra.FHIR, entra.DICOM} {
		scope := q.Services[kind]
		if scope == "" {
			continue
		}
		a, err := register.CheckAccess(ctx, admin, q.Principal, scope)
		if err != nil {
			all.add(i, accessFailure(kind, err))
			continue
		}
		out = append(out, a)
		all.add(i, Report{Findings: e.judgeAccess(a, q.Write)})
	}
	return all.report(), out
}

func accessFailure(kind string, err error) Report {
	f := check.Finding{ID: "access." + kind + ".roles", Group: kind, Title: "Roles on the " + strings.ToUpper(kind) + " service", Status: check.Fail,
		Seen: err.Error()}
	return Report{Findings: []check.Finding{f}, Errors: []error{err}}
}

// judgeAccess makes the findings about one service.
func (e Env) judgeAccess(a register.Access, write bool) []check.Finding {
	out := []check.Finding{judgeRoles(a)}
	for _, n := range needsOf(a.Service) {
		out = append(out, judgeNeed(a, n, write))
	}
	out = append(out, judgeDenials(a))
	for _, f := range []*check.Finding{disabled(a), e.pending(a), far(a), smartUser(a)} {
		if f != nil {
			f.Group = a.Service
			out = append(out, *f)
		}
	}
	for i := range out {
		out[i].Source = sourceRBAC
	}
	return out
}

const sourceRBAC = "learn.microsoft.com/azure/role-based-access-control/overview"

// judgeRoles says what is held, and whether any of it is about this data.
func judgeRoles(a register.Access) check.Finding {
	f := check.Finding{ID: "access." + a.Service + ".roles", Group: a.Service, Title: "Roles on the " + strings.ToUpper(a.Service) + " service",
		Status: check.Pass, Expected: "a role with data actions of this service", Seen: heldText(a.Held)}
	if slices.ContainsFunc(a.Held, func(h register.Held) bool { return givesAny(a, h) }) {
		return f
	}
	f.Status, f.Cause, f.Hint = check.Fail, "role.missing", assignHint(a, entra.ActionRead)
	switch {
	case slices.ContainsFunc(a.Held, func(h register.Held) bool { return !h.Management }):
		f.Cause = "role.other_service"
	case len(a.Held) > 0:
		f.Cause = "role.control_plane"
		f.Seen += "; these are about the resource and give nothing on its data"
	}
	return f
}

// givesAny tells whether an assignment gives something on the data of the
// service in question.
func givesAny(a register.Access, h register.Held) bool {
	one := register.Access{Service: a.Service, Held: []register.Held{h}}
	for _, action := range dataActions(a.Service) {
		if one.May(action).Allowed {
			return true
		}
	}
	return false
}

// dataActions are those that some request or role is about.
func dataActions(service string) []string {
	if service == entra.DICOM {
		return []string{entra.ActionRead, entra.ActionWrite, entra.ActionDelete, entra.ActionManageExtendedTags, entra.ActionExport}
	}
	return []string{entra.ActionRead, entra.ActionWrite, entra.ActionDelete, entra.ActionHardDelete, entra.ActionExport, entra.ActionImport,
		entra.ActionConvertData, entra.ActionValidate, entra.ActionReindex, entra.ActionEditProfiles, entra.ActionSMART, entra.ActionCreate,
		entra.ActionUpdate, entra.ActionSearch, entra.ActionReadByID, entra.ActionSearchParameter, entra.ActionBulkOperator}
}

func heldText(held []register.Held) string {
	if len(held) == 0 {
		return "none"
	}
	var out []string
	for _, h := range held {
		text := h.Role + " at the " + h.Level
		if h.Through != nil {
			text += " through the group " + nameOf(*h.Through)
		}
		if h.Condition != "" {
			text += " under a condition"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func nameOf(w register.Who) string {
	if w.Name != "" {
		return w.Name
	}
	return w.ID
}

// need is a data action with the catalogue's requests that need it.
type need struct {
	action   string
	requests []string // titles
	reading  bool     // some of them only reads
}

// needsOf lists what the requests to a service need, in their order.
func needsOf(service string) []need {
	var out []need
	for _, r := range catalogue.For(service) {
		writes := slices.ContainsFunc(catalogue.Groups(), func(g catalogue.Group) bool { return g.ID == r.Group && g.Writes })
		for _, action := range r.Needs {
			i := slices.IndexFunc(out, func(n need) bool { return n.action == action })
			if i < 0 {
				i, out = len(out), append(out, need{action: action})
			}
			out[i].requests = append(out[i].requests, r.Title)
			out[i].reading = out[i].reading || !writes
		}
	}
	return out
}

// judgeNeed compares one need with the verdict on it.
func judgeNeed(a register.Access, n need, write bool) check.Finding {
	v := a.May(n.action)
	f := check.Finding{ID: "access." + a.Service + "." + strings.TrimSuffix(n.action, "/action"), Group: a.Service,
		Title: fmt.Sprintf("May %s: %s", strings.TrimSuffix(n.action, "/action"), some(n.requests)), Status: check.Pass, Expected: v.Action}
	switch {
	case len(v.Denied) > 0:
		f.Status, f.Cause, f.Seen = check.Fail, "role.deny", "taken by the deny assignment "+v.Denied[0].Name+" at "+v.Denied[0].Scope
		f.Hint = "deny assignments go before every role: they are removed by what made them"
	case v.Conditional:
		f.Status, f.Seen = check.Warn, "only under the condition of "+heldText(v.By)+", which is not evaluated here"
	case v.Allowed && v.Instead != nil:
		f.Seen = fmt.Sprintf("by %s, from %s", strings.Join(v.Instead, " and "), heldText(v.By))
	case v.Allowed:
		f.Seen = "by " + heldText(v.By)
	case !n.reading && !write:
		f.Status, f.Seen, f.Hint = check.Skip, "not given, and asked for by requests that change data only", "--write makes it count"
	default:
		f.Status, f.Cause, f.Seen, f.Hint = check.Fail, "role.missing", "no role gives it", assignHint(a, n.action)
		if slices.ContainsFunc(a.Held, func(h register.Held) bool { return givesAny(a, h) }) {
			f.Cause = "role.too_small"
		}
	}
	return f
}

// some names the first requests of a list.
func some(titles []string) string {
	if len(titles) <= 2 {
		return strings.Join(titles, ", ")
	}
	return fmt.Sprintf("%s and %d more requests", titles[0], len(titles)-1)
}

// assignHint is the command that gives the least built-in role with an action.
func assignHint(a register.Access, action string) string {
	role := leastRole(a.Service, action)
	if role == "" {
		return ""
	}
	hint := fmt.Sprintf("hdstest rbac assign --role %q --principal %s", role+"@"+a.Scope, a.Principal.ID)
	if a.Principal.Kind == register.KindUser || a.Principal.Kind == register.KindGroup {
		hint = fmt.Sprintf("az role assignment create --assignee-object-id %s --assignee-principal-type %s --role %q --scope %s",
			a.Principal.ID, a.Principal.Kind, role, a.Scope)
	}
	return hint
}

// leastRole is the built-in role that gives an action and as little else as can be.
func leastRole(service, action string) string {
	best, least := "", 0
	for _, r := range entra.Roles() {
		one := register.Access{Service: service, Held: []register.Held{{Assignment: register.Assignment{DataActions: r.DataActions, NotActions: r.NotDataActions}}}}
		if r.Service != service || !one.May(action).Allowed {
			continue
		}
		gives := 0
		for _, other := range dataActions(service) {
			if one.May(other).Allowed {
				gives++
			}
		}
		if best == "" || gives < least {
			best, least = r.Name, gives
		}
	}
	return best
}

func judgeDenials(a register.Access) check.Finding {
	f := check.Finding{ID: "access." + a.Service + ".deny", Group: a.Service, Title: "No deny assignment concerns the principal", Status: check.Pass,
		Expected: "none", Seen: "none"}
	var names []string
	for _, d := range a.Denials {
		names = append(names, d.Name+" at "+d.Scope)
	}
	switch {
	case a.DenialsUnread != "":
		f.Status, f.Seen, f.Hint = check.Skip, a.DenialsUnread, "Reader at the service may read them"
	case len(names) > 0:
		f.Status, f.Seen = check.Warn, strings.Join(names, ", ")
	case a.GroupsUnread != "":
		f.Seen = "none that names it; whether one names a group of it is not known: " + a.GroupsUnread
	}
	return f
}

func disabled(a register.Access) *check.Finding {
	if !a.Principal.Disabled {
		return nil
	}
	return &check.Finding{ID: "access." + a.Service + ".disabled", Title: "The principal is enabled", Status: check.Fail,
		Seen: "it is disabled: nobody gets a token as it", Expected: "accountEnabled: true", Hint: "az ad sp update --id " + a.Principal.ID + " --set accountEnabled=true"}
}

// pending warns of roles so young that the service may not know them.
func (e Env) pending(a register.Access) *check.Finding {
	for _, h := range a.Held {
		if h.Created == nil || h.Management {
			continue
		}
		if age := e.Now().Sub(*h.Created); age < youngRole {
			return &check.Finding{ID: "access." + a.Service + ".pending", Title: "The roles are old enough to count", Status: check.Warn, Cause: "role.pending",
				Seen: fmt.Sprintf("%s was given %s ago", h.Role, max(age, 0).Round(time.Second)), Expected: "ten minutes",
				Hint: "until then a 403 means nothing; try again with a new token"}
		}
	}
	return nil
}

// far warns of data roles from a management group, which can take hours.
func far(a register.Access) *check.Finding {
	for _, h := range a.Held {
		if h.Level == register.LevelManagementGroup && givesAny(a, h) {
			return &check.Finding{ID: "access." + a.Service + ".management_group", Title: "The roles are given near the service", Status: check.Warn,
				Cause: "role.management_group", Seen: h.Role + " at the management group", Expected: "a scope in the subscription",
				Hint: "data actions from a management group can take hours to count"}
		}
	}
	return nil
}

func smartUser(a register.Access) *check.Finding {
	if a.Service != entra.FHIR || !a.May(entra.ActionSMART).Allowed {
		return nil
	}
	return &check.Finding{ID: "access.fhir.smart", Title: "Access is not limited to SMART scopes", Status: check.Warn, Cause: "role.smart_user",
		Seen: heldText(a.May(entra.ActionSMART).By) + ": the service asks for SMART scopes and fhirUser besides", Expected: "no smart/action, unless SMART is meant"}
}
