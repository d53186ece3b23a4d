package embedpg_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/embedpg"
)

func TestDataIsKeptBetweenRuns(t *testing.T) {
	t.Parallel()
	dir := place(t)
	first := start(t, embedpg.Options{Dir: dir})
	run(t, first.DSN("postgres"), "CREATE TABLE kept (n int)")
	run(t, first.DSN("postgres"), "INSERT INTO kept VALUES (7)")
	stop(t, first)
	if _, ok := embedpg.Running(dir, "postgres"); ok {
		t.Fatal("the server runs after its last user has stopped it")
	}
	second := start(t, embedpg.Options{Dir: dir})
	if got := ask(t, second.DSN("postgres"), "SELECT sum(n)::text FROM kept"); got != "7" {
		t.Errorf("kept %s, want 7", got)
	}
}

func TestASecondStartJoinsTheRunningServer(t *testing.T) {
	t.Parallel()
	dir := place(t)
	first := start(t, embedpg.Options{Dir: dir, Fast: true})
	other := startChild(t, embedpg.Options{Dir: dir, Fast: true})
	if other.dsn != first.DSN("postgres") {
		t.Fatalf("the other process has %s, we have %s", other.dsn, first.DSN("postgres"))
	}
	stop(t, first)
	if got := ask(t, other.dsn, "SELECT 'alive'"); got != "alive" {
		t.Error("the first user's stop took the server from the second")
	}
	if dsn, ok := embedpg.Running(dir, "postgres"); !ok || dsn != other.dsn {
		t.Errorf("Running says %s %t", dsn, ok)
	}
	other.stop(t)
	if _, ok := embedpg.Running(dir, "postgres"); ok {
		t.Error("the server runs without a user")
	}
}

func TestManyProcessesAtOnceStartOneServer(t *testing.T) {
	t.Parallel()
	dir := place(t)
	var wg sync.WaitGroup
	children := make([]*child, 8)
	for i := range children {
		wg.Go(func() { children[i] = startChild(t, embedpg.Options{Dir: dir, Fast: true}) })
	}
	wg.Wait()
	for _, c := range children {
		if c.dsn != children[0].dsn {
			t.Errorf("%s and %s", c.dsn, children[0].dsn)
		}
		c.stop(t)
	}
	if _, ok := embedpg.Running(dir, "postgres"); ok {
		t.Error("the server runs without a user")
	}
}

func TestTheServerEndsWhenItsUserIsKilled(t *testing.T) {
	t.Parallel()
	dir := place(t)
	c := startChild(t, embedpg.Options{Dir: dir, Fast: true})
	server := serverPid(t, dir)
	c.kill(t)
	eventually(t, "the server ends", func() bool { return syscall.Kill(server, 0) == syscall.ESRCH })
}

func TestAThrowawayServerOfAKilledUserLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := place(t)
	c := startChild(t, embedpg.Options{Dir: dir, Fast: true, Throwaway: true, Linger: time.Second})
	c.kill(t)
	eventually(t, "the server ends", func() bool { _, ok := embedpg.Running(dir, "postgres"); return !ok })
	eventually(t, "the data is gone", func() bool { _, err := os.Stat(filepath.Join(dir, "data")); return os.IsNotExist(err) })
}

