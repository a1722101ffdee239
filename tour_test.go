package main

import (
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// stop is a place named in the tour: a file and a function in it, in Go perhaps with its type before it.
var stop = regexp.MustCompile("`([\\w./-]+\\.(?:go|ts|svelte)):([\\w.()*]+)`")

// leastStops is how many stops the tour has at least: fewer, and it no longer goes from the wire to the map.
const leastStops = 12

// TestTour holds the tour against the code: every function that it names exists.
func TestTour(t *testing.T) {
	text, err := os.ReadFile("TOUR.md")
	if err != nil {
		t.Fatal(err)
	}
	_, files := goFiles(t)
	stops := stop.FindAllStringSubmatch(string(text), -1)
	if len(stops) < leastStops {
		t.Errorf("the tour has %d stops", len(stops))
	}
	for _, s := range stops {
		if !strings.HasSuffix(s[1], ".go") {
			clientHas(t, s[1], s[2])
			continue
		}
		i := slices.IndexFunc(files, func(f goFile) bool { return f.path == s[1] })
		if i < 0 {
			t.Errorf("%s: there is no file %s", s[0], s[1])
			continue
		}
		if names := functions(files[i].syntax); !slices.Contains(names, strings.NewReplacer("(", "", "*", "", ")", "").Replace(s[2])) {
			t.Errorf("%s: %s has only %s", s[0], s[1], strings.Join(names, ", "))
		}
	}
}

// functions are the names of a file's functions; methods are named alone and with their type.
func functions(f *ast.File) []string {
	var names []string
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		names = append(names, fn.Name.Name)
		if fn.Recv == nil {
			continue
		}
		of := fn.Recv.List[0].Type
		if p, ok := of.(*ast.StarExpr); ok {
			of = p.X
		}
		if id, ok := of.(*ast.Ident); ok {
			names = append(names, id.Name+"."+fn.Name.Name)
		}
	}
	return names
}

// clientHas fails unless a file of the browser client declares a function or method of that name.
func clientHas(t *testing.T, file, name string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return
	}
	quoted := regexp.QuoteMeta(name)
	declared := regexp.MustCompile(`(?m)\b(function|const|let) ` + quoted + `\b|^\s+(private |async |static )*` + quoted + `(<[^(]*>)?\(.*\{$`)
	if !declared.Match(text) {
		t.Errorf("%s has no function %s", file, name)
	}
}
