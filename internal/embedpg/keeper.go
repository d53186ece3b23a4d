package embedpg

import (
	"context"
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

// kill makes the server end at once.
func (f folder) kill() error {
	content, err := os.ReadFile(f.file("data/postmaster.pid"))
	if err != nil {
		return fmt.Errorf("the PostgreSQL of %s does not end: %w", f.path, err)
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
