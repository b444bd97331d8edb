package diagnose

import "hdstest/internal/evidence"

// localRules are about files and settings of this machine.
func localRules() []Rule {
	return []Rule{
		{ID: "local.file_missing.problem", Cause: "local.file_missing", Confidence: 0.95, when: either(problemIs(evidence.ProblemMissing), switchedOff("local", "exists", "readable"))},
		{ID: "local.file_missing.text", Cause: "local.file_missing", Confidence: 0.85, when: says([]string{"local"}, "no such file or directory", "cannot find the file", "permission denied", "enoent", "eacces")},
		{ID: "local.port_in_use.problem", Cause: "local.port_in_use", Confidence: 0.96, when: either(problemIs(evidence.ProblemPortInUse), says([]string{"local", "network"}, "address already in use", "eaddrinuse", "only one usage of each socket address"))},
		{ID: "local.open_mode.problem", Cause: "local.open_mode", Confidence: 0.95, when: problemIs(evidence.ProblemOpenMode)},
		{ID: "secret.ends_soon.problem", Cause: "secret.ends_soon", Confidence: 0.95, when: problemIs(evidence.ProblemSecretEnds)},
		{ID: "certificate.ends_soon.problem", Cause: "certificate.ends_soon", Confidence: 0.95, when: problemIs(evidence.ProblemCertEnds)},
		{ID: "local.no_jwt.problem", Cause: "local.no_jwt", Confidence: 0.95, when: all(problemIs(evidence.ProblemNoJWT), not(has("local", "encrypted token", "detail")))},
		{ID: "token.encrypted.parts", Cause: "token.encrypted", Confidence: 0.96, when: has("local", "encrypted token|\\bjwe\\b", "detail", "token_shape")},
		{ID: "local.config.problem", Cause: "local.config", Confidence: 0.85, when: problemIs("config", "configuration", "unknown_key")},
	}
}
