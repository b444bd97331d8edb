package login

// redirectAnswers are about the authorize request.
func redirectAnswers() []answer {
	return []answer{
		{code: 50011, page: true, text: "The redirect URI '%s' specified in the request does not match the redirect URIs " +
			"configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your " +
			"application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how " +
			"to fix this."},
		{code: 500113, page: true, text: "No reply address is registered for the application."},
		{code: 900971, page: true, text: "No reply address provided."},
		{code: 90102, page: true, text: "'redirect_uri' value must be a valid absolute URI."},
		{code: 700054, text: "response_type '%s' is not enabled for the application."},
		{code: 70005, text: "response_type '%s' is not supported for the application."},
		{code: 70007, text: "'%s' is not a supported value of 'response_mode' when requesting a code."},
		{code: 50149, text: "Invalid Code_Challenge_method parameter."},
		{code: 501491, text: "Invalid size of Code_Challenge parameter."},
		{code: 9002325, text: "Proof Key for Code Exchange is required for cross-origin authorization code redemption."},
	}
}

// codeAnswers are about redeeming codes and refresh tokens.
func codeAnswers() []answer {
	return []answer{
		{code: 500112, text: "The reply address '%s' does not match the reply address '%s' provided when requesting Authorization code."},
		{code: 9002326, text: "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. " +
			"Request origin: '%s'."},
		{code: 9002327, text: "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."},
		{code: 54005, text: "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an " +
			"existing refresh token."},
		{code: 70000, text: "The provided value for the input parameter '%s' is not valid."},
		{code: 70008, text: "The provided authorization code or refresh token has expired due to inactivity. Send a new " +
			"interactive authorization request for this user and resource."},
		{code: 700005, text: "Provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 " +
			"Authorization Code must be redeemed against same tenant it was acquired for (/common or /{tenant-ID} as appropriate)"},
		{code: 501481, text: "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
		{code: 50147, text: "Invalid size of Code_Verifier parameter."},
		{code: 700082, suberror: "bad_token", text: "The refresh token has expired due to inactivity. The token was issued on " +
			"%s and was inactive for 90.00:00:00."},
		{code: 700084, suberror: "bad_token", text: "The refresh token was issued to a single page app (SPA), and therefore " +
			"has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in " +
			"request must be sent by the SPA to the sign in page. The token was issued on %s."},
	}
}

// deviceAnswers are about the device code flow.
func deviceAnswers() []answer {
	return []answer{
		{code: 70016, text: "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
		{code: 70018, page: true, text: "Invalid verification code. %s"},
		{code: 70019, page: true, text: "Verification code expired. Start again on the device."},
		{code: 70020, text: "The provided value for the input parameter 'device_code' is not valid. This device code has expired."},
		{code: 90119, page: true, text: "The user code is null or empty."},
		{code: 90120, page: true, text: "The request was already authorized or declined."},
	}
}

// userAnswers are about the person who signs in.
func userAnswers() []answer {
	return []answer{
		{code: 50034, text: "The user account {EmailHidden} does not exist in the %s directory. To sign into this application, " +
			"the account must be added to the directory."},
		{code: 50057, text: "The user account is disabled."},
		{code: 50058, text: "A silent sign-in request was sent but no user is signed in."},
		{code: 50126, text: "Error validating credentials due to invalid username or password."},
	}
}
