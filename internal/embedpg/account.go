package embedpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is who the server runs as: PostgreSQL refuses to be root.
type account struct {
	uid, gid uint32
	drop     bool // we are root and hand over to it
}

// accountFor takes us, or, if we are root, the user postgres or else nobody;
// one of them that owns the folder already comes first.
func accountFor(folder string) (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{uid: uint32(uid), gid: uint32(os.Getegid())}, nil
	}
	owner, err := ownerOf(folder)
	owned := err == nil
	var first *account
	for _, name := range []string{"postgres", "nobody"} {
		a, err := lookUp(name)
		if err != nil {
			continue
		}
		if owned && owner == a.uid {
			return a, nil
		}
		if first == nil {
			first = &a
		}
	}
	if first == nil {
		return account{}, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody: add one, or run as an ordinary user")
	}
	return *first, nil
}

func lookUp(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return account{uint32(uid), uint32(gid), true}, err
}

func ownerOf(path string) (uint32, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() {
		return 0, fmt.Errorf("%s is not a folder", path)
	}
	return stat.Uid, nil
}

func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// command runs as the account, in a session of its own, so that a Ctrl-C for
// us does not hit it. Of our environment it gets the PATH only.
func (a account) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if a.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}
