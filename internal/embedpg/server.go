// Package embedpg runs a private PostgreSQL for a program that has none: a
// demo, a test run. Nobody has to install, configure or stop anything.
//
// The server belongs to all who have started it for the same folder, and ends
// when the last of them has stopped it, exited or been killed. In order:
// folder, account, install and npm, cluster, keeper, join, server.
package embedpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"sync"
	"syscall"
	"time"
)

// Options of the one who starts the server; those who join it take it as it is.
type Options struct {
	// Dir is the server's own folder; nothing else may be kept in it. If the
	// account of the server cannot reach it, a note there names the real place.
	Dir string
	// Fast gives up safety against a loss of power (no fsync).
	Fast bool
	// Throwaway starts from nothing and deletes the data when the server ends.
	Throwaway bool
	// Linger is how long the server outlives its last user, once or twice over.
	Linger time.Duration
	// Settings of postgresql.conf on top of the package's own.
	Settings map[string]string
	// Stderr is told about what takes long. Nil is silence.
	Stderr io.Writer
}

// Server is one use of a running server. It must be kept: the server may end
// when it is garbage.
type Server struct {
	folder   folder
	address  string
	password string
	linger   bool
	lifeline *os.File
	using    *os.File
	stop     sync.Once
}

// Start brings up the server of o.Dir or joins the running one, and returns
// when it takes connections. Data of an earlier run is kept. Without binaries
// the error is one line that says what to install.
func Start(ctx context.Context, o Options) (*Server, error) {
	f, err := openFolder(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	gate, err := lock(ctx, f.file("gate.lock"), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	s := &Server{folder: f, linger: o.Linger > 0}
	if err := s.joinOrLaunch(ctx, o); err != nil {
		return nil, err
	}
	s.using, err = tryLock(f.file("users.lock"), syscall.LOCK_SH)
	if err != nil {
		s.lifeline.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) joinOrLaunch(ctx context.Context, o Options) error {
	for attempt := 1; ; attempt++ {
		claim, err := s.joinOrClaim(ctx)
		if claim == nil || err != nil {
			return err
		}
		err = s.launch(ctx, o, claim)
		if !errors.Is(err, errPortTaken) || attempt == 3 {
			return err
		}
	}
}

// DSN is the address of a database on the server, as its superuser.
func (s *Server) DSN(database string) string {
	return dsn(s.address, s.password, database)
}

// Stop ends this use. If it was the last and nothing lingers, it returns after
// the server has shut down in good order. Further calls do nothing.
func (s *Server) Stop() error {
	var err error
	s.stop.Do(func() {
		s.lifeline.Close()
		s.using.Close()
		if !s.linger {
			err = s.folder.awaitEnd()
		}
	})
	return err
}

// awaitEnd waits for the server's end, unless somebody else uses it.
func (f folder) awaitEnd() error {
	last, err := tryLock(f.file("users.lock"), syscall.LOCK_EX)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return err
	}
	last.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ended, err := lock(ctx, f.file("server.lock"), syscall.LOCK_SH)
	if err != nil {
		return fmt.Errorf("postgres in %s does not stop: %w", f.path, err)
	}
	return ended.Close()
}

// Running is the address of a database on the server of dir, if one runs. That
// is no use of it: it may end at any moment.
func Running(dir, database string) (string, bool) {
	f, err := findFolder(dir)
	if err != nil || !f.running() {
		return "", false
	}
	address, password, ready := f.ready()
	if !ready {
		return "", false
	}
	return dsn(address, password, database), true
}

// Erase deletes the data of dir, so that the next start begins from nothing.
// It refuses while the server runs.
func Erase(dir string) error {
	f, err := findFolder(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	claim, err := tryLock(f.file("server.lock"), syscall.LOCK_EX)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("the PostgreSQL of %s is running: stop it first", dir)
	}
	if err != nil {
		return err
	}
	defer claim.Close()
	return os.RemoveAll(f.file("data"))
}

func dsn(address, password, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, password),
		Host: address, Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}
