package pgtest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/pgtest"
)

// template has one table with one row, and notes each build in a file.
func template(hash, log string) pgtest.Template {
	return pgtest.Template{Hash: hash, Build: func(ctx context.Context, dsn string) error {
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, "CREATE TABLE item (name text)"); err != nil {
			return err
		}
		if os.Getenv(childHang) != "" {
			fmt.Print("half")
			select {}
		}
		if _, err := conn.Exec(ctx, "INSERT INTO item VALUES ('first')"); err != nil {
			return err
		}
		file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = file.WriteString("built\n")
		return err
	}}
}

func childCommand(hash, log string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childHash+"="+hash, childLog+"="+log)
	return cmd
}

func run(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, dsn, sql string) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var answer int
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// recorder is a test that may fail; it runs in a goroutine of its own.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Fatal(args ...any) {
	r.said = fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

// closer is a test that ends when it is told to.
type closer struct {
	testing.TB
	cleanups []func()
}

func (c *closer) Cleanup(f func()) { c.cleanups = append(c.cleanups, f) }

func (c *closer) close() {
	for _, f := range slices.Backward(c.cleanups) {
		f()
	}
}
