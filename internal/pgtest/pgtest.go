// Package pgtest gives every test a real PostgreSQL database of its own: a
// clone of a template that is built once.
//
// All test processes of a user share one server in memory. It starts with the
// first test, ends some seconds after the last and takes its data along.
// PGTEST_DSN names another one to use: a URL, as its superuser. A test without
// a server fails; it is never skipped.
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/embedpg"
)

// Template is a database that tests start from.
type Template struct {
	// Hash stands for all that Build puts into the database.
	Hash string
	// Build fills the empty database at dsn. It runs once per hash, and again
	// after a crash or failure on the way. Roles belong to the whole server:
	// those it makes may be there already, or be made by another hash's Build
	// at the same time.
	Build func(ctx context.Context, dsn string) error
}

// New returns the address, as superuser, of a fresh clone of the template. The
// clone is dropped when the test ends, also from under open connections.
func New(t testing.TB, tpl Template) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server, err := url.Parse(server(ctx, t))
	if err != nil || server.Host == "" {
		t.Fatal("pgtest: PGTEST_DSN must be a URL: postgres://user:password@host:port/postgres")
	}
	conn := connect(ctx, t, server)
	if err := tpl.ensure(ctx, conn, server); err != nil {
		t.Fatalf("pgtest: building the template: %v", err)
	}
	clone := "t_" + strings.ToLower(rand.Text())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+clone+" TEMPLATE "+tpl.name()+" STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("pgtest: cloning the template: %v", err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec(context.Background(), "DROP DATABASE "+clone+" WITH (FORCE)"); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return database(server, clone)
}

// server returns the address of the shared server, which stays for this test.
func server(ctx context.Context, t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv("PGTEST_DSN"); dsn != "" {
		return dsn
	}
	s, err := embedpg.Start(ctx, embedpg.Options{
		Dir: folder(), Fast: true, Throwaway: true, Linger: 15 * time.Second,
		// Autovacuum would sit in a template while it is cloned.
		Settings: map[string]string{"max_connections": "300", "autovacuum": "off"},
		Stderr:   os.Stderr,
	})
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return s.DSN("postgres")
}

// connect opens the one connection that serves a test from clone to drop.
func connect(ctx context.Context, t testing.TB, server *url.URL) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(ctx, server.String())
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// folder is in memory where there is room for a gigabyte.
func folder() string {
	name := fmt.Sprintf("pgtest-%d", os.Geteuid())
	var memory syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &memory); err == nil && memory.Bavail*uint64(memory.Bsize) >= 1<<30 {
		return filepath.Join("/dev/shm", name)
	}
	return filepath.Join(os.TempDir(), name)
}

// database is the address of another database on the same server.
func database(server *url.URL, name string) string {
	u := *server
	u.Path = "/" + name
	return u.String()
}
