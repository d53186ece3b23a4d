package embedpg_test

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jexi/portal/internal/embedpg"
)

func TestAServerThatHasLostItsKeeperIsReplaced(t *testing.T) {
	t.Parallel()
	dir := place(t)
	first := start(t, embedpg.Options{Dir: dir})
	run(t, first.DSN("postgres"), "CREATE TABLE kept ()")
	server := serverPid(t, dir)
	keeper := processes(t, "-o", "ppid=", "-p", strconv.Itoa(server))[0]
	for _, pid := range append(processes(t, "-o", "pid=", "--ppid", strconv.Itoa(keeper)), keeper) {
		if pid == server {
			continue
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	second := start(t, embedpg.Options{Dir: dir})
	if serverPid(t, dir) == server {
		t.Error("nobody would ever end this server")
	}
	if got := ask(t, second.DSN("postgres"), "SELECT to_regclass('kept')::text"); got != "kept" {
		t.Error("the data is gone")
	}
}

func processes(t *testing.T, args ...string) []int {
	t.Helper()
	out, err := exec.Command("ps", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, field := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}
