package config

import (
	"errors"

	"hdstest/internal/problem"
)

// SaveTo tells which file and profile belong to these settings: the ones they
// came from, else the profile "default" of the user's own file. It refuses a
// sandbox, whose settings are nobody's profile.
func (s *Settings) SaveTo(configDir string) (path, profile string, err error) {
	if s.Sandbox != nil {
		return "", "", errors.New("a sandbox has no profile to save to")
	}
	path, profile = s.File, s.Profile
	if path == "" {
		if configDir == "" {
			return "", "", problem.Usagef("there is no folder for a config file: name a file with --config")
		}
		path = UserFile(configDir)
	}
	if profile == "" {
		profile = "default"
	}
	return path, profile, nil
}
