package entra

// AccountType is who may sign in with an app.
type AccountType struct {
	Name     string // as written in a profile: single-tenant
	Audience string // Graph's signInAudience
	Personal bool   // personal Microsoft accounts are among them
}

// AccountTypes lists the supported account types, the default first.
//
// Source: learn.microsoft.com/graph/api/resources/application (signInAudience);
// the names in words follow the portal's page "Supported account types".
func AccountTypes() []AccountType {
	return []AccountType{
		{"single-tenant", "AzureADMyOrg", false},
		{"multi-tenant", "AzureADMultipleOrgs", false},
		{"multi-tenant-and-personal", "AzureADandPersonalMicrosoftAccount", true},
		{"personal", "PersonalMicrosoftAccount", true},
	}
}

// AccountTypeByName finds an account type by its name or by Graph's word for it.
func AccountTypeByName(name string) (AccountType, bool) {
	for _, t := range AccountTypes() {
		if t.Name == name || t.Audience == name {
			return t, true
		}
	}
	return AccountType{}, false
}
