package dicom

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/sandbox/dicom/part10"
)

// original is the transfer syntax that stands for "as it is stored".
const original = "*"

// accepted is one entry of an Accept header.
type accepted struct {
	media     string // of the parts, if multipart
	multipart bool
	any       bool   // */*
	syntax    string // empty: not given
	quality   float64
}

// parseAccept reads Accept headers, best quality first. What cannot be read is
// left out.
func parseAccept(headers []string) []accepted {
	var out []accepted
	for part := range splitHeader(strings.Join(headers, ",")) {
		media, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		a := accepted{media: media, any: media == "*/*", syntax: strings.Trim(parameters["transfer-syntax"], `"`), quality: 1}
		if media == "multipart/related" {
			a.multipart, a.media = true, strings.ToLower(strings.Trim(parameters["type"], `"`))
		}
		if q, err := strconv.ParseFloat(parameters["q"], 64); err == nil {
			a.quality = q
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b accepted) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	return out
}

// splitHeader splits at the commas that are not within quotes.
func splitHeader(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		quoted := false
		parts := strings.FieldsFunc(text, func(r rune) bool {
			if r == '"' {
				quoted = !quoted
			}
			return r == ',' && !quoted
		})
		for _, part := range parts {
			if !yield(strings.TrimRight(strings.TrimSpace(part), "; ")) {
				return
			}
		}
	}
}

// rule is one way in which a resource can be had.
type rule struct {
	media    string
	single   bool // alone
	multi    bool // in a multipart answer
	missing  string
	syntaxes []string
}

// rules of the resources. Source: microsoft/dicom-server AcceptHeaderHandler.cs.
func instanceRules(single bool) []rule {
	syntaxes := []string{original, part10.ExplicitLittle, part10.JPEG2000}
	return []rule{
		{media: dicomType, single: single, multi: true, missing: part10.ExplicitLittle, syntaxes: syntaxes},
		{media: "*/*", single: true, multi: true, missing: original, syntaxes: syntaxes},
	}
}

func frameRules() []rule {
	plain := []string{original, part10.ExplicitLittle}
	return []rule{
		{media: octets, single: true, multi: true, missing: part10.ExplicitLittle, syntaxes: plain},
		{media: "image/jp2", multi: true, missing: part10.JPEG2000, syntaxes: []string{part10.JPEG2000}},
		{media: "*/*", single: true, multi: true, missing: original, syntaxes: plain},
	}
}

const octets = "application/octet-stream"

// choose finds the best of what is accepted among what there is. */* means the
// usual media type, in a multipart answer.
func choose(headers []string, rules []rule, usual string) (accepted, *refusal) {
	var best *accepted
	for _, a := range parseAccept(headers) {
		for _, r := range rules {
			if a.media != r.media || a.multipart && !r.multi || !a.multipart && !r.single {
				continue
			}
			if a.syntax == "" {
				a.syntax = r.missing
			}
			if !slices.Contains(r.syntaxes, a.syntax) {
				continue
			}
			if best == nil || a.syntax == original && a.quality >= best.quality {
				best = &accepted{media: a.media, multipart: a.multipart || a.any, syntax: a.syntax, quality: a.quality}
			}
			break
		}
	}
	if best == nil {
		return accepted{}, refuse(http.StatusNotAcceptable, "The request headers are not acceptable")
	}
	if best.media == "*/*" {
		best.media = usual
	}
	return *best, nil
}
