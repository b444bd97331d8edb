package main

import (
	"runtime"
	"runtime/debug"

	"hdstest/internal/cli"
)

// version is set at link time: -ldflags "-X main.version=v1.2.3".
var version string

// thisVersion tells which program this is, from the build's own notes.
func thisVersion() cli.Version {
	v := cli.Version{Version: version, Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if v.Version == "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value[:min(12, len(s.Value))] + v.Revision
		case "vcs.modified":
			if s.Value == "true" {
				v.Revision += "+"
			}
		case "vcs.time":
			v.Time = s.Value
		}
	}
	return v
}
