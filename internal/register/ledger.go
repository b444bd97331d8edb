package register

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Kind is what an entry of the ledger is about.
type Kind string

// The kinds. The first six are things that were made; the last two are changes
// to things that had been there.
const (
	KindApplication Kind = "application"
	KindPrincipal   Kind = "service_principal"
	KindSecret      Kind = "secret"
	KindFederated   Kind = "federated_credential"
	KindConsent     Kind = "consent"
	KindRole        Kind = "role_assignment"
	KindChange      Kind = "application_change" // certificates too
	KindScopes      Kind = "consent_change"
)

// State is how far an entry has come.
type State string

// The states. Trying stands alone if the answer never came: then it is not
// known whether the thing was made.
const (
	Trying  State = "trying"
	Done    State = "made"
	Refused State = "refused" // nothing was made
	Undone  State = "undone"  // taken back
)

// Made is one thing that a run made or changed. It holds no secret.
type Made struct {
	Kind  Kind   `json:"kind"`
	State State  `json:"state"`
	ID    string `json:"id,omitempty"` // object id, key id, grant id or ARM id; empty while not known
	// Of is the object id of what it belongs to: the application for secrets,
	// federated credentials and changes, the client's service principal for consents.
	Of string `json:"of,omitempty"`
	// Name finds it if the answer was lost: unique name of an application, client id
	// of a service principal, display name of a secret, name of a federated
	// credential, object id of the API's service principal for a consent, the role.
	Name   string     `json:"name,omitempty"`
	Ends   *time.Time `json:"ends,omitempty"`   // of a secret
	Change *Change    `json:"change,omitempty"` // of the last two kinds, and the scopes of a consent
	At     time.Time  `json:"at"`
	Undo   string     `json:"undo,omitempty"` // the Azure CLI's command that takes it back
}

// same tells whether two entries are about the same thing. One property can be
// changed twice, and each change is taken back by itself.
func (m Made) same(o Made) bool {
	return m.Kind == o.Kind && m.Of == o.Of && m.Name == o.Name && value(m.Ends).Equal(value(o.Ends)) &&
		(m.Kind != KindChange && m.Kind != KindScopes || reflect.DeepEqual(m.Change, o.Change))
}

// Merge puts an entry into a ledger: in the place of an earlier one about the
// same thing, else at the end. A refused one takes away that of the try, an
// undone one whatever there was.
func Merge(ledger []Made, m Made) []Made {
	i := slices.IndexFunc(ledger, m.same)
	switch {
	case i >= 0 && (m.State == Undone || m.State == Refused && ledger[i].State == Trying):
		return slices.Delete(slices.Clone(ledger), i, i+1)
	case m.State == Refused, m.State == Undone:
		return ledger
	case i >= 0:
		ledger = slices.Clone(ledger)
		ledger[i] = m
		return ledger
	}
	return append(slices.Clone(ledger), m)
}

// undo is the command by which a person takes an entry back without us.
func (m Made) undo(graphBase string) string {
	switch m.Kind {
	case KindApplication:
		return "az ad app delete --id " + m.ID
	case KindPrincipal:
		return "az ad sp delete --id " + m.ID
	case KindSecret:
		return fmt.Sprintf("az ad app credential delete --id %s --key-id %s", m.Of, m.ID)
	case KindFederated:
		return fmt.Sprintf("az ad app federated-credential delete --id %s --federated-credential-id %s", m.Of, m.ID)
	case KindConsent:
		return fmt.Sprintf("az rest --method DELETE --url %s/oauth2PermissionGrants/%s", graphBase, m.ID)
	case KindRole:
		return "az role assignment delete --ids " + m.ID
	}
	return "" // no single command puts one entry of a list back
}
