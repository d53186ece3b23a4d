package handlers_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/handlers"
)

// journal is what a process logs, line by line.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// written are the lines, each of which must be one object.
func (j *journal) written(t *testing.T) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(j.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Errorf("a line of the log is no object: %v\n%s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

// TestEveryRequestIsOneLineOfTheLogThatSaysWhoWhatWhereAndWhen: also a refused one says whom it refused,
// and nothing that somebody sends gets into it.
func TestEveryRequestIsOneLineOfTheLogThatSaysWhoWhatWhereAndWhen(t *testing.T) {
	t.Parallel()
	h := open(t)
	var j journal
	srv := httptest.NewServer(h.Tools.App(j.logger()).Handler(append(handlers.Map(h.Tools), mishaps()...)))
	t.Cleanup(srv.Close)
	two := *h
	two.URL = srv.URL
	ann, nobody := h.signIn(h.Acme, "ann").at(&two), two.visitor()
	who := func(first string) string { return h.Acme.People[first].PersonID.String() }
	const forged = "zqforged\n{\"level\":\"INFO\",\"msg\":\"request\",\"actor\":\"zqforged\"}"
	odd := http.Header{"X-Request-Id": {"zqforged"}, "User-Agent": {"zqforged"}, "Referer": {"zqforged"}, "Idempotency-Key": {"zqforged"}, "X-Forwarded-For": {"zqforged"}}
	type want struct {
		route           string
		status          int
		workspace, kind string
		actor           string
	}
	wants := map[string]want{}
	ask := func(b *browser, method, path string, header http.Header, w want) {
		p := b.do(method, path, nil, header)
		if w.status != p.Status {
			t.Errorf("%s answered %d", path, p.Status)
		}
		wants[p.Header.Get("X-Request-Id")] = w
	}
	none := uuid.Nil.String()
	acme := h.Acme.ID.String()
	ask(ann, "GET", "/w/acme?q="+url.QueryEscape(forged), odd, want{"/w/:slug", 200, acme, "person", who("ann")})
	ask(ann, "GET", "/w/acme/tokens", odd, want{"/w/:slug/tokens", 403, acme, "person", who("ann")})
	ask(ann, "GET", "/w/globex/tokens", nil, want{"/w/:slug/tokens", 404, none, "person", who("ann")})
	ask(ann, "GET", "/w/acme/rules/"+url.PathEscape(forged), nil, want{"/w/:slug/rules/:id", 403, acme, "person", who("ann")})
	ask(ann, "POST", "/signout", nil, want{"/signout", 403, none, "person", who("ann")})
	ask(nobody, "GET", "/w/acme", odd, want{"/w/:slug", 303, none, "anonymous", none})
	ask(nobody, "GET", "/signin/"+strings.Repeat("a", 52), nil, want{"/signin/:token", 410, none, "anonymous", none})
	ask(nobody, "GET", "/"+url.PathEscape(forged), nil, want{"", 404, "", "", ""})
	ask(nobody, "GET", "/api/v1/integrations", http.Header{"Authorization": {"Bearer zqforged"}}, want{"/api/v1/integrations", 401, "", "", ""})
	ask(nobody, "GET", "/api/v1/integrations", http.Header{"Authorization": {"Bearer " + h.Acme.Key}}, want{"/api/v1/integrations", 200, acme, "token", h.Acme.Agent.ID.String()})
	ask(ann, "GET", "/fails/alarm", odd, want{"/fails/alarm", 500, none, "person", who("ann")})
	srv.Close()

	seen := 0
	for _, line := range j.written(t) {
		id, _ := line["request"].(string)
		w, known := wants[id]
		text := func(key string) string { s, _ := line[key].(string); return s }
		if line["msg"] == "request failed" && text("level") == "ERROR" && text("route") == w.route {
			continue
		}
		if line["msg"] != "request" || !known {
			t.Errorf("nobody knows of the line %v", line)
			continue
		}
		seen++
		if text("time") == "" || text("method") == "" || line["bytes"] == nil || line["took"] == nil {
			t.Errorf("a line lacks something: %v", line)
		}
		if got := (want{text("route"), int(line["status"].(float64)), text("workspace"), text("kind"), text("actor")}); got != w {
			t.Errorf("the log says %+v of %+v", got, w)
		}
		for key := range line {
			if !slices.Contains([]string{"time", "level", "msg", "request", "method", "route", "status", "bytes", "took", "workspace", "actor", "kind"}, key) {
				t.Errorf("the log has a field %s", key)
			}
		}
	}
	if seen != len(wants) {
		t.Errorf("%d requests are %d lines:\n%s", len(wants), seen, j.String())
	}
	for _, sent := range []string{"zqforged", "ann@", h.Acme.Key, ann.id(), "127.0.0.1"} {
		if strings.Contains(j.String(), sent) {
			t.Errorf("the log holds %q:\n%s", sent, j.String())
		}
	}
}
