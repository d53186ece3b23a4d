package embedpg

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// folder holds everything of one server and belongs to its account:
//
//	data         the cluster
//	password     of the superuser
//	log, log.old what the server said in this run and the one before
//	users        the pipe whose writers are the users: see keeper
//	gate.lock    held while somebody starts or joins
//	server.lock  held by every process of the server
//	users.lock   shared by the users
type folder struct {
	path    string
	account account
}

const note = "moved-to"

func (f folder) file(name string) string { return filepath.Join(f.path, name) }

// openFolder makes the wanted folder, or takes the place that stands for it.
func openFolder(ctx context.Context, wanted string) (folder, error) {
	f, err := findFolder(wanted)
	if !errors.Is(err, os.ErrNotExist) {
		return f, err
	}
	wanted, err = filepath.Abs(wanted)
	if err != nil {
		return folder{}, err
	}
	f, err = makeFolder(ctx, wanted)
	if err == nil {
		return f, nil
	}
	f, elsewhere := makeFolder(ctx, standIn(wanted))
	if elsewhere != nil {
		return folder{}, errors.Join(err, elsewhere)
	}
	return f, os.WriteFile(filepath.Join(wanted, note), []byte(f.path), 0o600)
}

// findFolder finds a folder that was made before.
func findFolder(wanted string) (folder, error) {
	path, err := filepath.Abs(wanted)
	if err != nil {
		return folder{}, err
	}
	moved, err := os.ReadFile(filepath.Join(path, note))
	if err == nil {
		path = strings.TrimSpace(string(moved))
	}
	if _, err := os.Stat(filepath.Join(path, "gate.lock")); err != nil {
		return folder{}, err
	}
	return owned(path)
}

// owned refuses a folder of somebody else: they could read the password.
func owned(path string) (folder, error) {
	account, err := accountFor(path)
	if err != nil {
		return folder{}, err
	}
	uid, ok := ownerOf(path)
	if !ok || uid != account.uid && uid != uint32(os.Geteuid()) {
		return folder{}, fmt.Errorf("%s belongs to another user (id %d): choose another folder", path, uid)
	}
	return folder{path, account}, nil
}

func makeFolder(ctx context.Context, path string) (folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return folder{}, err
	}
	f, err := owned(path)
	if err != nil {
		return folder{}, err
	}
	if err := f.account.own(path); err != nil {
		return folder{}, err
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return folder{}, err
	}
	// The account itself tries: it may not reach the folder, and some mounted
	// file systems have no pipes.
	try := f.account.command(ctx, path, "/bin/sh", "-c", "umask 077; mkfifo users && rm users && : >users.lock && : >server.lock && : >gate.lock")
	if out, err := try.CombinedOutput(); err != nil {
		return folder{}, fmt.Errorf("no server can live in %s: %w %s", path, err, oneLine(out))
	}
	return f, nil
}

// standIn is always the same for one wanted folder.
func standIn(wanted string) string {
	return filepath.Join(shared(), fmt.Sprintf("%x", sha256.Sum256([]byte(wanted)))[:16])
}

// shared is a place of ours that the server's account can reach.
func shared() string {
	if os.Geteuid() == 0 {
		return "/var/lib/embedpg"
	}
	if cache, err := os.UserCacheDir(); err == nil && os.MkdirAll(cache, 0o700) == nil {
		return filepath.Join(cache, "embedpg")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("embedpg-%d", os.Geteuid()))
}

// running says whether any process of the server is left.
func (f folder) running() bool {
	free, err := tryLock(f.file("server.lock"), syscall.LOCK_SH)
	if err != nil {
		return errors.Is(err, syscall.EWOULDBLOCK)
	}
	free.Close()
	return false
}

func oneLine(out []byte) string {
	return strings.Join(strings.Fields(string(out)), " ")
}
