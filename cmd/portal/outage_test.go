package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/embedpg"
)

// cluster is a PostgreSQL of this test's own, which keeps its promises to the disk and may be killed.
type cluster struct {
	t       *testing.T
	options embedpg.Options
	server  *embedpg.Server
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, options: embedpg.Options{Dir: t.TempDir(), Settings: map[string]string{"port": freePort(t), "max_connections": "60"}}}
	c.start()
	t.Cleanup(func() { c.server.Stop() })
	return c
}

func (c *cluster) start() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	c.server, err = embedpg.Start(ctx, c.options)
	must(c.t, err)
}

// owner is the address of its one database.
func (c *cluster) owner() string { return c.server.DSN("postgres") }

// postmaster is the process whose end is the server's.
func (c *cluster) postmaster() int {
	c.t.Helper()
	return c.number("select split_part(pg_read_file('postmaster.pid'), e'\n', 1)::int")
}

// crash kills one process of the server. The server then ends all others, and starts anew by itself.
func (c *cluster) crash() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.owner())
	must(c.t, err)
	defer conn.Close(ctx)
	busy := c.number("select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by state <> 'active' limit 1")
	must(c.t, syscall.Kill(busy, syscall.SIGKILL))
	if _, err := conn.WaitForNotification(ctx); err == nil || ctx.Err() != nil {
		c.t.Fatalf("the server did not end its connections: %v", err)
	}
}

func (c *cluster) number(sql string) (n int) {
	c.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.owner())
	must(c.t, err)
	defer conn.Close(ctx)
	must(c.t, conn.QueryRow(ctx, sql).Scan(&n))
	return n
}

// end ends the server by a signal and returns when no process of it is left.
func (c *cluster) end(by syscall.Signal) {
	c.t.Helper()
	must(c.t, syscall.Kill(c.postmaster(), by))
	must(c.t, c.server.Stop())
}

// back waits until a process that was not touched is ready again, by itself.
func (l *load) back(since time.Time, what string) {
	l.t.Helper()
	for _, p := range l.both {
		for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			status := p.status("/readyz")
			if status == http.StatusOK {
				break
			}
			if time.Now().After(end) {
				l.t.Fatalf("%s: the portal does not come back, it answers %d:\n%s", what, status, p.log)
			}
		}
	}
	l.t.Logf("%s: both are ready again after %v", what, time.Since(since).Round(time.Millisecond))
}

// status is what a process answers to anybody, 0 for nothing.
func (p *process) status(path string) int {
	res, err := http.Get(p.url + path)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// Whatever the database is doing when it ends: what was acknowledged is there, once. Meanwhile the portal
// asks to come back, and it goes on by itself.
func TestADatabaseThatIsKilledUnderLoadLosesNothingAndThePortalComesBack(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	for name, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"} {
		if n := c.number("select count(*) from pg_settings where name = '" + name + "' and setting = '" + want + "'"); n != 1 {
			t.Fatalf("%s is not %s", name, want)
		}
	}
	const outages = 4
	l := assembleOn(t, c.owner()).load(outages * 16) // what the mailers of both had in hand
	l.during(func() {
		for _, by := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGQUIT} {
			time.Sleep(2 * time.Second)
			c.end(by)
			for _, p := range l.both {
				if status := p.status("/readyz"); status != http.StatusServiceUnavailable {
					t.Errorf("%v: without a database a process says %d of being ready", by, status)
				}
			}
			began := time.Now()
			c.start()
			l.back(began, by.String())
		}
		time.Sleep(time.Second)
		began := time.Now()
		c.crash()
		l.back(began, "one process killed")
	})
	for status, n := range l.journal.failures {
		if status != http.StatusServiceUnavailable {
			t.Errorf("%d calls were answered %d", n, status)
		}
	}
	l.complaints()
	l.audit()
}

// complaints are what the processes say of themselves; both must end well.
func (l *load) complaints() {
	l.t.Helper()
	for _, p := range l.both {
		if code := p.stop(); code != 0 {
			l.t.Errorf("a process ended with %d", code)
		}
		for line := range strings.Lines(p.log.String()) {
			if strings.Contains(line, `"request failed"`) || strings.Contains(line, "panic") {
				l.t.Errorf("a process says %s", line)
			}
		}
	}
}

// A log is not the audit trail: whoever reads it may be gone, and the portal goes on.
func TestAPortalWhoseLogCannotBeWrittenGoesOn(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	must(t, err)
	reader, broken, err := os.Pipe()
	must(t, err)
	must(t, reader.Close())
	f := assemble(t)
	for n, out := range []*os.File{full, broken} {
		p := f.launchInto(out)
		id := f.ask(p, fmt.Sprint(n))
		if a := f.count("select count(*) from audit_leaves where object_id = $1", id); a == 0 {
			t.Errorf("%s: the request is not on the trail", out.Name())
		}
		if status := p.status("/w/acme"); status == 0 {
			t.Errorf("%s: it answers nobody", out.Name())
		}
		if code := p.stop(); code != 0 {
			t.Errorf("%s: it ended with %d", out.Name(), code)
		}
		out.Close()
	}
}

// A release goes out one process after the other: the database is migrated first, so that the processes of the
// release before serve for a while on a schema that has more than they know.
func TestARollingReleaseIsFeltByNobody(t *testing.T) {
	t.Parallel()
	l := assemble(t).load(0)
	tables := query[string](l, `select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
		and not c.relispartition and c.relname <> 'goose_db_version' order by 1`)
	l.during(func() {
		time.Sleep(2 * time.Second)
		for _, name := range tables {
			l.exec("alter table " + name + " add column of_a_later_release text")
		}
		for _, p := range l.both {
			time.Sleep(time.Second)
			if code := p.stop(); code != 0 || strings.Contains(p.log.String(), "cut off") {
				t.Errorf("a process that was asked to stop ended with %d", code)
			}
			p.start()
		}
		time.Sleep(time.Second)
	})
	for status, n := range l.journal.failures {
		if status != 0 { // whoever finds nobody at one process asks at the other
			t.Errorf("%d calls were answered %d", n, status)
		}
	}
	l.complaints()
	l.audit()
}
