package login

import (
	"time"

	"hdstest/internal/sandbox/directory"
)

// flow is somebody's way through the pages: what they came for and how far they
// got. Its key stands in the pages' forms and nowhere else.
type flow struct {
	Kind    flowKind
	Request authRequest // of an authorize request
	Device  string      // user code of a device request
	Admin   adminRequest
	Client  string
	Realm   realm
	UserID  string // after the sign-in
}

type flowKind int

const (
	authorizeFlow flowKind = iota
	deviceFlow
	adminFlow
)

// flowLife is how long a page may lie before it is sent.
const flowLife = 15 * time.Minute

// begin starts the pages of an authorize request, or passes them by if somebody
// is signed in already and nothing is to be asked.
func (c *call) begin(app *client, request authRequest) {
	p, ok := c.signedIn()
	switch {
	case request.Prompt == promptNone && !ok:
		c.redirectError(request, refuse(50058))
	case request.Prompt == promptLogin, request.Prompt == promptSelect, !ok:
		c.askSignIn(app, c.newFlow(flow{Kind: authorizeFlow, Request: request, Client: app.AppID, Realm: c.realm}), request.LoginHint, "")
	default:
		key := c.newFlow(flow{Kind: authorizeFlow, Request: request, Client: app.AppID, Realm: c.realm, UserID: p.ID})
		c.goOn(app, key, p)
	}
}

func (c *call) newFlow(f flow) string {
	key := opaque(32)
	c.flows.put(key, f, c.now.Add(flowLife))
	return key
}

// findFlow reads the form of a page that was sent.
func (c *call) findFlow() (string, flow, *client, *refusal) {
	if refused := c.readForm(); refused != nil {
		return "", flow{}, nil, refused
	}
	f, ok := c.flows.get(c.form["flow"])
	if !ok {
		return "", f, nil, refuse(9002313)
	}
	c.realm, c.version = f.Realm, max(f.Request.Version, 1)
	app, refused := c.findClient(f.Client)
	return c.form["flow"], f, app, refused
}

// signIn takes the sign-in page. The password is compared and forgotten; on a
// mistake the page comes again, with status 200 as with Entra (unverified).
func (c *call) signIn() {
	key, f, app, refused := c.findFlow()
	if refused != nil {
		c.showError(refused)
		return
	}
	if c.form["action"] == "cancel" {
		c.giveUp(key, f, nil)
		return
	}
	p, refused := c.checkPassword(c.form["username"], c.form["password"])
	if refused != nil {
		c.askSignIn(app, key, c.form["username"], refused.Error())
		return
	}
	c.startSession(p)
	c.flows.change(key, func(f *flow) { f.UserID = p.ID })
	c.goOn(app, key, p)
}

// goOn takes a signed-in person to the next step: consent or the end.
func (c *call) goOn(app *client, key string, p person) {
	f, ok := c.flows.get(key)
	if !ok {
		c.showError(refuse(9002313))
		return
	}
	if app.Assignment && !c.assigned(p.ID, app) {
		c.fail(f, refuse(50105, app.AppID, app.Name))
		return
	}
	wanted, refused := c.wantedConsent(app, f, p)
	switch {
	case refused != nil:
		c.fail(f, refused)
	case f.Kind != authorizeFlow, wanted.any(), f.Request.Prompt == promptConsent:
		c.askConsent(app, key, f, p, wanted)
	default:
		c.flows.drop(key)
		c.grantCode(f.Request, p)
	}
}

// fail ends a flow with a refusal: at the redirect URI, or as a page.
func (c *call) fail(f flow, refused *refusal) {
	silent := f.Request.Prompt == promptNone && refused.code == 50105
	if f.Kind == authorizeFlow && (silent || !refused.page) {
		refused.page = false
		c.redirectError(f.Request, refused)
		return
	}
	c.showError(refused)
}

// assigned tells whether a person is assigned to an app.
func (c *call) assigned(userID string, app *client) bool {
	found := false
	c.Directory.View(func(st *directory.State) {
		for _, a := range st.AppRoleAssignments {
			found = found || a.PrincipalID == userID && a.ResourceID == app.PrincipalID
		}
	})
	return found
}
