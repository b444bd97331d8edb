package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/report"
	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/scenario"
	"hdstest/internal/suggest"
	"hdstest/internal/transport"
)

// scenariosCommand lists what can be made to go wrong.
func (p *program) scenariosCommand() *command {
	return &command{
		name: "scenarios", usage: "list what can be made to go wrong", outputs: []string{"table", "json"},
		about: "Each with what a client sees and with the cause that hdstest must name for it.",
		examples: []example{
			{"what there is", "hdstest sandbox scenarios"},
			{"for a script", "hdstest sandbox scenarios --output json"},
		},
		run: func(context.Context, call) error { return p.listScenarios(p.global.output) },
	}
}

func (p *program) listScenarios(output string) error {
	if output == "json" {
		data, err := json.MarshalIndent(map[string]any{"schema_version": 1, "scenarios": scenario.All()}, "", "  ")
		if err != nil {
			return err
		}
		_, err = p.Stdout.Write(append(data, '\n'))
		return err
	}
	width := p.look().Width
	if width == 0 {
		width = 1 << 10
	}
	var lines []string
	entry := func(name, indent, text string) {
		for _, l := range report.Wrap(text, max(width-27-len(indent), 24)) {
			lines = append(lines, fmt.Sprintf("%-26s %s%s", name, indent, l))
			name = ""
		}
	}
	for _, s := range scenario.All() {
		entry(s.Name, "", s.Wrong)
		entry("", "  ", "seen at "+strings.Join(s.Where, ", ")+": "+s.Seen)
	}
	return p.lines(lines...)
}

// checkScenarios refuses names that no scenario has.
func checkScenarios(prefix string, names []string) error {
	var known []string
	for _, s := range scenario.All() {
		known = append(known, s.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return problem.Usagef("%sunknown name %s%s; see hdstest sandbox scenarios", prefix, show(name), suggest.DidYouMean(name, "", known))
		}
	}
	return nil
}

// scenarioCommand turns scenarios of a running sandbox on and off.
func (p *program) scenarioCommand() *command {
	c := &command{
		name: "scenario", usage: "turn a scenario of a running sandbox on or off",
		examples: []example{
			{"let something go wrong", "hdstest sandbox scenario on throttled"},
			{"and mend it", "hdstest sandbox scenario off throttled"},
		},
	}
	return c.with(p.turnCommand("on", http.MethodPut), p.turnCommand("off", http.MethodDelete))
}

func (p *program) turnCommand(word, method string) *command {
	var file string
	return &command{
		name: word, usage: "turn scenarios of a running sandbox " + word, args: "NAME...", maxArgs: 100,
		examples: []example{
			{"by name, see hdstest sandbox scenarios", "hdstest sandbox scenario " + word + " role-missing"},
			{"of a sandbox that was started with --info", "hdstest sandbox scenario " + word + " slow --info sandbox.json"},
		},
		groups: []flagGroup{{flags: []urfave.Flag{&urfave.StringFlag{Name: "info", Destination: &file,
			Usage: "`FILE` that describes the sandbox (default: the only one that runs under this user)"}}}},
		run: func(ctx context.Context, c call) error { return p.turn(ctx, method, file, c.Args().Slice()) },
	}
}

func (p *program) turn(ctx context.Context, method, file string, names []string) error {
	if len(names) == 0 {
		return problem.Usagef("which scenario? See hdstest sandbox scenarios")
	}
	if err := checkScenarios("", names); err != nil {
		return err
	}
	info, err := p.runningSandbox(file)
	if err != nil {
		return err
	}
	client, err := transport.New(transport.Options{CAFile: info.CAFile, UserAgent: Name + "/" + p.Version.Version, Environ: p.Environ})
	if err != nil {
		return err
	}
	switches := switches{client, info.LoginURL + "/_sandbox/"}
	for _, name := range names {
		if err := switches.turn(ctx, method, name); err != nil {
			return err
		}
	}
	active, err := switches.active(ctx)
	if err != nil {
		return err
	}
	p.sayTurned(method, names, active, file)
	return nil
}

// sayTurned tells what goes wrong now, what will be seen of it, and what to try.
func (p *program) sayTurned(method string, names, active []string, file string) {
	if method == http.MethodPut {
		for _, name := range names {
			one, _ := scenario.ByName(name)
			p.say("%s is on: %s; seen at %s: %s", name, one.Wrong, strings.Join(one.Where, ", "), one.Seen)
		}
	}
	switch {
	case len(active) == 0:
		p.say("no scenario is on")
	case method == http.MethodDelete || len(active) > len(names):
		p.say("on are now: %s", strings.Join(active, ", "))
	}
	if method == http.MethodPut {
		by, to := "", ""
		if file != "" {
			by, to = config.EnvSandboxInfo+"="+file+" ", " --info "+file
		}
		p.detail("try", by+"hdstest doctor --profile sandbox")
		p.detail("mend it", "hdstest sandbox scenario off "+strings.Join(names, " ")+to)
	}
}

// runningSandbox reads the description of a sandbox that runs: of the file that is
// named, else the only one of this user.
func (p *program) runningSandbox(file string) (sandbox.Info, error) {
	var info sandbox.Info
	path, by := file, "--info: "
	if path == "" {
		path, by = p.Environ(config.EnvSandboxInfo), config.EnvSandboxInfo+": "
	}
	if path == "" {
		var err error
		if path, err = config.FindInfo(p.StateDir, "--info FILE"); err != nil {
			return info, err
		}
		by = ""
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return info, problem.Usagef("%sno sandbox is running: %s does not exist; start one with: hdstest sandbox", by, path)
	}
	if err != nil {
		return info, problem.Usagef("%sread the sandbox's description: %w", by, err)
	}
	if err := json.Unmarshal(data, &info); err != nil || info.LoginURL == "" {
		return info, problem.Usagef("%s%s: not the description of a sandbox", by, path)
	}
	return info, nil
}

// switches are those of a running sandbox, below an address.
type switches struct {
	client  *http.Client
	address string
}

// turn switches a scenario on (PUT) or off (DELETE).
func (s switches) turn(ctx context.Context, method, name string) error {
	answer, err := s.send(ctx, method, "scenarios/"+url.PathEscape(name))
	if err == nil && answer.Status != http.StatusNoContent {
		err = &problem.Error{Kind: problem.Failed, Tried: "change the sandbox", Expected: "204 No Content",
			Seen: fmt.Sprintf("%d %s", answer.Status, strings.TrimSpace(string(answer.Body)))}
	}
	return err
}

// active tells which scenarios are on.
func (s switches) active(ctx context.Context) ([]string, error) {
	var state struct {
		Active []string `json:"active"`
	}
	answer, err := s.send(ctx, http.MethodGet, "")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer.Body, &state); err != nil {
		return nil, fmt.Errorf("read the sandbox's state: %w", err)
	}
	return state.Active, nil
}

func (s switches) send(ctx context.Context, method, path string) (transport.Answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.address+path, nil)
	if err != nil {
		return transport.Answer{}, fmt.Errorf("reach the sandbox: %w", err)
	}
	request.Header.Set("X-Hdstest-Sandbox", "1")
	answer, err := transport.Send(ctx, s.client, request, 1<<20)
	if err != nil {
		return transport.Answer{}, transport.Failure(err, s.client, request.URL, "reach the sandbox")
	}
	return answer, nil
}
