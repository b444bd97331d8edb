package register

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	kiota "github.com/microsoft/kiota-abstractions-go"

	"hdstest/internal/problem"
)

// Kinds of principals, as Azure RBAC writes them.
const (
	KindServicePrincipal = "ServicePrincipal"
	KindUser             = "User"
	KindGroup            = "Group"
)

// Who is somebody who can hold roles: a service principal, a user or a group.
type Who struct {
	ID       string `json:"id"`             // object id, which role assignments name
	Kind     string `json:"kind,omitempty"` // empty: Graph may not be read
	Name     string `json:"name,omitempty"`
	AppID    string `json:"app_id,omitempty"` // of a service principal
	Disabled bool   `json:"disabled,omitempty"`
	Note     string `json:"note,omitempty"` // how an id of another kind led here
}

// Label is the name with the object id.
func (w Who) Label() string {
	if w.Name == "" {
		return w.ID
	}
	return fmt.Sprintf("%s (%s)", w.Name, w.ID)
}

// An app has three ids that look alike. Source: AD:healthcare-apis/configure-azure-rbac-using-scripts.md.
const threeIDs = "an app has three ids: the application (client) id, the object id of its registration (portal: App registrations) and the object id of its " +
	"service principal (portal: Enterprise applications); roles go to the last: az ad sp show --id <client id> --query id"

// FindWho finds whom an id means: the object id of a service principal, user or
// group; also a client id or the object id of an app registration, which lead to
// the service principal, and a user's principal name. An id that nobody has, and
// an app without a service principal, are usage errors that explain the ids.
//
// Where Graph may not be read, an id is taken as it is, with an empty kind and a
// note: Azure Resource Manager decides then.
func FindWho(ctx context.Context, c Clients, id string) (Who, error) {
	s := session{c}
	if strings.Contains(id, "@") {
		return s.userByName(ctx, id)
	}
	if !guid.MatchString(id) {
		return Who{}, problem.Usagef("%q is no object id: a GUID is expected, or a user's principal name", id)
	}
	id = strings.ToLower(id)
	found, err := s.object(ctx, id)
	switch {
	case forbidden(err):
		return s.unnamed(ctx, id)
	case err != nil:
		return Who{}, err
	case found == nil:
		return s.byClientID(ctx, id)
	}
	return s.whoIs(ctx, *found)
}

// directoryObject is what Graph shows of any object.
type directoryObject struct {
	Type      string `json:"@odata.type"`
	ID        string `json:"id"`
	AppID     string `json:"appId"`
	Name      string `json:"displayName"`
	Principal string `json:"userPrincipalName"`
	Enabled   *bool  `json:"accountEnabled"`
}

func (o directoryObject) who() Who {
	w := Who{ID: strings.ToLower(o.ID), Name: o.Name, AppID: o.AppID, Disabled: o.Enabled != nil && !*o.Enabled}
	switch strings.TrimPrefix(o.Type, "#microsoft.graph.") {
	case "servicePrincipal":
		w.Kind = KindServicePrincipal
	case "user":
		w.Kind, w.AppID = KindUser, ""
		if o.Principal != "" {
			w.Name = o.Principal
		}
	case "group":
		w.Kind, w.AppID = KindGroup, ""
	}
	return w
}

// object reads a directory object; nil: there is none of this id.
// Source: GD:api/directoryobject-get.md.
func (s session) object(ctx context.Context, id string) (*directoryObject, error) {
	var o directoryObject
	err := s.graphJSON(ctx, call{"read the directory object " + id, needDirectory}, kiota.GET, "/directoryObjects/"+id, nil, &o)
	if absent(err) {
		return nil, nil
	}
	return &o, err
}

func (s session) whoIs(ctx context.Context, o directoryObject) (Who, error) {
	if strings.HasSuffix(o.Type, ".application") {
		return s.principalOf(ctx, o.AppID, fmt.Sprintf("%s is the object id of the app registration %s", o.ID, o.Name))
	}
	w := o.who()
	if w.Kind == "" {
		return Who{}, problem.Usagef("%s is the object id of a %s, which holds no roles; a service principal, user or group does",
			o.ID, strings.TrimPrefix(o.Type, "#microsoft.graph."))
	}
	return w, nil
}

