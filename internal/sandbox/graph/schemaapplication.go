package graph

// applicationKind describes the application resource.
// Source: learn.microsoft.com/graph/api/resources/application and the complex
// types that it links to.
func applicationKind() *kind {
	return &kind{
		collection: "applications", typ: "application", resource: "Application",
		properties: applicationProperties(),
		filters: map[string][]string{
			"id": {"eq"}, "appId": {"eq"}, "displayName": {"eq", "startswith", "ge", "le"},
			"uniqueName": {"eq", "startswith"}, "signInAudience": {"eq"}, "publisherDomain": {"eq", "startswith", "ge", "le"},
			"createdDateTime": {"eq", "ge", "le"}, "identifierUris": {"any", "eq", "startswith"},
			"tags": {"any", "eq", "startswith"}, "description": {"eq", "startswith"},
		},
	}
}

func applicationProperties() []property {
	uris := property{name: "redirectUris", shape: isTexts}
	return []property{
		{name: "id", fixed: true}, {name: "appId", fixed: true}, {name: "createdDateTime", shape: isMoment, fixed: true},
		{name: "deletedDateTime", shape: isMoment, fixed: true}, {name: "publisherDomain", fixed: true},
		{name: "applicationTemplateId", fixed: true}, {name: "disabledByMicrosoftStatus", fixed: true},
		{name: "verifiedPublisher", shape: isObject, fixed: true}, {name: "certification", shape: isObject, fixed: true},
		{name: "displayName", max: 256}, {name: "uniqueName", max: 128}, {name: "signInAudience"},
		{name: "description", max: 1024}, {name: "notes", max: 1024}, {name: "serviceManagementReference"},
		{name: "tags", shape: isTexts, max: 256}, {name: "identifierUris", shape: isTexts, max: 255},
		{name: "isFallbackPublicClient", shape: isFlag}, {name: "groupMembershipClaims"},
		{name: "web", shape: isObject, typ: "webApplication", fields: []property{
			uris, {name: "homePageUrl", max: 255}, {name: "logoutUrl", max: 255},
			{name: "implicitGrantSettings", shape: isObject, typ: "implicitGrantSettings", fields: []property{
				{name: "enableIdTokenIssuance", shape: isFlag}, {name: "enableAccessTokenIssuance", shape: isFlag}}},
			{name: "redirectUriSettings", shape: isObjects, missing: true}}},
		{name: "publicClient", shape: isObject, typ: "publicClientApplication", fields: []property{uris}},
		{name: "spa", shape: isObject, typ: "spaApplication", fields: []property{uris}},
		apiProperty(),
		{name: "appRoles", shape: isObjects, typ: "appRole", fields: roleFields()},
		{name: "requiredResourceAccess", shape: isObjects, typ: "requiredResourceAccess", fields: []property{
			{name: "resourceAppId", shape: isID},
			{name: "resourceAccess", shape: isObjects, typ: "resourceAccess",
				fields: []property{{name: "id", shape: isID}, {name: "type"}}}}},
		{name: "keyCredentials", shape: isObjects, typ: "keyCredential", fields: keyFields()},
		{name: "passwordCredentials", shape: isObjects, typ: "passwordCredential", fields: passwordFields()},
		informationProperty(), parentalProperty(),
		{name: "optionalClaims", shape: isObject, missing: true}, {name: "addIns", shape: isObjects, missing: true},
		{name: "tokenEncryptionKeyId", missing: true}, {name: "samlMetadataUrl", missing: true},
		{name: "defaultRedirectUri", missing: true}, {name: "isDeviceOnlyAuthSupported", shape: isFlag, missing: true},
		{name: "oauth2RequirePostResponse", shape: isFlag, missing: true},
		{name: "nativeAuthenticationApisEnabled", missing: true},
		{name: "requestSignatureVerification", shape: isObject, missing: true},
		{name: "servicePrincipalLockConfiguration", shape: isObject, missing: true},
		{name: "authenticationBehaviors", shape: isObject, missing: true},
	}
}

func apiProperty() property {
	return property{name: "api", shape: isObject, typ: "apiApplication", fields: []property{
		{name: "acceptMappedClaims", shape: isFlag, missing: true},
		{name: "knownClientApplications", shape: isTexts},
		{name: "requestedAccessTokenVersion", shape: isNumber},
		{name: "preAuthorizedApplications", shape: isObjects, missing: true},
		{name: "oauth2PermissionScopes", shape: isObjects, typ: "permissionScope", fields: scopeFields()}}}
}

func scopeFields() []property {
	return []property{{name: "id", shape: isID}, {name: "value", max: 120}, {name: "type"}, {name: "isEnabled", shape: isFlag},
		{name: "adminConsentDisplayName"}, {name: "adminConsentDescription"}, {name: "userConsentDisplayName"},
		{name: "userConsentDescription"}, {name: "origin", missing: true}}
}

func roleFields() []property {
	return []property{{name: "id", shape: isID}, {name: "value", max: 120}, {name: "displayName"}, {name: "description"},
		{name: "isEnabled", shape: isFlag}, {name: "allowedMemberTypes", shape: isTexts}, {name: "origin", missing: true}}
}

func keyFields() []property {
	return []property{{name: "keyId", shape: isID}, {name: "displayName", max: 90}, {name: "customKeyIdentifier", shape: isBinary},
		{name: "type"}, {name: "usage"}, {name: "key", shape: isBinary},
		{name: "startDateTime", shape: isMoment}, {name: "endDateTime", shape: isMoment}}
}

func passwordFields() []property {
	return []property{{name: "displayName", max: 90}, {name: "startDateTime", shape: isMoment}, {name: "endDateTime", shape: isMoment},
		{name: "customKeyIdentifier", missing: true},
		{name: "keyId", fixed: true}, {name: "hint", fixed: true}, {name: "secretText", fixed: true}}
}

func informationProperty() property {
	return property{name: "info", shape: isObject, typ: "informationalUrl", fields: []property{
		{name: "logoUrl", fixed: true}, {name: "marketingUrl"}, {name: "privacyStatementUrl"}, {name: "supportUrl"},
		{name: "termsOfServiceUrl"}}}
}

func parentalProperty() property {
	return property{name: "parentalControlSettings", shape: isObject, typ: "parentalControlSettings", fields: []property{
		{name: "countriesBlockedForMinors", shape: isTexts}, {name: "legalAgeGroupRule"}}}
}
