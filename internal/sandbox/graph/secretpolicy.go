package graph

import (
	"time"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// policyLifetime is what the policy of the switch [scenario.SecretLifetime] allows.
const policyLifetime = 180 * 24 * time.Hour

// secretPolicy refuses what a tenant's app management policy forbids.
// Source: learn.microsoft.com/graph/api/resources/appmanagementpolicy; codes and
// the text for the life as quoted in github.com/Azure/azure-cli issue 28522, the
// other text by analogy.
func (c *call) secretPolicy(p *directory.PasswordCredential) error {
	if c.Scenarios.On(scenario.SecretsForbidden) {
		f := badRequest("Credential type not allowed as per assigned policy.")
		f.code = "CredentialTypeNotAllowedAsPerAppPolicy"
		return f
	}
	if c.Scenarios.On(scenario.SecretLifetime) && p.EndDateTime.Sub(p.StartDateTime) > policyLifetime {
		f := badRequest("Credential lifetime exceeds the max value allowed as per assigned policy.")
		f.code = "CredentialInvalidLifetimeAsPerAppPolicy"
		f.details = []detail{{Code: "InvalidKeyEndDate", Message: f.message, Target: "EndDate"}}
		return f
	}
	return nil
}
