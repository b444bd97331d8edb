package diagnose

// meaning is what an AADSTS number says by itself.
type meaning struct {
	cause      string
	confidence float64
	confirm    string
	codes      []int
}

// codeRules lead from an AADSTS number alone to a cause. Numbers that say what
// failed but not why have a low confidence here; the rules of the area raise the
// cause that the rest of the evidence shows.
//
// Source: the table of codes in package entra.
func codeRules() []Rule {
	var rules []Rule
	for _, m := range meanings() {
		rules = append(rules, Rule{ID: "code." + m.cause, Cause: m.cause, Confidence: m.confidence, Confirm: m.confirm, when: code(m.codes...)})
	}
	return rules
}

func meanings() []meaning {
	return append(clientMeanings(), append(requestMeanings(), userMeanings()...)...)
}

// clientMeanings are about the client and its credential.
func clientMeanings() []meaning {
	const secret = "the form of the secret (GUID, line end, quotation marks), when it was made, and of which app it is"
	return []meaning{
		{"secret.wrong", 0.6, secret, []int{7000215}},
		{"secret.wrong", 0.5, secret, []int{70002}},
		{"secret.expired", 0.97, "", []int{7000222}},
		{"secret.missing", 0.6, "the grant, and whether a secret was sent", []int{7000216}},
		{"secret.for_public_client", 0.95, "", []int{700025}},
		{"app.public_flows_off", 0.55, "the grant, and isFallbackPublicClient of the app", []int{7000218}},
		{"redirect.web_without_secret", 0.4, "the grant, and the platform of the redirect URI", []int{7000218}},
		{"secret.missing", 0.4, "whether a secret was meant to be sent", []int{7000218}},
		{"certificate.not_registered", 0.75, "the thumbprints of the certificate and of the app's keys", []int{700027, 50012}},
		{"certificate.expired", 0.3, "the certificate's end date", []int{700027}},
		{"assertion.signature", 0.3, "whether the thumbprint is on the app", []int{700027, 50012, 900384}},
		{"assertion.expired", 0.7, "the clock, and when the assertion was made", []int{700024, 500133}},
		{"clock.skew", 0.4, "the server's Date header against the clock", []int{700024}},
		{"certificate.subject_trust", 0.9, "", []int{700030}},
		{"assertion.user_token_old", 0.6, "audience and times of the token that was to be exchanged", []int{50013}},
		{"assertion.user_token_old", 0.85, "", []int{500133}},
		{"assertion.other_audience", 0.45, "the audience of the token that was to be exchanged", []int{50013}},
		{"assertion.malformed", 0.6, "header and claims of the assertion", []int{50027}},
		{"assertion.no_thumbprint", 0.4, "whether x5t or x5t#S256 is in the assertion's header", []int{50027}},
		{"assertion.subject", 0.95, "", []int{50048, 700021}},
		{"assertion.other_audience", 0.6, "whether an ID token was passed", []int{240002}},
		{"certificate.kind", 0.9, "", []int{50032}},
		{"assertion.algorithm", 0.93, "", []int{5002738}},
		{"assertion.malformed", 0.5, "header and claims of the token that was sent", []int{90016}},
		{"ci.issuer_unreachable", 0.92, "", []int{90061}},
		{"federation.no_match", 0.7, "issuer, subject and audience of the token and of the credential", []int{70021}},
		{"federation.issuer", 0.96, "", []int{700211}},
		{"federation.audience", 0.96, "", []int{700212}},
		{"federation.subject", 0.9, "the stored subject, letter by letter", []int{700213}},
		{"federation.subject_case", 0.98, "", []int{7002138}},
		{"federation.subject_template", 0.96, "", []int{7002137}},
		{"federation.user_token", 0.96, "", []int{700229}},
		{"app.not_found", 0.75, "which tenant holds the app", []int{700016, 700011}},
		{"app.no_service_principal", 0.3, "az ad sp show --id of the client id", []int{700016, 700011}},
		{"app.no_service_principal", 0.95, "", []int{7000229}},
		{"app.disabled", 0.93, "", []int{7000112, 1000031}},
		{"app.disabled", 0.75, "accountEnabled of the service principal; in older answers the code means that the app was not found", []int{70001}},
		{"app.not_found", 0.4, "which tenant holds the app", []int{70001}},
		{"app.not_multitenant", 0.97, "", []int{50194}},
		{"app.assignment_required", 0.95, "", []int{501051}},
		{"app.user_not_assigned", 0.96, "", []int{50105}},
		{"app.microsoft_client", 0.95, "", []int{65002}},
		{"app.own_token", 0.9, "", []int{90008, 90009}},
		{"app.misconfigured", 0.85, "API permissions and consent of the app", []int{650056}},
		{"app.id_token_off", 0.93, "", []int{700054}},
		{"app.wrong_kind_of_account", 0.85, "", []int{500208, 9002332, 90027}},
		{"request.grant_not_allowed", 0.85, "", []int{7000114}},
	}
}

