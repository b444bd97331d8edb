// Package register makes an app registration, its service principal and its
// roles, and can take back what it made.
//
// The way in: [NewClients] for the connections, [MakePlan] to look and decide,
// [Apply] to carry the plan out; [PlanRemoval] and [Remove] to undo it. A plan
// is data: steps that create, change or keep something, with old and new values,
// so that it can be shown before anything happens. A second run finds everything in place, makes
// no request that changes anything, and no second secret.
//
// An app is found by its client id if that is given, else by a unique name that
// this package derived from the display name. An app of the same display name
// that it did not make is never touched unless its id is given.
//
// What a run makes is written to a ledger, before the request and again after
// the answer; so an interrupt at any point leaves a list from which the run can
// go on or be undone. A new object takes a while to reach every replica of the
// directory: each step asks for what the next one needs, with growing pauses.
//
// A secret that replaces others is made, proved and handed over before those are
// removed; how to prove and where to keep it is the caller's (see [Progress]).
// Of two secrets one is therefore good at any moment.
//
// Roles go by themselves too: [FindWho] leads from whatever id to a principal,
// [PlanAssign] and [PlanUnassign] decide, [CheckAccess] collects everything that
// decides over access to data, and [Access.May] decides over one action as Azure
// does. [Clients.ListARM] and [Clients.ReadARM] lend the connection to others.
//
// Graph is called through msgraph-sdk-go by sub-packages, since the root client
// would add minutes to every build; role assignments through armauthorization.
// Both send over one transport of this package that keeps to the configured
// origin, waits when asked to, and keeps the server's own words for the errors.
//
// The package does not get tokens for the app (package acquire), does not save
// anything, prints nothing and gives no advice. It knows Microsoft Graph v1.0
// only, not its beta.
package register
