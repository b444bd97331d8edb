package acquire

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/transport"
)

// mayGo refuses forms to foreign hosts and holds a device poll back.
func (r *recorder) mayGo(ctx context.Context, x *exchange) error {
	if x.step != stepToken && x.step != stepDevice {
		return nil
	}
	if !sameAuthority(r.authority, x.url) {
		return fmt.Errorf("%w: %s", errForeignEndpoint, transport.RedactURL(x.url))
	}
	r.mu.Lock()
	ready := r.ready
	r.mu.Unlock()
	if ready == nil || x.step != stepToken {
		return nil
	}
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sameAuthority tells whether credentials for authority may go to u: the same
// host over TLS, or a host of the same Microsoft cloud.
func sameAuthority(authority, u *url.URL) bool {
	if u.Scheme != "https" {
		return false
	}
	if strings.EqualFold(u.Host, authority.Host) {
		return true
	}
	ours, known := entra.CloudByHost(authority.Host)
	theirs, alsoKnown := entra.CloudByHost(u.Host)
	return known && alsoKnown && ours.Name == theirs.Name
}

// pace sets when the next device poll may go out: after the interval that the
// authority named (RFC 8628 section 3.2; five seconds if it named none), and
// five seconds more after each slow_down (section 3.5).
func (r *recorder) pace(x *exchange) {
	const unit = 5 * time.Second
	fields := readAnswer(x.body)
	switch {
	case x.step == stepDevice:
		r.interval = unit
		if n, ok := fields.number("interval"); ok {
			r.interval = time.Duration(n) * time.Second
		}
		return // the first poll may go at once
	case x.form.Get("grant_type") != grantDeviceCode:
		return
	case fields.text("error") == "slow_down":
		r.interval += unit
	}
	r.ready = time.After(r.interval)
}
