package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryCommandEndsWithItsCodeAndOneLine(t *testing.T) {
	t.Parallel()
	f := bare(t)
	if code, said := f.run("migrate"); code != 0 {
		t.Fatalf("portal migrate: %d\n%s", code, said)
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"version", 0, "portal "},
		{"version now", 2, "use portal version"},
		{"migrate status", 0, "schema "},
		{"migrate sideways", 2, "up or status"},
		{"migrate up status", 2, "use portal migrate [up|status]"},
		{"workspace", 2, "use portal workspace create --name N --owner E-MAIL"},
		{"workspace make", 2, "use portal workspace create"},
		{"workspace create --name Acme", 2, "--owner: Write an e-mail address"},
		{"workspace create --name Acme --owner ada@acme.example --time-zone Mars", 2, "--time-zone: "},
		{"workspace create --name Acme --owner ada@acme.example", 0, "/w/acme is made"},
		{"workspace create --name Acme --owner ada@acme.example", 2, "--slug: There is a workspace at acme already"},
		{"token create --scopes actions:read --workspace nosuch", 2, `no workspace called "nosuch"`},
		{"token create --workspace acme", 2, "--scopes: Choose at least one"},
		{"token create --workspace acme --scopes actions:vote", 2, `"actions:vote" is not a scope`},
		{"token create --workspace acme --scopes actions:read --days 366", 2, "--days: "},
		{"token create --workspace acme --scopes actions:read --color red", 2, "-color: use portal token create"},
		{"token create --workspace acme --scopes actions:read,audit:read", 0, "jx_"},
		{"audit verify", 2, "use portal audit verify FILE"},
		{"audit verify nosuch.zip", 2, "nosuch.zip"},
		{"audit verify main.go", 1, "not genuine"},
		{"audit verify main.go --key x", 2, "--key"},
		{"audit --help", 0, "use portal audit verify FILE"},
		{"serve --role cook", 2, "all, web or worker"},
	} {
		code, said := f.run(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(said, c.says) || c.code != 0 && strings.Count(said, "\n") != 1 {
			t.Errorf("portal %s ended with %d, want %d and one line with %q:\n%s", c.args, code, c.code, c.says, said)
		}
	}
	if code, said := f.run("--help"); code != 0 || !strings.Contains(said, "audit verify FILE") && !strings.Contains(said, "verify FILE") {
		t.Errorf("portal --help ended with %d:\n%s", code, said)
	}
}

func TestADatabaseThatIsNotThereIsSaidInOneLineAndNothingIsMade(t *testing.T) {
	t.Parallel()
	f := bare(t)
	dir := filepath.Join(t.TempDir(), "typo")
	code, said := f.run("migrate", "status", "--dir", dir)
	if _, err := os.Stat(dir); code != 3 || !strings.Contains(said, "there is no demo in "+dir) || !os.IsNotExist(err) {
		t.Errorf("it ended with %d, and %v:\n%s", code, err, said)
	}
	f.env["DATABASE_URL"] = "postgres://nobody@127.0.0.1:" + freePort(t) + "/x"
	if code, said := f.run("migrate", "status"); code != 3 || strings.Count(said, "\n") != 1 {
		t.Errorf("it ended with %d and said\n%s", code, said)
	}
}
