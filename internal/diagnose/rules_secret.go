package diagnose

import "hdstest/internal/evidence"

// refusedClient holds when the token endpoint did not accept the client's
// secret, or when the token was refused without more being told.
func refusedClient(f *facts) ([]string, bool) {
	if seen, ok := code(7000215, 70002)(f); ok {
		return seen, true
	}
	seen, ok := either(oauthError("invalid_client"), tokenStatus(401))(f)
	return seen, ok && !anyCode(f)
}

// secretRules read the form of the secret beside the refusal. The refusal's
// text names the secret's ID whatever the reason is, so it proves nothing.
func secretRules() []Rule {
	shaped := func(cause string, confidence float64, shapes ...string) []Rule {
		return []Rule{
			{ID: cause + ".refused", Cause: cause, Confidence: confidence, when: all(refusedClient, secretIs(shapes...))},
			{ID: cause + ".shape", Cause: cause, Confidence: confidence - 0.15, Confirm: "the token endpoint's answer",
				when: all(secretIs(shapes...), not(is(anyCode)), not(refusedClient), not(has("network", ".", "kind")), not(notSignIn))},
		}
	}
	var rules []Rule
	for _, s := range []struct {
		cause      string
		confidence float64
		shapes     []string
	}{
		{"secret.id_used", 0.97, []string{evidence.ShapeGUID}},
		{"secret.placeholder", 0.97, []string{evidence.ShapePlaceholder}},
		{"secret.newline", 0.96, []string{evidence.ShapeNewline}},
		{"secret.blank", 0.95, []string{evidence.ShapeSpace}},
		{"secret.quoted", 0.95, []string{evidence.ShapeQuoted}},
		{"secret.variable", 0.965, []string{evidence.ShapeVariable}},
		{"secret.masked", 0.95, []string{evidence.ShapeMasked}},
		{"secret.bom", 0.95, []string{evidence.ShapeBOM}},
		{"secret.base64", 0.92, []string{"base64"}},
		{"secret.encoded_twice", 0.9, []string{"encoded_twice"}},
		{"secret.truncated", 0.85, []string{"truncated"}},
		{"secret.missing", 0.93, []string{evidence.ShapeEmpty}},
	} {
		rules = append(rules, shaped(s.cause, s.confidence, s.shapes...)...)
	}
	return append(rules, furtherSecretRules()...)
}

func furtherSecretRules() []Rule {
	return []Rule{
		{ID: "secret.not_encoded.refused", Cause: "secret.not_encoded", Confidence: 0.9, Confirm: "the same secret percent-encoded once",
			when: all(refusedClient, secretIs(evidence.ShapeReserved))},
		{ID: "secret.not_encoded.elsewhere", Cause: "secret.not_encoded", Confidence: 0.7, Confirm: "whether both clients encode the form",
			when: all(refusedClient, is(worksElsewhere))},
		{ID: "secret.wrong.plain", Cause: "secret.wrong", Confidence: 0.5, Confirm: "the AADSTS code, and the form of the secret",
			when: all(oauthError("invalid_client"), not(is(anyCode)), not(missing("token_request", "has_client_secret")), not(switchedOff("token_request", "has_client_secret")))},
		{ID: "secret.not_spread.young", Cause: "secret.not_spread", Confidence: 0.85, Confirm: "the same request a minute later",
			when: all(code(7000215), younger(180, "secret", "password", "credential"))},
		{ID: "secret.other_app.hint", Cause: "secret.other_app", Confidence: 0.9,
			when: all(code(7000215), either(switchedOff("", "secret_belongs_to_app", "secret_of_this_app"), switchedOn("", "secret_of_other_app", "client_secret_of_other_app", "secret_of_another_app", "client_secret_of_another_app")))},
		{ID: "secret.expired.date", Cause: "secret.expired", Confidence: 0.9,
			when: all(refusedClient, either(switchedOn("", "secret_expired"), secretPast))},
		{ID: "secret.expired.text", Cause: "secret.expired", Confidence: 0.93, when: identitySays("client secret keys", "keys are expired")},
		{ID: "secret.missing.none", Cause: "secret.missing", Confidence: 0.93,
			when: all(grant("client_credentials"), switchedOff("token_request", "has_client_secret"), not(switchedOn("token_request", "has_client_assertion")), code(7000218, 7000216, 70002, 900144))},
		{ID: "secret.missing.parameter", Cause: "secret.missing", Confidence: 0.9,
			when: all(code(900144), identitySays("'client_secret'", "'client_assertion'"))},
		{ID: "secret.missing.grant", Cause: "secret.missing", Confidence: 0.75, Confirm: "whether a secret was sent",
			when: all(code(7000218, 7000216), grant("client_credentials"))},
		{ID: "secret.for_public_client.text", Cause: "secret.for_public_client", Confidence: 0.93, when: identitySays("Client is public so neither")},
	}
}

// notSignIn holds when a page or a redirect came from the sign-in address, with no
// word of OAuth.
func notSignIn(f *facts) ([]string, bool) {
	return all(either(tokenStatus(301, 302, 303, 307, 308), all(tokenStatus(200), has("token_endpoint", "html", "content_type"))),
		not(has("token_endpoint", ".", "error")))(f)
}

// worksElsewhere tells whether another client got a token with the same secret.
func worksElsewhere(f *facts) bool {
	for _, n := range f.nodes {
		if n.section() == "comparison" && leadingNumber(n.text()) == 200 {
			return true
		}
	}
	return false
}

// secretPast holds when the end date of the app's secret is past.
func secretPast(f *facts) ([]string, bool) {
	return pastDate(f, "passwordcredentials", "enddatetime", "secretexpires", "secretenddate")
}
