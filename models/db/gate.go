package db

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
)

// ErrUnknown says that a commit's answer was lost: the change may or may not have been made.
// Only a caller without an operation id meets it; Once finds out instead.
var ErrUnknown = errors.New("the answer to a commit was lost")

const tries = 3

// In runs fn in one transaction that sees the grant's workspace and nothing else.
// An error from fn rolls everything back, jobs and audit entries included. What can pass is tried again:
// deadlocks, lock timeouts, a connection that broke before the commit. So fn must not touch the
// outside world. What the database cannot do now is fault.Unavailable.
func (d *DB) In(ctx context.Context, g access.Grant, fn func(*Tx) error) error {
	return d.in(ctx, g, func(*Tx) {}, fn)
}

// in is In with statements that open adds to those which open the workspace, in one round trip.
func (d *DB) in(ctx context.Context, g access.Grant, open func(*Tx), fn func(*Tx) error) error {
	if !g.Valid() {
		return errors.New("db: a transaction without a grant")
	}
	var err error
	for try := range tries {
		if try > 0 {
			time.Sleep(time.Duration(try) * 20 * time.Millisecond)
		}
		if err = d.once(ctx, g, open, fn); !d.passing(err) {
			return d.strained(ctx, err)
		}
	}
	d.log.WarnContext(ctx, "a transaction failed three times", "error", err)
	if errors.Is(err, errBroken) {
		return unreachable()
	}
	return fault.New(fault.Unavailable, "The portal is busy with the same record. Nothing was changed; try again.")
}

func unreachable() error {
	return fault.New(fault.Unavailable, "The portal cannot reach its database. Nothing was changed; try again in a moment.")
}

func (d *DB) once(ctx context.Context, g access.Grant, open func(*Tx), fn func(*Tx) error) error {
	conn, err := d.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	raw, err := reach(conn)
	if err != nil {
		return err
	}
	defer rollback(ctx, conn) // after a commit it does nothing
	orm := d.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
	orm.Statement.ConnPool = conn
	tx := &Tx{db: d, ctx: ctx, grant: g, orm: orm, raw: raw}
	open(tx)
	if err := tx.carry(fn); err != nil {
		return broken(ctx, raw, err)
	}
	return tx.commit()
}

// carry does all that stands before the commit.
func (tx *Tx) carry(fn func(*Tx) error) error {
	if err := tx.open(); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	return tx.finish()
}

// rollback ends a transaction that is still open. If that fails, the pool closes the connection. One on
// which GORM met a visitor who had gone away is with the pool already, which closes it: two who write to
// it at once end the process.
func rollback(ctx context.Context, conn *sql.Conn) {
	conn.Raw(func(c any) error {
		raw := c.(*stdlib.Conn).Conn()
		if raw.IsClosed() || raw.PgConn().TxStatus() == idle {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		raw.Exec(ctx, "rollback")
		return nil
	})
}

// idle is what a connection tells outside a transaction.
const idle = 'I'

var errBroken = errors.New("the connection to the database broke")

// errLate says that the database gave no answer in time; whoever waited for it has waited enough.
var errLate = errors.New("the database did not answer in time")

// broken tells of an error that came with the end of the connection: nothing was committed, and
// another connection can do better. A visitor who went away ends connections too.
func broken(ctx context.Context, raw *pgx.Conn, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	case !raw.IsClosed():
		return err
	case pgconn.Timeout(err):
		return fmt.Errorf("%w: %w", errLate, err)
	}
	return fmt.Errorf("%w: %w", errBroken, err)
}

func (d *DB) acquire(ctx context.Context) (*sql.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, acquireWithin)
	defer cancel()
	conn, err := d.sql.Conn(wait)
	if err != nil {
		d.log.WarnContext(ctx, "no database connection", "error", err)
		return nil, unreachable()
	}
	return conn, nil
}

func reach(conn *sql.Conn) (raw *pgx.Conn, err error) {
	if err := conn.Raw(func(c any) error { raw = c.(*stdlib.Conn).Conn(); return nil }); err != nil {
		return nil, fmt.Errorf("reach the connection: %w", err)
	}
	return raw, nil
}

// open begins and makes the wall: the settings that every policy reads stand before the first row
// is touched. What was to be asked at once goes out with it.
func (tx *Tx) open() error {
	var b pgx.Batch
	b.Queue("begin")
	b.Queue(`select set_config('app.workspace', $1, true), set_config('app.person', $2, true), set_config('app.bearer', $3, true),
		set_config('app.sweep', $4, true), set_config('app.role', $5, true), clock_timestamp() + $6`, append(settings(tx.grant), tx.Drift())...).
		Query(One(new(string), new(string), new(string), new(string), new(string), &tx.now))
	b.QueuedQueries = append(b.QueuedQueries, tx.head.QueuedQueries...)
	if err := tx.Batch(&b).Close(); err != nil {
		return fmt.Errorf("open the workspace: %w", err)
	}
	tx.now = tx.now.UTC()
	return nil
}

func settings(g access.Grant) []any {
	person, sweep := uuid.Nil, ""
	if g.Actor().Kind == access.Person {
		person = g.Actor().ID
	}
	if g.Sweep() {
		sweep = "on"
	}
	return []any{setting(g.Workspace()), setting(person), hex.EncodeToString(g.Bearer()), sweep, string(g.Actor().Role)}
}

// setting is an id as the policies read it, "" for none.
func setting(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

// commit sends what was kept for it and commits, in one round trip.
func (tx *Tx) commit() error {
	var tag pgconn.CommandTag
	tx.tail.Queue("commit").Exec(func(t pgconn.CommandTag) error { tag = t; return nil })
	err := tx.Flush()
	switch {
	case tag.String() == "COMMIT": // also when the server ended the connection right after it
		return nil
	case err == nil:
		return errors.New("commit: the transaction had failed already")
	case !tx.raw.IsClosed(): // the server refused, and goes on
		return fmt.Errorf("commit: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnknown, err)
}

// passing tells a failure that another try can overcome: a broken connection, the conflicts deadlock,
// serialization and lock timeout, and a table that a migration has changed since its rows were last read.
func (d *DB) passing(err error) bool {
	if errors.Is(err, errBroken) {
		return true
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "40P01", "40001", "55P03":
		return true
	case "0A000":
		if pg.Routine == "RevalidateCachedQuery" {
			d.pool.Reset() // every connection has kept the statement as it was
			return true
		}
	}
	return false
}

// strained tells of a database that answers and cannot do it now: a statement took too long, or the server has
// no room for it. Nothing was changed.
func (d *DB) strained(ctx context.Context, err error) error {
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, ErrUnknown):
		return err
	case errors.Is(err, errLate):
	case errors.As(err, &pg) && (pg.Code == "57014" || strings.HasPrefix(pg.Code, "53")):
	default:
		return err
	}
	d.log.WarnContext(ctx, "the database does not keep up", "error", err)
	return fault.New(fault.Unavailable, "The portal's database does not keep up. Nothing was changed; try again in a moment.")
}

// Violates tells whether err is a broken constraint or unique index of that name.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}
