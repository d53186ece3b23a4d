package migrations_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/jexi/portal/models/modelstest"
)

// global are the tables that belong to no workspace, each with the reason. Tables that do
// not need to stand here fail the test too.
var global = map[string]string{
	"people":           "one person may belong to several workspaces",
	"sign_in_links":    "signing in comes before any workspace",
	"sessions":         "a session is a person's, in all their workspaces",
	"passkeys":         "a passkey is a person's, in all their workspaces",
	"goose_db_version": "which migrations ran",
}

// unscoped are the unique indexes of tenant tables that reach over workspaces, each with the
// reason why a collision tells nobody anything.
var unscoped = map[string]string{
	"workspaces_slug_key":             "the address of a workspace is one for all",
	"invitations_hashed_token_key":    "hashes of 256 random bits do not collide",
	"api_tokens_hashed_token_key":     "hashes of 256 random bits do not collide",
	"decision_links_hashed_token_key": "hashes of 256 random bits do not collide",
}

// further are the policies beside "tenant": each lets somebody read rows outside a workspace.
var further = map[string]string{
	"members.self":          "a person's own memberships",
	"workspaces.self":       "the workspaces of a person",
	"workspaces.sweep":      "jobs find the workspaces with work to do",
	"invitations.bearer":    "the one row of the secret that was presented",
	"api_tokens.bearer":     "the one row of the secret that was presented",
	"decision_links.bearer": "the one row of the secret that was presented",
}

