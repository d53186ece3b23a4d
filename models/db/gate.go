package db

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
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
// An error from fn rolls everything back, jobs and audit entries included. Deadlocks, lock
// timeouts and a connection that broke before the commit are tried again, so fn must not touch
// the outside world.
func (d *DB) In(ctx context.Context, g access.Grant, fn func(*Tx) error) error {
	if !g.Valid() {
		return errors.New("db: a transaction without a grant")
	}
	var err error
	for try := range tries {
		if try > 0 {
			time.Sleep(time.Duration(try) * 20 * time.Millisecond)
		}
		if err = d.once(ctx, g, fn); !passing(err) {
			return err
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

func (d *DB) once(ctx context.Context, g access.Grant, fn func(*Tx) error) (err error) {
	conn, err := d.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	raw, err := reach(conn)
	if err != nil {
		return err
	}
	sqlTx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return broken(ctx, raw, fmt.Errorf("begin: %w", err))
	}
	defer sqlTx.Rollback() // after a commit it does nothing
	if err := d.carry(ctx, g, raw, sqlTx, fn); err != nil {
		return broken(ctx, raw, err)
	}
	return commit(sqlTx)
}

// carry does all that stands before the commit.
func (d *DB) carry(ctx context.Context, g access.Grant, raw *pgx.Conn, sqlTx *sql.Tx, fn func(*Tx) error) error {
	tx, err := d.open(ctx, g, raw, sqlTx)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	return tx.finish()
}

var errBroken = errors.New("the connection to the database broke")

// broken tells of an error that came with the end of the connection: nothing was committed, and
// another connection can do better. A visitor who went away ends connections too.
func broken(ctx context.Context, raw *pgx.Conn, err error) error {
	if raw.IsClosed() && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return err
}

func (d *DB) acquire(ctx context.Context) (*sql.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, 2*time.Second)
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

// open makes the wall: the settings that every policy reads stand before the first row is touched.
func (d *DB) open(ctx context.Context, g access.Grant, raw *pgx.Conn, sqlTx *sql.Tx) (*Tx, error) {
	var now time.Time
	var set [5]string
	err := raw.QueryRow(ctx, `select set_config('app.workspace', $1, true), set_config('app.person', $2, true),
		set_config('app.bearer', $3, true), set_config('app.sweep', $4, true), set_config('app.role', $5, true), clock_timestamp()`,
		settings(g)...).Scan(&set[0], &set[1], &set[2], &set[3], &set[4], &now)
	if err != nil {
		return nil, fmt.Errorf("open the workspace: %w", err)
	}
	orm := d.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
	orm.Statement.ConnPool = sqlTx
	return &Tx{db: d, ctx: ctx, grant: g, orm: orm, raw: raw, now: now.Add(d.drift()).UTC()}, nil
}

func settings(g access.Grant) []any {
	id := func(v uuid.UUID) string {
		if v == uuid.Nil {
			return ""
		}
		return v.String()
	}
	person, sweep := uuid.Nil, ""
	if g.Actor().Kind == access.Person {
		person = g.Actor().ID
	}
	if g.Sweep() {
		sweep = "on"
	}
	return []any{id(g.Workspace()), id(person), hex.EncodeToString(g.Bearer()), sweep, string(g.Actor().Role)}
}

func commit(tx *sql.Tx) error {
	err := tx.Commit()
	if err == nil {
		return nil
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) { // the server answered: it did not commit
		return fmt.Errorf("commit: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrUnknown, err)
}

// passing tells a failure that another try can overcome: a broken connection, and the conflicts
// deadlock, serialization and lock timeout.
func passing(err error) bool {
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
	}
	return false
}

// Violates tells whether err is a broken constraint or unique index of that name.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}
