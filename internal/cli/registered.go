package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/register"
	"hdstest/internal/secret"
)

// prove tries a new secret by a token for Graph, which every app can get: false
// where the sign-in service does not know app or secret yet.
func (r *registration) prove(ctx context.Context, appID string, value secret.Value) (bool, error) {
	profile := r.s.profile
	profile.ClientID, profile.Credential = appID, acquire.Credential{Secret: value}
	if profile.Authority == "" {
		profile.Authority = r.s.Authority + "/" + r.plan.TenantID
	}
	_, _, err := pipeline.Token(ctx, r.s.env, profile, pipeline.TokenQuery{Grant: pipeline.GrantClientCredentials, Scope: r.s.GraphURL + entra.DefaultScope})
	var p *problem.Error
	if errors.As(err, &p) && slices.Contains(notYetKnown(), p.Code) {
		return false, nil
	}
	return err == nil, err
}

// notYetKnown are the codes of a secret or an app that is on its way.
func notYetKnown() []string { return []string{"AADSTS7000215", "AADSTS700016"} }

// keep stores a new secret's value and where it is, before older ones go.
func (r *registration) keep(ctx context.Context, result register.Result) error {
	file, err := r.p.store(ctx, r.out, result.Secret)
	if err != nil {
		return err
	}
	if file != "" {
		r.p.say("the secret is in %s until %s", file, result.SecretEnds.Local().Format("2006-01-02"))
	}
	if err := r.ledger.kept(result.SecretKeyID, file); err != nil {
		return err
	}
	return r.save(result, file)
}

// save writes ids, and what the profile does not say yet, into the profile.
func (r *registration) save(result register.Result, secretFile string) error {
	s, p := r.s, r.p
	if s.Sandbox != nil || r.o.noSave || result.AppID == "" || r.saved && secretFile == "" {
		return nil
	}
	path, profile, err := s.SaveTo(p.ConfigDir)
	if err != nil {
		return err
	}
	values := r.toSave(result, secretFile)
	news := map[string]string{}
	for name, text := range values {
		if v, _ := s.Value(name); v.Text != text || v.Source.Kind != config.FromFile {
			news[name] = text
		}
	}
	r.saved = true
	if len(news) == 0 {
		return nil
	}
	if err := config.Save(config.Saving{Path: path, Profile: profile, Values: news, StateDir: p.StateDir}); err != nil {
		return fmt.Errorf("save the ids of the app (client id %s): %w", result.AppID, err)
	}
	p.say("saved in profile %q of %s", profile, path)
	return r.ledger.wrote(path, profile, news)
}

// checkSave makes sure, before anything is made, that the profile can take the ids.
func (r *registration) checkSave() error {
	if r.s.Sandbox != nil || r.o.noSave {
		return nil
	}
	path, profile, err := r.s.SaveTo(r.p.ConfigDir)
	if err != nil {
		return err
	}
	const anyID = "00000000-0000-0000-0000-000000000000"
	return config.CheckSave(config.Saving{Path: path, Profile: profile, Values: r.toSave(register.Result{AppID: anyID, AppObjectID: anyID,
		ServicePrincipalID: anyID, TenantID: anyID}, "FILE")})
}

func (r *registration) toSave(result register.Result, secretFile string) map[string]string {
	values := map[string]string{config.ClientID: result.AppID, config.AppObjectID: result.AppObjectID,
		config.PrincipalObjectID: result.ServicePrincipalID, config.ClientSecretFile: secretFile}
	if result.SecretKeyID != "" && r.ledger.SecretID == result.SecretKeyID {
		values[config.ClientSecretID] = result.SecretKeyID
		values[config.ClientSecretExpires] = result.SecretEnds.UTC().Format(time.DateOnly)
	}
	if v, _ := r.s.Value(config.TenantID); v.Source.Kind != config.FromFile { // it may be a domain there
		values[config.TenantID] = result.TenantID
	}
	if one, ok := signInRedirect(r.spec.Redirects); ok {
		values[config.RedirectPlatform], values[config.RedirectURI] = string(one.Platform), one.URI
	}
	for name, text := range values {
		if text == "" {
			delete(values, name)
		}
	}
	return values
}

// signInRedirect is the redirect address at which our own sign-in can listen,
// else the first.
func signInRedirect(all []register.Redirect) (register.Redirect, bool) {
	i := slices.IndexFunc(all, func(r register.Redirect) bool {
		u, err := url.Parse(r.URI)
		return err == nil && u.Hostname() == "localhost"
	})
	if i < 0 && len(all) == 0 {
		return register.Redirect{}, false
	}
	return all[max(i, 0)], true
}
