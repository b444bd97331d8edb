package login

import (
	"slices"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
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

// wish is the consent that a flow needs for one resource.
type wish struct {
	api    *resource
	scopes []string
}

type wishes []wish

func (w wishes) any() bool {
	return slices.ContainsFunc(w, func(x wish) bool { return len(x.scopes) > 0 })
}

// wantedConsent lists what the person is to be asked for. Under the scenario in
// which consent is missing nothing is asked: it stands for a consent that was
// withdrawn between sign-in and redemption, where the answer is 65001.
func (c *call) wantedConsent(app *client, f flow, p person) (wishes, *refusal) {
	if f.Kind == adminFlow {
		return c.wantedByAdmin(app, f.Admin, p)
	}
	var all wishes
	withdrawn := c.Scenarios.On(scenario.ConsentMissing)
	for _, a := range c.askedIn(f).APIs {
		api, refused := c.findResource(a.Resource)
		if refused != nil {
			return nil, refused
		}
		missing, refused := c.wanting(app, p.ID, api, a)
		switch {
		case refused != nil:
			return nil, refused
		case len(missing) > 0 && f.Request.Prompt == promptNone:
			return nil, refuse(65001, app.AppID, app.Name).as(entra.ErrInteractionRequired)
		case withdrawn:
		case !mayConsent(api, missing, p.Administrator):
			return nil, refuse(90094, app.Name)
		default:
			all = append(all, wish{api, missing})
		}
	}
	return all, nil
}

// askedIn is what a flow was started for.
func (c *call) askedIn(f flow) asked {
	if f.Kind == deviceFlow {
		d, _ := c.devices.get(f.Device)
		return d.Asked
	}
	return f.Request.Asked
}

// consent takes the consent page, which is also the device flow's question
// whether the person meant to sign in to that app (AADSTS50199 in the sign-in log).
func (c *call) consent() {
	key, f, app, refused := c.findFlow()
	if refused == nil && f.UserID == "" {
		refused = refuse(9002313)
	}
	if refused != nil {
		c.showError(refused)
		return
	}
	if c.form["consent"] != "accept" {
		c.giveUp(key, f, refuse(65004))
		return
	}
	p, refused := c.findPerson(f.UserID)
	if refused != nil {
		c.showError(refused)
		return
	}
	wanted, refused := c.wantedConsent(app, f, p)
	if refused != nil {
		c.fail(f, refused)
		return
	}
	c.flows.drop(key)
	c.accept(app, f, p, wanted)
}

// accept records the consent and ends the flow.
func (c *call) accept(app *client, f flow, p person, wanted wishes) {
	forWhom := p.ID
	if f.Kind == adminFlow {
		forWhom = ""
	}
	for _, w := range wanted {
		if len(w.scopes) > 0 {
			c.recordConsent(app, forWhom, w.api, w.scopes)
		}
	}
	switch f.Kind {
	case deviceFlow:
		c.approveDevice(f.Device, p)
	case adminFlow:
		c.adminConsented(app, f.Admin)
	default:
		c.grantCode(f.Request, p)
	}
}

// giveUp ends a flow that the person cancelled (nil) or declined.
func (c *call) giveUp(key string, f flow, refused *refusal) {
	c.flows.drop(key)
	switch {
	case f.Kind == deviceFlow:
		c.declineDevice(f.Device)
	case f.Kind == adminFlow:
		c.adminDeclined(f.Admin)
	case refused != nil:
		c.redirectError(f.Request, refused)
	default:
		c.cancelled(f.Request)
	}
}
