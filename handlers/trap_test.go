package handlers_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jexi/portal/handlers"
	"github.com/jexi/portal/web"
)

// trap lies under every table: a write by the portal fails unless it was let through. It stands between the
// visitors and the portal, and sends each post again and again: the first time the first table that it
// writes refuses, then the second, and so on, until everything lets it through.
type trap struct {
	*house
	ledger *ledger
	routes map[*regexp.Regexp]string
	sent   map[string]int      // posts by route
	sprang map[string][]string // tables that refused, by route
}

const trapSQL = `create schema trap;
create table trap.passed (relid oid);
create sequence trap.sprang;
create function trap.spring() returns trigger language plpgsql security definer as $$ begin
	if coalesce(current_setting('trap.armed', true), '') = 'on' and tg_relid not in (select relid from trap.passed) then
		perform setval('trap.sprang', tg_relid::bigint); -- outlives the rollback
		raise exception 'the trap under % sprang', tg_relid::regclass;
	end if;
	return null;
end $$;
do $$ declare t regclass; begin
	for t in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('public', 'river') and c.relkind in ('r', 'p') and not c.relispartition loop
		execute format('create trigger a_trap after insert or update or delete on %s for each statement execute function trap.spring()', t);
	end loop;
end $$`

func setTrap(t *testing.T) *trap {
	t.Helper()
	h := build(t)
	x := &trap{house: h, routes: map[*regexp.Regexp]string{}, sent: map[string]int{}, sprang: map[string][]string{}}
	h.owner(trapSQL)
	u, err := url.Parse(h.AppDSN)
	must(t, err)
	u.RawQuery += "&trap.armed=on"
	armed := h.OpenAt(u.String())
	h.serve(func(a *web.App) { a.DB = armed })
	h.work()
	h.through = x
	x.ledger = h.openLedger()
	for _, r := range handlers.Map(h.Tools) {
		if r.Method != "GET" && r.Door != web.Demo {
			pattern := regexp.MustCompile(`\\?:\w+`).ReplaceAllStringFunc(r.Path, func(p string) string {
				if strings.HasPrefix(p, `\`) {
					return p[1:]
				}
				return `[^/]+`
			})
			x.routes[regexp.MustCompile("^"+pattern+"$")] = r.Method + " " + r.Path
		}
	}
	return x
}

// RoundTrip is one visitor's request.
func (x *trap) RoundTrip(r *http.Request) (*http.Response, error) {
	name := ""
	if r.Method != "GET" {
		for pattern, route := range x.routes {
			if pattern.MatchString(r.URL.Path) && (name == "" || strings.Count(route, ":") < strings.Count(name, ":")) {
				name = route
			}
		}
	}
	if x.sent[name]++; name == "" || x.sent[name] > 2 { // the second may be what the first only previews
		x.ledger.run("insert into trap.passed select oid from pg_class")
		return http.DefaultTransport.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	x.quiet()
	x.ledger.run("truncate trap.passed")
	before := x.fingerprint()
	for {
		x.ledger.run("select setval('trap.sprang', 1)")
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		res, err := http.DefaultTransport.RoundTrip(again)
		if err != nil {
			return nil, err
		}
		table := ""
		must(x.t, x.ledger.conn.QueryRow(r.Context(), `with s as (insert into trap.passed select last_value from trap.sprang where last_value > 1 returning relid)
			select coalesce(max(relid)::regclass::text, '') from s`).Scan(&table))
		if table == "" {
			return res, nil
		}
		x.refused(name, table, before, res)
	}
}

// refused holds a failure to what it promises: nothing was changed, and the visitor has a reference and no more.
func (x *trap) refused(route, table string, before map[string]string, res *http.Response) {
	x.t.Helper()
	x.sprang[route] = append(x.sprang[route], table)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(x.t, err)
	if id := res.Header.Get("X-Request-Id"); res.StatusCode != http.StatusInternalServerError || id == "" || !strings.Contains(string(body), id) || inner.Match(body) {
		x.t.Errorf("%s, which fails at %s, answers %d:\n%s", route, table, res.StatusCode, body)
	}
	if left := changed(before, x.fingerprint()); left != nil {
		x.t.Errorf("%s, which fails at %s, leaves something in %v", route, table, left)
	}
}

// fingerprint is the ledger's, without what the workers note about themselves.
func (x *trap) fingerprint() map[string]string {
	out := x.ledger.fingerprint()
	for _, name := range []string{"river_leader", "river_queue", "river_client", "river_client_queue"} {
		delete(out, name)
	}
	return out
}

// quiet waits until no job is at work.
func (x *trap) quiet() {
	x.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		n := 0
		must(x.t, x.ledger.conn.QueryRow(context.Background(), "select count(*) from river.river_job where state in ('available', 'running')").Scan(&n))
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			x.t.Fatalf("%d jobs do not end", n)
		}
	}
}

// Wherever a change fails, all of it is undone.
func TestAChangeThatFailsAtAnyTableLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	x := setTrap(t)
	s := x.stage()
	for _, name := range slices.Sorted(maps.Keys(deeds())) {
		s.house.t = t
		s.enter()
		if p := deeds()[name](s); p.Status >= 400 {
			t.Errorf("%s, let through at last, answers %d:\n%s", name, p.Status, p.Text())
		}
		if len(x.sprang[name]) < 2 {
			t.Errorf("%s was refused by %v: what else does it write?", name, x.sprang[name])
		}
	}
	failures := 0
	for _, tables := range x.sprang {
		failures += len(tables)
	}
	t.Logf("%d posts failed %d times, the longest at %v", len(x.sprang), failures, slices.MaxFunc(slices.Collect(maps.Values(x.sprang)), func(a, b []string) int { return len(a) - len(b) }))
}
