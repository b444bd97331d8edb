package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hdstest/internal/problem"
	"hdstest/internal/suggest"
)

// Input is everything from which settings are made.
type Input struct {
	Profile string           // --profile; empty: none was asked for
	File    string           // --config; empty: look for one
	Flags   map[string]Value // by key, as typed
	Sandbox *Info            // of a sandbox inside this process; nil: there is none
	Environ func(string) string
	Dir     string // the current folder; empty will do
	Home    string // the person's own folder, for ~/ in the file
	// ConfigDir and StateDir are the user's folders in which the program has one
	// of its own; empty: there are none.
	ConfigDir string
	StateDir  string
	// NoFile leaves the config file and its profiles alone, as if there were none.
	NoFile bool

	faults *[]Fault // collects what would be refused; nil: refuse it
}

func (in Input) getenv(name string) string {
	if in.Environ == nil {
		return ""
	}
	return in.Environ(name)
}

// choice is the profile that was chosen, and how.
type choice struct {
	layer    layer
	profile  string
	file     string
	explicit bool     // by --profile or HDSTEST_PROFILE
	others   []string // profiles of which none was chosen
	sandbox  *Info
}

// Resolve makes the settings. Every error is a usage error that names the flag,
// the variable or the file and key. It reads the config file, the list of
// trusted files and the description of a running sandbox, and no other file.
func Resolve(in Input) (*Settings, error) {
	flags, err := in.flags()
	if err != nil {
		return nil, err
	}
	c, err := in.choose()
	if err != nil {
		return nil, err
	}
	return in.settings(c, flags)
}

// settings lays the sources over each other, with the profile that was chosen.
func (in Input) settings(c choice, flags layer) (*Settings, error) {
	if c.sandbox != nil {
		if id := flags.text(ClientID); id != "" && strings.EqualFold(id, c.sandbox.PublicClientID) {
			c.layer = c.layer.public()
		}
		return newSettings(c, []layer{flags, c.layer}, []layer{flags, c.layer})
	}
	env, wrong := environment(in.getenv)
	if err := in.found(wrong); err != nil {
		return nil, err
	}
	single := []layer{flags, env, c.layer}
	if !c.explicit {
		return newSettings(c, single, single)
	}
	s, err := newSettings(c, single, []layer{flags, c.layer, env})
	if err == nil {
		s.Warnings = append(s.Warnings, overruled(env, c.layer)...)
	}
	return s, err
}

func (in Input) flags() (layer, error) {
	l := newLayer("the command line")
	for name, v := range in.Flags {
		k, ok := KeyByName(name)
		if !ok {
			return l, fmt.Errorf("flag for the unknown key %s", name)
		}
		if v.Secret.IsZero() {
			if err := k.checkText(v.Text); err != nil {
				return l, problem.Usagef("--%s: %w", k.Flag, err)
			}
		}
		l.values[name] = v
	}
	return l, nil
}

// choose finds the profile: of a sandbox, by name, or the file's default.
func (in Input) choose() (choice, error) {
	if in.Sandbox != nil {
		if in.Profile != "" || in.File != "" {
			return choice{}, problem.Usagef("--sandbox uses no profile: leave out --profile and --config, or --sandbox")
		}
		l, err := in.Sandbox.layer()
		return choice{layer: l, profile: SandboxProfile, sandbox: in.Sandbox}, err
	}
	if in.NoFile {
		return choice{layer: newLayer("")}, nil
	}
	name := in.Profile
	if name == "" {
		name = in.getenv(EnvProfile)
	}
	c := choice{profile: name, explicit: name != "", layer: newLayer("")}
	if name == SandboxProfile && in.getenv(EnvSandboxInfo) != "" { // whatever a file says, and whether it can be read
		return c.running(in)
	}
	f, err := in.open()
	if err != nil {
		return c, err
	}
	return c.from(in, f)
}

// opened is the config file, read and parsed once, whoever asks for profiles of it.
type opened struct {
	doc     *Document // nil: there is no file
	trusted bool
}

func (in Input) open() (opened, error) {
	path, why := locate(in)
	if why == noFile {
		return opened{}, nil
	}
	data, err := read(path)
	if err != nil {
		return opened{}, err
	}
	doc, wrong, err := parse(path, data)
	if err == nil {
		err = in.found(wrong)
	}
	if err != nil || why != found {
		return opened{doc, true}, err
	}
	trusted, err := isTrusted(in.StateDir, doc.Path, data)
	return opened{doc, trusted}, err
}

func (c choice) from(in Input, f opened) (choice, error) {
	if f.doc == nil {
		return c.withoutFile(in)
	}
	return c.fromFile(in, f)
}

func (c choice) withoutFile(in Input) (choice, error) {
	switch c.profile {
	case "":
		return c, nil
	case SandboxProfile:
		return c.running(in)
	}
	return c, problem.Usagef("profile %q: there is no config file: neither %s here nor %s", c.profile, FileName, UserFile(in.ConfigDir))
}

func (c choice) running(in Input) (choice, error) {
	info, err := readInfo(in)
	if err != nil {
		return c, err
	}
	c.sandbox = info
	c.layer, err = info.layer()
	return c, err
}

func (c choice) fromFile(in Input, f opened) (choice, error) {
	doc := f.doc
	if c.profile == "" {
		c.profile = doc.standard()
	}
	values, ok := doc.Profiles[c.profile]
	switch {
	case c.profile == "":
		c.file, c.others = doc.Path, doc.Order
		return c, nil
	case !ok && c.profile == SandboxProfile:
		return c.running(in)
	case !ok:
		return c, problem.Usagef("%s has no profile %q%s; it has %s", doc.Path, c.profile,
			suggest.DidYouMean(c.profile, "", doc.Order), orNone(doc.Order))
	}
	if !f.trusted {
		if err := in.found(guarded(doc, c.profile)); err != nil {
			return c, err
		}
	}
	c.file = doc.Path
	c.layer = layer{title: fmt.Sprintf("profile %q", c.profile), values: in.absolute(doc.Path, values)}
	return c, nil
}

// standard gives the profile that is meant when none is named: default_profile,
// the only one, or the one called default; else none.
func (d *Document) standard() string {
	switch {
	case d.Default != "":
		return d.Default
	case len(d.Order) == 1:
		return d.Order[0]
	case slices.Contains(d.Order, "default"):
		return "default"
	}
	return ""
}

// absolute makes file names relative to the folder of the config file.
func (in Input) absolute(file string, values map[string]Value) map[string]Value {
	out := map[string]Value{}
	for name, v := range values {
		if k, _ := KeyByName(name); k.Path {
			switch rest, home := strings.CutPrefix(v.Text, "~/"); {
			case v.Text == "-": // a stream
			case home && in.Home != "":
				v.Text = filepath.Join(in.Home, rest)
			case !filepath.IsAbs(v.Text):
				v.Text = filepath.Join(filepath.Dir(file), v.Text)
			}
		}
		out[name] = v
	}
	return out
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
