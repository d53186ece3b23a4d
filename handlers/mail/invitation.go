package mail

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/mail"
)

// InvitationLetters asks people to join a workspace.
type InvitationLetters struct {
	river.WorkerDefaults[workspace.InvitationMail]
	Post
}

// NextRetry waits longer each time.
func (InvitationLetters) NextRetry(job *river.Job[workspace.InvitationMail]) time.Time {
	return time.Now().Add(retryAfter(job.Attempt))
}

// Work sends one letter. Every try makes a link of its own, which ends the one before, and so has
// a Message-ID of its own: no mail program keeps the older in place of the newer.
func (w InvitationLetters) Work(ctx context.Context, job *river.Job[workspace.InvitationMail]) error {
	grant := access.ForSystem(job.Args.Workspace, "mail")
	var to workspace.Welcome
	var plain string
	var needed bool
	err := w.DB.In(ctx, grant, func(tx *db.Tx) (err error) {
		to, plain, needed, err = invited(tx, job.Args)
		return err
	})
	if err != nil || !needed {
		return err
	}
	id := fmt.Sprintf("%s-%d", job.Args.Message, job.Attempt)
	sent := w.send(ctx, id, to.Email, to.Name, view.Invitation(to, w.address("invitations", plain)))
	if err := w.DB.In(ctx, grant, func(tx *db.Tx) error { return settle(tx, job, job.Args.Message, sent) }); err != nil {
		return err
	}
	return later(sent)
}

// invited makes the link, unless the message was settled or the invitation ended meanwhile.
func invited(tx *db.Tx, job workspace.InvitationMail) (to workspace.Welcome, plain string, ok bool, err error) {
	if _, ok, err = delivery.Take(tx, job.Message); err != nil || !ok {
		return to, "", false, err
	}
	to, plain, ok, err = workspace.SendableInvitation(tx, job.Invitation)
	if err == nil && !ok {
		err = delivery.Settle(tx, job.Message, delivery.Skipped, "")
	}
	return to, plain, ok, err
}
