package handlers_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// ledger tells, as the database's owner, whether anything was written, and puts it all back.
type ledger struct {
	t      testing.TB
	conn   *pgx.Conn
	tables []table
	count  string // one query for every table's rows and their hash
}

// uses are the notes that somebody was here. They may change with every request.
var uses = map[string]string{"sessions": "seen_at", "members": "seen_at", "api_tokens": "used_at"}

// openLedger keeps a copy of every row as it is now.
func (h *house) openLedger() *ledger {
	h.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, h.OwnerDSN)
	must(h.t, err)
	h.t.Cleanup(func() { conn.Close(ctx) })
	l := &ledger{t: h.t, conn: conn}
	rows, _ := conn.Query(ctx, `select n.nspname || '.' || c.relname, string_agg(quote_ident(a.attname), ', ' order by a.attnum)
		from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
		where n.nspname in ('public', 'river') and c.relkind in ('r', 'p') and not c.relispartition
		and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' group by 1 order by 1`)
	l.tables, err = pgx.CollectRows(rows, pgx.RowToStructByPos[table])
	must(h.t, err)
	var counts []string
	l.run("create schema kept")
	for _, t := range l.tables {
		l.run(fmt.Sprintf("create table kept.%s as select %s from %s", t.flat(), t.Columns, t.Name))
		name := t.short()
		row := "x::text"
		if use, ok := uses[name]; ok {
			row = "(to_jsonb(x) - '" + use + "')::text"
		}
		counts = append(counts, fmt.Sprintf("select '%s', count(*) || ' rows, ' || coalesce(md5(string_agg(%s, ' ' order by %s)), '') from %s x", name, row, row, t.Name))
	}
	l.count = strings.Join(counts, " union all ")
	return l
}

// table is one with its columns that are written.
type table struct{ Name, Columns string }

func (t table) flat() string { return strings.ReplaceAll(t.Name, ".", "_") }

func (t table) short() string {
	_, name, _ := strings.Cut(t.Name, ".")
	return name
}

func (l *ledger) run(sql string) {
	l.t.Helper()
	if _, err := l.conn.Exec(context.Background(), sql); err != nil {
		l.t.Fatalf("%v\n%s", err, sql)
	}
}

// fingerprint is the number and the hash of every table's rows.
func (l *ledger) fingerprint() map[string]string {
	l.t.Helper()
	rows, err := l.conn.Query(context.Background(), l.count)
	must(l.t, err)
	out := map[string]string{}
	var name, sum string
	_, err = pgx.ForEachRow(rows, []any{&name, &sum}, func() error { out[name] = sum; return nil })
	must(l.t, err)
	return out
}

// changed are the tables that differ.
func changed(before, after map[string]string) (out []string) {
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if before[name] != after[name] {
			out = append(out, name)
		}
	}
	return out
}

// holding counts a table's rows that hold one of these texts.
func (l *ledger) holding(name string, texts ...string) (n int) {
	l.t.Helper()
	i := slices.IndexFunc(l.tables, func(t table) bool { return t.short() == name })
	must(l.t, l.conn.QueryRow(context.Background(), "select count(*) from "+l.tables[i].Name+" x where x::text ~ $1", strings.Join(texts, "|")).Scan(&n))
	return n
}

// restore puts the rows of these tables back as the ledger found them.
func (l *ledger) restore(names []string) {
	l.t.Helper()
	sql := []string{"begin", "set local session_replication_role = replica"}
	for _, t := range l.tables {
		if slices.Contains(names, t.short()) {
			sql = append(sql, "delete from "+t.Name, fmt.Sprintf("insert into %s (%s) select %s from kept.%s", t.Name, t.Columns, t.Columns, t.flat()))
		}
	}
	_, err := l.conn.PgConn().Exec(context.Background(), strings.Join(append(sql, "commit"), ";\n")).ReadAll()
	must(l.t, err)
}

func TestTheLedgerNoticesEveryWriteAndPutsItBack(t *testing.T) {
	e := openEstate(t)
	before := e.ledger.fingerprint()
	e.ledger.run("update sessions set seen_at = seen_at + interval '1 second'")
	if got := changed(before, e.ledger.fingerprint()); got != nil {
		t.Errorf("a visit changed %v", got)
	}
	for _, sql := range []string{
		"update groups set description = description || '.' where workspace_id = '" + e.acme.ID.String() + "'",
		"delete from decision_links", "insert into river.river_queue values ('x', now(), '{}', null, now())",
		"update sessions set ended_at = now()", "update audit_bodies set body = body || 'x'",
	} {
		e.ledger.run(sql)
		got := changed(before, e.ledger.fingerprint())
		if len(got) != 1 {
			t.Errorf("%s changed %v", sql, got)
		}
		e.ledger.restore(got)
		if got := changed(before, e.ledger.fingerprint()); got != nil {
			t.Errorf("after %s and putting back, %v differ", sql, got)
		}
	}
}

// owner changes the database as nobody in the portal could.
func (h *house) owner(sql string, args ...any) {
	h.t.Helper()
	conn, err := pgx.Connect(context.Background(), h.OwnerDSN)
	must(h.t, err)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), sql, args...); err != nil {
		h.t.Fatalf("%v\n%s", err, sql)
	}
}
