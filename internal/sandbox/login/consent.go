package login

import (
	"slices"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/scenario"
)

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
