package embedpg_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jexi/portal/internal/embedpg"
)

// nobody is the ordinary user of these tests.
const nobody = 65534

func TestAnOrdinaryUserHasTheSamePromises(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	cmd := asNobody(t, exec.Command(testBinary(t), "-test.v", "-test.run=^("+strings.Join([]string{
		"TestDataIsKeptBetweenRuns", "TestASecondStartJoinsTheRunningServer", "TestTheServerEndsWhenItsUserIsKilled",
		"TestAKilledServerComesBackWithAllThatWasCommitted", "TestALeftPidFileOfALivingStrangerStopsNobody",
		"TestTheServerIsClosedToOthersAndSpeaksUTC",
	}, "|")+")$"))
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS") != 6 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAFolderOutOfReachHasAPlaceThatStandsForIt(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg") // below a folder of root alone
	s := start(t, embedpg.Options{Dir: dir, Fast: true})
	run(t, s.DSN("postgres"), "CREATE TABLE kept ()")
	stop(t, s)
	place, err := os.ReadFile(filepath.Join(dir, "moved-to"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(string(place)) })
	s = start(t, embedpg.Options{Dir: dir, Fast: true})
	if got := ask(t, s.DSN("postgres"), "SELECT to_regclass('kept')::text"); got != "kept" {
		t.Error("the second start has another place")
	}
	if dsn, ok := embedpg.Running(dir, "postgres"); !ok || dsn != s.DSN("postgres") {
		t.Errorf("Running says %s %t", dsn, ok)
	}
	stop(t, s)
	if err := embedpg.Erase(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(string(place), "data")); !os.IsNotExist(err) {
		t.Errorf("the data is still there: %v", err)
	}
}

func TestAFolderOfAnotherUserIsRefused(t *testing.T) {
	needsRoot(t)
	t.Parallel()
	dir := place(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	// A trap: root must not follow what a stranger has laid out.
	if err := os.Symlink("/dev/null", filepath.Join(dir, "moved-to")); err != nil {
		t.Fatal(err)
	}
	_, err := embedpg.Start(t.Context(), embedpg.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "belongs to another user") {
		t.Errorf("the error is %v", err)
	}
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can change to another user; what root is promised is NOT tested here")
	}
}

// testBinary is a copy of this program that every account can run.
func testBinary(t *testing.T) string {
	t.Helper()
	path := place(t)
	// Not written by us: a program that is open for writing cannot be run.
	if out, err := exec.Command("cp", os.Args[0], path).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return path
}

func asNobody(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	home := place(t)
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+home+"/.cache")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}
