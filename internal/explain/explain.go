// Package explain turns whatever a person has of a failure into evidence: an
// error code, a JSON body, an address, a header, a saved answer, the text of a
// failed connection, a token, a bundle, or several of them in one text.
//
// The way in is [Read]. Each kind of input has a file and a function that looks
// through the text for what it knows, adds it to the bundle and says so in
// words; the others stay silent. What a kind does not know it does not keep:
// codes, statuses and known phrases stay, free text passes [Clean]. Which cause
// follows from the evidence is package diagnose's business. The package knows
// no network, no file and no clock.
//
// To add a kind, write its function in a file of its own, add it to kinds, and
// show in the table test that it speaks and when it must be silent.
package explain

import (
	"slices"
	"strings"

	"hdstest/internal/evidence"
)

// MaxSize is the length in bytes up to which a text is read; what follows is left out.
const MaxSize = 1 << 20

// Understanding is what was understood of a text.
type Understanding struct {
	Bundle evidence.Bundle
	What   []string // for a person; empty if nothing was understood
	Gather []string // what to gather next, should no cause be known
}

// kind looks for one kind of input. It says nothing if there is none of it.
type kind func(u *Understanding, in input)

// input is the text with what several kinds ask for.
type input struct {
	text    string
	objects []map[string]any // the JSON objects in it, outer ones before inner ones
}

// kinds are all kinds. Of two that fill the same place the first counts.
func kinds() []kind {
	return []kind{
		httpAnswer, challengeHeader, oauthAnswer, redirectAddress, operationOutcome, dicomFailure, controlPlane,
		cliError, bareNumber, codes, networkFailure, jwt, serviceAddress,
	}
}

// Read understands a text as far as it can. It gives no error: a text of which
// nothing is known gives an empty bundle and says what to gather.
func Read(text string) Understanding {
	var u Understanding
	text = strings.TrimSpace(strings.TrimPrefix(text[:min(len(text), MaxSize)], "\ufeff"))
	in := input{text: strings.ToValidUTF8(text, "�")}
	in.objects = objects(in.text)
	if !bundle(&u, in) {
		for _, k := range kinds() {
			k(&u, in)
		}
		u.settle()
	}
	u.gather()
	return u
}

// say adds what was understood, once. What comes from the text is cleaned before.
func (u *Understanding) say(what string) {
	if !slices.Contains(u.What, what) {
		u.What = append(u.What, what)
	}
}

// settle moves the status of a saved answer to the section that the answer's
// body turned out to belong to.
func (u *Understanding) settle() {
	b := &u.Bundle
	if b.Response == nil || b.Response.Body != nil {
		return
	}
	moved := true
	switch {
	case b.TokenEndpoint != nil && b.TokenEndpoint.Error != "" && b.TokenEndpoint.Status == 0:
		b.TokenEndpoint.Status = b.Response.Status
	case b.Graph != nil && b.Graph.Status == 0:
		b.Graph.Status = b.Response.Status
	case b.ARM != nil && b.ARM.Status == 0:
		b.ARM.Status = b.Response.Status
	default:
		moved = false
	}
	if moved {
		b.Response = nil
	}
}

// gather says what would help next.
func (u *Understanding) gather() {
	b := u.Bundle
	add := func(text string) { u.Gather = append(u.Gather, text) }
	switch {
	case len(u.What) == 0:
		add("the error code (AADSTS and a number), or the whole JSON of the token endpoint")
		add("the whole answer of the failing request: curl -i, with status, headers and body")
		add("the full text of the connection error, from the program that shows it")
		add("an evidence bundle: the failing hdstest command again with --debug, and its output")
	case b.Response != nil:
		add("the body and the WWW-Authenticate header of the answer (curl -i)")
		add("the claims of the token that was sent: hdstest inspect -")
	case b.Claims != nil:
		add("the answer of the service that refuses this token (curl -i)")
	case b.Network != nil:
		add("the address that was called, and whether a proxy or a private link is between")
	default:
		add("the request that was answered so: its grant, scope and client id, without the secret")
	}
}
