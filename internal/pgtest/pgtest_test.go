package pgtest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/pgtest"
)

const (
	childHash = "PGTEST_TEST_HASH"
	childLog  = "PGTEST_TEST_LOG"
	childHang = "PGTEST_TEST_HANG"
)

func TestManyProcessesBuildOneTemplateOnce(t *testing.T) {
	log := filepath.Join(t.TempDir(), "builds")
	hash := rand.Text()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if out, err := childCommand(hash, log).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	builds, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(builds), "built"); got != 1 {
		t.Errorf("built %d times", got)
	}
}

func TestATemplateLeftHalfBuiltByAKilledProcessIsBuiltAgain(t *testing.T) {
	log := filepath.Join(t.TempDir(), "builds")
	hash := rand.Text()
	half := childCommand(hash, log)
	half.Env = append(half.Env, childHang+"=yes")
	out, err := half.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := half.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("half"))); err != nil {
		t.Fatal(err)
	}
	half.Process.Kill()
	half.Wait()
	dsn := pgtest.New(t, template(hash, log))
	if got := ask(t, dsn, "SELECT count(*) FROM item"); got != 1 {
		t.Errorf("the template has %d rows, want 1", got)
	}
}

// TestChild is the other process of the tests above.
func TestChild(t *testing.T) {
	hash := os.Getenv(childHash)
	if hash == "" {
		t.Skip("runs inside other tests")
	}
	dsn := pgtest.New(t, template(hash, os.Getenv(childLog)))
	if got := ask(t, dsn, "SELECT count(*) FROM item"); got != 1 {
		t.Errorf("the clone has %d rows, want 1", got)
	}
}

func TestAFailedBuildIsNotKept(t *testing.T) {
	whole := template(rand.Text(), os.DevNull)
	broken := whole
	broken.Build = func(ctx context.Context, dsn string) error {
		if err := whole.Build(ctx, dsn); err != nil {
			return err
		}
		return errors.New("broken at the end")
	}
	failed := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		pgtest.New(failed, broken)
	}()
	<-done
	if !strings.Contains(failed.said, "broken at the end") {
		t.Errorf("the failure says %q", failed.said)
	}
	if got := ask(t, pgtest.New(t, whole), "SELECT count(*) FROM item"); got != 1 {
		t.Errorf("the clone has %d rows, want 1", got)
	}
}

func TestClonesDoNotSeeEachOther(t *testing.T) {
	tpl := template(rand.Text(), os.DevNull)
	one, two := pgtest.New(t, tpl), pgtest.New(t, tpl)
	run(t, one, "INSERT INTO item VALUES ('mine')")
	if got := ask(t, one, "SELECT count(*) FROM item"); got != 2 {
		t.Errorf("the first clone has %d rows, want 2", got)
	}
	if got := ask(t, two, "SELECT count(*) FROM item"); got != 1 {
		t.Errorf("the second clone has %d rows, want 1", got)
	}
	if got := ask(t, pgtest.New(t, tpl), "SELECT count(*) FROM item"); got != 1 {
		t.Errorf("a later clone has %d rows, want 1", got)
	}
}

func TestACloneIsDroppedWithItsTestAlsoFromUnderAConnection(t *testing.T) {
	tpl := template(rand.Text(), os.DevNull)
	watcher := pgtest.New(t, tpl)
	var clone string
	t.Run("a test that leaves a connection open", func(t *testing.T) {
		clone = pgtest.New(t, tpl)
		if _, err := pgx.Connect(t.Context(), clone); err != nil {
			t.Fatal(err)
		}
	})
	u, err := url.Parse(clone)
	if err != nil {
		t.Fatal(err)
	}
	count := fmt.Sprintf("SELECT count(*) FROM pg_database WHERE datname = '%s'", strings.Trim(u.Path, "/"))
	if got := ask(t, watcher, count); got != 0 {
		t.Error("the clone is still there")
	}
}

func TestAnotherServerIsUsedWhenNamed(t *testing.T) {
	tpl := template(rand.Text(), os.DevNull)
	t.Setenv("PGTEST_DSN", pgtest.New(t, tpl))
	if got := ask(t, pgtest.New(t, tpl), "SELECT count(*) FROM item"); got != 1 {
		t.Errorf("the clone has %d rows, want 1", got)
	}
	t.Setenv("PGTEST_DSN", "host=localhost dbname=postgres")
	refused := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		pgtest.New(refused, tpl)
	}()
	<-done
	if !strings.Contains(refused.said, "must be a URL") {
		t.Errorf("the refusal says %q", refused.said)
	}
}

// BenchmarkClone is one test's whole cost: clone and drop of 120 tables.
func BenchmarkClone(b *testing.B) {
	tpl := pgtest.Template{Hash: rand.Text(), Build: func(ctx context.Context, dsn string) error {
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, `DO $$ BEGIN FOR i IN 1..120 LOOP
			EXECUTE format('CREATE TABLE t%s (id uuid PRIMARY KEY, name text UNIQUE)', i); END LOOP; END $$`)
		return err
	}}
	pgtest.New(b, tpl)
	for b.Loop() {
		one := &closer{TB: b}
		pgtest.New(one, tpl)
		one.close()
	}
}
