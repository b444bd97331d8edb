package config

import (
	"fmt"

	"hdstest/internal/secret"
)

// Kind is a kind of source.
type Kind string

// The kinds, from the strongest to the weakest.
const (
	FromFlag        Kind = "flag"
	FromEnvironment Kind = "environment"
	FromFile        Kind = "file"
	FromSandbox     Kind = "sandbox"
	FromDefault     Kind = "default"
)

// Source tells where a value came from.
type Source struct {
	Kind Kind
	Name string // --tenant-id, AZURE_TENANT_ID, the path of the file
	Line int    // in the file, from 1
}

// String names the source as a person would look for it.
func (s Source) String() string {
	switch s.Kind {
	case FromFile:
		return fmt.Sprintf("%s:%d", s.Name, s.Line)
	case FromFlag, FromEnvironment:
		return s.Name
	}
	return string(s.Kind)
}

// Value is one setting with its source. Text is empty where Secret is set.
type Value struct {
	Text   string
	Secret secret.Value
	Source Source
}

// layer is what one source says, by key.
type layer struct {
	title  string // as it is called in messages: profile "work"
	values map[string]Value
	// loose marks a sandbox: everything in it is thrown away, so a single value
	// may be replaced without dropping the rest of the set.
	loose bool
}

func newLayer(title string) layer { return layer{title: title, values: map[string]Value{}} }

func (l layer) text(key string) string { return l.values[key].Text }

func (l layer) has(key string) bool {
	_, ok := l.values[key]
	return ok
}
