package handlers_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/pgcut"
	"github.com/jexi/portal/web"
)

// shaky stands between the visitors and a portal that loses the answers to the first, third and fifth COMMIT of a post.
// Whoever is asked to come back sends the same again.
type shaky struct {
	*pgcut.Proxy
	lost, back int
}

func (s *shaky) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return http.DefaultTransport.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	commits := 0
	s.Decide(func(sql string) pgcut.Fate {
		if !strings.HasSuffix(sql, "commit") {
			return pgcut.Pass
		}
		if commits++; commits%2 == 0 || commits > 5 {
			return pgcut.Pass
		}
		s.lost++
		return pgcut.After
	})
	defer s.Decide(nil)
	for try := 1; ; try++ {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		res, err := http.DefaultTransport.RoundTrip(again)
		if try == 5 || err == nil && res.StatusCode != http.StatusServiceUnavailable {
			return res, err
		}
		if s.back++; err == nil { // else a download that was cut off
			res.Body.Close()
		}
	}
}

// tally is how often each act is on any trail.
func (l *ledger) tally() map[string]int {
	l.t.Helper()
	rows, err := l.conn.Query(context.Background(), "select act, count(*) from audit_leaves group by act")
	must(l.t, err)
	out := map[string]int{}
	var act string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&act, &n}, func() error { out[act] = n; return nil })
	must(l.t, err)
	return out
}

// perform does every deed and tells how it was answered and what it left on the trails.
func (x *trap) perform(s *stage) map[string]string {
	out := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(deeds())) {
		s.enter()
		x.quiet()
		before := x.ledger.tally()
		p := deeds()[name](s)
		x.quiet()
		acts := x.ledger.tally()
		for act, n := range before {
			if acts[act] -= n; acts[act] == 0 {
				delete(acts, act)
			}
		}
		out[name] = fmt.Sprint(p.Status, " ", acts)
	}
	return out
}

// What a post does when answers of the database are lost is what it does when none is.
func TestAPostWhoseCommitsAnswersAreLostDoesWhatItDoesOtherwise(t *testing.T) {
	t.Parallel()
	well, ill := build(t), build(t)
	well.serve()
	cable := &shaky{Proxy: pgcut.New(t, ill.AppDSN)}
	gate := ill.OpenAt(cable.DSN())
	ill.serve(func(a *web.App) { a.DB = gate })
	ill.through = cable
	did := map[*house]map[string]string{}
	for _, h := range []*house{well, ill} {
		h.work()
		s := h.stage()
		x := &trap{house: h, ledger: h.openLedger()}
		did[h] = x.perform(s)
	}
	for name, want := range did[well] {
		if got := did[ill][name]; got != want {
			t.Errorf("%s: with lost answers %s, otherwise %s", name, got, want)
		}
	}
	t.Logf("%d answers to COMMIT were lost, %d times somebody was asked to come back", cable.lost, cable.back)
	if cable.lost < len(did[ill]) {
		t.Error("that was not one for each")
	}
}
