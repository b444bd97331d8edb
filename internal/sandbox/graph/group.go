package graph

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
)

// groupKind describes security groups, as far as roles are given to them.
// Source: learn.microsoft.com/graph/api/resources/group.
func groupKind() *kind {
	return &kind{collection: "groups", typ: "group", resource: "Group",
		properties: []property{{name: "id", fixed: true}, {name: "createdDateTime", shape: isMoment, fixed: true},
			{name: "deletedDateTime", shape: isMoment, fixed: true}, {name: "displayName", max: 256}, {name: "description", max: 1024},
			{name: "mailNickname", max: 64}, {name: "mailEnabled", shape: isFlag}, {name: "securityEnabled", shape: isFlag},
			{name: "groupTypes", shape: isTexts}, {name: "isAssignableToRole", shape: isFlag, missing: true},
			{name: "membershipRule", missing: true}, {name: "visibility", missing: true}},
		filters: map[string][]string{"id": {"eq"}, "displayName": {"eq", "startswith"}, "mailNickname": {"eq", "startswith"},
			"securityEnabled": {"eq"}}}
}

func groupDocument(g *directory.Group) (map[string]any, error) {
	doc, err := document(g)
	if err != nil {
		return nil, err
	}
	doc["createdDateTime"], doc["mailEnabled"], doc["securityEnabled"] = stamp(g.CreatedDateTime), false, true
	groupKind().fill(doc)
	return doc, nil
}

func readsGroups() []string {
	return []string{"GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", readDir, writeDir, asUser}
}

func writesGroups() []string { return []string{"Group.ReadWrite.All", writeDir, asUser} }

func writesMembers() []string { return append(writesGroups(), "GroupMember.ReadWrite.All") }

func (c *call) listGroups() (answer, error) {
	if err := c.require(readsGroups()); err != nil {
		return answer{}, err
	}
	var docs []map[string]any
	for _, g := range c.state.Groups {
		doc, err := groupDocument(g)
		if err != nil {
			return answer{}, err
		}
		docs = append(docs, doc)
	}
	return c.list(groupKind(), docs)
}

// group finds the group of the path.
func (c *call) group(permissions []string) (*directory.Group, error) {
	if err := c.require(permissions); err != nil {
		return nil, err
	}
	id := strings.ToLower(c.path[1].text)
	if !directory.IsGUID(id) {
		return nil, badRequest("Invalid object identifier '%s'.", id)
	}
	if g := c.state.Groups[id]; g != nil {
		return g, nil
	}
	return nil, notFound(id)
}

func (c *call) getGroup() (answer, error) {
	g, err := c.group(readsGroups())
	if err != nil {
		return answer{}, err
	}
	doc, err := groupDocument(g)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, groupKind(), doc)
}

// createGroup makes a security group; those with mail are Exchange's and absent.
// Source: learn.microsoft.com/graph/api/group-post-groups, required properties.
func (c *call) createGroup() (answer, error) {
	if err := c.require(writesGroups()); err != nil {
		return answer{}, err
	}
	if c.body == nil {
		return answer{}, unreadable()
	}
	if err := groupKind().accept(c.body); err != nil {
		return answer{}, err
	}
	for _, name := range []string{"displayName", "mailNickname", "mailEnabled", "securityEnabled"} {
		if c.body[name] == nil || c.body[name] == "" {
			return answer{}, badRequest("A value is required for property '%s' of resource 'Group'.", name)
		}
	}
	types, _ := c.body["groupTypes"].([]any)
	if c.body["mailEnabled"] != false || c.body["securityEnabled"] != true || len(types) > 0 {
		return answer{}, absent("groups with mail, Microsoft 365 groups and dynamic groups")
	}
	g := &directory.Group{ID: c.NewID(), DisplayName: text(c.body, "displayName"), MailNickname: text(c.body, "mailNickname"),
		CreatedDateTime: c.now.Truncate(time.Second)}
	if about := text(c.body, "description"); about != "" {
		g.Description = &about
	}
	c.state.Groups[g.ID] = g
	doc, err := groupDocument(g)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusCreated, groupKind(), doc)
}

// deleteGroup removes a group and its memberships for good; the recycle bin holds
// Microsoft 365 groups only (learn.microsoft.com/graph/api/group-delete).
func (c *call) deleteGroup() (answer, error) {
	g, err := c.group(writesGroups())
	if err != nil {
		return answer{}, err
	}
	delete(c.state.Groups, g.ID)
	for _, other := range c.state.Groups {
		other.Members = slices.DeleteFunc(slices.Clone(other.Members), func(id string) bool { return id == g.ID })
	}
	return done()
}

