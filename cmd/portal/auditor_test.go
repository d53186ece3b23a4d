package main_test

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/audit"
)

// audit holds the whole database to what must be true after anything, by SQL of its own.
func (l *load) audit() {
	l.t.Helper()
	l.journalHolds()
	for what, sql := range wrongs {
		if n := l.count(sql); n != 0 {
			l.t.Errorf("%d %s", n, what)
		}
	}
	l.noRowWithoutWorkspace()
	l.treesAreWhole()
	l.everyMailArrived()
}

// wrongs count what must not be.
var wrongs = map[string]string{
	"requests were made twice":    `select count(*) from (select params->>'client_id' from action_requests group by 1 having count(*) > 1) x`,
	"references were given twice": `select count(*) from (select workspace_id, ref from action_requests group by 1, 2 having count(*) > 1) x`,
	"operations have no result":   `select count(*) from operations where result is null`,
	"votes came after the decision": `select count(*) from votes v join action_requests r on r.workspace_id = v.workspace_id and r.id = v.request_id
		where r.decided_at is not null and v.at > r.decided_at`,
	"requests were decided by other than two people": `select count(*) from action_requests r where r.decided_at is not null and 2 <>
		(select count(distinct person_id) from votes v where v.workspace_id = r.workspace_id and v.request_id = r.id and v.withdrawn_at is null)`,
	"votes are by people who were not asked": `select count(*) from votes v where not exists (select from request_approvers a
		where a.workspace_id = v.workspace_id and a.request_id = v.request_id and a.person_id = v.person_id)`,
	"requests were consumed other than once": `select count(*) from action_requests r where (r.consumed_at is not null)::int <>
		(select count(*) from audit_leaves l where l.workspace_id = r.workspace_id and l.object_id = r.id::text and l.act = 'request.consumed')`,
	"requests stand other than once in the trail": `select count(*) from action_requests r where 1 <>
		(select count(*) from audit_leaves l where l.workspace_id = r.workspace_id and l.object_id = r.id::text and l.act = 'request.pending')`,
	"votes and their entries differ": `select abs((select count(*) from votes) - (select count(*) from audit_leaves where act = 'request.vote_approve'))`,
	"outcomes stand other than once in the trail": `select count(*) from action_requests r where (r.outcome_at is not null)::int <>
		(select count(*) from audit_leaves l where l.workspace_id = r.workspace_id and l.object_id = r.id::text and l.act = 'request.outcome')`,
	"entries have no body": `select count(*) from audit_leaves l left join audit_bodies b using (workspace_id, epoch, idx) where b.idx is null`,
	"people were not told, or told twice": `select count(*) from request_approvers a where 1 <> (select count(*) from messages m
		where m.workspace_id = a.workspace_id and m.object_id = a.request_id and m.person_id = a.person_id)`,
	"mails have no job, or two": `select count(*) from messages m where 1 <> (select count(*) from river.river_job j where j.args->>'message' = m.id::text)`,
	"queued mails have no live job": `select count(*) from messages m where m.state = 'queued' and not exists (select from river.river_job j
		where j.args->>'message' = coalesce(m.roundup_id, m.id)::text and j.state in ('available', 'running', 'retryable', 'scheduled'))`,
	"mails ended badly": `select count(*) from messages where state in ('bounced', 'failed')`,
	"requests have no job for their deadline": `select count(*) from action_requests r where not exists (select from river.river_job j
		where j.kind = 'request_due' and j.args->>'request' = r.id::text)`,
	"jobs were given up": `select count(*) from river.river_job where state in ('cancelled', 'discarded')`,
}

// journalHolds compares what was acknowledged with what is there.
func (l *load) journalHolds() {
	l.t.Helper()
	if n := l.count("select count(*) from action_requests"); n != len(l.journal.requests) {
		l.t.Errorf("%d requests are there, %d were acknowledged", n, len(l.journal.requests))
	}
	if n := l.count("select count(*) from votes"); n != l.journal.votes {
		l.t.Errorf("%d votes are there, %d were acknowledged", n, l.journal.votes)
	}
	for key, id := range l.journal.requests {
		if n := l.count("select count(*) from action_requests where id = $1 and state = 'succeeded'", id); n != 1 {
			l.t.Errorf("the request %s, acknowledged for %s, is there %d times as done", id, key, n)
		}
		if n := l.count("select count(*) from operations where operation = $1", key); n != 1 {
			l.t.Errorf("the key %s is kept %d times", key, n)
		}
	}
}

