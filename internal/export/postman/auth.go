package postman

import (
	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/export"
)

// oauth2 is the block for people in the Postman app, who can sign in with it
// (authorization code with PKCE). newman reads nothing of it but accessToken,
// addTokenTo and headerPrefix, which lead to the token that the scripts got.
//
// The redirect's platform in the registration decides whether a secret is sent:
// one with a redirect under Mobile and desktop is refused (AADSTS700025).
//
// Source: postman-runtime lib/authorizer/oauth2.js; learn.microsoft.com/azure/healthcare-apis/fhir/use-postman.
func oauth2(in export.Input, service string) *auth {
	scope, name := catalogue.VarFHIRScope, "FHIR"
	if service == catalogue.DICOM {
		scope, name = catalogue.VarDICOMScope, "DICOM"
	}
	tenant := "{{" + catalogue.VarAuthority + "}}/{{" + catalogue.VarTenantID + "}}"
	text := func(key, value string) typed { return typed{Key: key, Value: value, Type: "string"} }
	settings := []typed{
		text("accessToken", "{{"+catalogue.TokenVariable(service)+"}}"),
		text("addTokenTo", "header"),
		text("headerPrefix", "Bearer"),
		text("tokenName", name),
		text("grant_type", "authorization_code_with_pkce"),
		text("authUrl", tenant+"/oauth2/v2.0/authorize"),
		text("accessTokenUrl", tenant+"/oauth2/v2.0/token"),
		text("redirect_uri", entra.PostmanRedirect),
		text("clientId", "{{"+catalogue.VarClientID+"}}"),
		text("scope", "{{"+scope+"}} offline_access"),
		text("challengeAlgorithm", "S256"),
		text("client_authentication", "body"),
		{Key: "useBrowser", Value: false, Type: "boolean"},
	}
	if in.SignInSendsSecret() {
		settings = append(settings, text("clientSecret", "{{"+catalogue.VarClientSecret+"}}"))
	}
	return &auth{Type: "oauth2", OAuth2: settings}
}
