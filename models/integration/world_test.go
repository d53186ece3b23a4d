package integration_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/modelstest"
)

// room is the tests' world with a safe.
type room struct {
	*modelstest.World
	safe integration.Safe
}

func open(t *testing.T) room {
	t.Helper()
	w := modelstest.New(t)
	encoded, err := seal.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	keyset, err := seal.ParseKeyset(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return room{w, integration.Safe{Keyset: keyset}}
}

const key = "CANARY-whmcs-key-5f0c2b7e9a13d846"

// draft is a good one of this kind, looked after by the person.
func (r room) draft(p modelstest.Place, first, kind string) integration.Draft {
	k, _ := catalog.FindKind(kind)
	d := integration.NewDraft(k, p.People[first].PersonID)
	d.Key, d.Settings = seal.NewSecret(key), map[string]string{}
	for _, f := range k.Fields {
		switch {
		case f.Server:
			d.Settings[f.Name] = f.Name + ".northmoor.example:2087"
		case !f.Secret:
			d.Settings[f.Name] = "jexi"
		}
	}
	return d
}

func (r room) ada() access.Grant { return r.Grant(r.Acme, "ada", access.ManageIntegrations) }

// connect connects a system of Acme's as Ada.
func (r room) connect(kind string, change func(*integration.Draft)) integration.Connection {
	r.T.Helper()
	d := r.draft(r.Acme, "ada", kind)
	if change != nil {
		change(&d)
	}
	return r.done(r.ada(), func(tx *db.Tx) (integration.Connection, error) { return r.safe.Connect(tx, d) })
}

func (r room) done(g access.Grant, fn func(*db.Tx) (integration.Connection, error)) (c integration.Connection) {
	r.T.Helper()
	r.As(g, func(tx *db.Tx) (err error) { c, err = fn(tx); return err })
	return c
}

// refused runs fn and fails the test unless it is refused with this code, in these words.
func (r room) refused(g access.Grant, code fault.Code, words string, fn func(*db.Tx) error) *fault.Fault {
	r.T.Helper()
	err := r.Try(g, fn)
	f := fault.As(err)
	if f == nil || f.Code != code {
		r.T.Fatalf("got %v, want %s", err, code)
	}
	if !strings.Contains(f.Message, words) {
		r.T.Errorf("the refusal says %q, not %q", f.Message, words)
	}
	return f
}

// owner runs SQL as the database's owner, for whom no wall stands.
func (r room) owner(fn func(context.Context, *pgx.Conn)) {
	r.T.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, r.OwnerDSN)
	if err != nil {
		r.T.Fatal(err)
	}
	defer conn.Close(ctx)
	fn(ctx, conn)
}

func (r room) exec(sql string, args ...any) {
	r.T.Helper()
	r.owner(func(ctx context.Context, conn *pgx.Conn) {
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			r.T.Fatal(err)
		}
	})
}

type entry struct {
	act  string
	body map[string]any
}

// entries are what the audit trail holds about an object, oldest first.
func (r room) entries(object uuid.UUID) (out []entry) {
	r.T.Helper()
	r.owner(func(ctx context.Context, conn *pgx.Conn) {
		rows, err := conn.Query(ctx, `select l.act, b.body from audit_leaves l join audit_bodies b using (workspace_id, epoch, idx)
			where l.object_id = $1 order by l.idx`, object.String())
		if err != nil {
			r.T.Fatal(err)
		}
		var e entry
		var body []byte
		_, err = pgx.ForEachRow(rows, []any{&e.act, &body}, func() error {
			e.body = nil
			out = append(out, e)
			return json.Unmarshal(body, &out[len(out)-1].body)
		})
		if err != nil {
			r.T.Fatal(err)
		}
	})
	return out
}
