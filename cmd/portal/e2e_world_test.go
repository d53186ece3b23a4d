package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long something may take before a journey says what it sees instead.
const patience = 45 * time.Second

// world is the demo, running, with one browser at it.
type world struct {
	t       *testing.T // of the journey that is lived now
	url     string
	dir     string
	binary  string
	browser context.Context
	people  map[string]*tab // signed in already, by address
	apps    map[string]*app // authenticator apps, by address
	looked  map[string]bool // names of pages that were looked at in both themes and all widths
	log     *record
}

// record keeps what a process says.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// startWorld builds the binary and starts the demo in an empty folder, as a person would.
func startWorld(t *testing.T) *world {
	t.Helper()
	path := chromium(t)
	w := &world{t: t, dir: t.TempDir(), people: map[string]*tab{}, apps: map[string]*app{}, looked: map[string]bool{}, log: &record{}}
	w.binary = filepath.Join(t.TempDir(), "portal")
	if out, err := exec.Command("go", "build", "-o", w.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	w.serve(freePort(t))
	w.browse(path)
	return w
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func (w *world) serve(port string) {
	w.t.Helper()
	w.url = "http://localhost:" + port
	cmd := exec.Command(w.binary, "demo", "--dir", w.dir, "--addr", "127.0.0.1:"+port)
	cmd.Stdout, cmd.Stderr = w.log, w.log
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	w.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience):
			cmd.Process.Kill()
			w.t.Errorf("the demo did not stop in %s", patience)
		}
	})
	for end := time.Now().Add(3 * time.Minute); !strings.Contains(w.log.String(), "The portal is open"); time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			w.t.Fatalf("the demo ended: %v\n%s", err, w.log)
		default:
		}
		if time.Now().After(end) {
			w.t.Fatalf("the demo never opened:\n%s", w.log)
		}
	}
}

// failedNowhere holds the service's own log to it: whatever the journeys did, nothing failed.
func (w *world) failedNowhere() {
	for line := range strings.Lines(w.log.String()) {
		if strings.Contains(line, "level=ERROR") {
			w.t.Errorf("the service logged %s", line)
		}
	}
}

// command runs the portal's own command line beside the running demo.
func (w *world) command(args ...string) string {
	w.t.Helper()
	cmd := exec.Command(w.binary, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("portal %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// secret is that of a workspace's own demo agent.
func (w *world) secret(workspace string) string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, "agents.json"))
	w.must(err)
	agents := map[string]string{}
	w.must(json.Unmarshal(b, &agents))
	return agents[workspace]
}

// letter is a mail as the demo's mailbox tells it to programs.
type letter struct {
	ID, At, To, Subject, Text, HTML string
}

func (w *world) letters() (all []letter) {
	w.t.Helper()
	w.read("/dev/mailbox.json", &all)
	return all
}

// letter waits for the newest mail to somebody whose subject has these words.
func (w *world) letter(to, words string) letter {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		for _, l := range w.letters() {
			if strings.Contains(l.To, to) && strings.Contains(l.Subject, words) {
				return l
			}
		}
		if time.Now().After(end) {
			w.t.Fatalf("no mail to %s about %q", to, words)
		}
	}
}

// read gets JSON from a page that anybody may read.
func (w *world) read(path string, into any) {
	w.t.Helper()
	res, err := http.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s answers %d: %s (%v)", path, res.StatusCode, body, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		w.t.Fatalf("%s: %v\n%s", path, err, body)
	}
}
