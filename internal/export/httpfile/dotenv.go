package httpfile

import (
	"fmt"
	"strings"

	"hdstest/internal/problem"
)

// dotenv writes a line of a .env file as the npm package dotenv reads it. It has
// no escapes within quotes, so a quote is chosen that the value has not; within
// double quotes \n and \r would become line ends. A value with all of them cannot
// be written.
//
// Source: github.com/motdotla/dotenv; values over several lines from version 15.
func dotenv(name, value string) (string, error) {
	quote := ""
	switch {
	case !strings.Contains(value, "'"):
		quote = "'"
	case !strings.Contains(value, `"`) && !strings.Contains(value, `\n`) && !strings.Contains(value, `\r`):
		quote = `"`
	case !strings.Contains(value, "`"):
		quote = "`"
	default:
		return "", problem.Usagef("the client secret holds all three kinds of quotes (' \" `), which a .env file cannot hold: leave out --include-secrets and take another secret")
	}
	return fmt.Sprintf("%s=%s%s%s\n", name, quote, value, quote), nil
}
