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
		{"person reset ada@acme.example", 2, "--reason: Say why, and how you know that it was ada who asked"},
		{"person reset ada@acme.example --reason lost", 2, "ada has no passkey and no authenticator app"},
		{"person reset nobody@acme.example --reason lost", 2, "Nobody has the address nobody@acme.example"},
		{"person reset ada --reason lost", 2, "--e-mail: Write an e-mail address"},
		{"person reset --reason lost", 2, "use portal person reset E-MAIL --reason TEXT"},
		{"person rename ada@acme.example", 2, "portal person takes reset"},
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

func TestTheOperatorResetsWhomNobodyManagesEverywhere(t *testing.T) {
	t.Parallel()
	f := bare(t)
	for _, args := range []string{"migrate", "workspace create --name Acme --owner ada@acme.example", "workspace create --name Globex --owner ada@acme.example",
		"workspace create --name Initech --owner ines@initech.example"} {
		if code, said := f.run(strings.Fields(args)...); code != 0 {
			t.Fatalf("portal %s: %d\n%s", args, code, said)
		}
	}
	for _, first := range []string{"ada", "ines"} {
		f.exec("insert into passkeys (id, person_id, name, credential, created_at) select convert_to(name, 'UTF8'), id, 'Key', '{}', now() from people where name = '" + first + "'")
		f.exec("insert into sessions (hashed_id, person_id, created_at, seen_at) select sha256(convert_to(name, 'UTF8')), id, now(), now() from people where name = '" + first + "'")
	}
	if code, said := f.run("person", "reset", "Ada@Acme.example", "--reason", "Lost the phone; we called her office"); code != 0 || !strings.Contains(said, "on record in 2 of their workspaces") {
		t.Fatalf("it ended with %d and said\n%s", code, said)
	}
	for sql, want := range map[string]int{
		"select count(*) from passkeys":                                                                                                                      1,
		"select count(*) from sessions where ended_at is null":                                                                                               1,
		"select count(distinct workspace_id) from audit_leaves where act = 'person.reset'":                                                                   2,
		"select count(*) from river.river_job where kind = 'credential_mail' and args->>'act' = 'person.reset' and not args ? 'by'":                          1,
		"select count(*) from audit_bodies where convert_from(body, 'UTF8') like '%portal person reset%' and convert_from(body, 'UTF8') like '%her office%'": 2,
	} {
		if got := f.count(sql); got != want {
			t.Errorf("%s gives %d, want %d", sql, got, want)
		}
	}
	if code, said := f.run("person", "reset", "ada@acme.example", "--reason", "again"); code != 2 || !strings.Contains(said, "no passkey") {
		t.Errorf("a second time it ended with %d and said\n%s", code, said)
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
