package acquire_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/problem"
)

func pending(w http.ResponseWriter) {
	entraError(w, http.StatusBadRequest, "authorization_pending", 70016, "Authorization is pending.")
}

func TestDeviceCode(t *testing.T) {
	a := newAuthority(t)
	a.device = map[string]any{"interval": 1}
	a.answer = func(w http.ResponseWriter, form url.Values, call int) {
		if call == 1 {
			pending(w)
			return
		}
		a.grant(w, form)
	}
	var message acquire.DeviceMessage
	got, b, err := acquire.DeviceCode(t.Context(), a.settings(acquire.Credential{}), []string{scope}, func(m acquire.DeviceMessage) { message = m })
	if err != nil {
		t.Fatal(err)
	}
	if message.VerificationURL != a.URL+"/device" || !strings.HasPrefix(message.UserCode, "ABC") || strings.Contains(message.UserCode, "\x1b") || message.Message == "" {
		t.Errorf("message %+v", message)
	}
	if len(a.polls) != 2 || a.polls[1].Sub(a.polls[0]) < 900*time.Millisecond {
		t.Errorf("polls at %v; the authority asked for one a second", a.polls)
	}
	if got.Token.Reveal() != token || !got.HasRefreshToken || b.TokenRequest.GrantType != "device_code" || b.TokenEndpoint.Status != 200 {
		t.Errorf("result %+v, evidence %+v", got, b.TokenRequest)
	}
	noSecret(t, texts(t, nil, b, a.trace.String()))
}

func TestDeviceCodeRefusals(t *testing.T) {
	refuse := func(code string, number int) func(*authority) {
		return func(a *authority) {
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) {
				entraError(w, 400, code, number, "c4narydevice refused.")
			}
		}
	}
	for rule, tc := range map[string]struct {
		set  func(*authority)
		code string
		says string
	}{
		"declined":            {refuse("authorization_declined", 70018), "AADSTS70018", "authorization_declined: AADSTS70018: [redacted] refused."},
		"expired, says Entra": {refuse("expired_token", 70020), "AADSTS70020", "expired_token"},
		"expired meanwhile": {func(a *authority) {
			a.device = map[string]any{"expires_in": 1, "interval": 60}
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) { pending(w) }
		}, "", "the code expired"},
		"no public client": {func(a *authority) {
			a.metadata = func(m map[string]any) { m["token_endpoint"] = a.URL + "/x/refuse/token" }
		}, "", "404"},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			a := newAuthority(t)
			tc.set(a)
			_, b, err := acquire.DeviceCode(t.Context(), a.settings(acquire.Credential{}), []string{scope}, func(acquire.DeviceMessage) {})
			var p *problem.Error
			if !errors.As(err, &p) || p.Kind != problem.NoToken || p.Code != tc.code || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("error %v", err)
			}
			noSecret(t, texts(t, err, b, a.trace.String()))
		})
	}
}

func TestDeviceCodeIsForPublicClients(t *testing.T) {
	a := newAuthority(t)
	_, _, err := acquire.DeviceCode(t.Context(), a.settings(withSecret()), []string{scope}, nil)
	if problem.KindOf(err) != problem.Usage {
		t.Errorf("error %v", err)
	}
}

func TestDeviceCodeInterrupt(t *testing.T) {
	a := newAuthority(t)
	a.device = map[string]any{"interval": 60}
	ctx, cancel := context.WithCancel(t.Context())
	a.answer = func(w http.ResponseWriter, _ url.Values, _ int) {
		pending(w)
		time.AfterFunc(20*time.Millisecond, cancel)
	}
	_, _, err := acquire.DeviceCode(ctx, a.settings(acquire.Credential{}), []string{scope}, func(acquire.DeviceMessage) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
