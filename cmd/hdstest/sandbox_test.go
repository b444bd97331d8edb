package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/sandboxtest"
)

// startSandbox runs a sandbox inside the test for the length of a script, where
// --profile sandbox finds it. What its description says is in variables:
// $tenant_id, $client_id, $fhir_url and so on.
//
//	sandbox [scenario…]
func startSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: sandbox [scenario…]")
	}
	dir := filepath.Join(ts.Getenv("XDG_STATE_HOME"), "hdstest", "sandbox")
	s, err := sandboxtest.Start(context.Background(), sandbox.Options{StateDir: dir, PortBase: sandbox.AnyPort, Now: time.Now, Scenarios: args})
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })
	ts.Check(s.Info.WriteFile(filepath.Join(dir, "info.json")))
	data, err := json.Marshal(s.Info)
	ts.Check(err)
	var fields map[string]any
	ts.Check(json.Unmarshal(data, &fields))
	for name, value := range fields {
		if text, ok := value.(string); ok {
			ts.Setenv(name, text)
		}
	}
}
