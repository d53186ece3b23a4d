package portal_test

import (
	"fmt"
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

const module = "github.com/jexi/portal/"

// floors is the dependency rule: a package imports only from lower floors, and packages of one
// floor do not know each other. A package without a floor fails the test.
var floors = [][]string{
	0:  {"internal/fault", "internal/token", "internal/seal", "internal/mailer", "internal/mailer/mailbox", "internal/blob", "internal/outbound", "internal/config", "internal/embedpg", "internal/pgcut", "static", "migrations"},
	1:  {"internal/pgtest", "views/ui", "models/catalog"},
	2:  {"models/access", "models/rule/condition"},
	3:  {"models/db", "models/rule"},
	4:  {"models/audit"},
	5:  {"models/identity", "models/delivery"},
	6:  {"models/workspace"},
	7:  {"models/agreement", "models/content"},
	8:  {"models/instruction"},
	9:  {"models/integration"},
	10: {"models/rulebook"},
	11: {"models/approval", "models/subprocessor", "models/incident", "models/staffaccess"},
	12: {"models/datarequest", "models/posture", "models/jump"},
	13: {"models/demo", "models/modelstest", "views/layout"},
	14: {"views/account", "views/approver", "views/dev", "views/portal", "views/trail", "views/staff", "views/mail", "handlers/agentapi/api"},
	15: {"web"},
	16: {"handlers/account", "handlers/agentapi", "handlers/approver", "handlers/dev", "handlers/mail", "handlers/portal", "handlers/staff"},
	17: {"handlers"},
	18: {"cmd/portal"},
}

// outside are the libraries and parts of the standard library that have a place of their own.
var outside = []struct {
	library string // and all below it
	allowed []string
	why     string
}{
	{"gorm.io", []string{"models"}, "rows are the models' business"},
	{"github.com/labstack/echo", []string{"web", "cmd"}, "no page knows the router"},
	{"github.com/riverqueue/river", []string{"models", "handlers/mail", "handlers/tools.go", "cmd"}, "only models enqueue; handlers/tools.go maps jobs to workers"},
	{"os/exec", []string{"internal/embedpg"}, "the portal starts no programs"},
	{"math/rand", []string{"models/demo"}, "secrets come from crypto/rand; only the demo world makes things up"},
	{"unsafe", nil, "nothing needs it"},
	{"html/template", nil, "pages are templ's, which escapes by place"},
	{"text/template", nil, "it escapes nothing"},
	{"golang.org/x/crypto", nil, "sealing is internal/seal's"},
	{"github.com/tink-crypto", []string{"internal/seal"}, "sealing is internal/seal's"},
}

// blind are what pages must not import: a page gets values and asks nothing.
var blind = []string{module + "models/db", module + "web", "net/http"}

const (
	longestFile    = 400
	longestPackage = 3000 // lines of code; markup, tests and comments apart
	medianFunction = 15
)

// file is one source file of the project as the laws see it. Path is relative with slashes.
type file struct {
	path string
	text string
}

func (f file) folder() string   { return path.Dir(f.path) }
func (f file) test() bool       { return strings.HasSuffix(f.path, "_test.go") }
func (f file) in(p string) bool { return f.path == p || strings.HasPrefix(f.path, p+"/") }

// breaches are what is wrong with one file.
func breaches(f file) []string {
	if strings.HasSuffix(f.path, ".templ") {
		return append(tooLong(f), template(f)...)
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, f.path, f.text, parser.ParseComments)
	if err != nil {
		return []string{f.path + ": " + err.Error()}
	}
	if ast.IsGenerated(tree) {
		return imports(f, tree)
	}
	out := tooLong(f)
	if !f.test() {
		out = append(out, imports(f, tree)...)
		out = append(out, persistence(f, fset, tree)...)
		out = append(out, forbidden(f, fset, tree)...)
	}
	return out
}

func tooLong(f file) []string {
	if n := strings.Count(f.text, "\n"); n > longestFile {
		return []string{fmt.Sprintf("%s has %d lines; %d are the most", f.path, n, longestFile)}
	}
	return nil
}

// imports holds a file to the floors and to what lies outside.
func imports(f file, tree *ast.File) (out []string) {
	from, known := floorOf(f.folder())
	if !known && !f.test() {
		out = append(out, fmt.Sprintf("%s has no floor; give it a line in the table of floors_test.go", f.folder()))
	}
	for _, spec := range tree.Imports {
		what, _ := strconv.Unquote(spec.Path.Value)
		if ours, ok := strings.CutPrefix(what, module); ok {
			if to, ok := floorOf(ours); known && (!ok || to >= from) {
				out = append(out, fmt.Sprintf("%s imports %s, which is not on a lower floor", f.path, ours))
			}
		}
		out = append(out, placed(f, what)...)
	}
	return out
}

func placed(f file, what string) (out []string) {
	for _, o := range outside {
		if (what == o.library || strings.HasPrefix(what, o.library+"/")) && !slices.ContainsFunc(o.allowed, f.in) {
			out = append(out, fmt.Sprintf("%s imports %s: %s", f.path, what, o.why))
		}
	}
	if f.in("views") && slices.Contains(blind, what) {
		out = append(out, fmt.Sprintf("%s imports %s: a page gets values and asks nothing", f.path, what))
	}
	return out
}

func floorOf(pkg string) (int, bool) {
	for n, floor := range floors {
		if slices.Contains(floor, pkg) {
			return n, true
		}
	}
	return 0, false
}

// gates are the calls that open the database or change its tables; only the gate makes them.
var gates = []string{"AutoMigrate", "Session", "Begin", "BeginTx", "Transaction"}

var hook = regexp.MustCompile(`^(Before|After)(Save|Create|Update|Delete|Find)$`)

// persistence keeps what GORM could do behind our backs inside the gate.
func persistence(f file, fset *token.FileSet, tree *ast.File) (out []string) {
	if f.in("models/db") {
		return nil
	}
	say := func(at ast.Node, what string) {
		out = append(out, fmt.Sprintf("%s:%d: %s belongs behind the gate (models/db)", f.path, fset.Position(at.Pos()).Line, what))
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains(gates, sel.Sel.Name) {
				say(n, sel.Sel.Name+"(")
			}
		case *ast.FuncDecl:
			if n.Recv != nil && hook.MatchString(n.Name.Name) {
				say(n, "the hook "+n.Name.Name)
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "gorm" && n.Sel.Name == "Model" {
				say(n, "gorm.Model")
			}
		}
		return true
	})
	return out
}

