package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"hdstest/internal/config"
)

// configCommand groups what is to be done with the config file.
func (p *program) configCommand() *command {
	c := &command{name: "config", usage: "show, check or trust the configuration",
		examples: []example{
			{"what counts, and where it comes from", "hdstest config show --profile work"},
			{"what is wrong with it?", "hdstest config check"},
			{"let the file in this folder name secrets and hosts", "hdstest config trust"},
		}}
	return c.with(p.configShowCommand(), p.configCheckCommand(), p.configTrustCommand())
}

// settingGroups are the flags of every setting, for commands about settings
// themselves.
func settingGroups() []flagGroup {
	return []flagGroup{{title: "App and credential", keys: append(identityKeys(), config.GraphURL, config.ARMURL)},
		{title: "Services", keys: append(serviceKeys(), config.FHIRResourceID, config.DICOMResourceID)}}
}

func (p *program) configTrustCommand() *command {
	return &command{
		name: "trust", usage: "let a config file in the current folder name secrets, hosts and proxies", args: "[FILE]", maxArgs: 1,
		about: "A config file that is merely found in the current folder may not say where secrets come from or go to, since " +
			"it may be a stranger's. Read it, then trust it: the trust is bound to its path and contents and ends with any change.",
		examples: []example{
			{"the file in this folder", "hdstest config trust"},
			{"another one", "hdstest config trust ../shared/hdstest.yaml"},
		},
		run: func(_ context.Context, c call) error { return p.trust(c.Args().First()) },
	}
}

func (p *program) trust(path string) error {
	if path == "" {
		path = filepath.Join(p.Dir, config.FileName)
	}
	if err := p.checkState("the trust", filepath.Join(p.StateDir, Name)); err != nil {
		return fmt.Errorf("%w, or name the file with --config each time", err)
	}
	if err := config.Trust(p.StateDir, path); err != nil {
		return err
	}
	p.say("%s is trusted as it is now", path)
	return nil
}
