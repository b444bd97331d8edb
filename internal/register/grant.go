package register

import (
	"context"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
)

// grant is consent to delegated scopes. Source: GD:resources/oauth2permissiongrant.md.
type grant struct {
	ID, Resource string
	Scopes       []string
}

func (s session) grants() *oauth2permissiongrants.Oauth2PermissionGrantsRequestBuilder {
	return oauth2permissiongrants.NewOauth2PermissionGrantsRequestBuilderInternal(map[string]string{}, s.graph)
}

// grantsFor lists what was consented for everyone to a client's service principal.
func (s session) grantsFor(ctx context.Context, clientID string) ([]grant, error) {
	filter := "clientId eq '" + clientID + "'"
	var out []grant
	err := s.graphCall(ctx, call{"read the consents of the service principal", needConsent}, func(ctx context.Context) error {
		builder, config := s.grants(), &oauth2permissiongrants.Oauth2PermissionGrantsRequestBuilderGetRequestConfiguration{
			QueryParameters: &oauth2permissiongrants.Oauth2PermissionGrantsRequestBuilderGetQueryParameters{Filter: &filter}}
		for {
			page, err := builder.Get(ctx, config)
			if err != nil || page == nil {
				return err
			}
			for _, g := range page.GetValue() {
				if text(g.GetConsentType()) == allPrincipals && strings.EqualFold(text(g.GetClientId()), clientID) {
					out = append(out, grant{text(g.GetId()), text(g.GetResourceId()), strings.Fields(text(g.GetScope()))})
				}
			}
			next := text(page.GetOdataNextLink())
			if next == "" {
				return nil
			}
			builder, config = builder.WithUrl(next), nil
		}
	})
	return out, err
}

const allPrincipals = "AllPrincipals" // consent for everyone in the tenant

func (s session) createGrant(ctx context.Context, clientID string, g grant) (string, error) {
	kind, scopes := allPrincipals, strings.Join(g.Scopes, " ")
	body := models.NewOAuth2PermissionGrant()
	body.SetClientId(&clientID)
	body.SetConsentType(&kind)
	body.SetResourceId(&g.Resource)
	body.SetScope(&scopes)
	var id string
	err := s.graphCall(ctx, call{"give admin consent", needConsent}, func(ctx context.Context) error {
		made, err := s.grants().Post(ctx, body, nil)
		if err == nil && made != nil {
			id = text(made.GetId())
		}
		return err
	})
	return id, err
}

func (s session) patchGrant(ctx context.Context, id string, scopes []string) error {
	joined := strings.Join(scopes, " ")
	body := models.NewOAuth2PermissionGrant()
	body.SetScope(&joined)
	return s.graphCall(ctx, call{"change the admin consent", needConsent}, func(ctx context.Context) error {
		_, err := s.grants().ByOAuth2PermissionGrantId(id).Patch(ctx, body, nil)
		return err
	})
}

func (s session) deleteGrant(ctx context.Context, id string) error {
	return s.graphCall(ctx, call{"take the admin consent back", needConsent}, func(ctx context.Context) error {
		return s.grants().ByOAuth2PermissionGrantId(id).Delete(ctx, nil)
	})
}

// union appends what is missing; missing lists that alone.
func union(have, more []string) []string { return append(slices.Clone(have), missing(have, more)...) }

func missing(have, wanted []string) []string {
	var out []string
	for _, w := range wanted {
		if !slices.Contains(have, w) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
