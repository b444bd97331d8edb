package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/secret"
)

func TestSecretComesFromWhereItIsSaid(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"windows": "\ufeffthe secret\r\n", "powershell": "\xff\xfes\x003\x00c\x00r\x00e\x00t\x00\r\x00\n\x00",
		"random": "\x8f\x00\xff", "lines": "one\ntwo\n", "none": "\xff\xfe"} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	flag := config.Source{Kind: config.FromFlag, Name: "--client-secret-file"}
	variable := config.Source{Kind: config.FromEnvironment, Name: "AZURE_FEDERATED_TOKEN_FILE"}
	key := config.Source{Kind: config.FromFile, Name: "work.yaml", Line: 7}
	typed := func(string) (string, error) { return "typed\n", nil }
	for name, row := range map[string]struct {
		c    config.Credential
		ask  func(string) (string, error)
		env  map[string]string
		in   string
		want string
		err  string
	}{
		"itself":                   {c: config.Credential{Secret: secret.New("x")}, want: "x"},
		"file, with marks trimmed": {c: config.Credential{SecretFile: filepath.Join(dir, "windows")}, want: "the secret"},
		"standard input":           {c: config.Credential{SecretFile: "-"}, in: "piped\n", want: "piped"},
		"variable":                 {c: config.Credential{SecretEnv: "V"}, env: map[string]string{"V": "var"}, want: "var"},
		"variable that is not set": {c: config.Credential{SecretEnv: "V"}, err: "environment variable V is not set"},
		"variable of a blank":      {c: config.Credential{SecretEnv: "V"}, env: map[string]string{"V": " "}, err: "environment variable V holds white space only"},
		"token file of a variable": {c: config.Credential{FederatedTokenFile: filepath.Join(dir, "none"), Source: variable}, err: "none is empty (AZURE_FEDERATED_TOKEN_FILE)"},
		"prompt":                   {c: config.Credential{SecretPrompt: true}, ask: typed, want: "typed"},
		"no credential, terminal":  {ask: typed, want: "typed"},
		"no credential, none":      {err: "missing credential"},
		"prompt without terminal":  {c: config.Credential{SecretPrompt: true}, err: "there is no terminal to ask at"},
		"nothing typed":            {ask: func(string) (string, error) { return "", nil }, err: "the client secret is empty"},
		"terminal gone":            {ask: func(string) (string, error) { return "", errors.New("EOF") }, err: "read from the terminal: EOF"},
		"file of PowerShell":       {c: config.Credential{SecretFile: filepath.Join(dir, "powershell")}, want: "s3cret"},
		"file of random bytes":     {c: config.Credential{SecretFile: filepath.Join(dir, "random"), Source: flag}, err: "random holds bytes that are no text in UTF-8 (--client-secret-file)"},
		"file of two lines":        {c: config.Credential{SecretFile: filepath.Join(dir, "lines"), Source: key}, err: "lines holds 2 lines, and one is expected (client_secret_file, work.yaml:7)"},
		"file of nothing":          {c: config.Credential{SecretFile: filepath.Join(dir, "none"), Source: key}, err: "none is empty (client_secret_file, work.yaml:7)"},
		"variable with a line end": {c: config.Credential{SecretEnv: "V"}, env: map[string]string{"V": "a\nb"}, err: "the environment variable V holds 2 lines"},
		"typed with a cursor key":  {c: config.Credential{SecretPrompt: true}, ask: func(string) (string, error) { return "a\x1b[Db", nil }, err: "what was typed holds control characters"},
		"folder":                   {c: config.Credential{SecretFile: dir}, err: "could not read the client secret file"},
	} {
		w := newWorld(t)
		w.ReadSecret, w.env, w.Stdin = row.ask, row.env, strings.NewReader(row.in)
		p := &program{Env: w.Env}
		var got acquire.Credential
		by, err := p.proveApp(&config.Settings{Credential: row.c})
		if err == nil {
			got, err = by.credential(nil)
		}
		if row.err != "" {
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: %v, want %q", name, err, row.err)
			}
			continue
		}
		if err != nil || got.Secret.Reveal() != row.want {
			t.Errorf("%s: %q, %v, want %q", name, got.Secret.Reveal(), err, row.want)
		}
	}
}

func TestPFXPasswordIsAskedFor(t *testing.T) {
	f := makeFiles(t)
	w := newWorld(t)
	w.ReadSecret = func(question string) (string, error) {
		if !strings.Contains(question, f.pfx) {
			t.Errorf("asked %q", question)
		}
		return "right password", nil
	}
	got, err := (&program{Env: w.Env}).credential(&config.Settings{Credential: config.Credential{CertificateFile: f.pfx, SendChain: true}}, nil)
	if err != nil || got.Certificate == nil || !got.Certificate.SendChain {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTrimToken(t *testing.T) {
	for in, want := range map[string]string{
		" a.b.c\n":                        "a.b.c",
		"Bearer a.b.c":                    "a.b.c",
		"Authorization: Bearer a.b.c\r\n": "a.b.c",
		"authorization:bearer a.b.c":      "a.b.c",
		`{"accessToken": "a.b.c"}`:        "a.b.c",
		`{"access_token":"a.b.c"}`:        "a.b.c",
		"\ufeffa.b.c":                     "a.b.c",
		`{"token":"a.b.c"}`:               `{"token":"a.b.c"}`,
		"":                                "",
	} {
		if got := trimToken([]byte(in)); got != want {
			t.Errorf("trimToken(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestInterruptAtEachStage ends a smoke run after more and more time: nothing of
// it may stay behind.
func TestInterruptAtEachStage(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	stages := 0
	for n := 1; n < 400 && stages < 8; n += n {
		w := newWorld(t)
		ctx, interrupt := contextWithCancel(t)
		w.Rand = &countdown{left: n, then: interrupt}
		code := Run(ctx, w.Env, []string{Name, "smoke", "--sandbox"})
		interrupt()
		if code != ExitInterrupted {
			break // it was over before
		}
		stages++
		if w.stdout.Len() > 0 {
			t.Errorf("stage %d: stdout %q, want nothing", n, w.stdout.String())
		}
		if left, _ := os.ReadDir(temporary); len(left) > 0 {
			t.Fatalf("stage %d: %s was left behind", n, left[0])
		}
	}
	if stages == 0 {
		t.Error("no run was interrupted")
	}
}
