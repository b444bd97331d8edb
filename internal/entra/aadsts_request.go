package entra

// requestCodes are codes that real answers show beside those of the other lists.
func requestCodes() []ErrorCode {
	return []ErrorCode{
		{Code: 700021, Meaning: "The client assertion names another app than client_id does.",
			Error: ErrInvalidClient, Verified: true,
			Advice: "Set the assertion's iss and sub to the client id of the request.",
			Source: "an answer in the tests of microsoft-authentication-library-for-dotnet"},
		{Code: 5002738, Meaning: "The client assertion is signed with an algorithm that is not accepted.",
			Error: ErrInvalidClient, Verified: true,
			Advice: "Sign with PS256 or RS256; elliptic curves and shared secrets are not accepted.",
			Source: "an answer in the tests of microsoft-authentication-library-for-dotnet"},
		{Code: 90061, Meaning: "The outside issuer's discovery document or keys could not be fetched.",
			Error: ErrInvalidRequest, Verified: true,
			Advice: "Make the issuer's /.well-known/openid-configuration reachable from the internet, over TLS that is publicly trusted.",
			Source: "azure.github.io/azure-workload-identity/docs/troubleshooting.html"},
		{Code: 9000411, Meaning: "A parameter was sent twice.",
			Error:  ErrInvalidRequest,
			Advice: "Send each parameter once.", Source: docErrors},
		{Code: 500014, Meaning: "The API's service principal is disabled in the tenant.",
			Error:  ErrInvalidResource,
			Advice: "Set accountEnabled on it, unless Microsoft disabled it or a subscription lapsed.", Source: docErrors},
		{Code: 28000, Meaning: "The scope names more than one resource when a code or refresh token is redeemed.",
			Error:  ErrInvalidScope,
			Advice: "Redeem it for one resource, and the refresh token for the next.", Source: noSource},
		{Code: 500112, Meaning: "The redirect URI at the redemption is not the one of the authorize request.",
			Error: ErrInvalidClient, Verified: true,
			Advice: "Send the very same redirect_uri in both requests; behind a proxy do not derive it from the request.", Source: docErrors},
		{Code: 50149, Meaning: "The PKCE method is neither plain nor S256.",
			Error:  ErrInvalidRequest,
			Advice: "Send code_challenge_method=S256.", Source: docErrors},
	}
}
