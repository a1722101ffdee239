package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says which of our packages each of our packages may import. Imports point at the vocabulary, never downstream. The root may import
// everything; tests are exempt.
var mayImport = map[string][]string{
	"fault":               nil,
	"geo":                 {"fault"},
	"access":              {"fault"},
	"hydro/hydraulics":    {"fault"},
	"hydro/dflow":         {"fault", "source", "hydro/hydraulics"},
	"hydro/swmm":          {"fault", "hydro/hydraulics"},
	"sensorthings":        {"fault"},
	"cql2":                {"fault"},
	"source":              {"fault", "geo"},
	"bureau":              {"fault"},
	"postgis":             {"fault", "geo"},
	"postgis/postgistest": {"postgis", "migrations"},
	"auth":                {"fault", "access", "postgis"},
	"layer":               {"fault", "geo", "access", "postgis", "cql2"},
	"twin":                {"fault", "geo", "access", "postgis"},
	"format":              {"fault", "layer"}, // it writes rows of layers
	"tiles":               {"fault", "geo", "access", "postgis", "layer"},
	"picture":             nil,
	"catalog":             {"fault", "geo", "access", "postgis", "layer"},
	"area":                {"fault", "geo", "access", "postgis", "twin", "source", "hydro/hydraulics"},
	"hydro":               {"fault", "geo", "access", "postgis", "twin", "source", "hydro/hydraulics"},
	"city":                {"fault", "geo", "access", "postgis", "twin", "source"},
	"road":                {"fault", "geo", "access", "postgis", "twin", "source"},
	"flood":               {"fault", "geo", "access", "postgis", "twin", "hydro", "city", "road"},
	"alert":               {"fault", "access", "postgis", "twin"},
	"ingest":              {"fault", "geo", "access", "postgis", "twin", "sensorthings"},
	"api": {"fault", "geo", "access", "hydro/hydraulics", "source", "postgis", "auth", "layer", "format", "twin", "tiles", "picture", "catalog", "area", "hydro", "city",
		"road", "flood", "alert", "sensorthings", "cql2"},
	"migrations": nil,
	"web":        nil,
}

// confined says in which files a module of others may be imported, as patterns of path.Match.
var confined = map[string][]string{
	"github.com/jackc/pgx":             {"postgis/*.go", "*/store*.go", "bureau/postgres.go"}, // the last speaks to databases of others, never to ours
	"github.com/go-sql-driver/mysql":   {"bureau/mysql.go"},
	"github.com/microsoft/go-mssqldb":  {"bureau/sqlserver.go"},
	"github.com/labstack/echo":         {"api/*.go", "ingest/http*.go", "serve.go"},
	"github.com/eclipse/paho.golang":   {"ingest/mqtt*.go"},
	"github.com/uber/h3-go":            {"geo/*.go"},
	"github.com/twpayne/go-geom":       {"geo/*.go", "city/*.go"},
	"github.com/pressly/goose":         {"postgis/*.go"},
	"github.com/alecthomas/kong":       {"main.go", "config.go"},
	"github.com/getkin/kin-openapi":    {"api/*.go"},
	"github.com/parquet-go/parquet-go": {"format/parquet.go"}, // columns, pages and their compression are a format of their own
	"github.com/xuri/excelize":         {"format/xlsx.go"},    // a workbook is a dozen files of XML that spreadsheets are strict about
	"golang.org/x/image":               {"picture/*.go"},
	"google.golang.org/protobuf":       {"source/osmpbf*.go"}, // the wire form of OpenStreetMap's files; see readPBF for why it is read here
}

// environment are the functions of package os that read the environment, and the files that may call them.
var environment = map[string][]string{
	"Getenv":    {"config.go"},
	"Environ":   {"config.go"},
	"ExpandEnv": {"config.go"},
	"LookupEnv": {"config.go", "source/command.go"}, // the latter only hands to GDAL's programs where things are installed; it configures nothing
}

// schemas says to which package each schema of the database belongs.
var schemas = map[string]string{"alert": "alert", "ingest": "ingest", "twin": "twin", "feed": "postgis", "auth": "auth", "layer": "layer", "own": "layer", "area": "area", "hydro": "hydro",
	"city": "city", "road": "road", "catalog": "catalog"}

// alsoNames are the relations outside its own schema and those of its imports that a package's SQL may name, with the reason.
var alsoNames = map[string][]string{
	"auth":    {"twin.thing"},                  // a gateway is bound to stations that exist
	"catalog": {"twin.thing"},                  // a region reaches as far as its things
	"layer":   {"catalog.dataset"},             // a layer shows the source of its dataset
	"ingest":  {"hydro.station", "hydro.work"}, // SL 323 has one table for levels of rivers, one for tides, one for pumps
}

// goFile is one of our Go files that are not tests.
type goFile struct {
	path, dir string // from the root, with slashes; dir is "." for the root
	syntax    *ast.File
}

// goFiles parses all our Go files but the tests.
func goFiles(t *testing.T) (*token.FileSet, []goFile) {
	t.Helper()
	set := token.NewFileSet()
	var files []goFile
	for _, name := range ourFiles(t, ".go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, goFile{name, path.Dir(name), syntax})
	}
	return set, files
}

