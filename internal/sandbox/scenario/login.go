package scenario

func loginScenarios() []Scenario {
	const codes = "learn.microsoft.com/entra/identity-platform/reference-error-codes"
	return []Scenario{
		{Name: "secret-expired", Wrong: "the client secret has ended", Where: []string{Login},
			Seen: "401 invalid_client, AADSTS7000222", Cause: "secret.expired", Source: codes,
			Switches: []Switch{SecretExpired}},
		{Name: "secret-wrong", Wrong: "the client secret is not one of the app's", Where: []string{Login},
			Seen: "401 invalid_client, AADSTS7000215", Cause: "secret.wrong", Source: codes,
			Switches: []Switch{SecretUnknown}},
		{Name: "certificate-not-uploaded", Wrong: "the app has no such certificate", Where: []string{Login},
			Seen: "401 invalid_client, AADSTS700027", Cause: "certificate.not_registered", Source: codes,
			Switches: []Switch{CertificateUnknown}},
		{Name: "app-not-found", Wrong: "the app has no service principal in the tenant", Where: []string{Login},
			Seen: "400 unauthorized_client, AADSTS700016", Cause: "app.not_found", Source: codes,
			Switches: []Switch{AppNotFound}},
		{Name: "consent-missing", Wrong: "nobody has consented to the delegated permission", Where: []string{Login},
			Seen: "400 invalid_grant, suberror consent_required, AADSTS65001", Cause: "consent.missing", Source: codes,
			Switches: []Switch{ConsentMissing}},
		{Name: "public-flows-off", Wrong: "the app does not allow public client flows", Where: []string{Login},
			Seen: "401 invalid_client, AADSTS7000218", Cause: "app.public_flows_off", Source: codes,
			Switches: []Switch{PublicFlowsOff}},
		{Name: "wrong-audience", Wrong: "tokens for the health services carry the legacy audience", Where: []string{Login},
			Seen: "a token is issued; the FHIR and DICOM services answer 401 invalid_token", Cause: "audience.wrong",
			Source:   "learn.microsoft.com/answers/questions/2246997",
			Switches: []Switch{WrongAudience}},
		{Name: "token-expired", Wrong: "tokens are past their time when they arrive", Where: []string{Login},
			Seen: "401 invalid_token, The token expired at …", Cause: "token.expired",
			Source:   "dotnet/aspnetcore JwtBearerHandler.cs",
			Switches: []Switch{TokenExpired}},
	}
}
