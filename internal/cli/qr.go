package cli

import (
	"strings"

	"github.com/skip2/go-qrcode"
)

// Black on white whatever the terminal's own colours are: not every camera reads
// the reverse. Codes of ECMA-48: 30 and 107 set the colours, 0 ends them.
const (
	blackOnWhite = "\x1b[30;107m"
	plainText    = "\x1b[0m"
)

// qrCode draws an address as a QR code, two modules in a character; nothing if it
// does not fit into the width (0: not known) or is no web address.
func qrCode(address string, width int) string {
	if !strings.HasPrefix(address, "https://") {
		return ""
	}
	code, err := qrcode.New(address, qrcode.Low)
	if err != nil {
		return ""
	}
	rows := code.Bitmap()
	if width > 0 && len(rows) > width {
		return ""
	}
	var b strings.Builder
	for y := 0; y < len(rows); y += 2 {
		b.WriteString(blackOnWhite)
		for x := range rows[y] {
			b.WriteString(halves(rows[y][x], y+1 < len(rows) && rows[y+1][x]))
		}
		b.WriteString(plainText + "\n")
	}
	return b.String()
}

// halves is the character for two modules above each other.
func halves(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
