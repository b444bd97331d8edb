package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/problem"
)

// Require refuses settings in which one of the keys has no value. The message
// names flag, variable and file key of all that are missing together.
func (s *Settings) Require(keys ...string) error {
	var missing, flags, variables []string
	for _, name := range keys {
		if _, ok := s.values[name]; ok {
			continue
		}
		k, _ := KeyByName(name)
		missing = append(missing, name)
		if k.Flag != "" {
			flags = append(flags, "--"+k.Flag)
		}
		if k.Env != "" {
			variables = append(variables, k.Env)
		}
	}
	if missing == nil {
		return nil
	}
	return problem.Usagef("missing %s: %s", and(missing), s.ways(missing, flags, variables))
}

// ways tells how the missing values can be given.
func (s *Settings) ways(missing, flags, variables []string) string {
	var ways []string
	if flags != nil {
		ways = append(ways, "give "+and(flags))
	}
	if variables != nil {
		ways = append(ways, "set "+and(variables))
	}
	ways = append(ways, fmt.Sprintf("write %s into %s", and(missing), s.place()))
	return strings.Join(ways, ", or ") + "; " + s.nextCommand(missing)
}

// nextCommand is what to type where values are missing.
func (s *Settings) nextCommand(missing []string) string {
	switch {
	case s.others != nil:
		return fmt.Sprintf("%s has the profiles %s: choose one with --profile", s.File, strings.Join(s.others, ", "))
	case slices.ContainsFunc(missing, func(key string) bool { return strings.HasSuffix(key, ".resource_id") }):
		return "hdstest discover lists resource ids, hdstest discover --save " + cmp.Or(s.Profile, "work") + " writes them into a profile"
	case s.File == "":
		return "hdstest init https://YOUR-SERVICE makes a profile; without a tenant, try --sandbox"
	}
	return "without a tenant, try --sandbox"
}

func (s *Settings) place() string {
	switch {
	case s.File != "" && s.Profile != "":
		return fmt.Sprintf("profile %q of %s", s.Profile, s.File)
	case s.File != "":
		return "a profile of " + s.File
	}
	return "a profile of " + FileName
}

func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
