package api

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"basin/fault"
)

// filterTexts finds the texts in the code of which the reasons of wrong filters are made: what is handed to Wrong and expected, and what these functions give.
func filterTexts(t *testing.T) map[string]string {
	t.Helper()
	makers := map[string]bool{"check": true, "outside": true, "wants": true, "badMoment": true}
	out := map[string]string{}
	set, files := parsed(t, "cql2", "layer")
	collect := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				value, _ := constant(text)
				out[value] = set.Position(text.Pos()).String()
			}
			return true
		})
	}
	for _, f := range files {
		name := set.Position(f.Pos()).Filename
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				kind := n.Name.Name == "String" && strings.HasSuffix(name, "layer/filter.go")
				if (makers[n.Name.Name] || kind) && n.Body != nil && !strings.HasSuffix(name, "own.go") {
					collect(n.Body)
				}
			case *ast.CallExpr:
				called := ""
				switch fun := n.Fun.(type) {
				case *ast.Ident:
					called = fun.Name
				case *ast.SelectorExpr:
					called = fun.Sel.Name
				}
				if called == "Wrong" || called == "expected" {
					for _, arg := range n.Args[1:] {
						collect(arg)
					}
				}
			}
			return true
		})
	}
	return out
}

// english finds what is left of English sentences.
var english = regexp.MustCompile(`[a-z]{2,} [a-z]{2,}|\b(expected|an?|the) `)

// TestFilterWords holds that every reason for which a filter is wrong has Chinese words.
func TestFilterWords(t *testing.T) {
	texts := filterTexts(t)
	if len(texts) < 60 {
		t.Fatalf("only %d texts found", len(texts))
	}
	for text, at := range texts {
		if chinese := filterWords(text); english.MatchString(chinese) {
			t.Errorf("%s: %q is %q in Chinese", at, text, chinese)
		}
	}
}

// TestFilterReasonsInChinese holds whole sentences; what the filter itself says is not translated.
func TestFilterReasonsInChinese(t *testing.T) {
	for why, want := range map[string]string{
		"expected a value, a name or a condition, but it ends there": "此处应为值、名称或条件，却到此为止",
		`expected an operator or the end, but found "a text"`:        `此处应为运算符或结尾，却是 "a text"`,
		"it compares a text with a number":                           "不能相比：文本与数",
	} {
		if got := filterWords(why); got != want {
			t.Errorf("%s: %s, want %s", why, got, want)
		}
	}
	f := inChinese(fault.New(fault.Invalid, "bad-filter", "{place}: {why}", "place", "line 2, column 7", "why", "the list is empty"))
	if got := f.Fill("{place}：{why}"); got != "第 2 行第 7 个字符：列表为空" {
		t.Errorf("%s", got)
	}
}