// requestMeanings are about tenant, API, form of the request, redirect and codes.
func requestMeanings() []meaning {
	return []meaning{
		{"tenant.not_found", 0.93, "the tenant's metadata in each cloud", []int{90002}},
		{"tenant.malformed", 0.85, "the tenant as it is set", []int{900023}},
		{"tenant.missing", 0.93, "", []int{50059, 50128, 9001023, 90019}},
		{"tenant.missing", 0.8, "", []int{90124, 90130}},
		{"tenant.unavailable", 0.85, "", []int{5000224}},
		{"tenant.restricted", 0.9, "", []int{50002, 500021, 500022, 500212, 500213}},
		{"cloud.wrong", 0.97, "", []int{900439, 90038, 900382, 900432, 90043, 90051, 1000104}},
		{"authority.unknown_host", 0.95, "", []int{50049}},
		{"entra.busy", 0.9, "", []int{90024, 90033, 90055, 90090, 50033, 90006, 90012, 90087, 90091, 70012, 50087}},
		{"entra.loop", 0.96, "", []int{50196}},
		{"entra.region", 0.93, "", []int{100007}},
		{"request.malformed", 0.7, "the request as it was sent", []int{9002313, 9000411, 90013, 90023, 90100, 90102, 90004, 90005, 90007, 90015, 90117, 90121}},
		{"request.field_missing", 0.85, "the body of the request", []int{90014, 900144}},
		{"request.not_form", 0.35, "the request's Content-Type", []int{900144}},
		{"request.method", 0.95, "", []int{900561}},
		{"request.wrong_endpoint", 0.8, "", []int{90056}},
		{"request.resource_on_v2", 0.98, "", []int{901002}},
		{"request.grant_type", 0.95, "", []int{70003}},
		{"request.response_type", 0.9, "", []int{70005, 70007}},
		{"request.not_default", 0.97, "", []int{1002012}},
		{"request.scope_invalid", 0.8, "the scope as it was sent", []int{70011}},
		{"request.two_resources", 0.97, "", []int{700022, 28000}},
		{"request.no_resource", 0.93, "", []int{700023, 28002, 28003}},
		{"request.scope_unknown", 0.95, "", []int{650053}},
		{"resource.not_in_tenant", 0.85, "the resource's spelling and the tenant's service principals", []int{500011, 50001}},
		{"resource.not_listed", 0.97, "", []int{650057, 65005}},
		{"resource.not_subscribed", 0.93, "", []int{650052}},
		{"resource.gone", 0.93, "", []int{650054}},
		{"resource.disabled", 0.95, "", []int{500014}},
		{"resource.signing_key", 0.85, "", []int{50146, 501461}},
		{"consent.missing", 0.96, "", []int{65001}},
		{"consent.declined", 0.97, "", []int{65004}},
		{"consent.admin", 0.97, "", []int{90094, 90095}},
		{"consent.partner", 0.9, "", []int{90099}},
		{"redirect.not_registered", 0.8, "the app's registered redirect URIs", []int{50011, 70004}},
		{"redirect.none", 0.97, "", []int{500113}},
		{"redirect.missing", 0.95, "", []int{900971}},
		{"redirect.spa", 0.98, "", []int{9002327}},
		{"redirect.cross_origin", 0.97, "", []int{9002326}},
		{"pkce.missing", 0.93, "", []int{9002325}},
		{"pkce.mismatch", 0.97, "", []int{501481}},
		{"pkce.size", 0.97, "", []int{50147, 501491}},
		{"pkce.method", 0.96, "", []int{50149}},
		{"code.reused", 0.97, "", []int{54005}},
		{"code.expired", 0.85, "", []int{70000, 70008, 50089}},
		{"code.other_tenant", 0.97, "", []int{700005}},
		{"code.other_redirect", 0.96, "", []int{500112}},
		{"refresh.inactive", 0.98, "", []int{700082}},
		{"refresh.spa", 0.98, "", []int{700084}},
		{"refresh.revoked", 0.95, "", []int{50173}},
		{"refresh.frequency", 0.97, "", []int{70043}},
		{"device.pending", 0.97, "", []int{70016}},
		{"device.code_wrong", 0.95, "", []int{70018, 90119}},
		{"device.expired", 0.96, "", []int{70019, 70020}},
		{"device.declined", 0.93, "", []int{90120}},
		{"device.region", 0.95, "", []int{50134}},
		{"graph.denied", 0.7, "", []int{90093}},
	}
}

// userMeanings are about the person who signs in.
func userMeanings() []meaning {
	return []meaning{
		{"user.not_in_tenant", 0.96, "", []int{50020, 50034, 51004, 90072, 16000, 16003, 50014}},
		{"user.password", 0.9, "", []int{50126, 50056, 50064}},
		{"user.password_expired", 0.96, "", []int{50055, 50144, 50135, 50125}},
		{"user.locked", 0.95, "", []int{50053}},
		{"user.disabled", 0.97, "", []int{50057}},
		{"user.not_signed_in", 0.96, "", []int{50058}},
		{"user.mfa", 0.96, "", []int{50072, 50074, 50076, 50078, 50079, 50158, 700020, 50088}},
		{"user.device", 0.95, "", []int{50097, 50129, 53000, 53001, 50005, 50155, 50187}},
		{"user.blocked", 0.96, "", []int{50131, 53003, 530032, 530034, 530035, 53002, 53004, 53010, 53011, 54000}},
		{"user.interrupt", 0.95, "", []int{50140, 50199}},
		{"user.session", 0.9, "", []int{50132, 50133, 50085}},
		{"user.identity_provider", 0.85, "", []int{50017, 80001, 80002, 80005, 80013, 80014, 90123}},
	}
}
