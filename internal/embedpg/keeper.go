package embedpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// keeper runs the server for as long as the pipe "users" has writers. The
// kernel closes a writer whose process is killed, so no server is left over.
// A user writes the name of a file and is one when that file appears: whoever
// comes too late, after the last end of the pipe, is never told so.
// Descriptor 3 is server.lock, held until the last process has ended.
const keeper = `
linger=$1 signal=$2 erase=$3
shift 3
umask 077
[ ! -e log ] || mv log log.old
exec >log 2>&1
{
	"$@" &
	server=$!
	{
		seen=1
		while [ "$seen" ]; do
			seen=
			sleep "$linger" 3>&- >users &
			while read -r user; do seen=1; : >"$user"; done <users
		done
		kill "-$signal" "$server"
	} &
	watch=$!
	wait "$server"
	kill "$watch" 2>/dev/null
	[ -z "$erase" ] || rm -rf data
} &
`

// join uses a server that runs already.
func (s *Server) join(ctx context.Context) bool {
	var err error
	s.lifeline, err = os.OpenFile(s.folder.file("users"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	if s.greet(ctx) && s.await(ctx) {
		return true
	}
	s.lifeline.Close()
	return false
}

// greet says that we are a user and waits for the keeper to know.
func (s *Server) greet(ctx context.Context) bool {
	name := "joined." + rand.Text()
	for s.folder.running() {
		if _, err := s.lifeline.WriteString(name + "\n"); err != nil {
			return false
		}
		for range 100 {
			if os.Remove(s.folder.file(name)) == nil {
				return true
			}
			if sleep(ctx) != nil {
				return false
			}
		}
	}
	return false
}

// await waits until the server takes connections, or has ended.
func (s *Server) await(ctx context.Context) bool {
	for {
		address, ready := s.folder.ready()
		if ready {
			s.address = address
			return true
		}
		if !s.folder.running() || sleep(ctx) != nil {
			return false
		}
	}
}

// launch starts the server after the last process of an earlier one has ended.
func (s *Server) launch(ctx context.Context, o Options) error {
	bin, err := findInstall(ctx, s.folder.account, s.folder.major(), o.Stderr)
	if err != nil {
		return err
	}
	for range 3 {
		err = s.try(ctx, bin, o)
		if err == nil || !strings.Contains(err.Error(), "TCP/IP sockets") {
			break
		}
	}
	return err
}

// claim takes server.lock. What ends too slowly or has lost its keeper is
// killed after a while; the data recovers from that.
func (f folder) claim(ctx context.Context) (*os.File, error) {
	patient, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	claim, err := lock(patient, f.file("server.lock"), syscall.LOCK_EX)
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return claim, err
	}
	content, err := os.ReadFile(f.file("data/postmaster.pid"))
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil || pid <= 1 {
		return nil, fmt.Errorf("the pid file in %s is damaged: %q", f.path, first)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		return nil, fmt.Errorf("the PostgreSQL of %s cannot be stopped: %w", f.path, err)
	}
	return lock(ctx, f.file("server.lock"), syscall.LOCK_EX)
}

func (s *Server) try(ctx context.Context, bin string, o Options) error {
	claim, err := s.folder.claim(ctx)
	if err != nil {
		return err
	}
	defer claim.Close()
	if err := s.folder.clear(); err != nil {
		return err
	}
	if err := s.folder.cluster(ctx, bin, o); err != nil {
		return err
	}
	// A pipe without a reader takes no writer, and the keeper is not there yet.
	reader, err := os.OpenFile(s.folder.file("users"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer reader.Close()
	s.lifeline, err = os.OpenFile(s.folder.file("users"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	if err := s.run(ctx, bin, o, claim); err != nil {
		s.lifeline.Close()
		return err
	}
	if s.greet(ctx) && s.await(ctx) {
		return nil
	}
	s.lifeline.Close()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("PostgreSQL did not start: %s (%s)", s.folder.complaint(), s.folder.file("log"))
}

// clear removes what a dead server left. Its pid file would stop the next one
// if the number has been given to another process since.
func (f folder) clear() error {
	left, err := filepath.Glob(f.file("joined.*"))
	if err != nil {
		return err
	}
	for _, path := range append(left, f.file("users"), f.file("data/postmaster.pid")) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := syscall.Mkfifo(f.file("users"), 0o600); err != nil {
		return err
	}
	return f.account.own(f.file("users"))
}

func (s *Server) run(ctx context.Context, bin string, o Options, claim *os.File) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	linger := strconv.Itoa(int((o.Linger + time.Second - 1) / time.Second))
	signal, erase := "INT", ""
	if o.Throwaway {
		signal, erase = "QUIT", "yes"
	}
	args := []string{"-c", keeper, "keeper", linger, signal, erase, filepath.Join(bin, "postgres"), "-D", "data"}
	cmd := s.folder.account.command(ctx, s.folder.path, "/bin/sh", append(args, settings(o, port)...)...)
	cmd.ExtraFiles = []*os.File{claim}
	if err := cmd.Run(); err != nil {
		return err
	}
	// From here the lock is the server's alone, and tells whether it lives.
	return claim.Close()
}

// complaint is the last thing of weight that the server said.
func (f folder) complaint() string {
	content, err := os.ReadFile(f.file("log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], "FATAL") {
			return lines[i]
		}
	}
	return lines[len(lines)-1]
}
