package portal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// crypto is what may be used of it by hand. Sealing is Tink's, behind internal/seal.
var crypto = []string{"ed25519", "hkdf", "hmac", "rand", "sha256", "subtle"}

// places are names of the standard library that have a place of their own.
var places = []struct {
	names   string // of one package, with blanks
	allowed []string
	why     string
}{
	{"http.Get http.Head http.Post http.PostForm http.DefaultClient http.DefaultTransport", nil, "it calls any address, through any proxy; use internal/outbound"},
	{"http.Client http.Transport", []string{"internal/outbound", "handlers/dev"}, "only internal/outbound judges the address that it dials; the demo's agent calls the demo"},
	{"net.Dial net.DialTimeout net.Dialer tls.Dial tls.Dialer", []string{"internal/outbound", "internal/embedpg", "internal/pgcut"}, "only internal/outbound judges the address that it dials"},
	{"os.StartProcess syscall.Exec syscall.ForkExec syscall.StartProcess", nil, "the portal starts no programs"},
	{"templ.Raw templ.SafeScript templ.SafeScriptInline templ.JSFuncCall templ.JSUnsafeFuncCall", nil, "a page escapes all that it shows"},
	{"tls.VersionSSL30 tls.VersionTLS10 tls.VersionTLS11", nil, "TLS begins at 1.2"},
}

// forbidden finds in one file what no test at run time would notice.
func forbidden(f file, fset *token.FileSet, tree *ast.File) (out []string) {
	say := func(at ast.Node, format string, args ...any) {
		out = append(out, fmt.Sprintf("%s:%d: ", f.path, fset.Position(at.Pos()).Line)+fmt.Sprintf(format, args...))
	}
	for _, spec := range tree.Imports {
		what, _ := strconv.Unquote(spec.Path.Value)
		if part, ok := strings.CutPrefix(what, "crypto/"); ok && !slices.Contains(crypto, part) && !(part == "tls" || part == "x509") {
			say(spec, "%s is not among the ones that are used: %s", what, strings.Join(crypto, ", "))
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			for _, p := range places {
				if x, ok := n.X.(*ast.Ident); ok && slices.Contains(strings.Fields(p.names), x.Name+"."+n.Sel.Name) && !slices.ContainsFunc(p.allowed, f.in) {
					say(n, "%s.%s: %s", x.Name, n.Sel.Name, p.why)
				}
			}
		case *ast.KeyValueExpr:
			if k, ok := n.Key.(*ast.Ident); ok && k.Name == "InsecureSkipVerify" {
				say(n, "a certificate is always verified")
			}
		case *ast.CallExpr:
			called := words(n.Fun)
			switch {
			case (called == "regexp.Compile" || called == "regexp.MustCompile") && !written(n.Args[0], nil) && f.path != "models/rule/condition/operand.go":
				say(n, "a pattern that people type is read in one place, models/rule/condition")
			case strings.HasSuffix(called, ".Bind") && !f.in("models"):
				say(n, "a form is read field by field, so that nothing else is taken over")
			case (called == "bytes.Equal" || called == "strings.EqualFold") && slices.ContainsFunc(n.Args, secretive):
				say(n, "a secret is looked up by its hash or compared by token.Equal, in constant time")
			}
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && (secretive(n.X) && !plain(n.Y) || secretive(n.Y) && !plain(n.X)) {
				say(n, "a secret is looked up by its hash or compared by token.Equal, in constant time")
			}
		}
		return true
	})
	return out
}

// words is a.b.c as it is written, "" for anything else.
func words(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return words(e.X) + "." + e.Sel.Name
	}
	return ""
}

// secretName are the names under which secrets go. A type's or kind's name begins with a capital.
var secretName = regexp.MustCompile(`^(plain|secret|csrf|token|ticket|mac|nonce|bearer|given)$|.(Token|Secret|CSRF|Ticket|Nonce|MAC)$`)

func secretive(e ast.Expr) bool {
	name := words(e)
	if i := strings.LastIndex(name, "."); i >= 0 {
		name = name[i+1:]
		return name != "Secret" && secretName.MatchString(name) // a route's Secret is the name of a field
	}
	return secretName.MatchString(name)
}

// plain is a literal, nil or the name of a constant of another package: nothing that somebody sent.
func plain(e ast.Expr) bool {
	if _, ok := e.(*ast.BasicLit); ok {
		return true
	}
	name := words(e)
	return name == "nil" || name == "access.Token"
}

