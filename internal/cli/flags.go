package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/config"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
)

// globals are the flags that every command takes, on either side of its name.
type globals struct {
	profile, config string
	sandbox         bool
	output          string
	evidence        string
	debug, noColor  bool
	timing          bool // of the commands with timingFlag
	help, version   bool
	failOn          string
}

// globalKeys are the settings that every command takes as flags.
func globalKeys() []string { return []string{config.CAFile, config.Proxy, config.Timeout} }

// appIdentityKeys are the settings that say which app is meant.
func appIdentityKeys() []string {
	return []string{config.TenantID, config.ClientID, config.Cloud, config.Authority}
}

// identityKeys are the settings of the app under test and its credential.
func identityKeys() []string {
	return append(appIdentityKeys(), config.ClientSecretFile, config.ClientSecret,
		config.CertificateFile, config.CertificatePasswordFile, config.SendCertificateChain, config.FederatedTokenFile,
		config.CredentialKind, config.ServiceConnectionID, config.RedirectURI, config.RedirectPlatform)
}

// serviceKeys are the settings of the services.
func serviceKeys() []string {
	return []string{config.FHIRURL, config.FHIRAudience, config.DICOMURL, config.DICOMAudience}
}

// identityGroups are the headings of commands that act as the app.
func identityGroups() []flagGroup {
	return []flagGroup{{title: "App and credential", keys: identityKeys()}, {title: "Services", keys: serviceKeys()}}
}

// flagsOf makes the flags of a command: its own, those of settings, the global
// ones. Each call makes new ones, since urfave/cli keeps state in them.
func (p *program) flagsOf(c *command) []urfave.Flag {
	var out []urfave.Flag
	for _, g := range p.groupsOf(c) {
		out = append(out, g.all()...)
	}
	return out
}

// groupsOf are the flags of a command under their headings.
func (p *program) groupsOf(c *command) []flagGroup {
	groups := slices.Clone(c.groups)
	if c.reports() {
		groups = append(groups, p.reportGroup())
	}
	return append(groups, p.globalGroup(c))
}

// all gives the flags of a group, those of settings last.
func (g flagGroup) all() []urfave.Flag {
	out := slices.Clone(g.flags)
	for _, name := range g.keys {
		k, _ := config.KeyByName(name)
		if k.Bool {
			out = append(out, &urfave.BoolFlag{Name: k.Flag, Usage: keyUsage(k)})
			continue
		}
		if k.List {
			out = append(out, &urfave.StringSliceFlag{Name: k.Flag, Usage: keyUsage(k) + "; may be repeated"})
			continue
		}
		out = append(out, &urfave.StringFlag{Name: k.Flag, Usage: keyUsage(k)})
	}
	return out
}

func (p *program) globalGroup(c *command) flagGroup {
	g := &p.global
	flags := []urfave.Flag{
		p.profileFlag(c),
		&urfave.StringFlag{Name: "config", Destination: &g.config, Usage: "read this config `FILE` (default: hdstest.yaml here, else the user's own) [HDSTEST_CONFIG]"},
		&urfave.BoolFlag{Name: "sandbox", Destination: &g.sandbox, Usage: "use a sandbox inside this process; no tenant, no profile, no AZURE_ variables"},
	}
	if c.outputs != nil {
		flags = append(flags, &urfave.StringFlag{Name: "output", Destination: &g.output, Value: c.outputs[0],
			Usage: "print the answer as `FORM`: " + list(c.outputs)})
	}
	if c.name != "explain" { // whose flag of that name reads one
		flags = append(flags, &urfave.StringFlag{Name: "evidence", Destination: &g.evidence,
			Usage: "write what was seen to the new `FILE`, mode 0600, without secrets, names and data of patients; see explain"})
	}
	flags = append(flags,
		&urfave.BoolFlag{Name: "debug", Destination: &g.debug, Usage: "trace every exchange on stderr, without secrets and bodies"},
		&urfave.BoolFlag{Name: "no-color", Destination: &g.noColor, Usage: "no colours, also by NO_COLOR"})
	if c.parent == nil {
		flags = append(flags, &urfave.BoolFlag{Name: "version", Destination: &g.version, Usage: "the same as the command version"})
	}
	return flagGroup{title: "Everywhere", flags: flags, keys: globalKeys()}
}

