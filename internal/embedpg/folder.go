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
	if !errors.Is(err, errUseless) {
		return f, err
	}
	place, err := standIn(wanted)
	if err != nil {
		return folder{}, err
	}
	f, err = makeFolder(ctx, place)
	if err != nil {
		return folder{}, err
	}
	return f, os.WriteFile(filepath.Join(wanted, note), []byte(place), 0o600)
}

// findFolder finds a folder that was made before.
func findFolder(wanted string) (folder, error) {
	path, err := filepath.Abs(wanted)
	if err != nil {
		return folder{}, err
	}
	f, err := owned(path)
	if err != nil {
		return folder{}, err
	}
	place, err := os.ReadFile(f.file(note))
	if err == nil && len(place) > 0 {
		f, err = owned(string(place))
		if err != nil {
			return folder{}, err
		}
	}
	_, err = os.Stat(f.file("gate.lock"))
	return f, err
}

// owned refuses a folder of somebody else, who could read and change it.
func owned(path string) (folder, error) {
	account, err := accountFor(path)
	if err != nil {
		return folder{}, err
	}
	uid, err := ownerOf(path)
	if err != nil {
		return folder{}, err
	}
	if uid != account.uid && uid != uint32(os.Geteuid()) {
		return folder{}, fmt.Errorf("%s belongs to another user (id %d): choose another folder", path, uid)
	}
	return folder{path, account}, nil
}

var errUseless = errors.New("no server can live in this folder")

// makeFolder may run several times at once.
func makeFolder(ctx context.Context, path string) (folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return folder{}, err
	}
	f, err := owned(path)
	if err != nil {
		return folder{}, err
	}
	if err := f.empty(); err != nil {
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
	try := f.account.command(ctx, path, "/bin/sh", "-c",
		"umask 077; mkfifo try.$$ && rm try.$$ && : >users.lock && : >server.lock && : >gate.lock")
	if out, err := try.CombinedOutput(); err != nil {
		return folder{}, fmt.Errorf("%w: %s: %w %s", errUseless, path, err, oneLine(out))
	}
	return f, nil
}

// empty saves a folder full of other things from being taken over.
func (f folder) empty() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, "try.") || strings.HasSuffix(name, ".lock") || name == note {
			continue
		}
		if _, err := os.Stat(f.file("gate.lock")); err == nil {
			return nil // another process has just made the folder and a server in it
		}
		return fmt.Errorf("%s is not empty (%s): choose a new folder for PostgreSQL", f.path, name)
	}
	return nil
}

// standIn is always the same for one wanted folder.
func standIn(wanted string) (string, error) {
	home, err := shared()
	return filepath.Join(home, fmt.Sprintf("%x", sha256.Sum256([]byte(wanted)))[:16]), err
}

// shared is a place of ours that the server's account can reach.
func shared() (string, error) {
	path := "/var/lib/embedpg"
	if os.Geteuid() != 0 {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		path = filepath.Join(cache, "embedpg")
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return "", err
	}
	if uid, err := ownerOf(path); err != nil || uid != uint32(os.Geteuid()) {
		return "", fmt.Errorf("%s is not ours", path)
	}
	return path, os.Chmod(path, 0o755)
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
