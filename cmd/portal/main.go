// Command portal is the whole product in one binary: web, workers, migrations, the demo
// world, and the offline checks of what the portal hands out.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // workspaces have time zones, and a bare machine knows none
)

// Exit codes. They stay: people script against them.
const (
	exitDone        = 0
	exitCheckFailed = 1
	exitWrongUse    = 2
	exitUnreachable = 3
)

// command is one word after portal. run gets what follows.
type command struct {
	name, usage, does string
	run               func(ctx context.Context, args []string) error
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

func commands() []command {
	return []command{
		{"demo", "[--addr 127.0.0.1:8080] [--dir .portal] [--fresh] [--records N]", "everything in one process, with a demo world", demoCommand},
		{"serve", "[--role all|web|worker]", "the service", serve},
		{"migrate", "[up|status]", "bring the database to this release", migrate},
		{"workspace", "create --name N --owner E-MAIL [--slug SLUG] [--time-zone Europe/Berlin] [--dir DIR]", "a workspace and its Owner", workspaceCommand},
		{"token", "create --workspace SLUG --scopes a,b [--name N] [--days 90] [--dir DIR]", "print an API token, once", tokenCommand},
		{"person", "reset E-MAIL --reason TEXT [--dir DIR]", "take the passkeys of somebody who lost them", personCommand},
		{"audit", "verify FILE [--checkpoint FILE] [--key KEY]", "check an audit bundle or proof, offline", auditCommand},
		{"keys", "new", "print the secrets that a new service needs", keysCommand},
		{"version", "", "version, commit, schema", version},
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitWrongUse
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return exit(c.run(ctx, args[1:]), stderr)
		}
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(os.Stdout)
		return exitDone
	}
	fmt.Fprintf(stderr, "portal: there is no command %q\n", args[0])
	usage(stderr)
	return exitWrongUse
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: portal COMMAND")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.does)
		if c.usage != "" {
			fmt.Fprintf(w, "             %s\n", c.usage)
		}
	}
}

// failure is an error with its exit code.
type failure struct {
	code int
	err  error
}

func (f failure) Error() string { return f.err.Error() }
func (f failure) Unwrap() error { return f.err }

func wrongUse(format string, args ...any) error {
	return failure{exitWrongUse, fmt.Errorf(format, args...)}
}

func unreachable(err error) error { return failure{exitUnreachable, err} }

func checkFailed(err error) error { return failure{exitCheckFailed, err} }

// exit prints an error on one line and gives its code.
func exit(err error, stderr io.Writer) int {
	if err == nil {
		return exitDone
	}
	fmt.Fprintf(stderr, "portal: %s\n", strings.Join(strings.Fields(err.Error()), " "))
	var f failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitCheckFailed
}
