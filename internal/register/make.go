package register

import (
	"context"
	"net/http"
	"slices"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// makeApp creates the application with all its properties in one request.
func (r *run) makeApp(ctx context.Context) error {
	p := &r.plan
	if p.app != nil {
		return r.confirm(p.app.ID, Made{Kind: KindApplication, Name: UniqueName(p.spec.Name)}.same)
	}
	unique := UniqueName(p.spec.Name)
	body, err := p.newApp(unique)
	if err != nil {
		return err
	}
	err = r.making(Made{Kind: KindApplication, Name: unique}, func(m *Made) error {
		app, err := r.createApp(ctx, body)
		if err == nil {
			p.app, m.ID = app, app.ID
		}
		return err
	})
	switch {
	case answered(err).Status == http.StatusConflict:
		if err = r.adopt(ctx, unique); err != nil {
			return err
		}
	case err != nil:
		return err
	default:
		r.fresh, p.changes, p.cert = true, nil, nil // all went along
	}
	r.result.AppID, r.result.AppObjectID = p.app.AppID, p.app.ID
	return nil
}

// adopt waits for the app of our unique name, which exists and was not to be
// seen when the plan was made: an earlier run made it moments ago.
func (r *run) adopt(ctx context.Context, unique string) error {
	p := &r.plan
	r.fresh = true
	err := r.until(ctx, "the application of the unique name "+unique+" to be readable", func(ctx context.Context) (bool, error) {
		app, err := r.appByUniqueName(ctx, unique)
		if app != nil {
			p.app = app
		}
		return app != nil, err
	})
	if err != nil {
		return err
	}
	p.changes = p.spec.changes(*p.app, p.access())
	if p.cert != nil && holding(p.app.Keys, p.cert) != nil {
		p.cert = nil
	}
	return r.confirmEarlier(Made{Kind: KindApplication, ID: p.app.ID, Name: unique})
}

// newApp makes the body of the request that creates the application.
func (p Plan) newApp(unique string) (models.Applicationable, error) {
	app := application{Audience: p.spec.audience(), Public: p.spec.Public}.apply(p.changes)
	changes := append(slices.Clone(p.changes), Change{Field: fieldPublic}, Change{Field: fieldAudience})
	if p.cert != nil {
		app.Keys = []models.KeyCredentialable{keyCredential(p.cert)}
		changes = append(changes, Change{Field: fieldKeys})
	}
	m, err := app.body(changes)
	if err != nil {
		return nil, err
	}
	m.SetDisplayName(&p.spec.Name)
	m.SetUniqueName(&unique)
	m.SetTags([]string{tag})
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
		return after.Public == app.Public && after.Audience == app.Audience && slices.Equal(after.Redirects, app.Redirects) &&
			slices.Equal(after.Access, app.Access)
	})
}

// changing brackets the PATCH with one entry for each property.
func (r *run) changing(ctx context.Context, changes []Change, body models.Applicationable) error {
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
