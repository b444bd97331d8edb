package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"hdstest/internal/problem"
)

// ResolveEach makes the settings of several profiles, in the order of the file,
// which is read and parsed once. No names means every profile of the file that
// has a service; a profile that is not in the file (sandbox) comes last. Flags and
// environment count for each of them as they do for one that was named, see
// [Resolve]; Input.Profile and HDSTEST_PROFILE do not. Every error is a usage
// error, and the faults of all profiles are told at once.
func ResolveEach(in Input, names []string) ([]*Settings, error) {
	flags, err := in.flags()
	if err != nil {
		return nil, err
	}
	f, err := in.open()
	if err != nil {
		return nil, err
	}
	every := len(names) == 0
	if names, err = f.inOrder(in, names); err != nil {
		return nil, err
	}
	var out []*Settings
	var faults []error
	for _, name := range names {
		one, err := in.named(f, flags, name)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("profile %s: %w", name, err))
		case !every || one.FHIR.URL != "" || one.DICOM.URL != "":
			out = append(out, one)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if len(out) == 0 {
		return nil, problem.Usagef("no profile of %s has a service: set fhir.url or dicom.url", f.doc.Path)
	}
	return out, nil
}

// inOrder sorts the names of profiles as they stand in the file. Of no names it
// makes all.
func (f opened) inOrder(in Input, names []string) ([]string, error) {
	switch {
	case f.doc == nil && len(names) == 0:
		return nil, problem.Usagef("there is no config file, so there are no profiles: neither %s here nor %s", FileName, UserFile(in.ConfigDir))
	case f.doc == nil:
		return names, nil
	case len(names) == 0 && len(f.doc.Order) == 0:
		return nil, problem.Usagef("%s has no profiles", f.doc.Path)
	case len(names) == 0:
		return f.doc.Order, nil
	}
	place := map[string]int{}
	for i, name := range f.doc.Order {
		place[name] = i + 1
	}
	end := len(place) + 1
	return slices.SortedStableFunc(slices.Values(names), func(a, b string) int {
		return cmp.Compare(cmp.Or(place[a], end), cmp.Or(place[b], end))
	}), nil
}

// named makes the settings of one profile.
func (in Input) named(f opened, flags layer, name string) (*Settings, error) {
	c, err := choice{profile: name, explicit: true, layer: newLayer("")}.from(in, f)
	if err != nil {
		return nil, err
	}
	return in.settings(c, flags)
}
