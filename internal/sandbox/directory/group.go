package directory

import (
	"slices"
	"time"
)

// Group is a security group, shaped as Graph's group resource.
type Group struct {
	ID              string    `json:"id"`
	DisplayName     string    `json:"displayName"`
	MailNickname    string    `json:"mailNickname"`
	Description     *string   `json:"description"`
	CreatedDateTime time.Time `json:"createdDateTime"`

	Members []string `json:"-"` // object ids of users, service principals and groups
}

// GroupsOf lists the groups that an object is a member of, also through other
// groups, each once. A ring of groups ends where it began.
func (s *State) GroupsOf(objectID string) []string {
	var found []string
	for look := []string{objectID}; len(look) > 0; look = look[1:] {
		for _, g := range s.Groups {
			if g.ID != objectID && slices.Contains(g.Members, look[0]) && !slices.Contains(found, g.ID) {
				found, look = append(found, g.ID), append(look, g.ID)
			}
		}
	}
	slices.Sort(found)
	return found
}

// Assignee is as whom an object id can hold roles: "ServicePrincipal", "User",
// "Group" or "".
func (s *State) Assignee(objectID string) string {
	if s.Groups[objectID] != nil {
		return "Group"
	}
	return s.Principal(objectID)
}
