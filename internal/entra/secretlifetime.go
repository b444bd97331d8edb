package entra

// SecretLifetime is a lifetime of client secrets that the portal offers.
type SecretLifetime struct{ Months, Days int }

// SecretLifetimes lists the lifetimes that the portal offers, in days: half a
// year is not as long everywhere as six months are. The longest is the most that
// the portal allows.
//
// Source: learn.microsoft.com/entra/identity-platform/how-to-add-credentials
// (at most 24 months, less than 12 recommended); the days are those of the
// portal's choice (90, 180, 365, 730).
func SecretLifetimes() []SecretLifetime {
	return []SecretLifetime{{3, 90}, {6, 180}, {12, 365}, {24, 730}}
}

// Lifetimes of client secrets in days: that of the articles about Azure Health
// Data Services (six months), and the longest.
//
// Source: learn.microsoft.com/azure/healthcare-apis/register-application.
const (
	DefaultSecretDays = 180
	LongestSecretDays = 730
)

// GitHubIssuer is the issuer of the tokens of GitHub Actions.
//
// Source: docs.github.com/en/actions/reference/security/oidc.
const GitHubIssuer = "https://token.actions.githubusercontent.com"
