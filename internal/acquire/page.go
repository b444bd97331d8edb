package acquire

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// pageText is the page that the browser shows. It loads nothing.
//
//go:embed page.html
var pageText string

// page is what a person reads in the browser. All of it is escaped.
type page struct {
	Title  string
	Text   string
	Detail string // the authority's own words
	Good   bool
}

// donePage tells how the sign-in ended, as far as the browser can know: whether
// the token came shows in the terminal.
func donePage(answer url.Values) page {
	if code := answer.Get("error"); code != "" {
		return page{
			Title:  "The sign-in did not succeed",
			Text:   "The authority gave the answer below. You can close this window; the terminal says what to do next.",
			Detail: strings.TrimSpace(code + "\n" + trailer.ReplaceAllString(answer.Get("error_description"), "")),
		}
	}
	return page{Good: true, Title: "You are signed in", Text: "You can close this window and return to the terminal."}
}

// show writes the page under a policy that allows its own style sheet and
// nothing else.
func show(w http.ResponseWriter, status int, p page) {
	var b bytes.Buffer
	t, err := template.New("page").Parse(pageText)
	if err == nil {
		err = t.Execute(&b, p)
	}
	harden(w.Header())
	if err != nil { // the template is embedded and tested
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", policy(b.String()))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that has gone is no fault
}

// harden keeps the answer out of caches, referrers and frames.
func harden(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", policy(""))
}

// policy names the style sheet of the page by its hash (CSP level 2).
func policy(html string) string {
	style := "'none'"
	if _, after, ok := strings.Cut(html, "<style>"); ok {
		sheet, _, _ := strings.Cut(after, "</style>")
		sum := sha256.Sum256([]byte(sheet))
		style = "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + style + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
