package cli

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"hdstest/internal/certificate"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// newFile is a file that is written only if it is not there yet.
type newFile struct {
	what, path string
	contents   secret.Value
}

type newFiles []newFile

func (all newFiles) named() map[string]string {
	out := map[string]string{}
	for _, f := range all {
		out[f.what] = f.path
	}
	return out
}

// targets are the files of cert new by what they hold, in the order of writing.
func (o *certOptions) targets() newFiles {
	base := o.clean()
	out := newFiles{{what: "pem", path: base + ".pem"}, {what: "certificate", path: base + ".cer"}, {what: "pfx", path: base + ".pfx"}}
	if o.passwordFile == "" {
		out = append(out, newFile{what: "password", path: base + ".pfx.password"})
	}
	return out
}

// checkFiles refuses before a key is made what could not be written, or could
// only be written over something.
func (o *certOptions) checkFiles() error {
	if o.out == "" || os.IsPathSeparator(o.out[len(o.out)-1]) {
		return problem.Usagef("--out: the files need a name, such as app")
	}
	var errs []error
	if !slices.Contains(certificate.Encryptions(), o.encryption) {
		errs = append(errs, problem.Usagef("--pfx-encryption: expected %s, not %s", list(certificate.Encryptions()), show(o.encryption)))
	}
	for _, f := range o.targets() {
		if _, err := os.Lstat(f.path); err == nil {
			errs = append(errs, problem.Usagef("--out: %s exists already and is not overwritten; choose another name", f.path))
		}
	}
	return errors.Join(errs...)
}

// certFiles fills in the contents. Without a password one of 256 bits is made.
func (p *program) certFiles(o *certOptions, pair *certificate.Pair, password secret.Value) (newFiles, error) {
	if password.IsZero() {
		random := make([]byte, 32)
		if _, err := io.ReadFull(p.Rand, random); err != nil {
			return nil, fmt.Errorf("make a password: %w", err)
		}
		password = secret.New(base64.RawURLEncoding.EncodeToString(random))
	}
	pem, err := pair.PEM()
	if err != nil {
		return nil, err
	}
	pfx, err := pair.PFX(o.encryption, password, p.Rand)
	if err != nil {
		return nil, err
	}
	all := o.targets()
	contents := []secret.Value{pem, secret.New(string(pair.Public())), secret.New(string(pfx)), secret.New(password.Reveal() + "\n")}
	for i := range all {
		all[i].contents = contents[i]
	}
	return all, nil
}

// writeNew writes all of the files, mode 0600, or none.
func writeNew(files newFiles) error {
	for i, f := range files {
		if err := f.write(); err != nil {
			for _, made := range files[:i] {
				err = errors.Join(err, os.Remove(made.path))
			}
			return err
		}
	}
	return nil
}

// write makes the file. One that appeared in the meantime stays as it is.
func (f newFile) write() error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return problem.Usagef("--out: %s cannot be written: %w", f.path, errors.Unwrap(err))
	}
	_, err = io.WriteString(file, f.contents.Reveal())
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", f.path, reasonOf(err)), os.Remove(f.path))
	}
	return nil
}
