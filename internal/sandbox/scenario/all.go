package scenario

import "slices"

// ByName finds a scenario.
func ByName(name string) (Scenario, bool) {
	all := All()
	i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return all[i], true
}

// All lists the scenarios.
func All() []Scenario {
	return slices.Concat(loginScenarios(), serviceScenarios(), tlsScenarios())
}
