package embedpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const superuser = "postgres"

// cluster makes the data once; a crash on the way leaves none behind. An initdb
// that outlives us keeps the claim, so that nobody starts a second beside it.
func (f folder) cluster(ctx context.Context, bin string, o Options, claim *os.File) error {
	if f.major() != 0 {
		return nil
	}
	if err := os.RemoveAll(f.file("data.new")); err != nil {
		return err
	}
	if err := f.newPassword(); err != nil {
		return err
	}
	args := []string{"--pgdata=data.new", "--username=" + superuser, "--pwfile=password",
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"}
	if o.Fast {
		args = append(args, "--no-sync")
	}
	initdb := f.account.command(ctx, f.path, filepath.Join(bin, "initdb"), args...)
	initdb.ExtraFiles = []*os.File{claim}
	out, err := initdb.CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb in %s: %w: %s", f.path, err, oneLine(out))
	}
	return os.Rename(f.file("data.new"), f.file("data"))
}

// major is the version of PostgreSQL that made the data, 0 if there is none.
func (f folder) major() int {
	version, err := os.ReadFile(f.file("data/PG_VERSION"))
	if err != nil {
		return 0
	}
	major, _ := strconv.Atoi(strings.TrimSpace(string(version)))
	return major
}

func (f folder) newPassword() error {
	path := f.file("password")
	if err := os.WriteFile(path, []byte(rand.Text()), 0o600); err != nil {
		return err
	}
	return f.account.own(path)
}

// settings are arguments of postgres. The log tells about the server, not
// about statements: those may hold data of persons.
func settings(o Options, port int) []string {
	all := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": "",
		"max_connections":         "200",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"log_min_messages":        "log",
		"log_checkpoints":         "off",
		"logging_collector":       "off",
	}
	if o.Fast {
		maps.Copy(all, map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
		})
	}
	maps.Copy(all, o.Settings)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}

// freePort may be taken by another before the server has it: launch tries again.
func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("no port on 127.0.0.1")
	}
	return addr.Port, nil
}

// ready reads the address from the server's own pid file.
func (f folder) ready() (address, password string, ok bool) {
	content, err := os.ReadFile(f.file("data/postmaster.pid"))
	lines := strings.Split(string(content), "\n")
	if err != nil || len(lines) < 8 || strings.TrimSpace(lines[7]) != "ready" {
		return "", "", false
	}
	secret, err := os.ReadFile(f.file("password"))
	return net.JoinHostPort("127.0.0.1", strings.TrimSpace(lines[3])), string(secret), err == nil
}
