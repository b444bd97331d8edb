package register

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/problem"
)

// UniqueName derives the unique name under which an app of ours is found again.
// A name that the form cannot keep gets a digest, so that two names never share
// one. Graph keeps a unique name for the life of the app.
func UniqueName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := strings.Trim(b.String(), "-")
	if slug == name && len(slug) <= 60 {
		return tag + "-" + slug
	}
	sum := sha256.Sum256([]byte(name))
	return strings.Trim(tag+"-"+slug[:min(len(slug), 60)], "-") + "-" + hex.EncodeToString(sum[:4])
}

// lookTenant reads the tenant from the administrator's token, which is asked for
// here first: a missing login shows before anything else.
func (p planner) lookTenant(ctx context.Context) error {
	var tid string
	err := p.ask(ctx, call{tried: "look at the tenant"}, func(ctx context.Context) error {
		token, err := p.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{p.graphScope}, EnableCAE: true})
		tid = tenantOf(token.Token)
		return err
	})
	if err != nil {
		return err
	}
	wanted := p.spec.TenantID
	if guid.MatchString(wanted) && tid != "" && !strings.EqualFold(wanted, tid) {
		return problem.Usagef("the administrator's credential belongs to tenant %s, not to the profile's tenant %s", tid, wanted)
	}
	if p.TenantID = tid; tid == "" {
		p.TenantID = wanted
	}
	return nil
}

// tenantOf reads the tid of a token for Graph. Such tokens are for Graph's eyes
// only and need not be JWTs: then it is empty. Nothing is trusted on its word.
func tenantOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		TID string `json:"tid"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil || !guid.MatchString(claims.TID) {
		return ""
	}
	return strings.ToLower(claims.TID)
}

// lookApp finds the app: by client id, by the ledger of an unfinished run, by
// our unique name, and by display name among those that carry our tag.
func (p planner) lookApp(ctx context.Context) error {
	var err error
	if p.spec.AppID != "" {
		if p.app, err = p.appByAppID(ctx, p.spec.AppID); err == nil && p.app == nil {
			err = problem.Usagef("tenant %s has no app registration with the client id %s", p.TenantID, p.spec.AppID)
		}
		return err
	}
	unique := UniqueName(p.spec.Name)
	for _, m := range p.spec.Resume {
		if m.Kind != KindApplication || m.Name != unique && !strings.HasPrefix(m.Name, unique+"_") || p.app != nil {
			continue
		}
		if p.app, err = p.appOfLedger(ctx, m); err != nil {
			return err
		}
	}
	if p.app == nil {
		if p.app, err = p.appByUniqueName(ctx, unique); err != nil {
			return err
		}
	}
	if p.app == nil {
		return p.lookByName(ctx)
	}
	return nil
}

func (p planner) appOfLedger(ctx context.Context, m Made) (*application, error) {
	if guid.MatchString(m.ID) {
		return p.appByID(ctx, m.ID)
	}
	return p.appByUniqueName(ctx, m.Name)
}

// lookByName takes an app of ours that has lost its unique name, and refuses to
// choose among several or to touch another's.
func (p planner) lookByName(ctx context.Context) error {
	all, err := p.appsByName(ctx, p.spec.Name)
	if err != nil {
		return err
	}
	var mine, others []string
	for _, a := range all {
		if a.ours() {
			mine = append(mine, a.AppID)
		} else {
			others = append(others, a.AppID)
		}
	}
	switch {
	case len(mine) == 1:
		p.app, err = p.appByAppID(ctx, mine[0])
		return err
	case len(mine) > 1:
		return problem.Usagef("%d apps of ours are named %q: name one by its client id (%s)", len(mine), p.spec.Name, strings.Join(mine, ", "))
	case len(others) > 0:
		return problem.Usagef("an app named %q exists and was not made by hdstest: name it by its client id (%s) or choose another name",
			p.spec.Name, strings.Join(others, ", "))
	}
	return nil
}

// label names an app for a person.
func (p planner) label() string {
	if p.app != nil {
		return fmt.Sprintf("application %q (%s)", p.app.Name, p.app.AppID)
	}
	return fmt.Sprintf("application %q", p.spec.Name)
}
