package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

var (
	// gitHubSubject is repo:OWNER/REPO with what the job runs for, also in the form
	// with ids that new repositories have (OWNER@1/REPO@2). Source:
	// docs.github.com/en/actions/reference/security/oidc; GH:Azure/azure-dev#9382.
	gitHubSubject = regexp.MustCompile(`^repo:[^/:\s]+/[^/:\s]+:(ref:refs/(heads|tags)/\S+|environment:\S.*|pull_request)$`)
	ownSubject    = regexp.MustCompile(`^[a-z_]+:\S`) // organizations may compose others
	accountForm   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`)
	nameForm      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.~-]*$`)
	notInName     = regexp.MustCompile(`[^a-z0-9]+`)
)

// federatedWish reads the three flags for trust in outside issuers. The audience
// follows the cloud.
func federatedWish(s *config.Settings) ([]register.Federated, error) {
	audience := s.Register.FederatedAudience
	if audience == "" {
		audience = s.Cloud.FederationAudience // empty with an authority of no known cloud: the public one's
	}
	var out []register.Federated
	var errs []error
	for _, kind := range []struct {
		key   string
		texts []string
		read  func(string) (register.Federated, error)
	}{
		{config.RegisterGitHub, s.Register.GitHub, gitHub},
		{config.RegisterKubernetes, s.Register.Kubernetes, kubernetes},
		{config.RegisterFederated, s.Register.Federated, federated},
	} {
		for _, text := range kind.texts {
			f, err := kind.read(text)
			if err != nil {
				errs = append(errs, problem.Usagef("%s: %w", called(s, kind.key), err))
			}
			f.Audience = audience
			out = append(out, f)
		}
	}
	return out, errors.Join(errs...)
}

func gitHub(text string) (register.Federated, error) {
	subject := text
	if owner, _, _ := strings.Cut(text, ":"); strings.Contains(owner, "/") {
		subject = "repo:" + text
	}
	if strings.HasPrefix(subject, "repo:") && !gitHubSubject.MatchString(subject) || !ownSubject.MatchString(subject) {
		return register.Federated{}, problem.Usagef("expected repo:OWNER/REPO:environment:NAME, …:ref:refs/heads/BRANCH, …:ref:refs/tags/TAG or …:pull_request, not %q", text)
	}
	return register.Federated{Name: federatedName("github", subject, entra.GitHubIssuer), Issuer: entra.GitHubIssuer, Subject: subject}, nil
}

func kubernetes(text string) (register.Federated, error) {
	account, issuer, ok := cutIssuer(text)
	if !ok || !accountForm.MatchString(account) {
		return register.Federated{}, problem.Usagef("expected NAMESPACE/ACCOUNT@https://ISSUER, not %q", text)
	}
	subject := "system:serviceaccount:" + strings.Replace(account, "/", ":", 1)
	return register.Federated{Name: federatedName("kubernetes", account, issuer), Issuer: issuer, Subject: subject}, nil
}

func federated(text string) (register.Federated, error) {
	subject, issuer, ok := cutIssuer(text)
	if !ok {
		return register.Federated{}, problem.Usagef("expected [NAME=]SUBJECT@https://ISSUER, not %q", text)
	}
	if name, rest, named := strings.Cut(subject, "="); named && nameForm.MatchString(name) {
		return register.Federated{Name: name, Issuer: issuer, Subject: rest}, nil
	}
	return register.Federated{Name: federatedName("federated", subject, issuer), Issuer: issuer, Subject: subject}, nil
}

// cutIssuer takes SUBJECT@https://ISSUER apart; the issuer's final slash counts.
func cutIssuer(text string) (subject, issuer string, ok bool) {
	i := strings.LastIndex(text, "@https://")
	if i <= 0 {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

// federatedName makes a name that is the same in every run, and another one for
// another issuer or subject.
func federatedName(kind, subject, issuer string) string {
	slug := strings.Trim(notInName.ReplaceAllString(strings.ToLower(strings.TrimPrefix(subject, "repo:")), "-"), "-")
	sum := sha256.Sum256([]byte(issuer + "\n" + subject))
	return kind + "-" + strings.TrimRight(slug[:min(len(slug), 80)], "-") + "-" + hex.EncodeToString(sum[:4])
}
