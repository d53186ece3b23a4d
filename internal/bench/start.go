package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jexi/portal/internal/seal"
)

// start compares the time from starting the program to its first answer, and its memory when
// nobody asks it anything, with a program of Echo and one route.
func start(ctx context.Context, w *world, s settings) ([]line, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ours, hello := filepath.Join(dir, "portal"), filepath.Join(dir, "hello")
	for binary, source := range map[string]string{ours: "github.com/jexi/portal/cmd/portal", hello: "./hello"} {
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w: %s", source, err, out)
		}
	}
	keyset, err := seal.NewKeyset()
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), "PORTAL_DATABASE_URL="+w.app, "PORTAL_BASE_URL=http://localhost", "PORTAL_SMTP_URL=smtp://127.0.0.1:1", "PORTAL_BLOB_URL=file://"+dir,
		"PORTAL_MAIL_FROM=portal@jexi.example", "PORTAL_KEYSET="+keyset, "PORTAL_SIGNING_KEY="+seal.NewSigningKey())
	var took, took0, size, size0 []float64
	for range s.rounds {
		for _, side := range []struct {
			took, size *[]float64
			command    []string
		}{{&took, &size, []string{ours, "serve"}}, {&took0, &size0, []string{hello}}} {
			t, m, err := startOnce(ctx, env, side.command)
			if err != nil {
				return nil, err
			}
			*side.took, *side.size = append(*side.took, t.Seconds()), append(*side.size, m)
		}
	}
	return []line{
		{what: "start to ready; limit is Echo alone", unit: "s", ours: median(took), limit: median(took0), goal: 0.1, atMost: true, difference: true},
		{what: "idle memory of serve", unit: "MiB", ours: median(size), limit: median(size0), goal: 40, atMost: true, alone: true},
	}, nil
}

// startOnce starts a program, waits for its first answer, leaves it alone for a while, then looks
// how much memory it holds.
func startOnce(ctx context.Context, env, command []string) (took time.Duration, mib float64, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	addr := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(env, "PORTAL_ADDR="+addr)
	var said strings.Builder
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	for !answers(addr) {
		if time.Since(began) > 20*time.Second {
			return 0, 0, fmt.Errorf("%s did not get ready: %s", command[0], said.String())
		}
		time.Sleep(time.Millisecond)
	}
	took = time.Since(began)
	time.Sleep(3 * time.Second)
	mib, err = resident(cmd.Process.Pid)
	return took, mib, err
}

func answers(addr string) bool {
	res, err := http.Get("http://" + addr + "/readyz")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// resident is the memory that a process holds, in MiB.
func resident(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	return kib / 1024, err
}
