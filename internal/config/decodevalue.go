package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// entries gives the pairs of a mapping; a fault if the node is none.
func (d *decoder) entries(n ast.Node, what string) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	case *ast.NullNode:
		return nil
	}
	d.fault(n, "%s", what)
	return nil
}

// key gives the name of a pair; a fault if it is no plain word.
func (d *decoder) key(pair *ast.MappingValueNode) (string, bool) {
	name, ok := scalar(pair.Key)
	if !ok || !keyForm.MatchString(name) {
		d.fault(pair, "expected a key or name of up to 41 letters, digits, _ - and ., with a letter first")
		return "", false
	}
	return name, true
}

// scalar gives the text of a plain or quoted value on one line.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, !strings.ContainsAny(n.Value, "\n\r\x00")
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}
