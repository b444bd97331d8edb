package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hdstest/internal/entra"
)

// Names of the subjects that call many services.
const (
	many     = "many"
	bareMany = "bare many"
)

// manyAtOnce is how many requests both have under way.
const manyAtOnce = 16

// many are hdstest with a profile for each of n services, and a bare loop of
// net/http that makes the same requests, tokens included, with as many under way.
// All services are the sandbox's one FHIR service. That both send the same is made
// sure of with two.
func (s *sandbox) many(ctx context.Context, n int) ([]subject, error) {
	few, err := s.manySubjects(ctx, 2)
	if err != nil {
		return nil, err
	}
	sent, err := s.sentBy(ctx, few[0])
	if err != nil {
		return nil, err
	}
	if err := s.alike(ctx, sent, few[1]); err != nil {
		return nil, err
	}
	return s.manySubjects(ctx, n)
}

func (s *sandbox) manySubjects(ctx context.Context, n int) ([]subject, error) {
	config, plan := filepath.Join(s.dir, fmt.Sprintf("many-%d.yaml", n)), filepath.Join(s.dir, "many.json")
	if err := os.WriteFile(config, []byte(s.profiles(n)), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(s.dir, "many.secret"), []byte(s.info.ClientSecret), 0o600); err != nil {
		return nil, err
	}
	sent, err := s.sentBy(ctx, s.person("one", many, "probe", entra.FHIR, profileFlag))
	if err != nil {
		return nil, err
	}
	requests, err := s.chosen(sent)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(requests)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(plan, data, 0o600); err != nil {
		return nil, err
	}
	ours := s.person(many, many, "probe", entra.FHIR, "--all", "--config", config, "--concurrency", fmt.Sprint(manyAtOnce))
	beside := s.bareToken()
	beside.name = bareMany
	beside.env = append(beside.env, "BARE_PLAN="+plan, fmt.Sprintf("BARE_SERVICES=%d", n), fmt.Sprintf("BARE_AT_ONCE=%d", manyAtOnce))
	return []subject{ours, beside}, nil
}

// profiles is a config file of n profiles, which differ by name.
func (s *sandbox) profiles(n int) string {
	authority, _, _ := strings.Cut(s.info.Authority, "/"+s.info.TenantID)
	var out strings.Builder
	out.WriteString("profiles:\n")
	for i := range n {
		fmt.Fprintf(&out, "  service-%04d:\n    tenant_id: %s\n    client_id: %s\n    client_secret_file: many.secret\n    authority: %s\n    ca_file: %s\n    fhir: {url: %q}\n",
			i, s.info.TenantID, s.info.ClientID, authority, s.info.CAFile, s.info.FHIRURL)
	}
	return out.String()
}