// ourFiles lists the files of this repository whose names end so.
func ourFiles(t *testing.T, suffix string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(name, suffix) {
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	return names
}

// imported are the paths that a file imports.
func (f goFile) imported(t *testing.T) []string {
	t.Helper()
	paths := make([]string, len(f.syntax.Imports))
	for i, s := range f.syntax.Imports {
		p, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths[i] = p
	}
	return paths
}

// TestImports holds every import of ours against the table.
func TestImports(t *testing.T) {
	_, files := goFiles(t)
	for _, f := range files {
		if f.dir == "." {
			continue
		}
		allowed, known := mayImport[f.dir]
		if !known {
			t.Errorf("%s: the package %s has no row in the table of imports", f.path, f.dir)
		}
		for _, p := range f.imported(t) {
			if own, is := strings.CutPrefix(p, "basin/"); is && !slices.Contains(allowed, own) {
				t.Errorf("%s: %s may not import %s", f.path, f.dir, own)
			}
		}
	}
}

// TestImportTable holds the table against itself: no row names a package without a row, and no two packages may import each other.
func TestImportTable(t *testing.T) {
	var reaches func(from, to string) bool
	reaches = func(from, to string) bool {
		return slices.ContainsFunc(mayImport[from], func(p string) bool { return p == to || reaches(p, to) })
	}
	for dir, allowed := range mayImport {
		for _, p := range allowed {
			if _, known := mayImport[p]; !known {
				t.Errorf("%s may import %s, which has no row", dir, p)
			}
			if slices.Contains(mayImport[p], dir) || reaches(p, dir) {
				t.Fatalf("%s and %s may import each other", dir, p)
			}
		}
	}
}

// TestConfinedModules finds modules of others where they must not be.
func TestConfinedModules(t *testing.T) {
	_, files := goFiles(t)
	seen := map[string]bool{}
	for _, f := range files {
		for _, p := range f.imported(t) {
			for module, patterns := range confined {
				if p != module && !strings.HasPrefix(p, module+"/") {
					continue
				}
				seen[module] = true
				if !slices.ContainsFunc(patterns, func(pattern string) bool { return matches(t, pattern, f.path) }) {
					t.Errorf("%s imports %s, which belongs in %s", f.path, p, strings.Join(patterns, ", "))
				}
			}
		}
	}
	for module := range confined {
		if !seen[module] {
			t.Errorf("nothing imports %s: its row is stale", module)
		}
	}
}

func matches(t *testing.T, pattern, name string) bool {
	t.Helper()
	ok, err := path.Match(pattern, name)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// TestEnvironment finds readers of the environment besides config.go, whose flags name their variables.
func TestEnvironment(t *testing.T) {
	set, files := goFiles(t)
	for _, f := range files {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			from, ok := s.X.(*ast.Ident)
			if !ok || (from.Name != "os" && from.Name != "syscall") {
				return true
			}
			if allowed, reads := environment[s.Sel.Name]; reads && !slices.Contains(allowed, f.path) {
				t.Errorf("%s: %s.%s reads the environment", set.Position(s.Pos()), from.Name, s.Sel.Name)
			}
			return true
		})
	}
}

// TestNoInit finds functions that run by being imported.
func TestNoInit(t *testing.T) {
	set, files := goFiles(t)
	for _, f := range files {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init", set.Position(fn.Pos()))
			}
		}
	}
}

var (
	sqlStart   = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b`)
	sqlComment = regexp.MustCompile(`--[^\n]*`)
	qualified  = regexp.MustCompile(`(?:^|[^\w.])((?:` + strings.Join(schemaNames(), "|") + `)\.\w+)`)
	relation   = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES) (?:ONLY )?((?:` + strings.Join(schemaNames(), "|") + `)\.\w+)`)
	onlyName   = regexp.MustCompile(`^(?:` + strings.Join(schemaNames(), "|") + `)\.[a-z_]+$`)
)

func schemaNames() []string {
	var names []string
	for name := range schemas {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// mayName says whether the SQL of a package may name a relation or type: those of its own schema, of the packages it may import, and the type of
// access.Class, which is stored as auth.class.
func mayName(dir, name string) bool {
	schema, _, _ := strings.Cut(name, ".")
	owner := schemas[schema]
	return dir == "." || owner == dir || slices.Contains(mayImport[dir], owner) || slices.Contains(alsoNames[dir], name) ||
		(name == "auth.class" && slices.Contains(mayImport[dir], "access"))
}

// TestSchemas holds what SQL names against the table of imports: in .sql files, in literals that begin as SQL does or name a relation after FROM and the
// like, and in literals that are nothing but the name of a relation.
func TestSchemas(t *testing.T) {
	set, files := goFiles(t)
	found := map[string]bool{}
	judge := func(dir, place string, names [][]string) {
		for _, m := range names {
			found[dir+" "+m[1]] = true
			if !mayName(dir, m[1]) {
				t.Errorf("%s: the SQL of %s may not name %s", place, dir, m[1])
			}
		}
	}
	for _, name := range ourFiles(t, ".sql") {
		if path.Dir(name) == "migrations" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		judge(path.Dir(name), name, qualified.FindAllStringSubmatch(sqlComment.ReplaceAllString(string(text), ""), -1))
	}
	for _, f := range files {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			l, ok := n.(*ast.BasicLit)
			if !ok || l.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(l.Value)
			if err != nil {
				t.Fatal(err)
			}
			place := set.Position(l.Pos()).String()
			switch {
			case sqlStart.MatchString(text):
				judge(f.dir, place, qualified.FindAllStringSubmatch(text, -1))
			case onlyName.MatchString(text):
				judge(f.dir, place, [][]string{{text, text}})
			default:
				judge(f.dir, place, relation.FindAllStringSubmatch(text, -1))
			}
			return true
		})
	}
	for dir, names := range alsoNames {
		for _, name := range names {
			if !found[dir+" "+name] {
				t.Errorf("the SQL of %s does not name %s: its row is stale", dir, name)
			}
		}
	}
	for name, dir := range schemas {
		if _, known := mayImport[dir]; !known {
			t.Errorf("the schema %s belongs to %s, which has no row in the table of imports", name, dir)
		}
	}
}
