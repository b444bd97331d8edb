package sandbox

import (
	"encoding/json"
	"errors"
	"os"

	"hdstest/internal/sandbox/scenario"
)

// info is how to use the sandbox as the scenarios have it now.
func (s *Sandbox) info() Info {
	i := s.Info
	i.ClientSecret = s.id.Example.Secret
	if s.Scenarios.On(scenario.SecretIDGiven) {
		i.ClientSecret = s.secretID
	}
	return i
}

// publish writes the info to further files, and again to those before.
func (s *Sandbox) publish(further []string) error {
	s.published = append(s.published, further...)
	for _, path := range s.published {
		if err := s.info().WriteFile(path); err != nil {
			return err
		}
	}
	return nil
}

// unpublish removes the files, unless another sandbox has put its own in their
// place.
func (s *Sandbox) unpublish() error {
	var errs []error
	for _, path := range s.published {
		var there Info
		data, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(data, &there) != nil || there.PID != s.Info.PID || there.LoginURL != s.Info.LoginURL {
			continue
		}
		errs = append(errs, os.Remove(path))
	}
	s.published = nil
	return errors.Join(errs...)
}
