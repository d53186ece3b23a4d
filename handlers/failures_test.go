package handlers_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/internal/pgcut"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/web"
)

// mishaps are routes in which something goes wrong in every way that can be.
func mishaps() (out []web.Route) {
	var nobody *access.Actor
	broken := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		fmt.Fprint(w, "<p>half a page</p>")
		panic("broken template")
	})
	for name, handle := range map[string]web.Handler{
		"alarm":    func(*web.Ctx) error { panic("select secret from people at /root/portal/main.go:17") },
		"nil":      func(*web.Ctx) error { return errors.New(nobody.Name) },
		"template": func(c *web.Ctx) error { return c.Page(broken) },
		"error": func(*web.Ctx) error {
			return errors.New(`ERROR: relation "people" violates constraint (SQLSTATE 23505) in /work/portal/models/db/gate.go:42`)
		},
		"query": func(c *web.Ctx) error {
			_, err := web.Read(c, func(tx *db.Tx) (int, error) { return 0, tx.Gorm().Exec("select nothing from nowhere").Error })
			return err
		},
	} {
		for _, prefix := range []string{"/fails/", "/api/v1/fails/"} {
			out = append(out, web.Route{Method: "GET", Path: prefix + name, Door: web.Anyone, Needs: access.Public, Handle: handle})
		}
	}
	return out
}

// serveAlso is the portal with further routes, behind another gate where one is given.
func (h *house) serveAlso(gate *db.DB, more []web.Route) *house {
	h.t.Helper()
	tools := h.Tools
	if gate != nil {
		tools.DB = gate
	}
	srv := httptest.NewServer(tools.App(discard()).Handler(append(handlers.Map(tools), more...)))
	h.t.Cleanup(srv.Close)
	two := *h
	two.URL = srv.URL
	return &two
}

var reference = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}`)

func TestAFailureShowsAReferenceAndNothingElse(t *testing.T) {
	t.Parallel()
	h := open(t)
	two := h.serveAlso(nil, mishaps())
	ada := h.signIn(h.Acme, "ada").at(two)
	for _, r := range mishaps() {
		p := ada.do("GET", r.Path, nil, nil)
		if p.Status != http.StatusInternalServerError || strings.Contains(p.Body, "half a page") {
			t.Errorf("%s answers %d:\n%s", r.Path, p.Status, p.Body)
		}
		id := p.Header.Get("X-Request-Id")
		if !reference.MatchString(id) || !strings.Contains(p.Body, id) {
			t.Errorf("%s does not name its reference %q:\n%s", r.Path, id, p.Text())
		}
		if found := inner.FindString(p.Body); found != "" {
			t.Errorf("%s shows %q", r.Path, found)
		}
		for name, want := range always {
			if p.Header.Get(name) != want {
				t.Errorf("%s: %s is %q", r.Path, name, p.Header.Get(name))
			}
		}
		ada.get("/w/acme/groups").shows(200, "Billing approvers") // the process goes on
	}
}

// A closed door is told apart from a broken one: the portal says to come back, and opens again by itself.
func TestWithoutADatabaseThePortalSaysToComeBackAndRecovers(t *testing.T) {
	t.Parallel()
	h := open(t)
	cable := pgcut.New(t, h.AppDSN)
	gate, err := db.Open(context.Background(), cable.DSN(), db.Options{Connections: 3})
	must(t, err)
	t.Cleanup(gate.Close)
	two := h.serveAlso(gate, nil)
	ada := h.signInProved(h.Acme, "ada").at(two)
	form := ada.get("/w/acme/groups/new").shows(200, "New group")

	cable.Down()
	for _, path := range []string{"/w/acme", "/w/acme/groups", "/w/acme/requests", "/security", "/a/" + strings.Repeat("a", 52), "/api/v1/integrations"} {
		p := ada.do("GET", path, nil, http.Header{"Authorization": {"Bearer " + h.Acme.Key}})
		if p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" || inner.MatchString(p.Body) {
			t.Errorf("%s answers %d, Retry-After %q:\n%s", path, p.Status, p.Header.Get("Retry-After"), p.Text())
		}
	}
	sent := ada.post(form, "/groups", url.Values{"name": {"Night shift"}})
	if sent.Status != http.StatusServiceUnavailable || sent.Header.Get("Retry-After") == "" {
		t.Errorf("a form answers %d", sent.Status)
	}
	two.visitor().get("/healthz").shows(200, "ok")
	if p := two.visitor().get("/readyz").shows(503); p.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to ask again whether it is ready")
	}

	cable.Up()
	ada.submit(form, "/groups", url.Values{"name": {"Night shift"}}).shows(200, "Night shift")
	two.visitor().get("/readyz").shows(200, "ready")
}

func TestABodyThatArrivesTooSlowlyMayBeSentAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	srv := httptest.NewUnstartedServer(h.Tools.App(discard()).Handler(handlers.Map(h.Tools)))
	srv.Config.ReadTimeout = 300 * time.Millisecond
	srv.Start()
	t.Cleanup(srv.Close)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	must(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s:evaluate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{", requests, h.Acme.Key)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer res.Body.Close()
	var told api.Problem
	must(t, json.NewDecoder(res.Body).Decode(&told))
	if res.StatusCode != http.StatusServiceUnavailable || told.Retry != "after" || res.Header.Get("Retry-After") == "" {
		t.Errorf("answered %d %+v, Retry-After %q", res.StatusCode, told, res.Header.Get("Retry-After"))
	}
}