// sqlIn are the methods that take SQL, with the place of its argument: GORM's, pgx's and the gate's.
var sqlIn = map[string]int{"Where": 0, "Or": 0, "Not": 0, "Order": 0, "Group": 0, "Having": 0, "Select": 0, "Joins": 0, "InnerJoins": 0, "Table": 0,
	"Pluck": 0, "Distinct": 0, "Raw": 0, "Exec": 0, "Expr": 0, "Queue": 0, "QueryRow": 0, "Take": 1, "First": 1, "Last": 1, "Find": 1, "Delete": 1,
	"Ask": 1, "AtCommit": 0, "AtCommitIn": 1, "and": 0}

// sqlOn are the models' own functions that hand it on.
var sqlOn = map[string]int{"each": 1, "askNames": 1, "briefs": 1, "list": 1, "take": 1, "askPlace": 1}

// composed are the functions that put SQL together from parts, each with the reason why none comes
// from outside.
var composed = map[string]string{
	"models/approval/find.go AskFind":         "constants and the number of rows",
	"models/approval/link.go endLinks":        "one of two constants",
	"models/approval/overview.go Recent":      "one of two constants",
	"models/approval/overview.go AskCounts":   "a constant of a map, by a constant key",
	"models/approval/query.go AskList":        "constants and the number of rows",
	"models/approval/window.go window":        "constants and the unit of a parameter of the catalog",
	"models/audit/query.go Count":             "constants with numbered parameters",
	"models/audit/row.go span":                "constants with numbered parameters, and the number of rows",
	"models/approval/standing.go look":        "one of two constants, by place.go",
	"models/jump/jump.go Ask":                 "a text put together once, of constants",
	"models/audit/trail.go notesAfter":        "one of two constants, and the number of rows",
	"models/identity/retention.go Forget":     "one of three constants",
	"models/workspace/group.go DeleteGroup":   "one of two constants",
	"models/approval/place.go askPlace":       "hands on what its callers wrote",
	"models/audit/head.go each":               "hands on what its callers wrote",
	"models/integration/connection.go briefs": "hands on what its callers wrote",
	"models/integration/connection.go list":   "hands on what its callers wrote",
	"models/integration/connection.go take":   "hands on what its callers wrote",
	"models/rulebook/directory.go askNames":   "hands on what its callers wrote",
}

// TestSQLIsWrittenAndNotPutTogether: what somebody sends reaches SQL as a parameter only.
func TestSQLIsWrittenAndNotPutTogether(t *testing.T) {
	var all []file
	constants := map[string]map[string]bool{}
	for _, f := range sources(t) {
		if path.Ext(f.path) == ".go" && !f.test() && f.in("models") && !f.in("models/db") && !f.in("models/rule") {
			all = append(all, f)
			if constants[f.folder()] == nil {
				constants[f.folder()] = map[string]bool{}
			}
			maps.Copy(constants[f.folder()], constantsOf(f))
		}
	}
	used := map[string]bool{}
	for _, f := range all {
		for _, c := range compositions(f, constants[f.folder()]) {
			if used[c] = true; composed[c] == "" {
				t.Errorf("%s puts SQL together: write it out and give what varies as parameters, or add to composed in forbidden_test.go why no part comes from outside", c)
			}
		}
	}
	for c := range composed {
		if !used[c] {
			t.Errorf("composed in forbidden_test.go names what is not there: %s", c)
		}
	}
	if got := compositions(file{"models/x/x.go", "package x\nfunc List(tx T, by string) { tx.Gorm().Order(by).Find(&a) }"}, nil); len(got) != 1 {
		t.Errorf("an order that somebody sent is not found, only %q", got)
	}
}

// constantsOf are the names of a file's own constants.
func constantsOf(f file) map[string]bool {
	out := map[string]bool{}
	tree, _ := parser.ParseFile(token.NewFileSet(), f.path, f.text, 0)
	ast.Inspect(tree, func(n ast.Node) bool {
		if g, ok := n.(*ast.GenDecl); ok && g.Tok == token.CONST {
			for _, s := range g.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					out[name.Name] = true
				}
			}
		}
		return true
	})
	return out
}

