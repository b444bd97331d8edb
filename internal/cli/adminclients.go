package cli

import (
	"hdstest/internal/admin"
	"hdstest/internal/config"
	"hdstest/internal/register"
)

// adminClients connects the administrator to Graph and Azure Resource Manager. A
// sandbox brings its own.
func (p *program) adminClients(s *session, kind string) (register.Clients, error) {
	options := admin.Options{Environ: p.Environ, HTTP: s.env.HTTP, Authority: s.Authority, TenantID: s.TenantID, Interactive: p.StderrTerminal,
		Message: p.Stderr, Taken: func(kind, detail string) { p.say("administrator: %s, %s", kind, detail) }}
	if s.Sandbox != nil {
		kind, options.Taken = admin.HDSTest, nil
		options.Environ = func(name string) string {
			return map[string]string{admin.EnvTenantID: s.Sandbox.TenantID, admin.EnvClientID: s.Sandbox.AdminClientID,
				admin.EnvSecret: s.Sandbox.AdminClientSecret}[name]
		}
	}
	settled := 0
	if p.global.sandbox {
		settled = 1 // the sandbox in this process has one copy of its directory
	}
	credential, err := admin.Credential(kind, options)
	if err != nil {
		return register.Clients{}, err
	}
	if s.GraphURL == "" || s.ARMURL == "" {
		return register.Clients{}, s.Require(config.GraphURL, config.ARMURL)
	}
	o := endpoints(s.Settings)
	o.HTTP, o.Credential, o.Now, o.Sleep, o.Settled = s.env.HTTP, credential, p.Now, p.Sleep, settled
	o.Notify = func(text string) { p.say("%s", text) }
	return register.NewClients(o)
}

// endpoints are the addresses of Graph and Azure Resource Manager with what
// tokens for them are asked for. They follow the cloud of the profile.
func endpoints(s *config.Settings) register.Options {
	return register.Options{GraphURL: s.GraphURL, ARMURL: s.ARMURL, ARMScope: armScope(s)}
}
