package login

// credentialAnswers are about secrets and certificate assertions.
func credentialAnswers() []answer {
	const keyNotFound = "The certificate with identifier used to sign the client assertion is not registered on application. " +
		"[Reason - The key was not found., Thumbprint of key used by client: '%s', Please visit the Azure Portal, Graph " +
		"Explorer or directly use MS Graph to see configured keys for app Id '%s'.]"
	return []answer{
		{code: 7000215, text: "Invalid client secret provided. Ensure the secret being sent in the request is the client " +
			"secret value, not the client secret ID, for a secret added to app '%s'."},
		{code: 7000222, text: "The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new " +
			"keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added " +
			"security: https://aka.ms/certCreds."},
		{code: 7000216, text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."},
		{code: 7000218, text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
		{code: 700025, text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."},
		{code: 700027, text: keyNotFound},
		{code: 700024, text: "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, " +
			"expiry time of assertion %s. Review the documentation at " +
			"https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."},
		{code: 700021, text: "Client assertion application identifier doesn't match 'client_id' parameter. Review the " +
			"documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."},
		{code: 700023, text: "Client assertion audience claim does not match Realm issuer. Review the documentation at " +
			"https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."},
		{code: 5002738, text: "Invalid JWT token. '%s' is not a supported signature algorithm. Supported signing algorithms " +
			"are: 'RS256,RS384,RS512,PS256'"},
		{code: 50027, text: "JWT token is invalid or malformed. %s"},
		{code: 50048, text: "Subject and Issuer claims in the client assertion do not match: sub '%s', iss '%s'."},
		{code: 50013, text: "Assertion is invalid: its identifier (jti) was presented before."},
	}
}

// invalidSignature is the other text of 700027.
const invalidSignature = "Client assertion contains an invalid signature. [Reason - %s, Thumbprint of key used by client: '%s', app Id '%s'.]"

// federationAnswers are about tokens of another issuer.
func federationAnswers() []answer {
	const check = " Check your federated identity credential Subject, Audience and Issuer against the presented assertion. " +
		"https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
	const opening = "No matching federated identity record found for presented assertion "
	return []answer{
		{code: 70021, text: "No matching federated identity record found for presented assertion. Assertion Issuer: '%s'. " +
			"Assertion Subject: '%s'. Assertion Audience: '%s'."},
		{code: 700211, text: opening + "issuer '%s'." + check},
		{code: 700212, text: opening + "audience '%s'." + check},
		{code: 700213, text: opening + "subject '%s'." + check},
		{code: 7002138, text: opening + "subject '%s'. The subject matches with case-insensitive comparison, but not with " +
			"case-sensitive comparison." + check},
		{code: 90061, text: "Request to External OIDC endpoint failed."},
	}
}
