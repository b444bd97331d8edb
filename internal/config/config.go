// Package config turns flags, environment, a YAML file and defaults into one
// checked [Settings] value in which every part knows where it came from.
//
// The way in is [Resolve]. It looks for the file ([Locate]), reads it
// ([Parse]), refuses what it does not know, lays the sources over each other
// and checks the result. Two rules are more than "flags over environment over
// file over defaults":
//
//   - Tenant, client, authority and credential are one set. A source that names
//     another tenant, client or authority than the one below it replaces the whole
//     set, so that no secret is ever sent with another's tenant.
//   - A file that was merely found in the current folder may not decide where
//     secrets come from or go to, unless it is named or was trusted ([Trust]).
//
// Secrets are references: the package never opens a file with a secret in it,
// never asks a person, and holds at most the one that stood on the command line.
// It knows neither flags' syntax, nor the network, nor any step.
package config

// File names.
const (
	// FileName is looked for in the current folder.
	FileName = "hdstest.yaml"
	// folder is the program's own, in the user's configuration and state folders.
	folder = "hdstest"
	// userFile is the file in the user's configuration folder.
	userFile = "config.yaml"
	// maxSize bounds what is read of a file that is taken for a configuration: ten
	// thousand profiles of ten lines.
	maxSize = 4 << 20
)

// SandboxProfile is the name of the built-in profile of a running sandbox.
const SandboxProfile = "sandbox"

// Names of the program's own environment variables that are no profile keys.
const (
	EnvProfile = "HDSTEST_PROFILE"
	EnvConfig  = "HDSTEST_CONFIG"
	// EnvSandboxInfo names the description of the sandbox that the profile sandbox
	// means, in place of the one that this user runs.
	EnvSandboxInfo = "HDSTEST_SANDBOX_INFO"
)
