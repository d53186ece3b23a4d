package handlers_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/web"
)

// crowd sends many visitors to a page at once and tells how many got which answer.
func (b *browser) crowd(n int, path string) map[string]int {
	b.h.t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[string]int{}
	for range n {
		wg.Go(func() {
			p := b.do("GET", path, nil, nil)
			mu.Lock()
			defer mu.Unlock()
			got[strings.TrimSpace(fmt.Sprint(p.Status, " ", p.Header.Get("Retry-After")))]++
		})
	}
	wg.Wait()
	return got
}

// settles waits until no more goroutines are left than there were, but for a few of the server's own.
func settles(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > before+20; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			all := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, there were %d:\n%s", runtime.NumGoroutine(), before, all[:runtime.Stack(all, true)])
		}
	}
}

// When every connection is taken the portal sheds what comes, and does not pile it up.
// This test counts goroutines, so it runs alone.
func TestABusyPoolTurnsVisitorsAwayInsteadOfPilingThemUp(t *testing.T) {
	h := open(t)
	gate, err := db.Open(context.Background(), h.AppDSN, db.Options{Connections: 1})
	must(t, err)
	t.Cleanup(gate.Close)
	two := h.serveAlso(gate, nil)
	ada := h.signIn(h.Acme, "ada").at(two)
	ada.get("/w/acme/groups").shows(200, "Billing approvers")
	before := runtime.NumGoroutine()
	held, free := make(chan struct{}), make(chan struct{})
	go gate.In(context.Background(), access.ForSystem(h.Acme.ID, "holder"), func(*db.Tx) error { close(held); <-free; return nil })
	<-held
	if got := ada.crowd(150, "/w/acme/groups"); got["503 5"] != 150 {
		t.Errorf("150 visitors were answered %v, want 503 with Retry-After", got)
	}
	two.visitor().get("/readyz").shows(503, "the database does not answer")
	two.visitor().get("/healthz").shows(200, "ok")
	ada.client.CloseIdleConnections()
	settles(t, before)
	close(free)
	ada.get("/w/acme/groups").shows(200, "Billing approvers")
	two.visitor().get("/readyz").shows(200, "ready")
}

// A database that is slow to everybody takes all connections; the answer is the same.
func TestASlowDatabaseTurnsVisitorsAwayAndIsThereAgainWhenItIsFast(t *testing.T) {
	t.Parallel()
	h := open(t)
	gate, err := db.Open(context.Background(), h.AppDSN, db.Options{Connections: 4})
	must(t, err)
	t.Cleanup(gate.Close)
	two := h.serveAlso(gate, nil)
	ada := h.signIn(h.Acme, "ada").at(two)
	ctx := context.Background()
	slow, err := pgx.Connect(ctx, h.OwnerDSN)
	must(t, err)
	defer slow.Close(ctx)
	_, err = slow.Exec(ctx, "begin; lock table sessions")
	must(t, err)
	if got := ada.crowd(20, "/w/acme/groups"); got["503 5"] != 20 {
		t.Errorf("20 visitors were answered %v, want 503 with Retry-After", got)
	}
	_, err = slow.Exec(ctx, "rollback")
	must(t, err)
	if got := ada.crowd(20, "/w/acme/groups"); got["200"] != 20 {
		t.Errorf("with the database fast again 20 visitors were answered %v", got)
	}
}

// brisk is a portal whose limits for slow clients are a part of the real ones. It notes whose connection it has closed.
func (h *house) brisk(more ...web.Route) (*httptest.Server, *sync.Map) {
	h.t.Helper()
	real := web.Server(nil)
	for name, limit := range map[string]time.Duration{"header": real.ReadHeaderTimeout, "read": real.ReadTimeout, "write": real.WriteTimeout, "idle": real.IdleTimeout} {
		if limit <= 0 || limit > 90*time.Second {
			h.t.Errorf("the %s limit is %v", name, limit)
		}
	}
	if real.MaxHeaderBytes > 16<<10 || real.MaxHeaderBytes == 0 {
		h.t.Errorf("a header may have %d bytes", real.MaxHeaderBytes)
	}
	srv := httptest.NewUnstartedServer(h.Tools.App(discard()).Handler(append(handlers.Map(h.Tools), more...)))
	srv.Config.ReadHeaderTimeout, srv.Config.ReadTimeout = real.ReadHeaderTimeout/20, real.ReadTimeout/20
	srv.Config.WriteTimeout, srv.Config.IdleTimeout = real.WriteTimeout/50, real.IdleTimeout/50
	closed := &sync.Map{}
	srv.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			closed.Store(c.RemoteAddr().String(), true)
		}
	}
	srv.Start()
	h.t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv, closed
}

// Slow clients hold a connection each, until its time is over, and nobody else waits for them.
func TestSlowClientsAreClosedAndOthersAreServed(t *testing.T) {
	t.Parallel()
	h := open(t)
	body := bytes.Repeat([]byte("large "), 4<<20) // more than the kernel takes off the server's hands
	large := web.Route{Method: "GET", Path: "/large", Door: web.Anyone, Needs: access.Public, Handle: func(c *web.Ctx) error {
		return c.Bytes(200, "text/plain", body)
	}}
	srv, closed := h.brisk(large)
	idle := "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, c := range map[string]struct{ first, then string }{
		"says nothing":             {"", ""},
		"sends half a header":      {"GET / HTTP/1.1\r\nHost: x\r\nX-", ""},
		"sends a header by bytes":  {"GET / HTTP/1.1\r\nHost: x\r\nX-", "a"},
		"sends half a body":        {"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90\r\n\r\nemail=", ""},
		"sends a body by bytes":    {"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\nemail=", "a"},
		"never reads the answer":   {"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		"asks once and then rests": {idle, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var conns []net.Conn
			for range 10 {
				conn, err := net.Dial("tcp", srv.Listener.Addr().String())
				must(t, err)
				defer conn.Close()
				conn.(*net.TCPConn).SetReadBuffer(4 << 10)
				_, err = io.WriteString(conn, c.first)
				must(t, err)
				conns = append(conns, conn)
			}
			for range 5 { // meanwhile
				res, err := http.Get(srv.URL + "/signin")
				must(t, err)
				if res.Body.Close(); res.StatusCode != 200 {
					t.Errorf("somebody else is answered %d", res.StatusCode)
				}
			}
			for _, conn := range conns {
				closes(t, closed, conn, c.then)
			}
		})
	}
}

// closes waits until the server has closed a connection; meanwhile the client goes on with what it does.
func closes(t *testing.T, closed *sync.Map, conn net.Conn, then string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if _, ok := closed.Load(conn.LocalAddr().String()); ok {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the server keeps it")
		}
		io.WriteString(conn, then)
	}
}
