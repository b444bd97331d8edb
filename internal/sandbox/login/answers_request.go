package login

// requestAnswers are about the app, the tenant and the form of the request.
func requestAnswers() []answer {
	return []answer{
		{code: 700016, text: "Application with identifier '%s' was not found in the directory '%s'. This can happen if the " +
			"application has not been installed by the administrator of the tenant or consented to by any user in the " +
			"tenant. You may have sent your authentication request to the wrong tenant.", page: true},
		{code: 7000229, text: "The client application %s is missing service principal in the tenant %s. See instructions " +
			"here: https://go.microsoft.com/fwlink/?linkid=2225119", page: true},
		{code: 7000112, text: "Application '%s'(%s) is disabled.", page: true},
		{code: 90002, text: "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into " +
			"the correct cloud. Check with your subscription administrator, this may happen if there are no active " +
			"subscriptions for the tenant.", page: true},
		{code: 900023, text: "Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", page: true},
		{code: 50059, text: "No tenant-identifying information found in either the request or implied by any provided credentials."},
		{code: 50194, text: "Application '%s'(%s) is not configured as a multi-tenant application. Usage of the /common " +
			"endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific endpoint " +
			"or configure the application to be multi-tenant.", page: true},
		{code: 9001023, text: "The grant type is not supported over the /common or /consumers endpoints. Please use the " +
			"/organizations or tenant-specific endpoint."},
		{code: 9002332, text: "Application '%s'(%s) is configured for use by Microsoft Entra users only. Please do not use " +
			"the /consumers endpoint to serve this request.", page: true},
		{code: 50049, text: "Unknown or invalid instance."},
		{code: 9002313, text: "Invalid request. Request is malformed or invalid."},
		{code: 9000411, text: "The request is not properly formatted. The parameter '%s' is duplicated."},
		{code: 90014, text: "The required field '%s' is missing from the credential. Ensure that you have all the necessary " +
			"parameters for the login request."},
		{code: 900144, text: "The request body must contain the following parameter: '%s'."},
		{code: 900561, text: "The endpoint only accepts POST requests. Received a %s request."},
		{code: 90023, text: "Unsupported '%s' value."},
		{code: 901002, text: "The 'resource' request parameter is not supported."},
		{code: 70003, text: "The app requested an unsupported grant type '%s'."},
	}
}

// resourceAnswers are about the scope and the API it names.
func resourceAnswers() []answer {
	const notValid = "The provided value for the input parameter 'scope' is not valid"
	return []answer{
		{code: 500011, text: "The resource principal named %s was not found in the tenant named %s. This can happen if the " +
			"application has not been installed by the administrator of the tenant or consented to by any user in the " +
			"tenant. You might have sent your authentication request to the wrong tenant."},
		{code: 500014, text: "The service principal for resource '%s' is disabled. This indicate that a subscription within " +
			"the tenant has lapsed, or that the administrator for this tenant has disabled the application, preventing " +
			"tokens from being issued for it."},
		{code: 1002012, text: "The provided value for scope %s is not valid. Client credential flows must have a scope value " +
			"with /.default suffixed to the resource identifier (application ID URI)."},
		{code: 70011, text: notValid + ". The scope %s is not valid. %s"},
		{code: 700022, text: notValid + " because it contains more than one resource. The scope %s is not valid."},
		{code: 28000, text: "Provided value for the input parameter scope is not valid because it contains more than one " +
			"resource. Scope %s is not valid."},
		{code: 28002, text: "Provided value for the input parameter scope '%s' is not valid when requesting an access token. " +
			"Please specify a valid scope."},
		{code: 28003, text: "Provided value for the input parameter scope cannot be empty when requesting an access token " +
			"using the provided authorization code. Please specify a valid scope."},
		{code: 650053, text: "The application '%s' asked for scope '%s' that doesn't exist on the resource '%s'. Contact the app vendor."},
		{code: 650057, text: "Invalid resource. The client has requested access to a resource which is not listed in the " +
			"requested permissions in the client's application registration. Client app ID: %s(%s). Resource value from " +
			"request: %s. Resource app ID: %s. List of valid resources from app registration: %s."},
		{code: 90009, text: "Application '%s'(%s) is requesting a token for itself. This scenario is supported only if " +
			"resource is specified using the GUID based App Identifier."},
	}
}

// consentAnswers are about consent and assignment.
func consentAnswers() []answer {
	return []answer{
		{code: 65001, suberror: "consent_required", text: "The user or administrator has not consented to use the application " +
			"with ID '%s' named '%s'. Send an interactive authorization request for this user and resource."},
		{code: 65004, text: "User declined to consent to access the app."},
		{code: 90094, text: "%s needs permission to access resources in your organization that only an admin can grant.", page: true},
		{code: 501051, text: "Application '%s'(%s) is not assigned to a role for the application '%s'(%s)."},
		{code: 50105, text: "Your administrator has configured the application %s ('%s') to block users unless they are " +
			"specifically granted ('assigned') access to the application. The signed in user is blocked because they are " +
			"not a direct member of a group with access, nor had access directly assigned by an administrator.", page: true},
	}
}
