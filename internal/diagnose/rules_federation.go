package diagnose

// noMatch are the refusals of a federated token.
func noMatch() condition { return code(70021, 700211, 700212, 700213, 7002138, 7002137) }

// federationRules compare the presented token with the stored credential.
func federationRules() []Rule {
	return []Rule{
		{ID: "federation.subject_case.compared", Cause: "federation.subject_case", Confidence: 0.95, when: all(either(noMatch(), is(noCodeAtAll)), subjectDiffers(true))},
		{ID: "federation.subject_case.text", Cause: "federation.subject_case", Confidence: 0.97, when: identitySays("case-insensitive comparison")},
		{ID: "federation.subject.compared", Cause: "federation.subject", Confidence: 0.92, when: all(code(70021, 700213), subjectDiffers(false), not(immutableSubject))},
		{ID: "federation.subject.text", Cause: "federation.subject", Confidence: 0.8, Confirm: "the stored subject",
			when: all(not(code(7002137, 7002138)), identitySays("presented assertion subject"), not(immutableSubject))},
		{ID: "federation.subject_immutable.presented", Cause: "federation.subject_immutable", Confidence: 0.93, when: all(code(70021, 700213), immutableSubject)},
		{ID: "federation.subject_template.text", Cause: "federation.subject_template", Confidence: 0.95, when: identitySays("make sure the federated identity credential subject is")},
		{ID: "federation.subject_template.stored", Cause: "federation.subject_template", Confidence: 0.55, Confirm: "the subject that the token endpoint's message asks for", when: all(has("graph", `^/eid1/`, "subject"), is(noCodeAtAll))},
		{ID: "federation.issuer.text", Cause: "federation.issuer", Confidence: 0.93, when: identitySays("presented assertion issuer")},
		{ID: "federation.issuer.compared", Cause: "federation.issuer", Confidence: 0.92, when: all(code(70021, 700211), differs("issuer"))},
		{ID: "federation.audience.text", Cause: "federation.audience", Confidence: 0.93, when: identitySays("presented assertion audience")},
		{ID: "federation.audience.compared", Cause: "federation.audience", Confidence: 0.92, when: all(code(70021, 700212), differs("audience"))},
		{ID: "federation.no_match.young", Cause: "federation.no_match", Confidence: 0.9, when: all(code(70021), younger(600, "federated", "credential"))},
		{ID: "federation.no_match.text", Cause: "federation.no_match", Confidence: 0.7, Confirm: "issuer, subject and audience of both",
			when: identitySays("no matching federated identity record")},
		{ID: "federation.limit.graph", Cause: "federation.limit", Confidence: 0.9, when: all(has("graph", "federatedIdentityCredentials", "request", "path"), graphSays("more than 20", "maximum", "quota", "limit"))},
		{ID: "federation.duplicate.graph", Cause: "federation.duplicate", Confidence: 0.9,
			when: all(has("graph", "federatedIdentityCredentials", "request", "path"), either(controlStatus("graph", 409), graphSays("already exists", "Request_MultipleObjectsWithSameKeyValue")))},
	}
}

func noCodeAtAll(f *facts) bool { return !anyCode(f) }

// immutableSubject holds when the presented subject has GitHub's newer form and
// the stored one, if known, has not.
func immutableSubject(f *facts) ([]string, bool) {
	presented := f.subject()
	if !immutable(presented) {
		return nil, false
	}
	for _, s := range f.storedSubjects() {
		if immutable(s) {
			return nil, false
		}
	}
	return []string{"presented subject: " + presented}, true
}

// differs holds when issuer or audience of the presented token is not the
// stored one.
func differs(name string) condition {
	return func(f *facts) ([]string, bool) {
		presented := f.first("ci", name, name[:3])
		for _, n := range f.named("graph", name, name+"s") {
			if stored := n.text(); presented != "" && stored != "" {
				return []string{"presented " + name + ": " + presented, "stored: " + stored}, presented != stored
			}
		}
		return nil, false
	}
}
