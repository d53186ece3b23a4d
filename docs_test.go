package portal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var documents = []string{"README.md", "ARCHITECTURE.md", "STYLE.md", "OPERATIONS.md", "SECURITY.md", "CASES.md", "CHANGELOG.md", "migrations/README.md"}

var (
	code    = regexp.MustCompile("`([^`\n]+)`")
	mdLink  = regexp.MustCompile(`\]\(([^)#:]+)\)`)
	filish  = regexp.MustCompile(`^[a-z.][a-zA-Z0-9_.-]*(/[a-zA-Z0-9_.-]+)+$|^[a-zA-Z0-9_-]+\.(go|md|sql|yaml|py)$`)
	command = regexp.MustCompile("(?m)(?:^ {4}|`)portal ([a-z]+)")
	shows   = regexp.MustCompile("^[A-Z][A-Za-z0-9]{9,}$")
	target  = regexp.MustCompile("(?m)(?:^ {4}|`)make ([a-z]+)")
)

func TestWhatDocumentsNameExists(t *testing.T) {
	main := read(t, "cmd/portal/main.go")
	makefile := read(t, "Makefile")
	for _, doc := range documents {
		text := read(t, doc)
		for _, m := range append(code.FindAllStringSubmatch(text, -1), mdLink.FindAllStringSubmatch(text, -1)...) {
			if name := m[1]; filish.MatchString(name) && !strings.HasPrefix(name, "YYYY") && !exists(doc, name) {
				t.Errorf("%s names %s, which is not there", doc, name)
			}
		}
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(main, `{"`+m[1]+`",`) {
				t.Errorf("%s names the command portal %s, which does not exist", doc, m[1])
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).MatchString(makefile) {
				t.Errorf("%s names make %s, which does not exist", doc, m[1])
			}
		}
	}
}

// These documents name tests without their "Test".
func TestEveryCaseIsShownByATestThatExists(t *testing.T) {
	there := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func Test(\w+)\(`).FindAllStringSubmatch(read(t, path), -1) {
				there[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for doc, least := range map[string]int{"CASES.md": 100, "SECURITY.md": 100, "OPERATIONS.md": 40} {
		named := 0
		for _, m := range code.FindAllStringSubmatch(read(t, doc), -1) {
			if !shows.MatchString(m[1]) {
				continue
			}
			if named++; !there[m[1]] {
				t.Errorf("%s names the test %s, which does not exist", doc, m[1])
			}
		}
		if named < least {
			t.Errorf("%s names %d tests", doc, named)
		}
	}
}

// exists looks for a path from the root, beside the document, or anywhere for a bare file name.
func exists(doc, name string) bool {
	dir, _, _ := strings.Cut(doc, "/")
	for _, p := range []string{name, dir + "/" + name, "web/" + name, "handlers/" + name, "cmd/portal/" + name, "models/db/" + name} {
		if _, err := os.Stat(p); err == nil {
			return true
		}
	}
	return false
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