func (c *call) listMembers() (answer, error) {
	g, err := c.group(readsGroups())
	if err != nil {
		return answer{}, err
	}
	return c.listObjects(g.Members)
}

// addMember takes a reference to a user, a service principal or a group.
// Source: learn.microsoft.com/graph/api/group-post-members.
func (c *call) addMember() (answer, error) {
	g, err := c.group(writesMembers())
	if err != nil {
		return answer{}, err
	}
	id, err := c.reference()
	if err != nil {
		return answer{}, err
	}
	if c.state.Assignee(id) == "" || !c.showsObject(id) {
		return answer{}, notFound(id)
	}
	if slices.Contains(g.Members, id) {
		return answer{}, badRequest("One or more added object references already exist for the following modified properties: 'members'.")
	}
	g.Members = append(slices.Clone(g.Members), id)
	return done()
}

func (c *call) removeMember() (answer, error) {
	g, err := c.group(writesMembers())
	if err != nil {
		return answer{}, err
	}
	members, err := withoutOwner(g.Members, c.path[3].text)
	if err != nil {
		return answer{}, err
	}
	g.Members = members
	return done()
}

// member finds the user, service principal or group of the path, of which groups
// are asked.
func (c *call) member() (string, error) {
	if err := c.require(readsGroups()); err != nil {
		return "", err
	}
	at := c.path[1]
	if at.key != "" {
		p, err := c.findPrincipal(at)
		if err != nil {
			return "", err
		}
		return p.ID, nil
	}
	id := strings.ToLower(at.text)
	if u := c.state.UserByName(at.text); u != nil && strings.EqualFold(c.path[0].text, "users") {
		id = u.ID
	}
	if !directory.IsGUID(id) {
		return "", badRequest("Invalid object identifier '%s'.", at.text)
	}
	if c.state.Assignee(id) == "" || !c.showsObject(id) {
		return "", notFound(id)
	}
	return id, nil
}

// memberGroups gives the ids of all groups of an object, through other groups too.
// Source: learn.microsoft.com/graph/api/directoryobject-getmembergroups.
func (c *call) memberGroups() (answer, error) {
	id, err := c.member()
	if err != nil {
		return answer{}, err
	}
	if err := c.onlyParameters("securityEnabledOnly"); err != nil {
		return answer{}, err
	}
	if _, ok := c.body["securityEnabledOnly"].(bool); !ok {
		return answer{}, badRequest("The parameter 'securityEnabledOnly' is missing or is no boolean.") // text unverified
	}
	return answer{status: http.StatusOK, body: map[string]any{"@odata.context": c.URL + "/v1.0/$metadata#Collection(Edm.String)",
		"value": append([]string{}, c.state.GroupsOf(id)...)}}, nil
}

// maxGroupIDs is how many groups one check may name.
// Source: learn.microsoft.com/graph/api/directoryobject-checkmembergroups.
const maxGroupIDs = 20

// checkMemberGroups gives those of the groups named that an object is in, through
// other groups too.
func (c *call) checkMemberGroups() (answer, error) {
	id, err := c.member()
	if err != nil {
		return answer{}, err
	}
	if err := c.onlyParameters("groupIds"); err != nil {
		return answer{}, err
	}
	asked, ok := c.body["groupIds"].([]any)
	if !ok || len(asked) == 0 || len(asked) > maxGroupIDs {
		return answer{}, badRequest("The parameter 'groupIds' holds 1 to %d identifiers.", maxGroupIDs) // text unverified
	}
	found := []string{}
	for _, group := range c.state.GroupsOf(id) {
		if slices.ContainsFunc(asked, func(one any) bool { text, _ := one.(string); return strings.EqualFold(text, group) }) {
			found = append(found, group)
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"@odata.context": c.URL + "/v1.0/$metadata#Collection(Edm.String)", "value": found}}, nil
}

// memberOf lists the groups of which an object is a member itself.
// Source: learn.microsoft.com/graph/api/serviceprincipal-list-memberof.
func (c *call) memberOf() (answer, error) {
	id, err := c.member()
	if err != nil {
		return answer{}, err
	}
	var ids []string
	for _, g := range c.state.Groups {
		if slices.Contains(g.Members, id) {
			ids = append(ids, g.ID)
		}
	}
	return c.listObjects(ids)
}

// transitiveMemberOf lists them with those above.
func (c *call) transitiveMemberOf() (answer, error) {
	id, err := c.member()
	if err != nil {
		return answer{}, err
	}
	return c.listObjects(c.state.GroupsOf(id))
}
