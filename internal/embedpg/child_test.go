package embedpg_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/embedpg"
)

const childOptions = "EMBEDPG_TEST_CHILD"

// The test binary is also the other process: it starts a server, says its
// address and stops when its input ends.
func TestMain(m *testing.M) {
	if options := os.Getenv(childOptions); options != "" {
		os.Exit(beChild(options))
	}
	os.Exit(m.Run())
}

func beChild(options string) int {
	var o embedpg.Options
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		fmt.Println(err)
		return 1
	}
	s, err := embedpg.Start(context.Background(), o)
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println(s.DSN("postgres"))
	io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

type child struct {
	cmd *exec.Cmd
	in  io.Closer
	dsn string
}

func startChild(t *testing.T, o embedpg.Options) *child {
	t.Helper()
	cmd := childCommand(t, o)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "postgres://") {
		t.Errorf("the child says %q: %v", line, err)
	}
	return &child{cmd, in, strings.TrimSpace(line)}
}

func childCommand(t *testing.T, o embedpg.Options) *exec.Cmd {
	t.Helper()
	options, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childOptions+"="+string(options))
	cmd.Stderr = os.Stderr
	return cmd
}

func (c *child) stop(t *testing.T) {
	t.Helper()
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.cmd.Wait()
}

// place is a folder's path that every account can reach, unlike t.TempDir.
func place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "embedpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "pg")
}

func start(t *testing.T, o embedpg.Options) *embedpg.Server {
	t.Helper()
	s, err := embedpg.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

func stop(t *testing.T, s *embedpg.Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var answer string
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for range 3000 {
		if happened() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("never: %s", what)
}
