package arm

// subscriptions lists those that the caller can read anything in.
// Source: learn.microsoft.com/rest/api/resources/subscriptions/list.
func (c *call) subscriptions() (answer, error) {
	items := []any{}
	if c.reaches() {
		items = append(items, c.subscriptionDocument())
	}
	page, next, err := c.page(items)
	if err != nil {
		return answer{}, err
	}
	body := map[string]any{"value": page, "count": map[string]any{"type": "Total", "value": len(items)}}
	if next != "" {
		body["nextLink"] = next
	}
	return ok(body)
}

func (c *call) subscription() (answer, error) {
	if !c.reaches() {
		return answer{}, c.forbidden(readSubscription, "/subscriptions/"+c.state.Subscription.ID)
	}
	return ok(c.subscriptionDocument())
}

func (c *call) subscriptionDocument() map[string]any {
	sub := c.state.Subscription
	return map[string]any{
		"id": "/subscriptions/" + sub.ID, "subscriptionId": sub.ID, "displayName": sub.DisplayName, "state": "Enabled",
		"tenantId": c.state.Tenant.ID, "authorizationSource": "RoleBased", "managedByTenants": []any{},
		"subscriptionPolicies": map[string]any{"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01",
			"spendingLimit": "Off"},
	}
}

// tenants lists the one tenant to everyone who has a token.
// Source: learn.microsoft.com/rest/api/resources/tenants/list.
func (c *call) tenants() (answer, error) {
	t := c.state.Tenant
	return c.list([]any{map[string]any{"id": "/tenants/" + t.ID, "tenantId": t.ID, "displayName": t.DisplayName, "countryCode": "ZZ",
		"defaultDomain": t.Domain, "domains": []string{t.Domain}, "tenantCategory": "Home", "tenantType": "AAD"}})
}

// location stands for an Azure region: no such region exists.
const location = "sandbox"

func (c *call) groups() (answer, error) {
	if err := c.require(readGroup, "/subscriptions/"+c.state.Subscription.ID); err != nil {
		return answer{}, err
	}
	return c.list([]any{c.groupDocument()})
}

func (c *call) group() (answer, error) {
	scope, err := c.resolve(c.target.scope)
	if err != nil {
		return answer{}, err
	}
	if err := c.require(readGroup, scope); err != nil {
		return answer{}, err
	}
	return ok(c.groupDocument())
}

func (c *call) groupDocument() map[string]any {
	sub := c.state.Subscription
	return map[string]any{"id": sub.GroupID(), "name": sub.ResourceGroup, "type": "Microsoft.Resources/resourceGroups",
		"location": location, "tags": map[string]any{}, "properties": map[string]any{"provisioningState": "Succeeded"}}
}
