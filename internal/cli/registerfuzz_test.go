package cli

import (
	"strings"
	"testing"
)

// FuzzFederated: whatever is typed, what is taken has an issuer over https, a
// subject, and a name that is the same for the same trust and another for another.
func FuzzFederated(f *testing.F) {
	for _, text := range []string{"repo:o/r:pull_request", "o/r:environment:a b", "default/app@https://oidc.example/", "ci-job=a@b@https://issuer.example",
		"@https://x", "=@https://x", "a@https://b@https://c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := gitHub(text); err == nil && (!strings.Contains(got.Subject, ":") || got.Name == "") {
			t.Errorf("GitHub, %q: %+v", text, got)
		}
		if got, err := kubernetes(text); err == nil {
			again, _ := kubernetes(strings.Replace(got.Subject[len("system:serviceaccount:"):], ":", "/", 1) + "@" + got.Issuer)
			if again != got {
				t.Errorf("Kubernetes, %q: %+v, again %+v", text, got, again)
			}
		}
		got, err := federated(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(got.Issuer, "https://") || !strings.Contains(text, got.Subject) || len(got.Name) > 120 && !strings.HasPrefix(text, got.Name) {
			t.Errorf("%q: %+v", text, got)
		}
	})
}
