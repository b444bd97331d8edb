package register

import (
	"context"
	"fmt"
	"slices"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// makeApp creates the application with all its properties in one request. If a
// deleted app still holds the unique name, the next one is taken; the app is
// found again by its name and tag.
func (r *run) makeApp(ctx context.Context) error {
	p := &r.plan
	if p.app != nil {
		return r.confirm(p.app.ID, Made{Kind: KindApplication, Name: p.app.UniqueName}.same)
	}
	body, err := p.newApp()
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		unique := numbered(UniqueName(p.spec.Name), n)
		err = r.makeAppAs(ctx, unique, body)
		if !nameTaken(err) || n == mostNames {
			break
		}
		if r.notify != nil {
			r.notify(fmt.Sprintf("the unique name %s is held by a deleted app; taking the next one", unique))
		}
	}
	if err == nil {
		r.result.AppID, r.result.AppObjectID, r.fresh = p.app.AppID, p.app.ID, true
	}
	return err
}

const mostNames = 20 // deleted apps of one name in the recycle bin

// numbered makes further unique names. No display name gives such a one.
func numbered(unique string, n int) string {
	if n == 1 {
		return unique
	}
	return fmt.Sprintf("%s_%d", unique, n)
}

func (r *run) makeAppAs(ctx context.Context, unique string, body *appObject) error {
	p := &r.plan
	m := Made{Kind: KindApplication, Name: unique}
	err := r.making(m, func(m *Made) error {
		var app *application
		// 404: one replica knows the name, another does not know the app yet.
		err := r.patiently(ctx, "the application to be known", absent, func(ctx context.Context) (err error) {
			app, err = r.createApp(ctx, unique, body)
			return err
		})
		if err == nil && app == nil {
			if app, err = r.adopt(ctx, unique); !slices.ContainsFunc(p.spec.Resume, m.same) {
				m.State = Refused // it was there, and not by the run that is resumed
			}
		}
		if err == nil {
			p.app, m.ID = app, app.ID
		}
		return err
	})
	if err == nil {
		p.changes, p.cert = nil, nil // all went along
	}
	return err
}

// adopt waits for the app of our unique name, which was there and not to be
// seen when the plan was made: an earlier run made it moments ago.
func (r *run) adopt(ctx context.Context, unique string) (app *application, err error) {
	err = r.until(ctx, "the application of the unique name "+unique+" to be readable", func(ctx context.Context) (bool, error) {
		found, err := r.appByUniqueName(ctx, unique)
		if found != nil {
			app = found
		}
		return found != nil, err
	})
	return app, err
}

// newApp makes the body of the request that creates the application.
func (p Plan) newApp() (*appObject, error) {
	app := application{Audience: p.spec.audience(), Public: value(p.spec.Public)}.apply(p.changes)
	changes := append(slices.Clone(p.changes), Change{Field: fieldPublic}, Change{Field: fieldAudience})
	if p.cert != nil {
		app.Keys = []models.KeyCredentialable{keyCredential(p.cert)}
		changes = append(changes, Change{Field: fieldKeys})
	}
	m, err := app.body(changes)
	if err != nil {
		return nil, err
	}
	m.displayName = &p.spec.Name
	m.tags = []string{tag}
	return m, nil
}

// makePrincipal makes the app's own service principal. Right after the app was
// made, Graph may say that there is no such app.
func (r *run) makePrincipal(ctx context.Context) error {
	p := &r.plan
	var err error
	if p.principal != nil {
		err = r.confirm(p.principal.ID, Made{Kind: KindPrincipal, Name: p.app.AppID}.same)
	} else {
		p.principal, err = r.makeOnePrincipal(ctx, p.app.AppID, unready)
	}
	if err == nil {
		r.result.ServicePrincipalID = p.principal.ID
		if r.result.TenantID == "" {
			r.result.TenantID = p.principal.Tenant
		}
	}
	return err
}

// settle waits until both objects can be read, several times in a row.
func (r *run) settle(ctx context.Context) error {
	if !r.fresh {
		return nil
	}
	return r.until(ctx, "the application and its service principal to be readable", func(ctx context.Context) (bool, error) {
		app, err := r.appByID(ctx, r.plan.app.ID)
		if err != nil || app == nil {
			return false, err
		}
		sp, err := r.principalByID(ctx, r.plan.principal.ID)
		return sp != nil, err
	})
}

// changeApp sends what differs on an app that was there, in one request.
func (r *run) changeApp(ctx context.Context) error {
	p := &r.plan
	if err := r.confirmChanges(); err != nil {
		return err
	}
	changes := slices.Clone(p.changes)
	after := p.app.apply(changes)
	if p.cert != nil {
		after.Keys = append(resent(p.app.Keys, ""), keyCredential(p.cert))
		changes = append(changes, Change{Field: fieldKeys, Added: []string{keyID(p.cert).String()}})
	}
	if len(changes) > 0 {
		body, err := after.body(changes)
		if err != nil {
			return err
		}
		if err := r.changing(ctx, changes, body); err != nil {
			return err
		}
	}
	if p.spec.Certificate == nil {
		return nil
	}
	cert, err := parseCertificate(p.spec.Certificate)
	if err == nil {
		r.result.Thumbprint = thumbprint(cert)
	}
	return err
}

// confirmChanges finds the changes of the resumed run that did arrive.
func (r *run) confirmChanges() error {
	app := *r.plan.app
	return r.confirm("", func(m Made) bool {
		if m.Kind != KindChange || m.Of != app.ID || m.Change == nil {
			return false
		}
		if m.Change.Field == fieldKeys {
			return slices.ContainsFunc(app.Keys, func(k models.KeyCredentialable) bool { return guidText(k.GetKeyId()) == last(m.Change.Added) })
		}
		after := app.apply([]Change{*m.Change})
		return after.Public == app.Public && after.TokenVersion == app.TokenVersion && after.Audience == app.Audience && slices.Equal(after.Redirects, app.Redirects) &&
			slices.Equal(after.Access, app.Access)
	})
}

// changing brackets the PATCH with one entry for each property.
func (r *run) changing(ctx context.Context, changes []Change, body *appObject) error {
	send := func(*Made) error {
		return r.patiently(ctx, "the application to be known", r.lag, func(ctx context.Context) error {
			return r.patchApp(ctx, r.plan.app.ID, body)
		})
	}
	for _, c := range changes {
		inner := send
		send = func(*Made) error {
			return r.making(Made{Kind: KindChange, Of: r.plan.app.ID, Change: &c}, inner)
		}
	}
	return send(nil)
}
