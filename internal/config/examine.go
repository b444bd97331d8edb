package config

import (
	"errors"

	"hdstest/internal/problem"
)

// Fault is something in a configuration that is refused.
type Fault struct {
	Source    Source // where it stands; zero where the text says it
	Text      string // names the key, repeats no value
	Untrusted bool   // a file that was merely found says what only a trusted one may
}

// Err is the fault as an error of usage.
func (f Fault) Err() error {
	if f.Source == (Source{}) {
		return problem.Usagef("%s", f.Text)
	}
	return problem.Usagef("%s: %s", f.Source, f.Text)
}

// refused makes one error of faults; nil of none.
func refused(faults []Fault) error {
	var all []error
	for _, f := range faults {
		all = append(all, f.Err())
	}
	return errors.Join(all...)
}

// found refuses faults, or hands them to whoever wants to know them all.
func (in Input) found(faults []Fault) error {
	if in.faults == nil {
		return refused(faults)
	}
	*in.faults = append(*in.faults, faults...)
	return nil
}

// Examine is [Resolve] for whoever wants to know all that is wrong: what Resolve
// would refuse is told as a fault and left out of the settings. The settings are
// nil if the sources contradict each other. The error is for what cannot be looked
// at: a file that is not there or no YAML, a profile that it has not, a flag.
func Examine(in Input) (*Settings, []Fault, error) {
	var faults []Fault
	in.faults = &faults
	s, err := Resolve(in)
	if c := (contradiction{}); errors.As(err, &c) {
		return nil, append(faults, Fault{Text: c.Error()}), nil
	}
	return s, faults, err
}

// Profiles lists the profiles of the config file that these settings would come
// from, in its order; none if there is no file. What else is wrong with the file
// does not matter.
func Profiles(in Input) ([]string, error) {
	path, why := locate(in)
	if why == noFile {
		return nil, nil
	}
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	doc, _, err := parse(path, data)
	if err != nil {
		return nil, err
	}
	return doc.Order, nil
}

// WriteTo tells to which file a new profile would be written: the one that is named,
// else the one that would be read, else the user's own; and which profiles it has. The
// file may not be there yet.
func WriteTo(in Input) (path string, profiles []string, err error) {
	path, why := locate(in)
	switch {
	case why == noFile && in.ConfigDir == "":
		return "", nil, problem.Usagef("there is no folder for a config file: name a file with --config")
	case why == noFile:
		return UserFile(in.ConfigDir), nil, nil
	case !exists(path):
		return path, nil, nil
	}
	profiles, err = Profiles(in)
	return path, profiles, err
}

// contradiction is what one source says against itself.
type contradiction struct{ error }

func (c contradiction) Unwrap() error { return c.error }
