package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// files are what a running sandbox leaves on disk for its clients.
type files struct {
	dir         string // temporary, removed at the end
	ca          string
	certificate string
	federated   string // written by the login service's outside issuer
	resources   string // bodies of FHIR resources
	instances   string // DICOM instances
}

// writeFiles makes a temporary folder with the CA's certificate and the example
// app's certificate. Without a state folder they are gone when the sandbox ends;
// with one the CA stands there as well, so that a path to it can be configured.
func writeFiles(id *identity, state string) (files, error) {
	dir, err := os.MkdirTemp("", "hdstest-sandbox-")
	if err != nil {
		return files{}, fmt.Errorf("make the sandbox's folder in %s (TMPDIR): %w", os.TempDir(), err)
	}
	home := dir
	if state != "" {
		home = state
	}
	f := files{dir: dir, ca: filepath.Join(home, "ca.pem"), certificate: filepath.Join(home, "client.pem"),
		federated: filepath.Join(dir, "federated.jwt"), resources: filepath.Join(dir, "fhir"),
		instances: filepath.Join(dir, "dicom")}
	err = errors.Join(
		writeWhole(f.ca, []byte(id.Authority)),
		writeWhole(f.certificate, []byte(id.Client)),
		os.Mkdir(f.resources, 0o700),
		os.Mkdir(f.instances, 0o700),
	)
	if err != nil {
		return files{}, errors.Join(err, os.RemoveAll(dir))
	}
	return f, nil
}

func (f files) remove() error { return os.RemoveAll(f.dir) }
