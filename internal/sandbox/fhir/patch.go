package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// patch is PATCH /Type/id with a JSON Patch.
func (s *Service) patch(in *request) (*response, *refusal) {
	r := s.store.find(in.path[0], in.path[1])
	if r == nil {
		return nil, resourceNotFound(in.path[0], in.path[1])
	}
	if r.current().deleted {
		return nil, gone(r.current().version)
	}
	if refused := s.checkMatch(in, r.typ, r.id); refused != nil {
		return nil, refused
	}
	return s.patchOne(in, r)
}

func (s *Service) patchOne(in *request, r *resource) (*response, *refusal) {
	var steps []patchStep
	if bytes.HasPrefix(bytes.TrimSpace(in.body), []byte("{")) {
		return nil, absent("FHIRPath Patch")
	}
	if err := decodeNumbers(in.body, &steps); err != nil {
		return nil, badRequest("Error occurred when parsing model: '%s'.", err)
	}
	body, err := s.store.body(r.current())
	if err != nil {
		return nil, failed(err)
	}
	var tree any
	if err := decodeNumbers(body, &tree); err != nil {
		return nil, failed(err)
	}
	for _, step := range steps {
		if step.immutable() {
			return nil, badRequest("Patching immutable properties is not allowed.")
		}
		if tree, err = step.apply(tree); err != nil {
			return nil, badRequest("Error patching resource: '%s'.", err)
		}
	}
	d, refused := parseDocument(encode(tree))
	if refused != nil {
		return nil, refused
	}
	in.document = d
	return s.save(in, r.id)
}

func decodeNumbers(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// patchStep is one operation of a JSON Patch (RFC 6902).
type patchStep struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	From  string `json:"from"`
	Value any    `json:"value"`
}

// immutable tells whether a step would touch what a patch may not.
// Source: microsoft/fhir-server PatchResourceHandler.cs.
func (p patchStep) immutable() bool {
	return p.Op != "test" && slices.ContainsFunc([]string{"/resourceType", "/id", "/text/div", "/text/status", "/meta/lastUpdated", "/meta/versionId"},
		func(fixed string) bool { return p.Path == fixed || p.Op == "move" && p.From == fixed })
}

func (p patchStep) apply(tree any) (any, error) {
	switch p.Op {
	case "add", "remove", "replace":
		return edit(tree, pointer(p.Path), p.Op, p.Value)
	case "test":
		seen, err := lookUp(tree, pointer(p.Path))
		if err == nil && !reflect.DeepEqual(seen, p.Value) {
			err = fmt.Errorf("the value at %s is not the one tested for", p.Path)
		}
		return tree, err
	case "copy", "move":
		value, err := lookUp(tree, pointer(p.From))
		if err != nil {
			return nil, err
		}
		if value, err = clone(value); err != nil {
			return nil, err
		}
		if p.Op == "move" {
			if tree, err = edit(tree, pointer(p.From), "remove", nil); err != nil {
				return nil, err
			}
		}
		return edit(tree, pointer(p.Path), "add", value)
	}
	return nil, fmt.Errorf("'%s' is no operation of a JSON Patch", p.Op)
}

// clone keeps a copied value apart from its source.
func clone(value any) (any, error) {
	var out any
	return out, decodeNumbers(encode(value), &out)
}

// pointer splits a JSON Pointer (RFC 6901).
func pointer(text string) []string {
	var out []string
	for part := range strings.SplitSeq(strings.TrimPrefix(text, "/"), "/") {
		out = append(out, strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~"))
	}
	return out
}

var errNoTarget = errors.New("the target location was not found")

func lookUp(node any, at []string) (any, error) {
	if len(at) == 0 {
		return node, nil
	}
	switch node := node.(type) {
	case map[string]any:
		if next, ok := node[at[0]]; ok {
			return lookUp(next, at[1:])
		}
	case []any:
		if i, err := strconv.Atoi(at[0]); err == nil && i >= 0 && i < len(node) {
			return lookUp(node[i], at[1:])
		}
	}
	return nil, errNoTarget
}

// edit gives the tree with one place changed.
func edit(node any, at []string, op string, value any) (any, error) {
	switch node := node.(type) {
	case map[string]any:
		return editObject(node, at, op, value)
	case []any:
		return editArray(node, at, op, value)
	}
	return nil, errNoTarget
}

func editObject(node map[string]any, at []string, op string, value any) (any, error) {
	next, there := node[at[0]]
	switch {
	case !there && (len(at) > 1 || op != "add"):
		return nil, errNoTarget
	case len(at) > 1:
		changed, err := edit(next, at[1:], op, value)
		if err != nil {
			return nil, err
		}
		node[at[0]] = changed
	case op == "remove":
		delete(node, at[0])
	default:
		node[at[0]] = value
	}
	return node, nil
}

func editArray(node []any, at []string, op string, value any) (any, error) {
	if at[0] == "-" && op == "add" && len(at) == 1 {
		return append(node, value), nil
	}
	i, err := strconv.Atoi(at[0])
	if err != nil || i < 0 || i > len(node) || i == len(node) && (op != "add" || len(at) > 1) {
		return nil, errNoTarget
	}
	switch {
	case len(at) > 1:
		changed, err := edit(node[i], at[1:], op, value)
		if err != nil {
			return nil, err
		}
		node[i] = changed
		return node, nil
	case op == "add":
		return slices.Insert(node, i, value), nil
	case op == "remove":
		return slices.Delete(node, i, i+1), nil
	}
	node[i] = value
	return node, nil
}