// noRowWithoutWorkspace looks into every table of the tenants.
func (l *load) noRowWithoutWorkspace() {
	l.t.Helper()
	tables := query[string](l, `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attname = 'workspace_id'`)
	if len(tables) < 15 {
		l.t.Errorf("only %d tables were found", len(tables))
	}
	nobodys := []string{"operations", "messages", "audit_heads", "audit_leaves", "audit_bodies", "audit_nodes"} // some rows are Jexi's own
	for _, name := range tables {
		sql := "select count(*) from " + pgx.Identifier{name}.Sanitize() + " x where not exists (select from workspaces w where w.workspace_id = x.workspace_id)"
		if slices.Contains(nobodys, name) {
			sql += " and x.workspace_id <> '00000000-0000-0000-0000-000000000000'"
		}
		if n := l.count(sql); n != 0 {
			l.t.Errorf("%d rows of %s belong to no workspace", n, name)
		}
	}
}

type leaf struct {
	Idx              int64
	Leaf, Salt, Body []byte
}

// treesAreWhole computes every audit tree anew from its entries.
func (l *load) treesAreWhole() {
	l.t.Helper()
	for _, ws := range query[uuid.UUID](l, "select workspace_id from audit_heads") {
		var tree audit.Frontier
		var nodes []audit.Node
		for i, e := range queryRows[leaf](l, "select idx, leaf, salt, body from audit_leaves join audit_bodies using (workspace_id, epoch, idx) where workspace_id = $1 order by idx", ws) {
			told, err := audit.ParseLeaf(e.Leaf)
			if err != nil || told.Index != int64(i) || e.Idx != int64(i) || told.Workspace != ws || told.Body != audit.Commit(e.Salt, e.Body) {
				l.t.Fatalf("entry %d of %s: %v, %+v", i, ws, err, told)
			}
			nodes = append(nodes, tree.Append(audit.LeafHash(e.Leaf))...)
		}
		head := query[[]byte](l, "select frontier from audit_heads where workspace_id = $1", ws)
		size := query[int64](l, "select size from audit_heads where workspace_id = $1", ws)
		if size[0] != tree.Size() || !bytes.Equal(head[0], tree.Bytes()) || tree.Size() == 0 {
			l.t.Errorf("the tree of %s has a head of %d entries, and %d entries", ws, size[0], tree.Size())
		}
		kept := query[[]byte](l, "select hash from audit_nodes where workspace_id = $1 order by pos", ws)
		if len(kept) != len(nodes) {
			l.t.Fatalf("the tree of %s keeps %d nodes of %d", ws, len(kept), len(nodes))
		}
		for i, n := range nodes {
			if !bytes.Equal(kept[i], n.Hash[:]) {
				l.t.Fatalf("node %d of %s is not what its entries give", n.Pos, ws)
			}
		}
	}
}

// everyMailArrived: whoever a mail was sent to has it. One may have come twice, when its process
// was killed between sending and noting so.
func (l *load) everyMailArrived() {
	l.t.Helper()
	came, twice := map[string]int{}, 0
	for _, m := range l.mail.List() {
		id, _, _ := strings.Cut(strings.Trim(m.MessageID, "<>"), "@")
		if came[id]++; came[id] > 1 {
			twice++
		}
	}
	for _, id := range query[uuid.UUID](l, "select coalesce(roundup_id, id) from messages where state = 'sent'") {
		if came[id.String()] == 0 {
			l.t.Errorf("the mail %s is noted as sent and never came", id)
		}
	}
	l.t.Logf("%d mails, %d of them came twice", len(came), twice)
	if twice > l.twice {
		l.t.Errorf("%d mails came twice, %d are the most", twice, l.twice)
	}
}

func query[T any](l *load, sql string, args ...any) []T {
	l.t.Helper()
	return collect(l, pgx.RowTo[T], sql, args...)
}

func queryRows[T any](l *load, sql string, args ...any) []T {
	l.t.Helper()
	return collect(l, pgx.RowToStructByName[T], sql, args...)
}

func collect[T any](l *load, read pgx.RowToFunc[T], sql string, args ...any) []T {
	l.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, l.env["DATABASE_URL"])
	must(l.t, err)
	defer conn.Close(ctx)
	rows, _ := conn.Query(ctx, sql, args...)
	out, err := pgx.CollectRows(rows, read)
	must(l.t, err)
	return out
}
