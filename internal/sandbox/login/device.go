package login

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"time"

	"hdstest/internal/entra"
)

// device is a device code request (RFC 8628). It is kept under both its codes:
// the whole under the user code, and a pointer to it under the device code.
type device struct {
	Asked    asked
	ClientID string
	Realm    realm
	Version  int
	Until    time.Time
	State    deviceState
	UserID   string
	Since    time.Time // of the approval
	UserCode string    // set in the entry under the device code only
}

type deviceState int

const (
	devicePending deviceState = iota
	deviceApproved
	deviceDeclined
	deviceRedeemed
)

const (
	deviceLife     = 900 * time.Second
	deviceInterval = 5
	deviceMemory   = time.Hour
)

// deviceBody is the answer of the v2.0 endpoint.
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code.
type deviceBody struct {
	UserCode   string `json:"user_code"`
	DeviceCode string `json:"device_code"`
	URI        string `json:"verification_uri"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
	Message    string `json:"message"`
}

// deviceBodyOfV1 is that of v1.0: the address has another name, and numbers are
// strings (from client sources, unverified).
type deviceBodyOfV1 struct {
	UserCode   string `json:"user_code"`
	DeviceCode string `json:"device_code"`
	URL        string `json:"verification_url"`
	ExpiresIn  string `json:"expires_in"`
	Interval   string `json:"interval"`
	Message    string `json:"message"`
}

// deviceCode starts a device code flow. Whether the app allows it is asked when
// the token is, as with Entra (unverified).
func (c *call) deviceCode() {
	d, refused := c.newDevice()
	if refused != nil {
		c.refuse(refused)
		return
	}
	userCode, deviceCode := newUserCode(), "hdstest-sandbox-device."+opaque(48)
	c.devices.put(userCode, d, c.now.Add(deviceMemory))
	d.UserCode = userCode
	c.devices.put(deviceCode, d, c.now.Add(deviceMemory))
	where, seconds := c.URL+"/devicelogin", int(deviceLife/time.Second)
	message := "To sign in to the hdstest sandbox, use a web browser to open the page " + where + " and enter the code " +
		userCode + " to authenticate."
	if c.version == 1 {
		c.json(http.StatusOK, deviceBodyOfV1{userCode, deviceCode, where, strconv.Itoa(seconds), strconv.Itoa(deviceInterval), message})
		return
	}
	c.json(http.StatusOK, deviceBody{userCode, deviceCode, where, seconds, deviceInterval, message})
}

func (c *call) newDevice() (device, *refusal) {
	d := device{Realm: c.realm, Version: c.version, Until: c.now.Add(deviceLife)}
	refused := c.readForm()
	if refused == nil {
		refused = c.need("client_id")
	}
	if refused != nil {
		return d, refused
	}
	app, refused := c.findClient(c.form["client_id"])
	if refused != nil {
		return d, refused
	}
	if refused := c.realm.admits(app); refused != nil {
		return d, refused
	}
	request := authRequest{}
	if refused := c.askedFor(&request); refused != nil {
		return d, refused
	}
	if len(request.Asked.APIs) > 1 {
		return d, refuse(700022, request.Asked.Raw)
	}
	d.Asked, d.ClientID = request.Asked, app.AppID
	return d, nil
}

// newUserCode makes nine characters that cannot be mistaken for one another.
func newUserCode() string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // 32 of them: no bias
	b := make([]byte, 9)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b)
}

// deviceToken is the grant of RFC 8628 section 3.4, under its full name and under
// the short one that MSAL Go and MSAL Node send. Polling faster than the interval
// is not punished: MSAL Go does.
func (c *call) deviceToken() (any, *refusal) {
	if refused := c.need("device_code"); refused != nil {
		return nil, refused
	}
	app, presented, refused := c.caller()
	if refused != nil {
		return nil, refused
	}
	kind := c.fallback(app)
	acr, refused := c.proven(app, presented, kind)
	if refused != nil {
		return nil, refused
	}
	d, refused := c.findDevice(app)
	if refused != nil {
		return nil, refused
	}
	g := grant{ClientID: app.AppID, UserID: d.UserID, Platform: kind, Asked: d.Asked, Version: d.Version, Issued: d.Since}
	return c.userAnswer(app, g, d.Asked, acr)
}

// findDevice tells how far the person got; of an approved request it takes the
// one token there is.
func (c *call) findDevice(app *client) (device, *refusal) {
	pointer, ok := c.devices.get(c.form["device_code"])
	if !ok || pointer.UserCode == "" || pointer.ClientID != app.AppID {
		return device{}, refuse(70018, "The device code is not known.")
	}
	var d device
	c.devices.change(pointer.UserCode, func(now *device) {
		d = *now
		if now.State == deviceApproved {
			now.State = deviceRedeemed
		}
	})
	switch {
	case d.State == deviceApproved:
		return d, nil
	case d.State == deviceDeclined:
		return d, refuse(65004).as("authorization_declined")
	case d.State == deviceRedeemed:
		return d, refuse(70000, "device_code")
	case !c.now.Before(d.Until):
		return d, refuse(70020)
	}
	return d, refuse(70016).as(entra.ErrPending)
}
