package register_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/problem"
	"hdstest/internal/register"
)

func at(method, path string, status int, body object) func(*http.Request) (int, object) {
	return func(r *http.Request) (int, object) {
		if r.Method == method && strings.Contains(r.URL.Path, path) {
			return status, body
		}
		return 0, nil
	}
}

func denied(code, message string) object {
	return object{"error": object{"code": code, "message": message}}
}

// TestRefusals: the server's words, the missing permission, the evidence, and a
// ledger that says what was made before.
func TestRefusals(t *testing.T) {
	scope := fhirID
	for _, row := range []struct {
		name   string
		refuse func(*http.Request) (int, object)
		code   string
		want   []string
		made   int // entries in the ledger
	}{
		{"no right to create apps", at("PATCH", "/applications(", 403, denied("Authorization_RequestDenied", "Insufficient privileges to complete the operation.")),
			"Authorization_RequestDenied", []string{"create the application", "Application.ReadWrite.OwnedBy", "Insufficient privileges", "req-1"}, 0},
		{"no right to read the API's principal", at("GET", "/servicePrincipals(appId='"+dicomApp, 403, denied("Authorization_RequestDenied", "Insufficient privileges.")),
			"Authorization_RequestDenied", []string{"expected the permission Application.Read.All"}, 0},
		{"no right to assign roles", at("PUT", "/roleAssignments/", 403, denied("AuthorizationFailed", "The client 'x' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '"+scope+"' or the scope is invalid.")),
			"AuthorizationFailed", []string{"expected the right Microsoft.Authorization/roleAssignments/write over " + scope, "User Access Administrator"}, 4},
		{"lifetime policy", at("POST", "/addPassword", 400, denied("CredentialInvalidLifetimeAsPerAppPolicy", "Credential lifetime exceeds the max value allowed as per assigned policy")),
			"CredentialInvalidLifetimeAsPerAppPolicy", []string{"add a client secret", "after everything else was done"}, 6},
		{"error without a message", at("PATCH", "/applications(", 500, object{"error": object{}}), "", []string{"HTTP status 500", "without an error message"}, 1},
		{"error without a body", at("PATCH", "/applications(", 400, nil), "", []string{"HTTP status 400", "0 bytes"}, 0},
		{"a bare 404 is no absent app", at("GET", "uniqueName=", 404, nil), "", []string{"HTTP status 404"}, 0},
		{"an answer without a body", at("GET", "uniqueName=", 200, nil), "", []string{"the answer has no id"}, 0},
		{"an answer with a broken GUID", at("GET", "uniqueName=", 200, object{"id": "x", "appId": "y", "keyCredentials": []any{object{"keyId": "z"}}}),
			"", []string{"its answer could not be read: invalid UUID"}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCloud(t)
			c.refuse = row.refuse
			var ledger []register.Made
			_, _, err := registers(c.clients(nil), spec(t), &ledger)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in: %v", want, err)
				}
			}
			var p *problem.Error
			if row.code != "" && (!errors.As(err, &p) || p.Code != row.code || p.TraceID != "req-1") {
				t.Errorf("got %#v", p)
			}
			if row.code != "" && p.Evidence.Graph == nil == (p.Evidence.ARM == nil) {
				t.Errorf("evidence %+v", p.Evidence)
			}
			if len(ledger) != row.made {
				t.Errorf("the ledger has %d entries, want %d: %+v", len(ledger), row.made, ledger)
			}
		})
	}
}

func TestEvidenceHidesIdsAndKeepsDetails(t *testing.T) {
	c := newCloud(t)
	c.refuse = at("POST", "/addPassword", 400, object{"error": object{"code": "Request_BadRequest", "message": "m", "details": []any{object{"code": "InvalidKeyEndDate"}}}})
	var ledger []register.Made
	_, _, err := registers(c.clients(nil), spec(t), &ledger)
	var p *problem.Error
	if !errors.As(err, &p) {
		t.Fatal(err)
	}
	g := p.Evidence.Graph
	if g.Request != "POST /v1.0/applications/{id}/addPassword" || g.Error != "Request_BadRequest" || fmt.Sprint(g.Extra["details"]) != "[InvalidKeyEndDate]" {
		t.Errorf("evidence %+v", g)
	}
}

func TestConsentRefusedGivesTheURL(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		c := newCloud(t)
		s := spec(t)
		if method == "GET" {
			s.AppID = c.addForeign()
		}
		c.refuse = at(method, "/oauth2PermissionGrants", 403, denied("Authorization_RequestDenied", "Insufficient privileges."))
		var ledger []register.Made
		_, r, err := registers(c.clients(nil), s, &ledger)
		if err != nil {
			t.Fatal(err)
		}
		if want := "https://login.example/" + tenantID + "/adminconsent?client_id=" + r.AppID; r.ConsentURL != want {
			t.Errorf("%s refused: consent URL %q, want %q", method, r.ConsentURL, want)
		}
		if method == "POST" && (len(r.Consents) != 1 || r.Consents[0].Granted) {
			t.Errorf("consents %+v", r.Consents)
		}
	}
}