var (
	inlineStyle   = regexp.MustCompile(`\sstyle=|<style`)
	inlineHandler = regexp.MustCompile(`\son[a-z]+=|\shx-on|\bhx-vars|['"]js:|javascript:|<script>`)
	rawHTML       = regexp.MustCompile(`templ\.Raw\(|templ\.SafeScript|templ\.JS`)
)

// template keeps pages within the content-security policy. A letter is the one place where styles stand in the text.
func template(f file) (out []string) {
	for i, line := range strings.Split(f.text, "\n") {
		for what, pattern := range map[string]*regexp.Regexp{"an inline style": inlineStyle, "an inline script": inlineHandler, "unescaped HTML": rawHTML} {
			if pattern.MatchString(line) && !(pattern == inlineStyle && f.in("views/mail")) {
				out = append(out, fmt.Sprintf("%s:%d has %s", f.path, i+1, what))
			}
		}
	}
	return out
}

func TestEveryPackageKeepsToItsFloorAndEveryFileToTheLaws(t *testing.T) {
	sizes := map[string]*size{}
	for _, f := range sources(t) {
		for _, b := range breaches(f) {
			t.Error(b)
		}
		if path.Ext(f.path) == ".go" && !f.test() {
			if sizes[f.folder()] == nil {
				sizes[f.folder()] = &size{}
			}
			sizes[f.folder()].add(f)
		}
	}
	if len(sizes) < 20 {
		t.Fatalf("only %d packages were found", len(sizes))
	}
	for folder, s := range sizes {
		for _, b := range s.breaches(folder) {
			t.Error(b)
		}
	}
}

// size is how large a package and its functions are.
type size struct {
	code      int   // lines, but for blank ones and comments
	functions []int // lines of each
}

func (s *size) add(f file) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, f.path, f.text, parser.ParseComments)
	if err != nil || ast.IsGenerated(tree) {
		return
	}
	for _, line := range strings.Split(f.text, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			s.code++
		}
	}
	for _, d := range tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			s.functions = append(s.functions, fset.Position(fn.End()).Line-fset.Position(fn.Pos()).Line+1)
		}
	}
}

func (s *size) breaches(folder string) (out []string) {
	if s.code > longestPackage {
		out = append(out, fmt.Sprintf("%s has %d lines of code; %d are the most", folder, s.code, longestPackage))
	}
	slices.Sort(s.functions)
	if n := len(s.functions); n > 0 && s.functions[n/2] > medianFunction {
		out = append(out, fmt.Sprintf("%s: half of the functions have more than %d lines (median %d)", folder, medianFunction, s.functions[n/2]))
	}
	return out
}

