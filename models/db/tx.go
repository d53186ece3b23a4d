package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"github.com/jexi/portal/models/access"
)

// Tx is one transaction in one workspace. It belongs to the function it was given to.
type Tx struct {
	db    *DB
	ctx   context.Context
	grant access.Grant
	orm   *gorm.DB
	raw   *pgx.Conn
	now   time.Time
	jobs  []river.InsertManyParams
	last  []func(*Tx) error
	head  pgx.Batch // goes out with what opens the workspace
	tail  pgx.Batch // goes out with the commit
	rooms map[any]any
}

// Gorm is the transaction for reading and writing rows. Row-level security holds on it.
func (tx *Tx) Gorm() *gorm.DB { return tx.orm }

// Context is the request's or job's.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Grant is what opened this transaction.
func (tx *Tx) Grant() access.Grant { return tx.grant }

// Actor is who was let in.
func (tx *Tx) Actor() access.Actor { return tx.grant.Actor() }

// Workspace is the tenant that this transaction sees, uuid.Nil for none.
func (tx *Tx) Workspace() uuid.UUID { return tx.grant.Workspace() }

// Now is the database's clock when the transaction began, in UTC. It stamps what is written.
func (tx *Tx) Now() time.Time { return tx.now }

// Clock asks the database's clock anew. After a lock was waited for, it and not Now decides a deadline.
func (tx *Tx) Clock() (time.Time, error) {
	var t time.Time
	if err := tx.raw.QueryRow(tx.ctx, "select clock_timestamp()").Scan(&t); err != nil {
		return t, fmt.Errorf("ask the clock: %w", err)
	}
	return t.Add(tx.db.drift()).UTC(), nil
}

// Enqueue adds a job that exists if and only if the transaction commits.
// Its args carry the workspace and ids, never a secret.
func (tx *Tx) Enqueue(args river.JobArgs) { tx.EnqueueAt(args, time.Time{}) }

// EnqueueAt is Enqueue for a later time by the clock of Now; the zero time is at once.
func (tx *Tx) EnqueueAt(args river.JobArgs, at time.Time) {
	var opts *river.InsertOpts
	if !at.IsZero() {
		opts = &river.InsertOpts{ScheduledAt: at.Add(-tx.db.drift())}
	}
	tx.jobs = append(tx.jobs, river.InsertManyParams{Args: args, InsertOpts: opts})
}

// Notify wakes whoever waits for key on a Hub, after the commit.
func (tx *Tx) Notify(key string) { tx.AtCommit("select pg_notify($1, $2)", channel, key) }

// AtCommit keeps a statement for the commit: both go out in one round trip, after what was kept
// before. It sees all that the transaction changed. If it fails, nothing is committed.
func (tx *Tx) AtCommit(query string, args ...any) { tx.tail.Queue(query, args...) }

// AtCommitIn is AtCommit with another workspace's rows in view.
func (tx *Tx) AtCommitIn(workspace uuid.UUID, query string, args ...any) {
	if workspace != tx.Workspace() {
		tx.AtCommit("select set_config('app.workspace', $1, true)", setting(workspace))
		defer tx.AtCommit("select set_config('app.workspace', $1, true)", setting(tx.Workspace()))
	}
	tx.AtCommit(query, args...)
}

// CreateAtCommit keeps a row for the commit. Nothing before it may refer to the row.
func (tx *Tx) CreateAtCommit(row any) error {
	made := tx.orm.Session(&gorm.Session{DryRun: true}).Create(row)
	if made.Error != nil {
		return made.Error
	}
	tx.AtCommit(made.Statement.SQL.String(), made.Statement.Vars...)
	return nil
}

// Flush sends now what is kept for the commit.
func (tx *Tx) Flush() error {
	b := tx.tail
	tx.tail = pgx.Batch{}
	return tx.Batch(&b).Close()
}

// Last runs fn after the change and before the commit, in the order added.
// The audit trail locks its head there, so that every transaction takes it last.
func (tx *Tx) Last(fn func(*Tx) error) { tx.last = append(tx.last, fn) }

// Keep gives a room its one value in this transaction, made by create the first time.
func Keep[K comparable, V any](tx *Tx, key K, create func() V) V {
	if tx.rooms == nil {
		tx.rooms = map[any]any{}
	}
	if v, ok := tx.rooms[key]; ok {
		return v.(V)
	}
	v := create()
	tx.rooms[key] = v
	return v
}

// Within runs fn with another workspace's rows in view, then returns to the former one.
// A person's own account uses it, to tell every workspace of theirs (see audit.RecordEverywhere),
// and the door of machines, to note that a token was used.
func (tx *Tx) Within(workspace uuid.UUID, fn func() error) error {
	return tx.under("app.workspace", workspace, tx.Workspace(), fn)
}

// Facing runs fn with another person's memberships in view, as they see them themselves, then returns to
// one's own. Who resets somebody's passkeys must know where else these let them in.
func (tx *Tx) Facing(person uuid.UUID, fn func() error) error {
	return tx.under("app.person", person, tx.Actor().ID, fn)
}

// under runs fn with a setting that policies read, then puts the former value back.
func (tx *Tx) under(name string, id, former uuid.UUID, fn func() error) error {
	set := func(id uuid.UUID) error {
		if _, err := tx.raw.Exec(tx.ctx, "select set_config($1, $2, true)", name, setting(id)); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
		return nil
	}
	if err := set(id); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	return set(former)
}

// Batch sends several statements in one round trip and reads them in order.
func (tx *Tx) Batch(b *pgx.Batch) pgx.BatchResults { return tx.raw.SendBatch(tx.ctx, b) }

// Drift is what this gate adds to the database's clock; zero but in tests and the demo world.
func (tx *Tx) Drift() time.Duration { return tx.db.drift() }

// Recognize makes the rest of the transaction speak for a person who has just proved who they
// are. Their own account and memberships come into view; no workspace does.
func (tx *Tx) Recognize(a access.Actor) error {
	if _, err := tx.raw.Exec(tx.ctx, "select set_config('app.person', $1, true)", a.ID.String()); err != nil {
		return fmt.Errorf("recognize: %w", err)
	}
	tx.grant = tx.grant.As(a)
	return nil
}

func (tx *Tx) finish() error {
	if len(tx.jobs) > 0 && !tx.db.mute {
		if _, err := tx.db.jobs.InsertManyFastTx(tx.ctx, inner{tx.raw, tx}, tx.jobs); err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
	}
	for _, fn := range tx.last {
		if err := fn(tx); err != nil {
			return err
		}
	}
	return nil
}

// Found turns GORM's not-found into false, any other error stays one.
func Found(err error) (bool, error) {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	return err == nil, err
}