func TestThrottling(t *testing.T) {
	c := newCloud(t)
	times := 2
	c.refuse = func(r *http.Request) (int, object) {
		if r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/addPassword") && times > 0 {
			times--
			return 429, object{"Retry-After": "7", "error": object{"code": "TooManyRequests", "message": "slow down"}}
		}
		return 0, nil
	}
	var told []string
	p, err := register.MakePlan(context.Background(), c.clients(nil), spec(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := register.Apply(context.Background(), c.clients(nil), p, register.Progress{Notify: func(s string) { told = append(told, s) }})
	if err != nil || r.Secret.IsZero() {
		t.Fatalf("%+v, %v", r, err)
	}
	if n := len(slices.DeleteFunc(told, func(s string) bool { return !strings.Contains(s, "asks to wait 7s") })); n != 2 {
		t.Errorf("told of %d waits, want 2", n)
	}
}

// TestServerPointsElsewhere: a token goes to the configured origin only.
func TestServerPointsElsewhere(t *testing.T) {
	other := newCloud(t)
	other.refuse = func(r *http.Request) (int, object) { t.Errorf("asked: %s", r.URL); return 500, nil }
	c := newCloud(t)
	c.refuse = at("GET", "/v1.0/applications", 200, object{"value": []any{}, "@odata.nextLink": other.graph.URL + "/v1.0/applications?$skiptoken=x"})
	first := c.refuse
	c.refuse = func(r *http.Request) (int, object) {
		if r.URL.Path == "/v1.0/applications" {
			return first(r)
		}
		return 0, nil
	}
	var ledger []register.Made
	_, _, err := registers(c.clients(nil), spec(t), &ledger)
	if err == nil || !strings.Contains(err.Error(), "a token is sent to "+mustURL(t, c.graph.URL).Host+" only") {
		t.Errorf("got %v", err)
	}
}

func TestWaitEndsHonestly(t *testing.T) {
	c := newCloud(t)
	c.lag = 1 << 20
	var ledger []register.Made
	_, r, err := registers(c.clients(nil), spec(t), &ledger)
	if err == nil || !strings.Contains(err.Error(), "not known there yet after 4m") || !strings.Contains(err.Error(), "NoBackingApplicationObject") && !strings.Contains(err.Error(), "Request_BadRequest") {
		t.Errorf("got %v", err)
	}
	if r.AppID == "" || len(ledger) == 0 || ledger[0].State != register.Done {
		t.Errorf("result %+v, ledger %+v", r, ledger)
	}
}

func TestInterruptedWhileWaiting(t *testing.T) {
	c := newCloud(t)
	c.lag = 1 << 20
	p, err := register.MakePlan(context.Background(), c.clients(nil), spec(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err := register.Apply(ctx, c.clients(nil), p, register.Progress{Notify: func(string) { cancel() }})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "interrupted") || len(r.Ledger) == 0 {
		t.Errorf("got %v with %+v", err, r.Ledger)
	}
}

func TestRecordThatFailsStopsTheRun(t *testing.T) {
	c := newCloud(t)
	p, err := register.MakePlan(context.Background(), c.clients(nil), spec(t))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	_, err = register.Apply(context.Background(), c.clients(nil), p, register.Progress{Record: func(register.Made) error { return full }})
	if !errors.Is(err, full) || len(c.changing()) != 0 {
		t.Errorf("got %v after %q", err, c.changing())
	}
}

func TestNoConnectionAndNoToken(t *testing.T) {
	c := newCloud(t)
	clients := c.clients(nil)
	c.graph.Close()
	if _, err := register.MakePlan(context.Background(), clients, spec(t)); problem.KindOf(err) != problem.Unreachable {
		t.Errorf("closed server: %v", err)
	}
	for _, failure := range []error{errors.New("please run az login"), &problem.Error{Kind: problem.NoToken, Code: "AADSTS7000215"}} {
		cs, err := register.NewClients(register.Options{HTTP: http.DefaultClient, Credential: noToken{failure}, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		_, err = register.MakePlan(context.Background(), cs, register.Spec{Name: "lab"})
		var p *problem.Error
		if !errors.As(err, &p) || p.Kind != problem.NoToken || p != failure && !strings.Contains(err.Error(), "az login") {
			t.Errorf("no token: %v", err)
		}
	}
	cs, err := register.NewClients(register.Options{HTTP: http.DefaultClient, Credential: noToken{}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = register.MakePlan(context.Background(), cs, register.Spec{Name: "lab"}); err == nil || !strings.Contains(err.Error(), "no token was attached") {
		t.Errorf("empty token: %v", err)
	}
}