// sources are the project's own Go and templ files.
func sources(t *testing.T) (out []file) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipped(name, d.Name())
		}
		if ext := filepath.Ext(name); ext != ".go" && ext != ".templ" || filepath.Dir(name) == "." {
			return nil
		}
		text, err := os.ReadFile(name)
		out = append(out, file{filepath.ToSlash(name), string(text)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// skipped leaves out what is not the project's own code, and folders that are modules of their own.
func skipped(name, base string) error {
	if name == "." {
		return nil
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil || strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata" {
		return fs.SkipDir
	}
	return nil
}

// Each law is broken once, so that none is asleep.
func TestEveryBreachIsFound(t *testing.T) {
	long := strings.Repeat("\n", longestFile+1)
	for _, b := range []struct{ path, text, want string }{
		{"models/access/x.go", `package access; import "github.com/jexi/portal/models/db"`, "not on a lower floor"},
		{"models/identity/x.go", `package identity; import "github.com/jexi/portal/models/delivery"`, "not on a lower floor"},
		{"handlers/portal/x.go", `package portal; import "github.com/jexi/portal/handlers/account"`, "not on a lower floor"},
		{"models/utils/x.go", `package utils`, "models/utils has no floor"},
		{"handlers/portal/x.go", `package portal; import "gorm.io/gorm"`, "models' business"},
		{"web/x.go", `package web; import "gorm.io/gorm/clause"`, "models' business"},
		{"handlers/portal/x.go", `package portal; import "github.com/labstack/echo/v4"`, "no page knows the router"},
		{"handlers/portal/x.go", `package portal; import "github.com/riverqueue/river"`, "only models enqueue"},
		{"handlers/routes.go", `package handlers; import "github.com/riverqueue/river"`, "only models enqueue"},
		{"web/x.go", `package web; import "os/exec"`, "starts no programs"},
		{"internal/token/x.go", `package token; import "math/rand/v2"`, "crypto/rand"},
		{"views/portal/x.go", `package portal; import "github.com/jexi/portal/models/db"`, "asks nothing"},
		{"views/portal/x_templ.go", "// Code generated by templ - DO NOT EDIT.\n\npackage portal\nimport \"net/http\"", "asks nothing"},
		{"models/workspace/x.go", `package workspace; func f(tx T) { tx.Gorm().AutoMigrate(nil) }`, "AutoMigrate("},
		{"models/workspace/x.go", `package workspace; func f(g T) { g.Session(nil) }`, "Session("},
		{"models/workspace/x.go", `package workspace; func f(g T) { g.Begin() }`, "Begin("},
		{"models/workspace/x.go", `package workspace; func (m *Member) BeforeSave(tx T) error { return nil }`, "the hook BeforeSave"},
		{"models/workspace/x.go", `package workspace; import "gorm.io/gorm"; type m struct { gorm.Model }`, "gorm.Model"},
		{"models/workspace/x.go", "package workspace" + long, "are the most"},
		{"models/workspace/x_test.go", "package workspace" + long, "are the most"},
		{"views/portal/x.templ", "package portal" + long, "are the most"},
		{"views/portal/x.templ", "\t<p style=\"color:red\">", "an inline style"},
		{"views/portal/x.templ", "\t<p onclick=\"go()\">", "an inline script"},
		{"views/portal/x.templ", "\t@templ.Raw(text)", "unescaped HTML"},
		{"views/mail/x.templ", "\t@templ.Raw(text)", "unescaped HTML"},
		{"web/x.go", "package web; func {", "expected"},
	} {
		found := breaches(file{b.path, b.text})
		if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, b.want) }) {
			t.Errorf("%s\n%.80s\nis not found, only %q", b.path, b.text, found)
		}
	}
	large := &size{}
	large.add(file{"models/workspace/x.go", "package workspace\nfunc f() {\n" + strings.Repeat("\tf()\n", longestPackage) + "}\n"})
	if got := large.breaches("models/workspace"); len(got) != 2 {
		t.Errorf("a package of one large function: %q", got)
	}
	for _, good := range []file{
		{"views/mail/x.templ", "\t<p style=\"color:red\">"},
		{"models/workspace/x.go", `package workspace; import "gorm.io/gorm"; import "github.com/jexi/portal/models/identity"`},
		{"models/workspace/x_test.go", `package workspace_test; import "github.com/jexi/portal/models/modelstest"`},
	} {
		if found := breaches(good); len(found) > 0 {
			t.Errorf("%s is in order, but: %q", good.path, found)
		}
	}
}
