package login

import (
	"net/http"
	"strings"
)

// The grant types, and those of Entra that are not here.
const (
	grantCredentials = "client_credentials"
	grantCode        = "authorization_code"
	grantRefresh     = "refresh_token"
	grantDevice      = "urn:ietf:params:oauth:grant-type:device_code"
	grantDeviceShort = "device_code" // what MSAL Go and MSAL Node send
	grantPassword    = "password"
	grantBearer      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantSAML1       = "urn:ietf:params:oauth:grant-type:saml1_1-bearer"
	grantSAML2       = "urn:ietf:params:oauth:grant-type:saml2-bearer"
)

// token is the token endpoint. The order of its checks, as far as it shows:
// form, grant, parameters, app, realm, credential, grant's own rules, resource.
// That a wrong secret is told before an unknown resource is unverified.
func (c *call) token() {
	refused := c.readForm()
	if refused == nil {
		refused = c.need("grant_type")
	}
	if refused == nil && c.version == 2 && c.form["resource"] != "" {
		refused = refuse(901002)
	}
	if refused != nil {
		c.refuse(refused)
		return
	}
	// Microsoft's own Postman article writes Client_Credentials.
	body, refused := c.redeem(strings.ToLower(c.form["grant_type"]))
	switch {
	case refused != nil:
		c.refuse(refused)
	case body != nil:
		c.w.Header().Set("x-ms-clitelem", "1,0,0,,")
		c.json(http.StatusOK, body)
	default:
		c.notHere("the grant " + c.form["grant_type"])
	}
}

// redeem runs a grant. Neither a body nor a refusal means that the grant is
// Entra's but not the sandbox's.
func (c *call) redeem(grant string) (any, *refusal) {
	switch grant {
	case grantCredentials:
		return c.clientCredentials()
	case grantCode:
		return c.authorizationCode()
	case grantRefresh:
		return c.refreshToken()
	case grantDevice, grantDeviceShort:
		return c.deviceToken()
	case grantPassword:
		if c.realm.Name == common || c.realm.Name == consumers {
			return nil, refuse(9001023)
		}
		return nil, nil
	case grantBearer, grantSAML1, grantSAML2:
		return nil, nil
	}
	return nil, refuse(70003, c.form["grant_type"])
}

// caller finds the app that asks. Its id comes from the form, from Basic
// credentials, or from an assertion's subject.
func (c *call) caller() (*client, credential, *refusal) {
	presented, refused := c.credential()
	if refused != nil {
		return nil, presented, refused
	}
	if presented.clientID == "" {
		return nil, presented, refuse(900144, "client_id")
	}
	app, refused := c.findClient(presented.clientID)
	if refused != nil {
		return nil, presented, refused
	}
	return app, presented, nil
}