// breaches asks the database's own catalog whether every table has its wall.
func breaches(ctx context.Context, c *pgx.Conn) ([]string, error) {
	var out []string
	for _, law := range []func(context.Context, *pgx.Conn) ([]string, error){tables, policies, references, uniques, code} {
		found, err := law(ctx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// tables: workspace_id is there, required and first in the primary key; row-level security is on and forced.
func tables(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, err := c.Query(ctx, `select t.relname::text, t.relispartition, t.relrowsecurity and t.relforcerowsecurity,
		exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'workspace_id' and a.attnotnull),
		coalesce((select a.attname = 'workspace_id' from pg_index i join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
			where i.indrelid = t.oid and i.indisprimary), false),
		exists (select from information_schema.role_table_grants g where g.table_schema = 'public' and g.table_name = t.relname and g.grantee in ('portal_app', 'PUBLIC'))
		from pg_class t where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') order by 1`)
	if err != nil {
		return nil, err
	}
	var out []string
	seen := map[string]bool{}
	var name string
	var partition, forced, column, key, granted bool
	_, err = pgx.ForEachRow(rows, []any{&name, &partition, &forced, &column, &key, &granted}, func() error {
		seen[name] = true
		_, exempt := global[name]
		switch {
		case partition && granted:
			out = append(out, name+": a partition is granted directly, past the policy of its table")
		case partition:
		case exempt && column:
			out = append(out, name+": has a workspace and needs no exemption")
		case exempt:
		case !column:
			out = append(out, name+": has no workspace_id that is not null")
		case !key:
			out = append(out, name+": its primary key does not start with workspace_id")
		case !forced:
			out = append(out, name+": row-level security is not enabled and forced")
		}
		return nil
	})
	for name := range global {
		if !seen[name] {
			out = append(out, name+": is exempt but does not exist")
		}
	}
	return out, err
}

// policies: each tenant table has the one that compares workspace_id for reading and writing, and no other that is not listed.
func policies(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, err := c.Query(ctx, `select t.relname::text, coalesce(p.polname::text, ''), coalesce(p.polcmd::text, ''),
		coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
		from pg_class t left join pg_policy p on p.polrelid = t.oid
		where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition order by 1, 2`)
	if err != nil {
		return nil, err
	}
	var out []string
	walled, needed := map[string]bool{}, map[string]bool{}
	var table, name, cmd, using, check string
	_, err = pgx.ForEachRow(rows, []any{&table, &name, &cmd, &using, &check}, func() error {
		walled[table] = walled[table] || name == "tenant"
		switch {
		case name == "":
		case name == "tenant":
			if cmd != "*" || !strings.Contains(using, "workspace_id = ") || !strings.Contains(using, "app_ws()") || using != check {
				out = append(out, fmt.Sprintf("%s: the policy tenant is %s for %s, writing %s", table, using, cmd, check))
			}
		case further[table+"."+name] == "":
			out = append(out, fmt.Sprintf("%s: policy %s is not known here", table, name))
		default:
			needed[table+"."+name] = true
			if cmd != "r" {
				out = append(out, fmt.Sprintf("%s: policy %s does more than read", table, name))
			}
		}
		return nil
	})
	for table, wall := range walled {
		if _, exempt := global[table]; !exempt && !wall {
			out = append(out, table+": has no policy tenant")
		}
	}
	for name := range further {
		if !needed[name] {
			out = append(out, name+": a policy is listed that does not exist")
		}
	}
	return out, err
}

// references: a foreign key to a tenant table carries the workspace along.
func references(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, err := c.Query(ctx, `select k.conrelid::regclass::text, k.conname::text, pg_get_constraintdef(k.oid)
		from pg_constraint k join pg_class target on target.oid = k.confrelid
		where k.contype = 'f' and k.conparentid = 0 and target.relnamespace = 'public'::regnamespace
		and exists (select from pg_attribute a where a.attrelid = target.oid and a.attname = 'workspace_id')
		and not exists (select from unnest(k.conkey, k.confkey) as pair(here, there)
			join pg_attribute h on h.attrelid = k.conrelid and h.attnum = pair.here and h.attname = 'workspace_id'
			join pg_attribute t on t.attrelid = k.confrelid and t.attnum = pair.there and t.attname = 'workspace_id')`)
	if err != nil {
		return nil, err
	}
	var out []string
	var table, name, def string
	_, err = pgx.ForEachRow(rows, []any{&table, &name, &def}, func() error {
		out = append(out, fmt.Sprintf("%s: %s reaches over workspaces: %s", table, name, def))
		return nil
	})
	return out, err
}

// uniques: a unique index that does not start with the workspace tells one tenant what another has.
func uniques(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, err := c.Query(ctx, `select t.relname::text, n.relname::text, a.attname = 'workspace_id'
		from pg_index i join pg_class t on t.oid = i.indrelid join pg_class n on n.oid = i.indexrelid
		left join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
		where i.indisunique and t.relnamespace = 'public'::regnamespace and not t.relispartition
		and exists (select from pg_attribute w where w.attrelid = t.oid and w.attname = 'workspace_id')`)
	if err != nil {
		return nil, err
	}
	var out []string
	needed := map[string]bool{}
	var table, name string
	var scoped *bool
	_, err = pgx.ForEachRow(rows, []any{&table, &name, &scoped}, func() error {
		switch {
		case scoped != nil && *scoped:
		case unscoped[name] == "":
			out = append(out, fmt.Sprintf("%s: unique index %s does not start with workspace_id", table, name))
		default:
			needed[name] = true
		}
		return nil
	})
	for name := range unscoped {
		if !needed[name] {
			out = append(out, name+": is exempt but needs no exemption")
		}
	}
	return out, err
}

// code: nothing runs with its owner's rights.
func code(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, err := c.Query(ctx, `select proname || ': runs with its owner''s rights' from pg_proc
			where pronamespace = 'public'::regnamespace and prosecdef
		union all select relname || ': a view without security_invoker' from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v'
			and not coalesce('security_invoker=true' = any(reloptions) or 'security_invoker=on' = any(reloptions), false)
		union all select relname || ': a materialized view has no row-level security' from pg_class where relnamespace = 'public'::regnamespace and relkind = 'm'`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// excess is what the app's role may that it must not.
func excess(ctx context.Context, c *pgx.Conn) ([]string, error) {
	rows, err := c.Query(ctx, `with app as (select * from pg_roles where rolname = 'portal_app')
		select 'the app''s role is above the wall' from app where rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
		union all select 'the app''s role is a member of ' || g.rolname from pg_auth_members m join app on app.oid = m.member join pg_roles g on g.oid = m.roleid
		union all select 'the app''s role owns ' || oid::regclass from pg_class where relowner = (select oid from app)
		union all select 'the app''s role owns ' || oid::regprocedure from pg_proc where proowner = (select oid from app)
		union all select 'the app''s role may create in ' || nspname from pg_namespace where nspname in ('public', 'river')
			and has_schema_privilege('portal_app', oid, 'create')
		union all select 'the app''s role owns the database' from pg_database where datname = current_database() and datdba = (select oid from app)
		union all select 'the app''s role may truncate or refer to ' || oid::regclass from pg_class where relnamespace in ('public'::regnamespace, 'river'::regnamespace)
			and relkind in ('r', 'p') and has_table_privilege('portal_app', oid, 'truncate, references, trigger')`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func TestEveryTableHasItsWall(t *testing.T) {
	c := connect(t, modelstest.Empty(t).OwnerDSN)
	for _, law := range []func(context.Context, *pgx.Conn) ([]string, error){breaches, excess} {
		found, err := law(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Error(f)
		}
	}
}

// Each breach is made in a database of its own and must be found, so that no law above is asleep.
func TestEveryBreachOfTheWallIsFound(t *testing.T) {
	owner := connect(t, modelstest.Empty(t).OwnerDSN)
	for _, breach := range []struct{ sql, found string }{
		{"create table orders (id uuid primary key)", "orders: has no workspace_id"},
		{"create table orders (workspace_id uuid, id uuid primary key)", "orders: has no workspace_id"},
		{"create table orders (id uuid primary key, workspace_id uuid not null)", "orders: its primary key does not start"},
		{"create table orders (workspace_id uuid not null)", "orders: its primary key does not start"},
		{"create table orders (workspace_id uuid primary key)", "orders: row-level security is not enabled"},
		{"alter table groups no force row level security", "groups: row-level security is not enabled"},
		{"alter table people add workspace_id uuid not null", "people: has a workspace and needs no exemption"},
		{"alter table passkeys rename to keys", "passkeys: is exempt but does not exist"},
		{"grant select on audit_leaves_3 to portal_app", "audit_leaves_3: a partition is granted"},
		{"drop policy tenant on groups", "groups: has no policy tenant"},
		{"drop policy tenant on groups; create policy tenant on groups using (true)", "groups: the policy tenant is true"},
		{"alter policy tenant on groups with check (true)", "groups: the policy tenant is"},
		{"create policy everybody on groups for select using (true)", "groups: policy everybody is not known"},
		{"drop policy self on members; create policy self on members using (person_id = app_person())", "members: policy self does more"},
		{"drop policy sweep on workspaces", "workspaces.sweep: a policy is listed"},
		{"alter table integrations add unique (id), add parent uuid references integrations (id)", "reaches over workspaces"},
		{"alter table groups add unique (name)", "groups: unique index groups_name_key"},
		{"alter table workspaces drop constraint workspaces_slug_key", "workspaces_slug_key: is exempt but"},
		{"alter function app_ws() security definer", "app_ws: runs with its owner's rights"},
		{"create view everybody as select * from members", "everybody: a view without"},
		{"create materialized view everybody as select * from members", "everybody: a materialized view"},
		{"alter role portal_app bypassrls", "above the wall"},
		{"alter table groups owner to portal_app", "owns groups"},
		{"grant create on schema public to portal_app", "may create in public"},
		{"grant truncate on groups to portal_app", "may truncate or refer to groups"},
		{"grant pg_read_all_data to portal_app", "is a member of pg_read_all_data"},
	} {
		found := after(t, owner, breach.sql)
		if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, breach.found) }) {
			t.Errorf("%s\nwas not found, only %q", breach.sql, found)
		}
	}
}

// after tells what is found when sql was done; it is undone again.
func after(t *testing.T, owner *pgx.Conn, sql string) []string {
	t.Helper()
	ctx := t.Context()
	tx, err := owner.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(ctx, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	found, err := breaches(ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	more, err := excess(ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	return append(found, more...)
}

func TestTheAppCannotRewriteHistory(t *testing.T) {
	w := modelstest.New(t)
	app := connect(t, w.AppDSN)
	if _, err := app.Exec(t.Context(), "select set_config('app.workspace', $1, false)", w.Acme.ID.String()); err != nil {
		t.Fatal(err)
	}
	owner, err := pgx.ParseConfig(w.OwnerDSN)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"update audit_leaves set act = 'x'", "delete from audit_leaves", "truncate audit_leaves",
		"update audit_bodies set body = ''", "delete from audit_bodies", "truncate audit_bodies",
		"update audit_nodes set hash = hash", "delete from audit_nodes", "delete from audit_heads",
		"update audit_checkpoints set size = 0", "delete from audit_checkpoints",
		"delete from votes", "delete from action_requests", "delete from messages",
		"select * from audit_leaves_0", "insert into audit_leaves_0 select * from audit_leaves",
		"drop table groups", "create table x ()", "alter table groups disable row level security", "set role " + owner.User,
	} {
		_, err := app.Exec(t.Context(), sql)
		var refused *pgconn.PgError
		if pe, ok := err.(*pgconn.PgError); ok {
			refused = pe
		}
		if refused == nil || refused.Code != "42501" {
			t.Errorf("%s: %v, want it forbidden (42501)", sql, err)
		}
	}
	var n int
	if err := app.QueryRow(t.Context(), "select count(*) from members").Scan(&n); err != nil || n != 6 {
		t.Errorf("the connection works: %d members, %v", n, err)
	}
}
