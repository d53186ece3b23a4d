package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Questions are queries that go out together: one round trip, one transaction, answered in order.
// They are written before anybody is known, so they speak of app_ws(), app_person() and app_role().
// Their limits are written out: of one in a parameter Postgres thinks the worst, and plans anew each time.
type Questions struct {
	Drift time.Duration // what to add to the database's clock
	batch pgx.Batch
}

// Ask adds a query. read gets its rows once the answers are in, and must forget an earlier try's.
func (q *Questions) Ask(read func(pgx.Rows) error, query string, args ...any) {
	q.batch.Queue(query, args...).Query(read)
}

// Ask has questions answered outside any grant: they see nothing, unless the first of them opens
// by a secret what those after it may see, as visit() does for the door. Nothing is changed.
func (d *DB) Ask(ctx context.Context, ask func(*Questions)) (err error) {
	for range tries {
		if err = d.askOnce(ctx, ask); !d.passing(err) {
			return d.strained(ctx, err)
		}
	}
	d.log.WarnContext(ctx, "questions failed three times", "error", err)
	return unreachable()
}

func (d *DB) askOnce(ctx context.Context, ask func(*Questions)) error {
	wait, cancel := context.WithTimeout(ctx, acquireWithin)
	defer cancel()
	conn, err := d.pool.Acquire(wait)
	if err != nil {
		d.log.WarnContext(ctx, "no database connection", "error", err)
		return unreachable()
	}
	defer conn.Release()
	q := Questions{Drift: d.drift()}
	ask(&q)
	if err := conn.SendBatch(ctx, &q.batch).Close(); err != nil {
		return broken(ctx, conn.Conn(), fmt.Errorf("ask: %w", err))
	}
	return nil
}

// Ask has questions answered in this transaction.
func (tx *Tx) Ask(ask func(*Questions)) error {
	q := Questions{Drift: tx.db.drift()}
	ask(&q)
	if err := tx.Batch(&q.batch).Close(); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	return nil
}

// One reads the single row of an answer, if it has one, into these places.
func One(into ...any) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		if rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}
