package mail

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	view "github.com/jexi/portal/views/mail"
)

// Letters is the worker of one kind of letter.
type Letters[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	Post
	in    func(T) uuid.UUID // the workspace that it is written in; nil for none
	write func(*db.Tx, *river.Job[T]) (envelope, error)
}

// envelope is a letter with whom it goes to. The zero envelope is one that is not needed any more.
type envelope struct {
	id       string // of the mail: a mail program keeps one of those that have the same
	to, name string
	letter   view.Letter
	message  uuid.UUID // the row that tells what becomes of it; uuid.Nil for none
}

// NextRetry waits longer each time.
func (*Letters[T]) NextRetry(job *river.Job[T]) time.Time {
	return time.Now().Add(retryAfter(job.Attempt))
}

// Work writes, sends and settles one letter.
func (w *Letters[T]) Work(ctx context.Context, job *river.Job[T]) error {
	grant := access.ForSystem(uuid.Nil, "mail")
	if w.in != nil {
		grant = access.ForSystem(w.in(job.Args), "mail")
	}
	var e envelope
	err := w.DB.In(ctx, grant, func(tx *db.Tx) (err error) { e, err = w.write(tx, job); return err })
	if err != nil || e.to == "" {
		return err
	}
	sent := w.send(ctx, e.id, e.to, e.name, e.letter)
	if e.message != uuid.Nil {
		if err := w.DB.In(ctx, grant, func(tx *db.Tx) error { return settle(tx, job, e.message, sent) }); err != nil {
			return err
		}
	}
	return later(sent)
}

// settle records how the sending of a job's message went.
func settle[T river.JobArgs](tx *db.Tx, job *river.Job[T], message uuid.UUID, sent error) error {
	switch {
	case sent == nil:
		return delivery.Settle(tx, message, delivery.Sent, "")
	case mailer.Permanent(sent):
		return delivery.Settle(tx, message, delivery.Bounced, sent.Error())
	case job.Attempt >= job.MaxAttempts:
		return delivery.Settle(tx, message, delivery.Failed, sent.Error())
	}
	return delivery.Attempt(tx, message, sent.Error())
}
