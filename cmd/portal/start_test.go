package main_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestFiveMigrationsAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	f := bare(t)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if code, out := f.run("migrate"); code != 0 {
				t.Errorf("portal migrate ended with %d: %s", code, out)
			}
		})
	}
	wg.Wait()
	if code, out := f.run("migrate", "status"); code != 0 || strings.Contains(out, "run portal migrate") {
		t.Errorf("status ended with %d: %s", code, out)
	}
	if twice := f.count("select count(*) from (select version_id from goose_db_version group by 1 having count(*) > 1) x"); twice != 0 {
		t.Errorf("%d migrations ran twice", twice)
	}
}

// count asks the database as its owner.
func (f *fleet) count(sql string, args ...any) (n int) {
	f.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, f.env["DATABASE_URL"])
	must(f.t, err)
	defer conn.Close(ctx)
	must(f.t, conn.QueryRow(ctx, sql, args...).Scan(&n))
	return n
}

func TestAServiceNamesEverySettingThatIsBadAndDoesNotStart(t *testing.T) {
	t.Parallel()
	f := bare(t)
	for name, bad := range map[string]string{"PORTAL_BASE_URL": "http://portal.example", "PORTAL_SMTP_URL": "mail.example", "PORTAL_MAIL_FROM": "nobody",
		"PORTAL_KEYSET": "s3cretkeyset", "PORTAL_SIGNING_KEY": "", "PORTAL_ADDR": "8080", "PORTAL_TRUSTED_PROXIES": "all", "PORTAL_LOG_FORMAT": "xml"} {
		f.env[name] = bad
	}
	delete(f.env, "PORTAL_BLOB_URL")
	code, said := f.run("serve")
	if code != 2 || strings.Count(strings.TrimSpace(said), "\n") != 0 {
		t.Errorf("it ended with %d and said\n%s", code, said)
	}
	for name := range f.env {
		if strings.HasPrefix(name, "PORTAL_") && !strings.Contains(said, name+" ") {
			t.Errorf("it does not name %s: %s", name, said)
		}
	}
	if !strings.Contains(said, "PORTAL_BLOB_URL is missing") || strings.Contains(said, "s3cret") {
		t.Errorf("it said %s", said)
	}
	if code, said := f.run("serve", "--role", "everything"); code != 2 || !strings.Contains(said, "all, web or worker") {
		t.Errorf("another role ended with %d: %s", code, said)
	}
}

func TestAServiceDoesNotStartWithoutItsDatabaseOrOnAnotherSchema(t *testing.T) {
	t.Parallel()
	f := bare(t)
	here := f.env["DATABASE_URL"]
	// A server that never had a portal has no role for it either, so it cannot be reached.
	if code, said := f.run("serve"); code != 3 && (code != 1 || !strings.Contains(said, "run portal migrate")) {
		t.Errorf("on an empty database it ended with %d: %s", code, said)
	}
	if code, out := f.run("migrate"); code != 0 {
		t.Fatalf("portal migrate: %d\n%s", code, out)
	}
	for _, schema := range []struct{ sql, advice string }{
		{"delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)", "run portal migrate"},
		{"insert into goose_db_version (version_id, is_applied) values (99991231235959, true)", "start the newer release"},
	} {
		f.exec(schema.sql)
		if code, said := f.run("serve"); code != 1 || !strings.Contains(said, schema.advice) {
			t.Errorf("after %s it ended with %d: %s", schema.sql, code, said)
		}
	}
	u, err := url.Parse(here)
	must(t, err)
	u.Host = "127.0.0.1:" + freePort(t)
	f.env["DATABASE_URL"] = u.String()
	for _, args := range [][]string{{"serve"}, {"migrate"}, {"workspace", "create", "--name", "Acme", "--owner", "ada@acme.example"}} {
		if code, said := f.run(args...); code != 3 || strings.Contains(said, u.User.String()) {
			t.Errorf("portal %s without a database ended with %d: %s", args[0], code, said)
		}
	}
}

func (f *fleet) exec(sql string) {
	f.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, f.env["DATABASE_URL"])
	must(f.t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	must(f.t, err)
}

func TestAStoppedServiceFinishesWhatIsRunningAndTakesNothingNew(t *testing.T) {
	t.Parallel()
	f := assemble(t)
	p := f.launch()
	id := f.ask(p, "1")
	waiting := make(chan answer)
	go func() {
		_, a, err := f.call(p, "GET", "/"+id+"?wait=50", "", "")
		if err != nil {
			t.Errorf("whoever waited was cut off: %v", err)
		}
		waiting <- a
	}()

	// A request whose body is on its way when the service is asked to stop.
	conn, err := net.Dial("tcp", "127.0.0.1:"+p.port)
	must(t, err)
	defer conn.Close()
	body := refund("2")
	fmt.Fprintf(conn, "POST /api/v1/action-requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Idempotency-Key: slow\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", f.Key(), len(body))
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	in.ReadString('\n')
	code := make(chan int)
	go func() { code <- p.stop() }()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+p.port)
		if err != nil {
			break
		}
		c.Close()
		if time.Now().After(end) {
			t.Fatal("a service that was asked to stop goes on taking connections")
		}
	}
	if a := <-waiting; a.Decision != "pending" {
		t.Errorf("whoever waited was told %+v", a)
	}
	io.WriteString(conn, body)
	res, err := http.ReadResponse(in, nil)
	must(t, err)
	if res.StatusCode != http.StatusCreated {
		t.Errorf("the running request was answered %d", res.StatusCode)
	}
	if got := <-code; got != 0 {
		t.Errorf("it ended with %d:\n%s", got, p.log)
	}
	if n := f.count("select count(*) from action_requests"); n != 2 {
		t.Errorf("%d requests were stored, want 2", n)
	}
	if strings.Contains(p.log.String(), "cut off") {
		t.Errorf("it says that it cut somebody off:\n%s", p.log)
	}
}
