package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// programs are the binaries that are run.
type programs struct{ hdstest, bare string }

// buildPrograms builds as the Makefile does.
func buildPrograms(ctx context.Context, dir string) (programs, error) {
	p := programs{filepath.Join(dir, "hdstest"), filepath.Join(dir, "bare")}
	if err := goBuild(ctx, p.hdstest, "./cmd/hdstest"); err != nil {
		return p, err
	}
	return p, goBuild(ctx, p.bare, "./internal/bench/bare")
}

func goBuild(ctx context.Context, out, of string, env ...string) error {
	return goTool(ctx, append(env, "CGO_ENABLED=0"), "build", "-trimpath", "-ldflags", "-s -w", "-o", out, of)
}

func goTool(ctx context.Context, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %v: %w\n%s", args, err, out)
	}
	return nil
}

func sizeOf(file string) (int64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// buildFromNothing builds with an empty build cache, the standard library
// included. The modules are downloaded before.
func buildFromNothing(ctx context.Context, dir string) (sample, error) {
	if err := goTool(ctx, nil, "mod", "download"); err != nil {
		return sample{}, err
	}
	cache := filepath.Join(dir, "cache")
	began := time.Now()
	err := goBuild(ctx, filepath.Join(dir, "again"), "./cmd/hdstest", "GOCACHE="+cache)
	return sample{wall: time.Since(began)}, err
}
