package register

import (
	"context"
	"fmt"
	"slices"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"hdstest/internal/entra"
	"hdstest/internal/problem"
)

// federatedRecord is a federated credential as Graph lists it.
type federatedRecord struct {
	ID string
	Federated
}

func (f Federated) audience() string {
	if f.Audience == "" {
		return entra.Clouds()[0].FederationAudience
	}
	return f.Audience
}

// planFederated keeps a record of the same name if it says the same. One that
// says something else is refused: its subject may be in use.
func (p planner) planFederated(ctx context.Context) error {
	if len(p.spec.Federated) == 0 {
		return nil
	}
	var have []federatedRecord
	if p.app != nil {
		var err error
		if have, err = p.federatedOf(ctx, p.app.ID); err != nil {
			return err
		}
	}
	for _, f := range p.spec.Federated {
		f.Audience = f.audience()
		s := Step{ID: "federated." + f.Name, Action: ActionCreate, What: fmt.Sprintf("federated credential %q", f.Name),
			New: fmt.Sprintf("issuer %s, subject %s, audience %s", f.Issuer, f.Subject, f.Audience), Needs: needApps,
			Note: "compared letter by letter, case counts; new records need minutes"}
		i := slices.IndexFunc(have, func(h federatedRecord) bool {
			return h.Name == f.Name || h.Issuer == f.Issuer && h.Subject == f.Subject
		})
		switch {
		case i < 0:
			p.federated = append(p.federated, f)
		case have[i].Issuer == f.Issuer && have[i].Subject == f.Subject && have[i].Audience == f.Audience:
			s.Action, s.Old, s.New, s.Needs, s.Note = ActionKeep, s.New, "", "", ""
			p.federatedHeld = append(p.federatedHeld, have[i])
		default:
			return problem.Usagef("the app has a federated credential %q for issuer %s, subject %s, audience %s: "+
				"choose another name or remove it first", have[i].Name, have[i].Issuer, have[i].Subject, have[i].Audience)
		}
		p.add(s)
	}
	return nil
}

func (s session) federatedOf(ctx context.Context, appID string) ([]federatedRecord, error) {
	var out []federatedRecord
	err := s.graphCall(ctx, call{"read the federated credentials", needRead}, func(ctx context.Context) error {
		builder := s.apps().ByApplicationId(appID).FederatedIdentityCredentials()
		for {
			page, err := builder.Get(ctx, nil)
			if err != nil || page == nil {
				return err
			}
			for _, m := range page.GetValue() {
				f := Federated{text(m.GetName()), text(m.GetIssuer()), text(m.GetSubject()), last(m.GetAudiences())}
				out = append(out, federatedRecord{text(m.GetId()), f})
			}
			next := text(page.GetOdataNextLink())
			if next == "" {
				return nil
			}
			builder = applications.NewItemFederatedIdentityCredentialsRequestBuilder(next, s.graph)
		}
	})
	return out, err
}

func (s session) createFederated(ctx context.Context, appID string, f Federated) (string, error) {
	body := models.NewFederatedIdentityCredential()
	body.SetName(&f.Name)
	body.SetIssuer(&f.Issuer)
	body.SetSubject(&f.Subject)
	body.SetAudiences([]string{f.Audience})
	var id string
	err := s.graphCall(ctx, call{"add the federated credential " + f.Name, needApps}, func(ctx context.Context) error {
		made, err := s.apps().ByApplicationId(appID).FederatedIdentityCredentials().Post(ctx, body, nil)
		if err == nil && made != nil {
			id = text(made.GetId())
		}
		return err
	})
	return id, err
}

func (s session) deleteFederated(ctx context.Context, appID, id string) error {
	return s.graphCall(ctx, call{"remove the federated credential " + id, needApps}, func(ctx context.Context) error {
		return s.apps().ByApplicationId(appID).FederatedIdentityCredentials().ByFederatedIdentityCredentialId(id).Delete(ctx, nil)
	})
}
