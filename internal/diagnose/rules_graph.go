package diagnose

// noControlAnswer tells whether neither Graph's nor Azure Resource Manager's
// answer is known.
func noControlAnswer(f *facts) bool {
	return f.text("graph", "status") == "" && f.text("arm", "status") == "" && f.text("arm", "code") == ""
}

func noGraphCode(f *facts) bool { return f.first("graph", "code", "error", "message") == "" }

func noControlCode(f *facts) bool {
	return f.first("arm", "code", "error") == "" && f.text("arm", "message") == ""
}

// graphRules are about Microsoft Graph and Azure Resource Manager.
func graphRules() []Rule {
	lifetime := graphSays("CredentialInvalidLifetimeAsPerAppPolicy", "InvalidKeyEndDate", "exceeds the max value allowed as per assigned policy")
	return []Rule{
		{ID: "graph.secret_lifetime.code", Cause: "graph.secret_lifetime", Confidence: 0.89, Confirm: "whether the request named an end date", when: lifetime},
		{ID: "graph.secret_lifetime_default.empty", Cause: "graph.secret_lifetime_default", Confidence: 0.55, Confirm: "Graph's error code", when: all(controlStatus("graph", 400), has("graph", `addPassword`, "request", "path"), missing("graph", "body", "request_body"), is(noGraphCode))},
		{ID: "graph.secret_lifetime_default.body", Cause: "graph.secret_lifetime_default", Confidence: 0.95, when: all(lifetime, missing("graph", "body", "request_body", "endDateTime", "end_date"))},
		{ID: "graph.secret_forbidden.code", Cause: "graph.secret_forbidden", Confidence: 0.97, when: graphSays("CredentialTypeNotAllowedAsPerAppPolicy")},
		{ID: "graph.audience_policy.code", Cause: "graph.audience_policy", Confidence: 0.97, when: graphSays("SignInAudienceNotAllowedAsPerAppPolicy")},
		{ID: "graph.denied.code", Cause: "graph.denied", Confidence: 0.95, when: all(graphSays("Authorization_RequestDenied", "Insufficient privileges"), not(graphSays("must be in the local tenant")))},
		{ID: "graph.denied.status", Cause: "graph.denied", Confidence: 0.8, Confirm: "Graph's error code",
			when: all(controlStatus("graph", 403), not(graphSays("must be in the local tenant", "quota", "AsPerAppPolicy")))},
		{ID: "graph.replication.backing", Cause: "graph.replication", Confidence: 0.94, when: graphSays("NoBackingApplicationObject", "does not reference a valid application object", "must be in the local tenant")},
		{ID: "graph.replication.young", Cause: "graph.replication", Confidence: 0.93,
			when: all(either(graphSays("Request_ResourceNotFound", "Not a valid reference update"), controlStatus("graph", 404)), younger(900))},
		{ID: "graph.replication.principal", Cause: "graph.replication", Confidence: 0.95,
			when: all(armSays("PrincipalNotFound", "does not exist in the directory", "cannot validly be used in role assignments", "PrincipalTypeNotSupported"), younger(900), not(clientIDAsPrincipal))},
		{ID: "graph.replication.exists", Cause: "graph.replication", Confidence: 0.91,
			when: all(armSays("PrincipalNotFound", "cannot validly be used in role assignments"), switchedOn("graph", "principal_exists", "principalId_equals_sp_object_id", "service_principal_exists"))},
		{ID: "graph.replication.maybe", Cause: "graph.replication", Confidence: 0.55, Confirm: "the same request some minutes later, and whose id principalId is",
			when: all(armSays("PrincipalNotFound", "cannot validly be used in role assignments"), not(clientIDAsPrincipal))},
		{ID: "graph.replication.unasked", Cause: "graph.replication", Confidence: 0.5, Confirm: "what was answered, and the same request some minutes later",
			when: all(younger(120, "principal", "application"), is(noControlAnswer))},
		{ID: "graph.replication.refused", Cause: "graph.replication", Confidence: 0.82, Confirm: "Azure Resource Manager's error code",
			when: all(controlStatus("arm", 400), younger(600), not(clientIDAsPrincipal))},
		{ID: "graph.not_found.code", Cause: "graph.not_found", Confidence: 0.75, Confirm: "whether the object is new, and of which kind the id is",
			when: all(either(graphSays("Request_ResourceNotFound"), controlStatus("graph", 404)), not(younger(900)))},
		{ID: "graph.identifier_uri.code", Cause: "graph.identifier_uri", Confidence: 0.97, when: graphSays("HostNameNotOnVerifiedDomain")},
		{ID: "graph.conflict.code", Cause: "graph.conflict", Confidence: 0.93, when: either(graphSays("Request_MultipleObjectsWithSameKeyValue"), all(controlStatus("graph", 409), not(has("graph", "federatedIdentityCredentials", "request"))))},
		{ID: "graph.quota.code", Cause: "graph.quota", Confidence: 0.97, when: graphSays("Directory_QuotaExceeded")},
		{ID: "graph.key_end.text", Cause: "graph.key_end", Confidence: 0.95, when: graphSays("Key credential end date is invalid")},
		{ID: "graph.key_list.text", Cause: "graph.key_list", Confidence: 0.95, when: graphSays("Update to existing credential with KeyId")},
		{ID: "graph.audience.text", Cause: "graph.audience", Confidence: 0.94, when: all(either(graphSays("Invalid audience"), serviceSays("Access token validation failure. Invalid audience")))},
		{ID: "graph.token.code", Cause: "graph.token", Confidence: 0.8, Confirm: "whether a token was sent, and its audience",
			when: all(either(graphSays("InvalidAuthenticationToken"), controlStatus("graph", 401)), not(graphSays("Invalid audience")))},
		{ID: "graph.query.code", Cause: "graph.query", Confidence: 0.95, when: graphSays("Request_UnsupportedQuery", "ConsistencyLevel")},
		{ID: "graph.throttled.status", Cause: "graph.throttled", Confidence: 0.96, when: either(controlStatus("graph", 429), graphSays("TooManyRequests"))},
		{ID: "graph.request.code", Cause: "graph.request", Confidence: 0.6, Confirm: "the property that the message names",
			when: all(graphSays("Request_BadRequest"), not(graphSays("NoBackingApplicationObject", "does not reference a valid", "end date is invalid", "existing credential", "reference update")))},
		{ID: "arm.denied.code", Cause: "arm.denied", Confidence: 0.95, when: all(armSays("AuthorizationFailed", "LinkedAuthorizationFailed"), not(armSays("deny assignment", "DenyAssignment")))},
		{ID: "arm.denied.status", Cause: "arm.denied", Confidence: 0.8, Confirm: "Azure Resource Manager's error code", when: all(controlStatus("arm", 403), not(armSays("deny assignment", "DenyAssignment", "RequestDisallowedByPolicy")))},
		{ID: "role.deny.code", Cause: "role.deny", Confidence: 0.95, when: anySays("DenyAssignmentAuthorizationFailed", "deny assignment")},
		{ID: "arm.not_found.code", Cause: "arm.not_found", Confidence: 0.93, when: armSays("ResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound", "ParentResourceNotFound", "InvalidSubscriptionId")},
		{ID: "arm.not_found.status", Cause: "arm.not_found", Confidence: 0.75, when: controlStatus("arm", 404)},
		{ID: "arm.tenant.code", Cause: "arm.tenant", Confidence: 0.96, when: armSays("InvalidAuthenticationTokenTenant")},
		{ID: "arm.locked.code", Cause: "arm.locked", Confidence: 0.96, when: armSays("ScopeLocked")},
		{ID: "arm.policy.code", Cause: "arm.policy", Confidence: 0.96, when: armSays("RequestDisallowedByPolicy", "PolicyViolation")},
		{ID: "arm.not_registered.code", Cause: "arm.not_registered", Confidence: 0.96, when: armSays("MissingSubscriptionRegistration", "NoRegisteredProviderFound", "SubscriptionNotRegistered")},
		{ID: "role.exists.code", Cause: "role.exists", Confidence: 0.97, when: armSays("RoleAssignmentExists")},
		{ID: "role.unchangeable.code", Cause: "role.unchangeable", Confidence: 0.95, when: armSays("RoleAssignmentUpdateNotPermitted", "RoleDefinitionHasAssignments")},
		{ID: "role.limit.code", Cause: "role.limit", Confidence: 0.96, when: armSays("RoleAssignmentLimitExceeded")},
		{ID: "role.unknown.code", Cause: "role.unknown", Confidence: 0.94, when: armSays("RoleDefinitionDoesNotExist", "InvalidRoleDefinition", "RoleDefinitionNotFound")},
	}
}