// compositions are the functions of a file that use SQL which is no constant.
func compositions(f file, constants map[string]bool) (out []string) {
	tree, _ := parser.ParseFile(token.NewFileSet(), f.path, f.text, 0)
	packages := map[string]bool{"cmp": true}
	for _, spec := range tree.Imports {
		what, _ := strconv.Unquote(spec.Path.Value)
		packages[path.Base(what)] = true
	}
	for _, d := range tree.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && !written(sqlOf(call, packages), constants) {
				out = append(out, f.path+" "+fn.Name.Name)
			}
			return true
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sqlOf is the argument of a call that is SQL, nil for none.
func sqlOf(call *ast.CallExpr, packages map[string]bool) ast.Expr {
	at, takes := sqlOn[words(call.Fun)]
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := sel.X.(*ast.Ident); ok && packages[x.Name] {
			return nil // a function of another package
		}
		at, takes = sqlIn[sel.Sel.Name]
	}
	if !takes || at >= len(call.Args) {
		return nil
	}
	switch call.Args[at].(type) {
	case *ast.FuncLit, *ast.CompositeLit, *ast.UnaryExpr:
		return nil
	}
	return call.Args[at]
}

// written tells whether an expression is a literal, a constant, or several of them in a row.
func written(e ast.Expr, constants map[string]bool) bool {
	switch e := e.(type) {
	case nil, *ast.BasicLit:
		return true
	case *ast.Ident:
		return constants[e.Name]
	case *ast.ParenExpr:
		return written(e.X, constants)
	case *ast.BinaryExpr:
		return written(e.X, constants) && written(e.Y, constants)
	}
	return false
}

// Each law of this file, too, is broken once.
func TestWhatIsForbiddenIsFound(t *testing.T) {
	for _, b := range []struct{ path, text, want string }{
		{"web/x.go", `package web; import "crypto/md5"`, "crypto/md5 is not among"},
		{"internal/seal/x.go", `package seal; import "crypto/cipher"`, "crypto/cipher is not among"},
		{"web/x.go", `package web; import "html/template"`, "escapes by place"},
		{"models/identity/x.go", `package identity; import "golang.org/x/crypto/bcrypt"`, "internal/seal's"},
		{"models/identity/x.go", `package identity; import "github.com/tink-crypto/tink-go/v2/aead"`, "internal/seal's"},
		{"handlers/mail/x.go", `package mail; func f() { http.Get(u) }`, "internal/outbound"},
		{"handlers/mail/x.go", `package mail; var c = &http.Client{}`, "judges the address"},
		{"handlers/mail/x.go", `package mail; func f() { net.Dial("tcp", a) }`, "judges the address"},
		{"web/x.go", `package web; func f() { os.StartProcess(p, nil, nil) }`, "starts no programs"},
		{"views/ui/x.go", `package ui; var c = templ.Raw(s)`, "escapes all"},
		{"internal/mailer/x.go", `package mailer; var c = tls.Config{InsecureSkipVerify: true}`, "always verified"},
		{"internal/mailer/x.go", `package mailer; var c = tls.Config{MinVersion: tls.VersionTLS10}`, "begins at 1.2"},
		{"models/rule/x.go", `package rule; func f(s string) { regexp.MustCompile(s) }`, "in one place"},
		{"handlers/portal/x.go", `package portal; func f(c C) { c.Bind(&member) }`, "field by field"},
		{"web/x.go", `package web; func f(given, want string) bool { return given == want }`, "constant time"},
		{"web/x.go", `package web; func f(a, b T) bool { return a.HashedToken != b.HashedToken }`, "constant time"},
		{"web/x.go", `package web; func f(token, b []byte) bool { return bytes.Equal(token, b) }`, "constant time"},
		{"views/ui/x.templ", "\t<p hx-on:click=\"go()\">", "an inline script"},
		{"views/ui/x.templ", "\t<p hx-vals='js:{a: b()}'>", "an inline script"},
	} {
		if found := breaches(file{b.path, b.text}); !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, b.want) }) {
			t.Errorf("%s\n%s\nis not found, only %q", b.path, b.text, found)
		}
	}
	for _, good := range []file{
		{"web/x.go", `package web; import "crypto/rand"; func f(given string) bool { return given == "" }`},
		{"models/rule/x.go", "package rule; var a = regexp.MustCompile(`^a$`)"},
		{"internal/outbound/x.go", `package outbound; var c = &http.Client{}`},
	} {
		if found := breaches(good); len(found) > 0 {
			t.Errorf("%s is in order, but: %q", good.path, found)
		}
	}
}
