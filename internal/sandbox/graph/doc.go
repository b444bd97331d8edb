// Package graph stands in for Microsoft Graph v1.0, as far as registering apps
// and looking at them goes. It is written from Microsoft's documents, the
// $metadata of v1.0 and answers recorded in public, never from what this
// module's own client sends.
//
// # Every request
//
// Faithful: a token for Graph or 401 InvalidAuthenticationToken; application
// permissions (roles) or delegated ones (scp) or 403 Authorization_RequestDenied;
// bodies plain, in chunks or gzipped, 415 for another encoding; errors with code,
// message, innerError and, where known, details; request-id and
// client-request-id; @odata.type in bodies; names of segments in any case;
// alternate keys; $filter, $select, $top, $orderby, $count, @odata.nextLink;
// advanced queries only with ConsistencyLevel: eventual
// (learn.microsoft.com/graph/errors, /graph/aad-advanced-queries, /graph/paging).
// Where a message was not seen in a real answer, the code beside it says so.
//
// Simplified: a delegated permission is enough by itself, as if the signed-in
// user were an Application Administrator. Reads and writes hit one replica,
// unless the switch replication-delay is on. There is no throttling but by
// scenario. $orderby knows displayName. An object's own limits are kept, those
// of a tenant are not.
//
// Absent, 501 NotImplemented: beta, $batch, $search, $expand, delta, policies,
// extensions, synchronization, all that is not listed below.
//
// # /applications
//
// Faithful: list, get by id, appId and uniqueName, create, PATCH (complex values
// merge, collections are replaced), upsert by uniqueName with Prefer:
// create-if-missing, DELETE into the recycle bin together with the principal
// (learn.microsoft.com/graph/api/resources/application). Unknown properties,
// redirect URIs, identifier URIs, audiences, token versions, scopes and roles
// are checked. addPassword shows the text once, with a hint of three characters
// and an end two years away by default; removePassword; certificates by PATCH of
// the whole list, in which an entry without key stays; addKey and removeKey with
// a proof of possession; owners; federatedIdentityCredentials with upsert by
// name; passwordCredentials at creation, since April 2024.
//
// Simplified: the texts of consent are free; a default for a property that
// decides nothing is null.
//
// Absent, 501: properties that would change tokens or signing, when they are set
// to anything but their empty value (optionalClaims, tokenEncryptionKeyId,
// preAuthorizedApplications, redirectUriSettings and more, see
// applicationProperties); credentials for SAML; logo.
//
// # /servicePrincipals
//
// Faithful: list, get by id and appId, create (400 NoBackingApplicationObject for
// an app that is not there or not yet, 403 for an app of elsewhere with
// Application.ReadWrite.OwnedBy alone, 409 for a second one), PATCH, upsert by
// appId, DELETE, secrets, owners, ownedObjects, appRoleAssignments and
// appRoleAssignedTo from either end, oauth2PermissionGrants.
//
// Simplified: an app of Microsoft's can be added when it is one of
// entra.ResourceApps. A changed application shows in its principal at once.
//
// Absent, 501: certificates of a principal, SAML settings, policies, groups.
//
// # /oauth2PermissionGrants
//
// Faithful: list with $filter, get, create, PATCH of scope, DELETE; one grant for
// client, resource and user. Simplified: names in scope are not looked up.
//
// # /directory/deletedItems
//
// Faithful: get, list by type, restore, DELETE for good, gone after 30 days.
// Unverified: a deleted application keeps its unique name as long as it lies here.
//
// # /oidc/userinfo
//
// Simplified: what the token says of its user. No email and no picture.
//
// # /groups
//
// Faithful: security groups, list, get, create, DELETE for good, members of every
// kind, memberOf, transitiveMemberOf, getMemberGroups and checkMemberGroups
// through nested groups.
// Absent, 501: groups with mail, dynamic groups, PATCH, owners.
//
// # /directoryObjects, /organization, /me, /users
//
// Simplified to what tools need in order to name what they found: directoryObjects
// by id and getByIds, the one organization, users read-only. /me with an app's
// token is refused as in reality.
package graph
