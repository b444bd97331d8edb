package lazyregexp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hdstest/internal/lazyregexp"
)

// TestExpressions compiles every expression of this module.
func TestExpressions(t *testing.T) {
	n := 0
	for place, text := range expressions(t, "..") {
		n++
		if _, err := regexp.Compile(text); err != nil {
			t.Errorf("%s: %v", place, err)
		}
	}
	if n < 100 {
		t.Errorf("%d expressions found, want all of them", n)
	}
}

// TestFaulty: an expression that is faulty is told, at its first use.
func TestFaulty(t *testing.T) {
	r := lazyregexp.New("(")
	defer func() {
		if recover() == nil {
			t.Error("used without a panic")
		}
	}()
	r.MatchString("")
}

// expressions finds the arguments of New by their place.
func expressions(t *testing.T, root string) map[string]string {
	t.Helper()
	found, files := map[string]string{}, token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 1 && isNew(call.Fun) {
				found[files.Position(call.Pos()).String()] = textOf(call.Args[0])
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func isNew(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "New" {
		return false
	}
	p, ok := s.X.(*ast.Ident)
	return ok && p.Name == "lazyregexp"
}

// textOf is a constant's text; what has a name is taken for a word.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		return textOf(e.X) + textOf(e.Y)
	}
	return "word"
}
