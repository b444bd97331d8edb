package cli

import (
	"strings"
	"testing"
)

// TestBadInput is the table of what people get wrong before anything is sent:
// input, exit code, first words.
func TestBadInput(t *testing.T) {
	app := map[string]string{"AZURE_TENANT_ID": "aaaaaaaa-0000-4000-8000-000000000001", "AZURE_CLIENT_ID": "aaaaaaaa-0000-4000-8000-0000000000c1",
		"HDSTEST_FHIR_URL": "https://localhost:1"}
	for name, row := range map[string]struct {
		args string
		env  map[string]string
		in   string
		want string
	}{
		"unknown command":              {args: "tokn", want: `unknown command "tokn" (did you mean hdstest token?)`},
		"unknown flag":                 {args: "token --tennant-id x", want: `token: unknown flag "--tennant-id" (did you mean --tenant-id?)`},
		"unknown short flag":           {args: "token -x", want: `token: unknown flag "-x" (see hdstest token --help)`},
		"one hyphen, near a name":      {args: "token -tennant-id=secret", want: `token: unknown flag "-tennant-id" (did you mean --tenant-id?)`},
		"hyphens alone":                {args: "token ---", want: `token: unknown flag "---"`},
		"unknown value":                {args: "token --output xml", want: `--output: expected bare, json, header or env, not "xml"`},
		"unknown grant":                {args: "token --grant password", want: "--grant: expected client_credentials"},
		"unknown service":              {args: "token --service pacs", env: app, want: "--service: expected fhir or dicom"},
		"unknown subcommand":           {args: "export insomnia", want: `export: unknown command "insomnia"`},
		"no subcommand":                {args: "export", want: "export: say which: postman"},
		"unknown probe":                {args: "probe everything", want: "probe: expected fhir, dicom or all"},
		"extra argument":               {args: "smoke now", want: `smoke: unexpected argument "now"`},
		"extra argument for probe":     {args: "probe fhir dicom", want: `probe: unexpected argument "dicom"`},
		"bad truth":                    {args: "token --sandbox=yes", want: `--sandbox: expected true or false, not "yes"`},
		"bad number":                   {args: "sandbox --port-base x", want: `--port-base: expected a whole number, not "x"`},
		"number out of range":          {args: "sandbox --port-base 70000", want: "--port-base: expected a number from 1 to 65531"},
		"bad port":                     {args: "token --port 0", env: app, want: "--port: expected a number from 1 to 65535"},
		"bad time":                     {args: "token --timeout 5", want: "--timeout: expected a time above zero with its unit"},
		"bad wait":                     {args: "token --sign-in-timeout x", want: `--sign-in-timeout: expected a time with its unit, such as 45s, not "x"`},
		"bad concurrency":              {args: "probe --concurrency 0", env: app, want: "--concurrency: expected a number above zero"},
		"nothing configured":           {args: "token", want: "missing tenant_id, client_id and fhir.url: give --tenant-id"},
		"no credential":                {args: "token", env: app, want: "missing credential: give --client-secret-file"},
		"bad client id":                {args: "token --client-id my-app", want: "--client-id: expected a GUID"},
		"bad variable":                 {args: "token", env: map[string]string{"AZURE_CLIENT_ID": "my-app"}, want: "AZURE_CLIENT_ID: expected a GUID"},
		"bad address":                  {args: "probe --fhir-url http://x", want: "--fhir-url: expected an https address"},
		"missing config file":          {args: "token --config /no/such.yaml", want: "config file /no/such.yaml does not exist"},
		"missing profile":              {args: "token --profile nobody", want: `profile "nobody": there is no config file`},
		"profile and sandbox":          {args: "token --sandbox --profile x", want: "--sandbox uses no profile"},
		"no running sandbox":           {args: "token --profile sandbox", want: "no sandbox is running"},
		"missing secret file":          {args: "token --client-secret-file /no/such", env: app, want: "could not read the client secret file /no/such: the file does not exist"},
		"empty secret":                 {args: "token --client-secret-file -", env: app, want: "the client secret file - is empty"},
		"missing certificate":          {args: "token --certificate /no/such.pem", env: app, want: "could not read the certificate file /no/such.pem: the file does not exist"},
		"missing federated token":      {args: "token --federated-token-file /no/such", env: app, want: "could not read the federated token file"},
		"missing CA file":              {args: "smoke --ca-file /no/such.pem", env: app, want: "the CA file cannot be read: open /no/such.pem"},
		"missing token file":           {args: "inspect --token-file /no/such", want: "could not read the token file /no/such"},
		"no token on standard input":   {args: "inspect -", want: "expected a token, but there is nothing"},
		"no JWT":                       {args: "inspect -", in: "secret~value", want: "could not read the token"},
		"token twice":                  {args: "inspect x --token-file y", want: "a token as argument and --token-file exclude each other"},
		"no folder for the export":     {args: "export postman", want: "missing --out"},
		"no secret to include":         {args: "export postman --out x --include-secrets", want: "--include-secrets: there is no client secret"},
		"public with secret":           {args: "register --public --secret --dry-run", want: "--public and --secret exclude each other"},
		"bad role":                     {args: "register --role Reader@pacs --dry-run", want: "--role: expected ROLE@fhir"},
		"role without resource":        {args: "register --role Reader@fhir --dry-run", want: "missing fhir.resource_id: give --fhir-resource-id"},
		"bad API":                      {args: "register --api graph --dry-run", want: "--api: expected fhir, dicom or the app id"},
		"unknown scenario":             {args: "sandbox --scenario secret-expird", want: `--scenario: unknown name "secret-expird" (did you mean secret-expired?)`},
		"trusting a file that is gone": {args: "config trust /no/such.yaml", want: "config file /no/such.yaml does not exist"},
		"help on nothing":              {args: "help tokn", want: `help: unknown command "tokn" (did you mean hdstest token?)`},
		"flag without its value":       {args: "token --profile", want: "token: the flag --profile needs a value"},
		"negative port":                {args: "sandbox --port -1", want: "--port: expected a number from 1 to 65531, not -1"},
		"port beyond the last":         {args: "probe --fhir-url https://host:70000", want: "--fhir-url: expected a port from 1 to 65535"},
		"proxy's port":                 {args: "probe --proxy http://proxy:0", want: "--proxy: expected a port from 1 to 65535"},
		"empty profile":                {args: "token --profile=", want: "--profile: expected a value"},
		"empty evidence":               {args: "probe fhir --sandbox --evidence=", want: "--evidence: expected a value"},
		"evidence without a folder":    {args: "probe fhir --sandbox --evidence /no/such/file", want: "--evidence: the file /no/such/file cannot be made: no such file"},
		"certificate without a name":   {args: "cert new --out x/", want: "--out: the files need a name"},
		"upstream that is no address":  {args: "sandbox --dicom-upstream nix -- true", want: `could not start the sandbox: --dicom-upstream "nix" is no http address`},
		"description in a folder":      {args: "sandbox --port 0 --info .", want: "--info: . is there and is not a plain file"},
		"description without a folder": {args: "sandbox --port 0 --info /no/such/x", want: "--info: the folder /no/such does not exist; make it first"},
		"description on stdout":        {args: "sandbox --port 0 --info -", want: "--info: expected a file, not -"},
		"two first ports":              {args: "sandbox --port 0 --port-base 5", want: "--port and --port-base exclude each other"},
		"no program":                   {args: "sandbox --port 0 --", want: "sandbox: which program?"},
		"command behind the hyphens":   {args: "-- token", want: `unexpected argument "token": a command stands before --`},
		"empty service":                {args: "token --sandbox --service=", want: "--service: expected a value"},
		"empty values":                 {args: "discover --save= --workspace=", want: "--workspace: expected a value"},
		"empty element":                {args: "probe --sandbox --only fhir --only=", want: "--only: expected a value"},
		"file without an end":          {args: "token --client-secret-file /dev/zero", env: app, want: "could not read the client secret file /dev/zero: it is larger than 1048576 bytes"},
		"name too long for a file":     {args: "export postman --placeholders --out x --name " + strings.Repeat("x", 300), want: "--name: expected at most 100 printable characters"},
		"name too long for an app":     {args: "register --sandbox --dry-run --name " + strings.Repeat("x", 257), want: "--name: expected at most 256 printable characters"},
		"program that is not there":    {args: "sandbox -- no-such-program", want: `the program "no-such-program" cannot be run`},
		"help on an argument":          {args: "help token x", want: `help: unknown command "x"; hdstest token has none`},
		"unknown admin credential":     {args: "register --admin-credential sudo --dry-run", want: `unknown administrator's credential "sudo"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Stdin = strings.NewReader(row.in)
			for k, v := range row.env {
				w.env[k] = v
			}
			code := w.run(t, strings.Fields(row.args)...)
			if code != ExitUsage {
				t.Errorf("exit code %d, want %d", code, ExitUsage)
			}
			if w.stdout.Len() > 0 {
				t.Errorf("stdout: %q, want nothing", w.stdout.String())
			}
			if got := w.stderr.String(); !strings.Contains(got, "hdstest: "+row.want) {
				t.Errorf("stderr: %q, want it to begin with %q", got, row.want)
			}
		})
	}
}

// TestMessagesCannotActOnTheTerminal: what others wrote is escaped in messages too.
func TestMessagesCannotActOnTheTerminal(t *testing.T) {
	w := newWorld(t)
	if code := w.run(t, "tok\x1b[2Jne\u202e"); code != ExitUsage || strings.ContainsAny(w.stderr.String(), "\x1b\u202e") {
		t.Errorf("exit code %d, stderr %q", code, w.stderr.String())
	}
}

func TestLookFollowsThePersonAndTheTerminal(t *testing.T) {
	for name, row := range map[string]struct {
		terminal, flag bool
		env            map[string]string
		want           bool
	}{
		"a terminal":      {terminal: true, want: true},
		"a pipe":          {},
		"--no-color":      {terminal: true, flag: true},
		"NO_COLOR":        {terminal: true, env: map[string]string{"NO_COLOR": "1"}},
		"a dumb terminal": {terminal: true, env: map[string]string{"TERM": "dumb"}},
	} {
		w := newWorld(t)
		w.env, w.StdoutTerminal = row.env, row.terminal
		p := &program{Env: w.Env, global: globals{noColor: row.flag}}
		if got := p.look().Color; got != row.want {
			t.Errorf("%s: color %v, want %v", name, got, row.want)
		}
	}
}
