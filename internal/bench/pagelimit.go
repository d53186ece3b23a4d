package main

import (
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/jexi/portal/internal/token"
)

// bare is the list page as the fastest program that we can write by hand: net/http, pgx, two
// prepared queries in one round trip, a page that is ready but for its rows, kept buffers. It
// has no row-level security, no permissions, no menu counts, no log and no metrics.
type bare struct {
	url    string
	server *http.Server
	pool   *pgxpool.Pool
}

func serveBare(pool *pgxpool.Pool) (*bare, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &bare{url: "http://" + l.Addr().String(), pool: pool}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /w/{slug}/requests", b.list)
	b.server = &http.Server{Handler: mux}
	go b.server.Serve(l)
	return b, nil
}

func (b *bare) close() { b.server.Close() }

const (
	whoQuery = `select p.name, w.workspace_id, w.name, m.role from sessions s join people p on p.id = s.person_id
		join members m on m.person_id = p.id and m.removed_at is null join workspaces w on w.workspace_id = m.workspace_id
		where s.hashed_id = $1 and s.ended_at is null and p.disabled_at is null and s.seen_at > now() - interval '1 hour'
		and s.created_at > now() - interval '24 hours' and w.slug = $2`
	rowsQuery = `select id, ref, state, sentence, words, ticket_ref, created_at, decided_at, decided_by, reasons->0->>'name'
		from action_requests where workspace_id = (select workspace_id from workspaces where slug = $1) order by ref desc limit 51`
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

func (b *bare) list(w http.ResponseWriter, r *http.Request) {
	ck, err := r.Cookie("jexi")
	if err != nil {
		http.Error(w, "sign in", http.StatusUnauthorized)
		return
	}
	kept := buffers.Get().(*[]byte)
	defer buffers.Put(kept)
	out, err := b.render(r.Context(), (*kept)[:0], ck.Value, r.PathValue("slug"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	*kept = out
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	w.Write(out)
}

func (b *bare) render(ctx context.Context, out []byte, session, slug string) ([]byte, error) {
	var batch pgx.Batch
	batch.Queue(whoQuery, token.Hash(session), slug)
	batch.Queue(rowsQuery, slug)
	res := b.pool.SendBatch(ctx, &batch)
	defer res.Close()
	var person, workspace, role string
	var id uuid.UUID
	if err := res.QueryRow().Scan(&person, &id, &workspace, &role); err != nil {
		return out, err
	}
	rows, err := res.Query()
	if err != nil {
		return out, err
	}
	defer rows.Close()
	out = append(out, head...)
	out = append(append(out, html.EscapeString(person)...), html.EscapeString(workspace)...)
	for n := 0; rows.Next() && n < 50; n++ {
		if out, err = appendRow(out, slug, rows); err != nil {
			return out, err
		}
	}
	return append(out, "</table></main></body></html>"...), rows.Err()
}

func appendRow(out []byte, slug string, rows pgx.Rows) ([]byte, error) {
	var id uuid.UUID
	var ref int64
	var state, sentence, words, ticket, by string
	var rule *string
	var created time.Time
	var decided *time.Time
	if err := rows.Scan(&id, &ref, &state, &sentence, &words, &ticket, &created, &decided, &by, &rule); err != nil {
		return out, err
	}
	out = append(append(append(out, `<tr role="row"><th scope="row" role="rowheader"><a class="row-link" href="/w/`...), slug...), "/requests/"...)
	out = append(append(append(out, id.String()...), `">`...), html.EscapeString(sentence)...)
	out = append(strconv.AppendInt(append(out, `</a> <span class="sub">AR-`...), ref, 10), ", "...)
	out = append(append(append(append(out, words...), ", ticket "...), html.EscapeString(ticket)...), glyph...)
	out = append(append(out, state...), `</span></div></td> <td role="cell" data-l="Rule"><div>`...)
	if rule != nil {
		out = append(out, html.EscapeString(*rule)...)
	}
	out = append(append(out, `</div></td> <td role="cell" data-l="Decided"><div>`...), html.EscapeString(by)...)
	if decided != nil {
		out = decided.AppendFormat(out, ", 2 January, 15:04 UTC")
	}
	return append(out, "</div></td></tr>"...), nil
}

// glyph and head weigh what they weigh on our page.
const glyph = `</span></th> <td role="cell" data-l="State"><div><span class="st st-ok"><svg class="glyph" viewBox="0 0 12 12" aria-hidden="true" focusable="false">` +
	`<circle class="solid" cx="6" cy="6" r="5.75"></circle> <path class="cut" d="m3.5 6.2 1.8 1.8 3.3-3.7"></path></svg> `

var head = fmt.Sprintf("<!doctype html><html><body>%s<main><table>", strings.Repeat("<!-- the frame of a page: menu, breadcrumb, filters -->", 120))
