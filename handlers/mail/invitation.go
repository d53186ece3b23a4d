package mail

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/workspace"
	view "github.com/jexi/portal/views/mail"
)

// Invitations asks people to join a workspace.
func Invitations(p Post) *Letters[workspace.InvitationMail] {
	return &Letters[workspace.InvitationMail]{Post: p, write: p.invitation, in: func(a workspace.InvitationMail) uuid.UUID { return a.Workspace }}
}

// invitation makes the link, unless the message was settled or the invitation ended meanwhile. Every
// try makes a link of its own, which ends the one before, and so has a Message-ID of its own: no mail
// program keeps the older in place of the newer.
func (p Post) invitation(tx *db.Tx, job *river.Job[workspace.InvitationMail]) (envelope, error) {
	message := job.Args.Message
	if _, ok, err := delivery.Take(tx, message); err != nil || !ok {
		return envelope{}, err
	}
	to, plain, ok, err := workspace.SendableInvitation(tx, job.Args.Invitation)
	if err != nil {
		return envelope{}, err
	}
	if !ok {
		return envelope{}, delivery.Settle(tx, message, delivery.Skipped, "")
	}
	return envelope{fmt.Sprintf("%s-%d", message, job.Attempt), to.Email, to.Name, view.Invitation(to, p.address("invitations", plain)), message}, nil
}
