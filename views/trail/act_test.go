package trail_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jexi/portal/views/trail"
)

// made are the acts whose last part is put together where they are recorded.
var made = map[string][]string{
	"request.":      {"allowed", "blocked", "held", "pending", "cooling", "approved", "denied", "expired", "cancelled", "superseded", "undecidable", "lapsed", "consumed"},
	"request.vote_": {"approve", "deny"},
}

var actForm = regexp.MustCompile(`^[a-z]+\.[a-z_]*[a-z]$`)

// others look like acts and are none: names of fields, of files and of letters.
var others = regexp.MustCompile(`^(action|agent)\.|\.(txt|jsonl)$|^request\.(asked_again|roundup)$`)

// TestEveryActHasWords reads the source: whatever the portal records must be told in words.
func TestEveryActHasWords(t *testing.T) {
	found := map[string]string{}
	for path, file := range recording(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if prefix := literal(n.X); n.Op == token.ADD && strings.HasSuffix(path, ".go") && isPrefix(prefix) {
					if made[prefix] == nil {
						t.Errorf("%s puts an act together from %q: add what it can become to made in act_test.go", path, prefix)
					}
					for _, last := range made[prefix] {
						found[prefix+last] = path
					}
				}
			case *ast.BasicLit:
				if text := literal(n); actForm.MatchString(text) && !others.MatchString(text) {
					found[text] = path
				}
			}
			return true
		})
	}
	if len(found) < 50 {
		t.Fatalf("only %d acts were found", len(found))
	}
	for act, path := range found {
		if !trail.HasWords(act) {
			t.Errorf("%s records %s, which has no words: add it to acts in views/trail/act.go", path, act)
		}
	}
}

func isPrefix(text string) bool {
	return regexp.MustCompile(`^[a-z]+\.([a-z]+_)?$`).MatchString(text)
}

func literal(e ast.Node) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		text, _ := strconv.Unquote(l.Value)
		return text
	}
	return ""
}

// recording are the source files of the packages that record entries.
func recording(t *testing.T) map[string]*ast.File {
	t.Helper()
	files, records := map[string]*ast.File{}, map[string]bool{"../../models/audit": true}
	for _, root := range []string{"../../models", "../../handlers", "../../web", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
			files[path] = f
			if strings.Contains(string(text), "audit.Entry{") {
				records[filepath.Dir(path)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for path := range files {
		if !records[filepath.Dir(path)] {
			delete(files, path)
		}
	}
	return files
}

func TestActsOfAnAreaAreThoseThatItsNameSays(t *testing.T) {
	if got := trail.ActsOf("token"); !slices.Equal(got, []string{"token.created", "token.paused", "token.resumed", "token.revoked", "token.stopped"}) {
		t.Errorf("the acts of tokens are %v", got)
	}
	if got := trail.ActsOf("request link"); !slices.Contains(got, "link.wrong_code") || !slices.Contains(got, "request.approved") {
		t.Errorf("the acts of requests are %v", got)
	}
	if got := trail.ActsOf("nonsense"); got != nil {
		t.Errorf("nonsense has the acts %v", got)
	}
	if got := trail.ActWords("thing.never_heard_of"); got != "Thing never heard of" {
		t.Errorf("an unknown act reads %q", got)
	}
}
