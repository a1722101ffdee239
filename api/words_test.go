package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reachable are the packages whose faults can become answers.
var reachable = []string{"access", "alert", "api", "area", "auth", "catalog", "cql2", "format", "geo", "hydro", "hydro/dflow", "hydro/hydraulics", "hydro/swmm", "ingest", "layer", "picture", "postgis", "sensorthings", "tiles", "twin"}

// faultCall is a call of fault.New as it stands in the code.
type faultCall struct {
	place  string
	code   string
	text   string
	params []string // the names of the values that it hands over
}

// parsed are the files of packages, tests left out.
func parsed(t *testing.T, dirs ...string) (*token.FileSet, []*ast.File) {
	t.Helper()
	set, files := token.NewFileSet(), []*ast.File(nil)
	for _, dir := range dirs {
		names, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	return set, files
}

// faultCalls finds the calls of fault.New in a package. A code or text that is not a constant in its place cannot be translated and fails the test.
func faultCalls(t *testing.T, dir string) []faultCall {
	t.Helper()
	set, files := parsed(t, dir)
	var calls []faultCall
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			call, first := faultCall{place: set.Position(c.Pos()).String()}, 1 // the kind comes first
			switch {
			case isFaultNew(c.Fun):
			case dir == "hydro/swmm" && isFail(c.Fun):
				call.params, first = []string{"line", "section", "name"}, 0
			default:
				return true
			}
			if len(c.Args) < first+2 || c.Ellipsis.IsValid() {
				t.Errorf("%s: parameters that are not named in their place", call.place)
				return true
			}
			for i, arg := range c.Args[first:] {
				text, ok := constant(arg)
				switch {
				case i > 1 && i%2 == 1: // the values
				case !ok:
					t.Errorf("%s: argument %d is not a text", call.place, i)
				case i == 0:
					call.code = text
				case i == 1:
					call.text = text
				default:
					call.params = append(call.params, text)
				}
			}
			calls = append(calls, call)
			return true
		})
	}
	return calls
}

func isFaultNew(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "New" {
		return false
	}
	from, ok := s.X.(*ast.Ident)
	return ok && from.Name == "fault"
}

// isFail finds the method of a row of a SWMM file that makes a fault of its place.
func isFail(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "fail"
}

// constant is the value of a text or of texts joined by plus.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok1 := constant(e.X)
		right, ok2 := constant(e.Y)
		return left + right, ok1 && ok2 && e.Op == token.ADD
	}
	return "", false
}

var inBraces = regexp.MustCompile(`\{([a-z_]+)\}`)

// placeholders are the names in braces in a text.
func placeholders(text string) []string {
	var names []string
	for _, m := range inBraces.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// halfWidth finds punctuation of English in a Chinese sentence.
var halfWidth = regexp.MustCompile(`\p{Han}[,:;()?!]|[,:;()?!]\p{Han}|[:(]\{[a-z]|[a-z]\}[,:;)]`)

// TestWords holds the Chinese texts against the English ones: each problem has one, none is left over, and each names only what every call of its code
// hands over.
func TestWords(t *testing.T) {
	given := map[string][][]string{}
	for _, dir := range reachable {
		for _, c := range faultCalls(t, dir) {
			given[c.code] = append(given[c.code], c.params)
			if _, ok := zh[c.code]; !ok {
				t.Errorf("%s: %s has no text in Chinese: %s", c.place, c.code, c.text)
			}
			for _, name := range placeholders(c.text) {
				if !slices.Contains(c.params, name) {
					t.Errorf("%s: the text of %s names {%s}, which it is not given", c.place, c.code, name)
				}
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(zh)) {
		if len(given[code]) == 0 {
			t.Errorf("nothing speaks of %s: its text in Chinese is stale", code)
		}
		for _, params := range given[code] {
			for _, name := range placeholders(zh[code]) {
				if !slices.Contains(params, name) {
					t.Errorf("the Chinese text of %s names {%s}, which is not among %v", code, name, params)
				}
			}
		}
		if found := halfWidth.FindString(zh[code]); found != "" {
			t.Errorf("the Chinese text of %s has the punctuation of English: %s", code, found)
		}
	}
}

// TestReachable holds the list of packages against the tree: what this package or ingest may call, directly or not, is in it.
func TestReachable(t *testing.T) {
	left := []string{"api", "ingest"}
	seen := map[string]bool{}
	for len(left) > 0 {
		dir := left[0]
		left = left[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		names, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`"basin/([a-z/]+)"`).FindAllSubmatch(text, -1) {
				left = append(left, string(m[1]))
			}
		}
	}
	for dir := range seen {
		if dir != "fault" && !slices.Contains(reachable, dir) {
			t.Errorf("faults of %s can become answers", dir)
		}
	}
}
