package mail

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/internal/mailer"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	view "github.com/jexi/portal/views/mail"
)

// RequestLetters sends what is said about action requests.
type RequestLetters struct {
	river.WorkerDefaults[approval.Letter]
	Post
}

// NextRetry waits longer each time.
func (RequestLetters) NextRetry(job *river.Job[approval.Letter]) time.Time {
	return time.Now().Add(retryAfter(job.Attempt))
}

// Work sends one letter.
func (w RequestLetters) Work(ctx context.Context, job *river.Job[approval.Letter]) error {
	grant := access.ForSystem(job.Args.Workspace, "mail")
	var writing approval.Writing
	var needed bool
	var now time.Time
	err := w.DB.In(ctx, grant, func(tx *db.Tx) (err error) {
		now = tx.Now()
		writing, needed, err = w.Approval.Write(tx, job.Args.Message)
		return err
	})
	if err != nil || !needed {
		return err
	}
	sent := w.send(ctx, job.Args.Message.String(), writing.Message.Email, writing.Name, w.letter(writing, now))
	if err := w.DB.In(ctx, grant, func(tx *db.Tx) error { return settle(tx, job, job.Args.Message, sent) }); err != nil {
		return err
	}
	return later(sent)
}

func (w RequestLetters) letter(writing approval.Writing, now time.Time) view.Letter {
	switch writing.Message.Kind {
	case approval.LetterAsked:
		return view.Asked(writing, w.address("a", writing.Link), now)
	case approval.LetterAgain:
		return view.AskedAgain(writing, w.address("a", writing.Link), now)
	}
	return view.Notice(writing, w.address("w", writing.Slug, "requests", writing.Request.ID.String()), now)
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
