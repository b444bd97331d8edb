package cli

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/acquire"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// signInOptions are the flags of commands in which a person may have to sign in.
type signInOptions struct {
	noBrowser bool
	ports     urfave.IntSlice
	wait      time.Duration
	loginHint string
	prompt    string
}

func (o *signInOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.BoolFlag{Name: "no-browser", Destination: &o.noBrowser,
			Usage: "print the sign-in address instead of opening a browser, and take the address it ends up with on standard input"},
		&urfave.IntSliceFlag{Name: "port", Destination: &o.ports, Usage: "`PORT` for the redirect, may be repeated: tried in order (default: any free one)"},
		&urfave.DurationFlag{Name: "sign-in-timeout", Destination: &o.wait, DefaultText: " ", Usage: "`TIME` to wait for the person (default: 5m; with a device code as long as that lasts)"},
		&urfave.StringFlag{Name: "login-hint", Destination: &o.loginHint, Usage: "`NAME` of the account to sign in with"},
		&urfave.StringFlag{Name: "prompt", Destination: &o.prompt, Usage: "`KIND` of sign-in page: login, consent, select_account or none"},
	}
}

// query makes the pipeline's question of the flags. Whoever asks for a kind of
// page wants to see it.
func (p *program) query(s *session, o *signInOptions, grant string) (pipeline.TokenQuery, error) {
	if err := o.check(); err != nil {
		return pipeline.TokenQuery{}, err
	}
	if o.noBrowser {
		s.env.Open = nil
	}
	pasted := make(chan string)
	code := acquire.CodeOptions{Ports: o.ports.Value(), Timeout: o.wait, LoginHint: o.loginHint, Prompt: o.prompt,
		Notify: func(address string) { p.tellSignIn(s, address); p.readPasted(s, pasted) }, Pasted: pasted,
		Refused: func(why string) { p.say("%s", why) }}
	q := pipeline.TokenQuery{Grant: grant, Code: code, ShowDeviceCode: p.showDeviceCode}
	if o.prompt != "" || o.loginHint != "" {
		q.SignIn = pipeline.SignInAlways
	}
	return q, nil
}

func (o *signInOptions) check() error {
	switch o.prompt {
	case "", "login", "consent", "select_account", "none":
	default:
		return problem.Usagef("--prompt: expected login, consent, select_account or none, not %s", show(o.prompt))
	}
	for _, port := range o.ports.Value() {
		if port < 1 || port > 65535 {
			return problem.Usagef("--port: expected a number from 1 to 65535, not %d", port)
		}
	}
	if o.wait < 0 {
		return problem.Usagef("--sign-in-timeout: expected a time above zero, such as 2m")
	}
	return nil
}

// tellSignIn tells the person where to sign in, and with a sandbox as whom.
func (p *program) tellSignIn(s *session, address string) {
	if s.env.Open != nil {
		p.say("sign in with the browser; if none opens, open this address on this machine:")
	} else {
		p.say("open this address in a browser to sign in:")
	}
	fmt.Fprintf(p.Stderr, "\n  %s\n\n", report.Escape(address)) // alone on its line, to be copied
	if s.env.Open == nil {
		p.say("a browser on another machine ends up at an address that does not answer: paste that address here and press Enter")
		if line := p.tunnel(address); line != "" {
			p.say("or run this on that machine first, and sign in there as if it were here:")
			fmt.Fprintf(p.Stderr, "\n  %s\n\n", report.Escape(line))
		}
	}
	if info := s.Sandbox; info != nil {
		p.say("the sandbox's user is %s, the password %s", info.Username, info.Password)
	}
}

// readPasted hands on what the person types, where no browser was opened. The
// goroutine ends with the input or the program.
func (p *program) readPasted(s *session, lines chan<- string) {
	if s.env.Open != nil || p.Stdin == nil {
		return
	}
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(p.Stdin)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
	}()
}

// tunnel is the line by which ssh carries the redirect's port to this machine;
// empty: the person is not here by SSH.
//
// Source: ssh(1), SSH_CONNECTION: client address and port, server address and port.
func (p *program) tunnel(address string) string {
	words := strings.Fields(p.Environ("SSH_CONNECTION"))
	u, err := url.Parse(address)
	if len(words) != 4 || err != nil {
		return ""
	}
	back, err := url.Parse(u.Query().Get("redirect_uri"))
	if err != nil || back.Port() == "" {
		return ""
	}
	host := words[2]
	if user := p.Environ("USER"); user != "" {
		host = user + "@" + host
	}
	line := fmt.Sprintf("ssh -N -L %s:%s %s", back.Port(), net.JoinHostPort(back.Hostname(), back.Port()), host)
	if words[3] != "22" {
		line += " -p " + words[3]
	}
	return line
}

// showDeviceCode tells the person the code of the device code grant, and draws
// its address for a phone where there is room.
func (p *program) showDeviceCode(m acquire.DeviceMessage) {
	p.say("%s", strings.TrimSpace(m.Message))
	if drawing := qrCode(m.VerificationURL, p.Width); p.StderrTerminal && drawing != "" {
		fmt.Fprintf(p.Stderr, "\n%s\n", drawing)
		p.say("the code for it is %s", m.UserCode)
	}
}
