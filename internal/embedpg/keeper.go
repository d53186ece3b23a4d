package embedpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
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
// Descriptor 3 is server.lock, held until the last process has ended. The
// sleep is a writer too, by descriptor 4; no step may wait to open the pipe.
// A server that has just begun does not hear a signal: it is said again.
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
		trap 'while kill "-$signal" "$server" 2>/dev/null; do sleep 1; done' EXIT
		seen=1
		while [ "$seen" ]; do
			seen=
			exec 4<>users 5<users
			sleep "$linger" 3>&- 5>&- &
			exec 4>&-
			while read -r user; do seen=1; : >"$user"; done <&5
			exec 5<&-
		done
	} &
	watch=$!
	wait "$server"
	kill "$watch" 2>/dev/null
	[ -z "$erase" ] || rm -rf data
} &
`

var errPortTaken = errors.New("PostgreSQL did not get the port that was free just now")

// joinOrClaim uses the server that runs, or takes server.lock when the last
// process of an earlier one has ended. What has lost its keeper or does not
// end is killed after a while; the data recovers from that.
func (s *Server) joinOrClaim(ctx context.Context) (claim *os.File, err error) {
	patience := time.Now().Add(30 * time.Second)
	for !s.join(ctx) {
		claim, err := tryLock(s.folder.file("server.lock"), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return claim, err
		}
		if time.Now().After(patience) {
			if err := s.folder.kill(); err != nil {
				return nil, err
			}
			patience = time.Now().Add(30 * time.Second)
		}
		if err := sleep(ctx); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// join fails if there is nothing to join.
func (s *Server) join(ctx context.Context) bool {
	return s.openLifeline() == nil && s.enter(ctx)
}

func (s *Server) openLifeline() (err error) {
	s.lifeline, err = os.OpenFile(s.folder.file("users"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	return err
}

func (s *Server) enter(ctx context.Context) bool {
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
		address, password, ready := s.folder.ready()
		if ready && answers(address) {
			s.address, s.password = address, password
			return true
		}
		if !s.folder.running() || sleep(ctx) != nil {
			return false
		}
	}
}

// answers is false for a server just killed, whose pid file says ready for
// ever. It asks, as clients do first, for TLS and takes either reply.
func answers(address string) bool {
	conn, err := net.DialTimeout("tcp4", address, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
		return false
	}
	reply := make([]byte, 1)
	_, err = conn.Read(reply)
	return err == nil && (reply[0] == 'N' || reply[0] == 'S')
}

// kill makes the server end at once.
func (f folder) kill() error {
	content, err := os.ReadFile(f.file("data/postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil || pid <= 1 {
		return fmt.Errorf("the pid file in %s is damaged: %q", f.path, first)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		return fmt.Errorf("the PostgreSQL of %s cannot be stopped: %w", f.path, err)
	}
	return nil
}

// launch starts the server and is its first user.
func (s *Server) launch(ctx context.Context, o Options, claim *os.File) error {
	defer claim.Close()
	bin, err := s.folder.prepare(ctx, o)
	if err != nil {
		return err
	}
	// A pipe without a reader takes no writer, and the keeper is not there yet.
	reader, err := os.OpenFile(s.folder.file("users"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := s.openLifeline(); err != nil {
		return err
	}
	if err := s.folder.keep(ctx, bin, o, claim); err != nil {
		s.lifeline.Close()
		return err
	}
	// From here the lock is the server's alone, and tells whether it lives.
	claim.Close()
	if s.enter(ctx) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.folder.complaint()
}

// prepare clears away what an earlier server left, and makes the data.
func (f folder) prepare(ctx context.Context, o Options) (bin string, err error) {
	if o.Throwaway {
		if err := os.RemoveAll(f.file("data")); err != nil {
			return "", err
		}
	}
	if err := f.clear(); err != nil {
		return "", err
	}
	bin, err = findInstall(ctx, f, o.Stderr)
	if err != nil {
		return "", err
	}
	return bin, f.cluster(ctx, bin, o)
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

// keep starts the keeper and through it the server.
func (f folder) keep(ctx context.Context, bin string, o Options, claim *os.File) error {
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
	cmd := f.account.command(ctx, f.path, "/bin/sh", append(args, settings(o, port)...)...)
	cmd.ExtraFiles = []*os.File{claim}
	return cmd.Run()
}

// complaint is why the server did not start: the last FATAL of its log.
func (f folder) complaint() error {
	content, err := os.ReadFile(f.file("log"))
	if err != nil {
		return err
	}
	text := strings.TrimSpace(string(content))
	if strings.Contains(text, "could not create any TCP/IP sockets") {
		return errPortTaken
	}
	text = text[max(0, strings.LastIndex(text, "FATAL")):]
	first, _, _ := strings.Cut(text, "\n")
	return fmt.Errorf("PostgreSQL did not start: %s (more in %s)", first, f.file("log"))
}