func TestAServerWhoseFolderIsDeletedEndsWithItsUser(t *testing.T) {
	t.Parallel()
	dir := place(t)
	c := startChild(t, embedpg.Options{Dir: dir, Fast: true})
	server := serverPid(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	c.kill(t)
	eventually(t, "the server ends", func() bool { return syscall.Kill(server, 0) == syscall.ESRCH })
}

func TestALingeringServerTakesTheNextUser(t *testing.T) {
	t.Parallel()
	dir := place(t)
	first := start(t, embedpg.Options{Dir: dir, Fast: true, Throwaway: true, Linger: time.Second})
	run(t, first.DSN("postgres"), "CREATE TABLE kept ()")
	stop(t, first)
	second := start(t, embedpg.Options{Dir: dir, Fast: true, Throwaway: true, Linger: time.Second})
	if got := ask(t, second.DSN("postgres"), "SELECT to_regclass('kept')::text"); got != "kept" {
		t.Error("the second user has another server")
	}
}

func TestAKilledServerComesBackWithAllThatWasCommitted(t *testing.T) {
	t.Parallel()
	dir := place(t)
	first := start(t, embedpg.Options{Dir: dir})
	run(t, first.DSN("postgres"), "CREATE TABLE kept (n int)")
	run(t, first.DSN("postgres"), "INSERT INTO kept VALUES (7)")
	if err := syscall.Kill(serverPid(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := start(t, embedpg.Options{Dir: dir})
	if got := ask(t, second.DSN("postgres"), "SELECT sum(n)::text FROM kept"); got != "7" {
		t.Errorf("kept %s, want 7", got)
	}
	stop(t, first)
	if got := ask(t, second.DSN("postgres"), "SELECT 'alive'"); got != "alive" {
		t.Error("the use of the dead server took the new one along")
	}
}

func TestAStarterKilledOnTheWayIsNoObstacle(t *testing.T) {
	t.Parallel()
	dir := place(t)
	half := childCommand(t, embedpg.Options{Dir: dir, Fast: true})
	if err := half.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "initdb is at work", func() bool { _, err := os.Stat(filepath.Join(dir, "data.new", "base")); return err == nil })
	half.Process.Kill()
	half.Wait()
	s := start(t, embedpg.Options{Dir: dir, Fast: true})
	if got := ask(t, s.DSN("postgres"), "SELECT 'alive'"); got != "alive" {
		t.Error("the server does not answer")
	}
}

func TestALeftPidFileOfALivingStrangerStopsNobody(t *testing.T) {
	t.Parallel()
	dir := place(t)
	stop(t, start(t, embedpg.Options{Dir: dir, Fast: true}))
	left := fmt.Sprintf("%d\n%s\n1\n5432\n\n127.0.0.1\n\nready\n", os.Getpid(), filepath.Join(dir, "data"))
	path := filepath.Join(dir, "data", "postmaster.pid")
	if err := os.WriteFile(path, []byte(left), 0o644); err != nil {
		t.Fatal(err)
	}
	if dsn, ok := embedpg.Running(dir, "postgres"); ok {
		t.Errorf("Running believes the left file: %s", dsn)
	}
	start(t, embedpg.Options{Dir: dir, Fast: true})
}

func TestTheServerIsClosedToOthersAndSpeaksUTC(t *testing.T) {
	t.Parallel()
	dir := place(t)
	s := start(t, embedpg.Options{Dir: dir, Settings: map[string]string{"work_mem": "5MB"}})
	for setting, want := range map[string]string{
		"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "on",
		"TimeZone": "UTC", "server_encoding": "UTF8", "work_mem": "5MB",
	} {
		if got := ask(t, s.DSN("postgres"), "SHOW "+setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	if got := ask(t, s.DSN("postgres"), "SELECT datcollate FROM pg_database WHERE datname = 'template1'"); got != "C" {
		t.Errorf("the locale is %s", got)
	}
	config, err := pgx.ParseConfig(s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	config.Password = "guess"
	if conn, err := pgx.ConnectConfig(t.Context(), config); err == nil {
		conn.Close(t.Context())
		t.Error("a wrong password is let in")
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "password"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
}

func TestTheLogKeepsNoStatements(t *testing.T) {
	t.Parallel()
	dir := place(t)
	s := start(t, embedpg.Options{Dir: dir, Fast: true})
	conn, err := pgx.Connect(t.Context(), s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "SELECT 'ada@example.com'::int"); err == nil {
		t.Fatal("a statement that must fail did not")
	}
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil || len(log) == 0 {
		t.Fatalf("no log: %v", err)
	}
	if strings.Contains(string(log), "ada@example.com") {
		t.Errorf("the log holds what people write:\n%s", log)
	}
}

func TestAServerThatCannotStartSaysWhyAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := place(t)
	_, err := embedpg.Start(t.Context(), embedpg.Options{Dir: dir, Fast: true, Settings: map[string]string{"max_connections": "many"}})
	if err == nil || !strings.Contains(err.Error(), "max_connections") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error is %v", err)
	}
	start(t, embedpg.Options{Dir: dir, Fast: true})
}

func TestATakenPortIsTriedAgainAndThenNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	_, err = embedpg.Start(t.Context(), embedpg.Options{Dir: place(t), Fast: true, Settings: map[string]string{"port": port}})
	if err == nil || !strings.Contains(err.Error(), "port") {
		t.Errorf("the error is %v", err)
	}
}

func TestDataOfAnotherVersionIsNotTouched(t *testing.T) {
	t.Parallel()
	dir := place(t)
	stop(t, start(t, embedpg.Options{Dir: dir, Fast: true}))
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := embedpg.Start(t.Context(), embedpg.Options{Dir: dir, Fast: true})
	if err == nil || !strings.Contains(err.Error(), "PostgreSQL 9") {
		t.Errorf("the error is %v", err)
	}
}

func TestEraseWaitsForNobodyAndThenStartsFromNothing(t *testing.T) {
	t.Parallel()
	dir := place(t)
	if err := embedpg.Erase(dir); err != nil {
		t.Errorf("a folder that is not there: %v", err)
	}
	s := start(t, embedpg.Options{Dir: dir, Fast: true})
	run(t, s.DSN("postgres"), "CREATE TABLE kept ()")
	if err := embedpg.Erase(dir); err == nil || !strings.Contains(err.Error(), "running") {
		t.Errorf("a running server: %v", err)
	}
	stop(t, s)
	if err := embedpg.Erase(dir); err != nil {
		t.Fatal(err)
	}
	s = start(t, embedpg.Options{Dir: dir, Fast: true})
	if got := ask(t, s.DSN("postgres"), "SELECT count(*)::text FROM pg_tables WHERE tablename = 'kept'"); got != "0" {
		t.Error("the data is still there")
	}
}

func TestAFolderWithOtherThingsIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := place(t)
	if err := os.MkdirAll(filepath.Join(dir, "thesis"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := embedpg.Start(t.Context(), embedpg.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "thesis") {
		t.Errorf("the error is %v", err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the folder has changed: %v %v", info, err)
	}
}

// serverPid is the process of the server itself.
func serverPid(t *testing.T, dir string) int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