// principalOf leads from a client id to the service principal.
func (s session) principalOf(ctx context.Context, appID, how string) (Who, error) {
	sp, err := s.principalByAppID(ctx, appID)
	if err != nil {
		return Who{}, err
	}
	if sp == nil {
		return Who{}, problem.Usagef("%s, and this app (client id %s) has no service principal in the tenant: hdstest register makes it; %s", how, appID, threeIDs)
	}
	return Who{ID: sp.ID, Kind: KindServicePrincipal, Name: sp.Name, AppID: sp.AppID, Disabled: sp.Disabled,
		Note: fmt.Sprintf("%s; roles go to its service principal %s", how, sp.ID)}, nil
}

// byClientID looks for an id that is no object's among the client ids.
func (s session) byClientID(ctx context.Context, id string) (Who, error) {
	sp, err := s.principalByAppID(ctx, id)
	if err == nil && sp == nil {
		var app *application
		if app, err = s.appByAppID(ctx, id); err == nil && app == nil {
			return Who{}, problem.Usagef("nobody in the tenant has the id %s; %s", id, threeIDs)
		}
	}
	if err != nil {
		return Who{}, err
	}
	return s.principalOf(ctx, id, fmt.Sprintf("%s is a client id", id))
}

// unnamed takes an id as it is where the directory may not be read. A client id
// may be recognised all the same, since apps may read themselves.
func (s session) unnamed(ctx context.Context, id string) (Who, error) {
	sp, err := s.principalByAppID(ctx, id)
	switch {
	case err == nil && sp != nil:
		return Who{ID: sp.ID, Kind: KindServicePrincipal, Name: sp.Name, AppID: sp.AppID, Disabled: sp.Disabled,
			Note: fmt.Sprintf("%s is a client id; roles go to its service principal %s", id, sp.ID)}, nil
	case err != nil && !forbidden(err):
		return Who{}, err
	}
	return Who{ID: id, Note: "Graph may not be read (" + needDirectory + "), so the id was taken as it is"}, nil
}

// userByName finds a user by the principal name. Source: GD:api/user-get.md.
func (s session) userByName(ctx context.Context, name string) (Who, error) {
	var o directoryObject
	err := s.graphJSON(ctx, call{"read the user " + name, needUsers}, kiota.GET, "/users/"+url.PathEscape(name), nil, &o)
	if absent(err) {
		return Who{}, problem.Usagef("the tenant has no user %s", name)
	}
	if err != nil {
		return Who{}, err
	}
	o.Type = "#microsoft.graph.user"
	return o.who(), nil
}

// groupsOf lists the ids of the groups of somebody, also through other groups.
// Source: GD:api/directoryobject-getmembergroups.md.
func (s session) groupsOf(ctx context.Context, id string) ([]string, error) {
	var answer struct{ Value []string }
	err := s.graphJSON(ctx, call{"read the groups of " + id, needGroups}, kiota.POST, "/directoryObjects/"+id+"/getMemberGroups",
		map[string]any{"securityEnabledOnly": true}, &answer)
	return answer.Value, err
}

// names finds out who several object ids are. Those that cannot be read are left out.
// Source: GD:api/directoryobject-getbyids.md, which takes 1,000 ids.
func (s session) names(ctx context.Context, ids []string) (map[string]Who, error) {
	out := map[string]Who{}
	for chunk := range slices.Chunk(ids, 1000) {
		var answer struct{ Value []directoryObject }
		err := s.graphJSON(ctx, call{"read the names of principals", needDirectory}, kiota.POST, "/directoryObjects/getByIds",
			map[string]any{"ids": chunk, "types": []string{"group", "user", "servicePrincipal"}}, &answer)
		if err != nil {
			return out, err
		}
		for _, o := range answer.Value {
			w := o.who()
			out[w.ID] = w
		}
	}
	return out, nil
}
