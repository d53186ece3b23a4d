package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/jexi/portal/internal/fault"
)

const jobSchema = "river"

// inner lends the gate's transaction to River: it may nest in it and cannot end it.
type inner struct {
	conn *pgx.Conn
	tx   *Tx
}

var _ pgx.Tx = inner{}

func (t inner) Conn() *pgx.Conn                { return t.conn }
func (t inner) Commit(context.Context) error   { return errors.New("db: only the gate commits") }
func (t inner) Rollback(context.Context) error { return errors.New("db: only the gate rolls back") }
func (t inner) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }
func (t inner) Begin(ctx context.Context) (pgx.Tx, error) {
	if _, err := t.conn.Exec(ctx, "savepoint nested"); err != nil {
		return nil, err
	}
	return nested{t}, nil
}

// CopyFrom is how River writes jobs of which it wants nothing back: they go out with the commit. River
// stamps them by the app's clock; one that is an hour ahead would hold every mail back for an hour.
func (t inner) CopyFrom(_ context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (n int64, err error) {
	marks := make([]string, len(columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	insert := fmt.Sprintf("insert into %s (%s) values (%s)", table.Sanitize(), strings.Join(columns, ", "), strings.Join(marks, ", "))
	for ; rows.Next(); n++ {
		values, err := rows.Values()
		if err != nil {
			return n, err
		}
		t.tx.stamp(columns, values)
		t.tx.AtCommit(insert, values...)
	}
	return n, rows.Err()
}

// stamp has a job be made now, and be due now unless it is for later, by the database's clock.
func (tx *Tx) stamp(columns []string, job []any) {
	now := tx.now.Add(-tx.db.drift())
	at := slices.Index(columns, "state")
	for i, name := range columns {
		if name == "created_at" || name == "scheduled_at" && fmt.Sprint(job[at]) == string(rivertype.JobStateAvailable) {
			job[i] = now
		}
	}
}

func (t inner) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}
func (t inner) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, sql)
}
func (t inner) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, sql, args...)
}
func (t inner) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, sql, args...)
}
func (t inner) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, sql, args...)
}

type nested struct{ inner }

func (n nested) Commit(ctx context.Context) error {
	_, err := n.conn.Exec(ctx, "release savepoint nested")
	return err
}
func (n nested) Rollback(ctx context.Context) error {
	_, err := n.conn.Exec(ctx, "rollback to savepoint nested")
	return err
}

// Queues of the worker. Mail has its own, so that a slow mail server holds nothing else up.
const (
	MailQueue = "mail"
	mailers   = 8
	workers   = 8
)

// ByMail are the options of a job that sends a letter: a mail server has a day to take it.
func ByMail() river.InsertOpts { return river.InsertOpts{Queue: MailQueue, MaxAttempts: 30} }

// Worker runs jobs until its context ends.
type Worker struct{ client *river.Client[pgx.Tx] }

// NewWorker prepares a worker with every kind of job it can do and the periodic ones.
func (d *DB) NewWorker(jobs *river.Workers, periodic []*river.PeriodicJob) (*Worker, error) {
	client, err := river.NewClient(riverpgxv5.New(d.pool), &river.Config{
		Schema:               jobSchema,
		Logger:               d.log,
		Workers:              jobs,
		PeriodicJobs:         periodic,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}, MailQueue: {MaxWorkers: mailers}},
		JobTimeout:           90 * time.Second,
		RescueStuckJobsAfter: 2 * time.Minute,
	})
	if err != nil {
		return nil, fmt.Errorf("river worker: %w", err)
	}
	return &Worker{client}, nil
}

// Start begins to work. Cancelling ctx does not stop it; Stop does.
func (w *Worker) Start(ctx context.Context) error {
	return w.client.Start(context.WithoutCancel(ctx))
}

// Stop takes no new job and waits for the running ones until ctx ends, then hands them back.
func (w *Worker) Stop(ctx context.Context) error {
	if err := w.client.Stop(ctx); err == nil {
		return nil
	}
	return w.client.StopAndCancel(context.WithoutCancel(ctx))
}

// Gone ends a job whose object is not there any more, or names what is not; every other error
// is worth another try.
func Gone(err error) error {
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return river.JobCancel(err)
	}
	return err
}
