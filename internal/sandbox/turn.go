package sandbox

import (
	"errors"
	"fmt"
	"slices"

	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// ErrNoScenario is returned for a name that no scenario has.
var ErrNoScenario = errors.New("no such scenario")

// Enable switches a scenario on. One that is on stays so.
func (s *Sandbox) Enable(name string) error {
	found, ok := scenario.ByName(name)
	if !ok {
		return fmt.Errorf("%w: %q", ErrNoScenario, name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.Scenarios.Active(), name) {
		return nil
	}
	if found.NewKeys {
		k, err := keys.Generate(s.Clock.Now())
		if err != nil {
			return err
		}
		s.Keys.Replace(k)
	}
	s.Scenarios.Enable(name)
	if slices.Contains(found.Switches, scenario.RoleMissing) {
		if err := s.withdraw(); err != nil {
			return err
		}
	}
	return s.turned(found)
}

// Disable switches a scenario off. Keys that it replaced stay replaced.
func (s *Sandbox) Disable(name string) error {
	found, ok := scenario.ByName(name)
	if !ok {
		return fmt.Errorf("%w: %q", ErrNoScenario, name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.Scenarios.Active(), name) {
		return nil
	}
	s.Scenarios.Disable(name)
	if slices.Contains(found.Switches, scenario.RoleMissing) {
		if err := s.giveBack(); err != nil {
			return err
		}
	}
	return s.turned(found)
}

// turned does what a scenario changes beyond the requests themselves.
func (s *Sandbox) turned(one scenario.Scenario) error {
	s.Clock.skew.Store(int64(s.Scenarios.Clock()))
	if one.TLS != "" {
		s.forgetConnections(one.Where)
	}
	if slices.Contains(one.Switches, scenario.SecretIDGiven) {
		return s.publish(nil)
	}
	return nil
}

// forgetConnections lets the next request to the services shake hands again.
func (s *Sandbox) forgetConnections(services []string) {
	for _, p := range s.parts {
		if p.connections != nil && slices.Contains(services, p.name) {
			p.connections.forget()
		}
	}
}
