package plaintext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"hdstest/internal/plaintext"
)

func TestLine(t *testing.T) {
	for name, row := range map[string]struct{ in, want, err string }{
		"plain":                       {"s3cret", "s3cret", ""},
		"with the end of an editor":   {"s3cret\r\n", "s3cret", ""},
		"Notepad's UTF-8":             {"\xef\xbb\xbfs3cret\r\n", "s3cret", ""},
		"PowerShell's >":              {"\xff\xfes\x003\x00c\x00\r\x00\n\x00", "s3c", ""},
		"UTF-16, big end first":       {"\xfe\xff\x00s\x003\x00\n", "s3", ""},
		"not ASCII":                   {"pässwörd\n", "pässwörd", ""},
		"empty":                       {"", "", ""},
		"a mark alone":                {"\xff\xfe", "", ""},
		"white space alone":           {" \t\r\n", "", ""},
		"UTF-16 without a mark":       {"s\x003\x00", "", "control characters"},
		"UTF-16 cut short":            {"\xff\xfes\x003", "", "no text"},
		"Latin-1":                     {"p\xe4ssword", "", "no text"},
		"random bytes":                {"\x8f\x00\x1b\xff\x07", "", "no text"},
		"an escape sequence":          {"s3\x1b[31mcret", "", "control characters"},
		"two lines":                   {"one\ntwo\n", "", "2 lines"},
		"a line end of old Macs only": {"one\rtwo", "", "control characters"},
	} {
		got, err := plaintext.Line([]byte(row.in))
		switch {
		case row.err == "" && (err != nil || got != row.want):
			t.Errorf("%s: %q, %v, want %q", name, got, err, row.want)
		case row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)):
			t.Errorf("%s: %q, %v, want an error with %q", name, got, err, row.err)
		}
	}
}

// FuzzLine: what is taken is one line of text, and taken again it is the same.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"a\r\n", "\xff\xfea\x00", "\xef\xbb\xbfa", "\xfe\xff", "a\nb"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		line, err := plaintext.Line(data)
		if err != nil {
			return
		}
		if !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("%q was taken from %q", line, data)
		}
		if again, err := plaintext.Line([]byte(line)); err == nil && !strings.HasPrefix(line, "\ufeff") && again != line {
			t.Errorf("%q became %q", line, again)
		}
	})
}
