package login

import "strings"

// deviceAuth is the page on which a person types the user code. The sign-in and
// the question whether the app is the right one follow.
func (c *call) deviceAuth() {
	if refused := c.readForm(); refused != nil {
		c.showError(refused)
		return
	}
	typed, sent := c.form["user_code"]
	if !sent {
		c.askUserCode("")
		return
	}
	userCode := strings.ToUpper(strings.Join(strings.FieldsFunc(typed, func(r rune) bool { return r == ' ' || r == '-' }), ""))
	d, refused := c.findUserCode(userCode)
	if refused != nil {
		c.askUserCode(refused.Error())
		return
	}
	c.realm = d.Realm
	app, refused := c.findClient(d.ClientID)
	if refused != nil {
		c.showError(refused)
		return
	}
	f := flow{Kind: deviceFlow, Device: userCode, Client: app.AppID, Realm: d.Realm}
	c.askSignIn(app, c.newFlow(f), "", "")
}

func (c *call) findUserCode(userCode string) (device, *refusal) {
	if userCode == "" {
		return device{}, refuse(90119)
	}
	d, ok := c.devices.get(userCode)
	switch {
	case !ok: // device codes have characters that are not typed
		return d, refuse(70018, "The code that was typed is not known.")
	case d.State != devicePending:
		return d, refuse(90120)
	case !c.now.Before(d.Until):
		return d, refuse(70019)
	}
	return d, nil
}

func (c *call) approveDevice(userCode string, p person) {
	c.settleDevice(userCode, func(d *device) { d.State, d.UserID, d.Since = deviceApproved, p.ID, c.now },
		"You have signed in", "You may close this window and go back to your device.")
}

func (c *call) declineDevice(userCode string) {
	c.settleDevice(userCode, func(d *device) { d.State = deviceDeclined },
		"Sign-in cancelled", "The device gets no token. You may close this window.")
}

func (c *call) settleDevice(userCode string, settle func(*device), title, text string) {
	var refused *refusal
	c.devices.change(userCode, func(d *device) {
		switch {
		case d.State != devicePending:
			refused = refuse(90120)
		case !c.now.Before(d.Until):
			refused = refuse(70019)
		default:
			settle(d)
		}
	})
	if refused != nil {
		c.showError(refused)
		return
	}
	c.showMessage(title, text)
}
