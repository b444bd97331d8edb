package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"hdstest/internal/config"
	"hdstest/internal/issuer"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// inspectOptions reads the flags about keys and connections.
func (p *program) inspectOptions(o *inspectOptions, given secret.Value) (pipeline.InspectOptions, error) {
	out := pipeline.InspectOptions{Service: o.service, Offline: o.offline, KeysFile: o.keys}
	if err := checkGrant(o.grant); err != nil {
		return out, err
	}
	if o.offline && given.IsZero() {
		return out, problem.Usagef("inspect --offline: there is no token to look at, and none can be got offline: give -, or --token-file")
	}
	if o.keys == "" {
		return out, nil
	}
	data, err := p.readFile("key set", o.keys)
	if err != nil {
		return out, err
	}
	saved, err := issuer.ReadSaved(data)
	if err != nil {
		return out, problem.Usagef("--keys %s: %w", o.keys, err)
	}
	out.Keys = &saved
	return out, nil
}

// saveKeys writes the key set of the profile's authority. A file that is there is
// replaced only if it is a key set.
func (p *program) saveKeys(ctx context.Context, c call, o *inspectOptions) (err error) {
	if c.NArg() > 0 || o.file != "" || o.keys != "" || o.offline {
		return problem.Usagef("inspect --save-keys: it saves keys and looks at no token: leave out the token, --keys and --offline")
	}
	if err := replaceable(o.saveKeys); err != nil {
		return err
	}
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	if err := s.Require(config.TenantID); err != nil {
		return err
	}
	saved, err := pipeline.SaveKeys(ctx, s.env, s.profile)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(saved); err != nil {
		return fmt.Errorf("write the key set: %w", err)
	}
	if err := os.WriteFile(o.saveKeys, out.Bytes(), 0o644); err != nil {
		return problem.Usagef("--save-keys: %w", err)
	}
	p.say("%s has %d of the keys of %s", o.saveKeys, len(saved.Keys), saved.Authority)
	return nil
}

func replaceable(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = issuer.ReadSaved(data)
	}
	if err != nil {
		return problem.Usagef("--save-keys: %s is there already and is no key set; name another file", path)
	}
	return nil
}