// profileFlag is --profile, which one command takes several times.
func (p *program) profileFlag(c *command) urfave.Flag {
	const usage = "use the profile `NAME` of the config file; sandbox means a running one [HDSTEST_PROFILE]"
	if c.profiles {
		return &urfave.StringSliceFlag{Name: "profile", Usage: usage + "; may be repeated"}
	}
	return &urfave.StringFlag{Name: "profile", Destination: &p.global.profile, Usage: usage}
}

// keyUsage says what a setting is, and where else it can be set.
func keyUsage(k config.Key) string {
	usage := k.Doc
	if !k.Bool {
		usage = "`" + placeholder(k) + "`: " + k.Doc
	}
	if k.Env != "" {
		usage += " [" + k.Env + "]"
	}
	return usage
}

func placeholder(k config.Key) string {
	switch {
	case k.Path:
		return "FILE"
	case k.Name == config.Timeout:
		return "TIME"
	case k.Name == config.TenantID, k.Name == config.ClientID, strings.HasSuffix(k.Name, "resource_id"):
		return "ID"
	case strings.HasPrefix(k.Name, "register."):
		return registerPlaceholder(k)
	case k.Name == config.RedirectPlatform:
		return "PLATFORM"
	case k.Name == config.ServiceConnectionID:
		return "ID"
	case k.Name == config.CredentialKind:
		return "KIND"
	case k.Name == config.Cloud:
		return "NAME"
	case k.Name == config.ClientSecret:
		return "SECRET"
	}
	return "URL"
}

// input takes the settings out of the flags that were given.
func (p *program) input(c call) config.Input {
	in := config.Input{Profile: p.global.profile, File: p.global.config, Flags: map[string]config.Value{}, Environ: p.Environ,
		Dir: p.Dir, Home: p.Home, ConfigDir: p.ConfigDir, StateDir: p.StateDir}
	for _, g := range append(c.spec.groups, flagGroup{keys: globalKeys()}) {
		for _, name := range g.keys {
			k, _ := config.KeyByName(name)
			if c.IsSet(k.Flag) {
				in.Flags[name] = flagValue(k, flagText(k, c))
			}
		}
	}
	return in
}

// flagText is the value of a setting's flag as it would stand in a file.
func flagText(k config.Key, c call) string {
	if k.Bool {
		return strconv.FormatBool(c.Bool(k.Flag))
	}
	if k.List {
		return k.Join(c.StringSlice(k.Flag))
	}
	return c.String(k.Flag)
}

var flagFault = lazyregexp.New(`^invalid (?:boolean )?value ("(?:[^"\\]|\\.)*") for (?:flag )?-([^:]+):`)

// flagError words what urfave/cli says about a flag's value.
func flagError(c *command, err error) error {
	m := flagFault.FindStringSubmatch(err.Error())
	if m == nil {
		return problem.Usagef("%s%w%s", c.prefix(), err, c.seeHelp())
	}
	return problem.Usagef("--%s: expected %s, not %s%s", m[2], kindOf(flagOf(c, m[2])), m[1], c.seeHelp())
}

func kindOf(f urfave.Flag) string {
	switch f.(type) {
	case *urfave.BoolFlag:
		return "true or false"
	case *urfave.IntFlag, *urfave.IntSliceFlag:
		return "a whole number"
	case *urfave.DurationFlag:
		return "a time with its unit, such as 45s"
	}
	return fmt.Sprintf("another value (%T)", f)
}

// registerPlaceholder names the value of a setting of register.
func registerPlaceholder(k config.Key) string {
	words := map[string]string{config.RegisterName: "NAME", config.RegisterSecretName: "NAME", config.RegisterAccountType: "TYPE",
		config.RegisterSecretLifetime: "TIME", config.RegisterSecretStart: "DATE", config.RegisterSecretEnd: "DATE",
		config.RegisterSecretCommand: "COMMAND", config.RegisterGitHub: "SUBJECT", config.RegisterKubernetes: "ACCOUNT",
		config.RegisterFederated: "TRUST", config.RegisterAPIs: "API", config.RegisterRoles: "ROLE"}
	if word := words[k.Name]; word != "" {
		return word
	}
	return "URL"
}
