package graph

// principalKind describes the servicePrincipal resource.
// Source: learn.microsoft.com/graph/api/resources/serviceprincipal.
func principalKind() *kind {
	return &kind{
		collection: "servicePrincipals", typ: "servicePrincipal", resource: "ServicePrincipal",
		properties: principalProperties(),
		filters: map[string][]string{
			"id": {"eq"}, "appId": {"eq"}, "displayName": {"eq", "startswith", "ge", "le"},
			"accountEnabled": {"eq"}, "appOwnerOrganizationId": {"eq"}, "servicePrincipalType": {"eq"},
			"createdDateTime": {"eq", "ge", "le"}, "servicePrincipalNames": {"any", "eq", "startswith"},
			"tags": {"any", "eq", "startswith"}, "description": {"eq", "startswith"},
		},
	}
}

func principalProperties() []property {
	return []property{
		{name: "id", fixed: true}, {name: "deletedDateTime", shape: isMoment, fixed: true},
		{name: "createdDateTime", shape: isMoment, fixed: true}, {name: "appDisplayName", fixed: true},
		{name: "appDescription", fixed: true}, {name: "appOwnerOrganizationId", fixed: true},
		{name: "applicationTemplateId", fixed: true}, {name: "disabledByMicrosoftStatus", fixed: true},
		{name: "servicePrincipalType", fixed: true}, {name: "signInAudience", fixed: true},
		{name: "verifiedPublisher", shape: isObject, fixed: true},
		{name: "oauth2PermissionScopes", shape: isObjects, fixed: true}, {name: "appRoles", shape: isObjects, fixed: true},
		{name: "resourceSpecificApplicationPermissions", shape: isObjects, fixed: true},
		{name: "replyUrls", shape: isTexts, fixed: true}, {name: "servicePrincipalNames", shape: isTexts, missing: true},
		{name: "appId", shape: isID}, {name: "displayName", max: 256}, {name: "accountEnabled", shape: isFlag},
		{name: "appRoleAssignmentRequired", shape: isFlag}, {name: "tags", shape: isTexts, max: 256},
		{name: "description", max: 1024}, {name: "notes", max: 1024}, {name: "homepage"}, {name: "loginUrl"}, {name: "logoutUrl"},
		{name: "notificationEmailAddresses", shape: isTexts}, {name: "alternativeNames", shape: isTexts},
		informationProperty(),
		{name: "keyCredentials", shape: isObjects, missing: true}, {name: "passwordCredentials", shape: isObjects, missing: true},
		{name: "addIns", shape: isObjects, missing: true}, {name: "preferredSingleSignOnMode", missing: true},
		{name: "preferredTokenSigningKeyThumbprint", missing: true}, {name: "samlSingleSignOnSettings", shape: isObject, missing: true},
		{name: "tokenEncryptionKeyId", missing: true}, {name: "customSecurityAttributes", shape: isObject, missing: true},
	}
}

// grantKind describes the oAuth2PermissionGrant resource.
// Source: learn.microsoft.com/graph/api/resources/oauth2permissiongrant.
func grantKind() *kind {
	return &kind{
		collection: "oauth2PermissionGrants", typ: "oAuth2PermissionGrant", resource: "OAuth2PermissionGrant",
		properties: []property{{name: "id", fixed: true}, {name: "clientId", shape: isID}, {name: "consentType"},
			{name: "principalId", shape: isID}, {name: "resourceId", shape: isID}, {name: "scope", max: 3850}},
		filters: map[string][]string{"id": {"eq"}, "clientId": {"eq"}, "consentType": {"eq"}, "principalId": {"eq"},
			"resourceId": {"eq"}, "scope": {"eq", "startswith"}},
	}
}

// roleKind describes the appRoleAssignment resource, below a service principal.
// Source: learn.microsoft.com/graph/api/resources/approleassignment.
func roleKind(collection string) *kind {
	return &kind{
		collection: collection, typ: "appRoleAssignment", resource: "AppRoleAssignment",
		properties: []property{{name: "id", fixed: true}, {name: "createdDateTime", shape: isMoment, fixed: true},
			{name: "deletedDateTime", shape: isMoment, fixed: true},
			{name: "principalDisplayName", fixed: true}, {name: "principalType", fixed: true},
			{name: "resourceDisplayName", fixed: true},
			{name: "appRoleId", shape: isID}, {name: "principalId", shape: isID}, {name: "resourceId", shape: isID}},
		filters: map[string][]string{"id": {"eq"}, "appRoleId": {"eq"}, "principalId": {"eq"}, "resourceId": {"eq"},
			"principalType": {"eq"}, "principalDisplayName": {"eq", "startswith"}, "resourceDisplayName": {"eq", "startswith"}},
	}
}

// federatedKind describes the federatedIdentityCredential resource.
// Source: learn.microsoft.com/graph/api/resources/federatedidentitycredential.
func federatedKind() *kind {
	return &kind{
		collection: "federatedIdentityCredentials", typ: "federatedIdentityCredential", resource: "FederatedIdentityCredential",
		properties: []property{{name: "id", fixed: true}, {name: "name", max: 120}, {name: "issuer", max: 600},
			{name: "subject", max: 600}, {name: "description", max: 600}, {name: "audiences", shape: isTexts, max: 600},
			{name: "claimsMatchingExpression", shape: isObject, missing: true}},
		filters: map[string][]string{"id": {"eq"}, "name": {"eq"}, "issuer": {"eq"}, "subject": {"eq"}},
	}
}

// userKind describes what the sandbox shows of a user.
// Source: learn.microsoft.com/graph/api/resources/user, properties returned by default.
func userKind() *kind {
	names := []string{"id", "userPrincipalName", "displayName", "mail", "givenName", "surname", "jobTitle", "mobilePhone",
		"officeLocation", "preferredLanguage"}
	k := &kind{collection: "users", typ: "user", resource: "User",
		filters: map[string][]string{"id": {"eq"}, "userPrincipalName": {"eq", "startswith"}, "displayName": {"eq", "startswith"},
			"mail": {"eq", "startswith"}, "accountEnabled": {"eq"}}}
	for _, name := range names {
		k.properties = append(k.properties, property{name: name, fixed: true})
	}
	k.properties = append(k.properties, property{name: "businessPhones", shape: isTexts, fixed: true},
		property{name: "accountEnabled", shape: isFlag, fixed: true}, property{name: "userType", fixed: true})
	return k
}
