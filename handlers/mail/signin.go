package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	view "github.com/jexi/portal/views/mail"
)

var errLate = errors.New("who asked for this link has long gone on")

// SignInLetters sends sign-in links. For an address that nobody has there is nothing to send.
type SignInLetters struct {
	river.WorkerDefaults[identity.SignInMail]
	Post
}

// NextRetry waits longer each time.
func (SignInLetters) NextRetry(job *river.Job[identity.SignInMail]) time.Time {
	return time.Now().Add(retryAfter(job.Attempt))
}

// Work makes a link and sends it. Every try makes a link of its own, since no secret is kept
// between them; a mail server that was down for long gets none.
func (w SignInLetters) Work(ctx context.Context, job *river.Job[identity.SignInMail]) error {
	if time.Since(job.CreatedAt) > identity.SignInLinkLasts {
		return river.JobCancel(errLate)
	}
	var p identity.Person
	var plain string
	var somebody bool
	err := w.DB.In(ctx, access.ForSystem(uuid.Nil, "mail"), func(tx *db.Tx) (err error) {
		p, plain, somebody, err = identity.MakeSignInLink(tx, job.Args.Email, job.Args.Next)
		return err
	})
	if err != nil || !somebody {
		return err
	}
	id := fmt.Sprintf("signin-%d-%d", job.ID, job.Attempt)
	return later(w.send(ctx, id, p.Email, p.Name, view.SignIn(p.Email, w.address("signin", plain))))
}

// CredentialLetters tells people that a way to prove who they are was added or removed.
type CredentialLetters struct {
	river.WorkerDefaults[identity.CredentialMail]
	Post
}

// NextRetry waits longer each time.
func (CredentialLetters) NextRetry(job *river.Job[identity.CredentialMail]) time.Time {
	return time.Now().Add(retryAfter(job.Attempt))
}

// Work sends one letter.
func (w CredentialLetters) Work(ctx context.Context, job *river.Job[identity.CredentialMail]) error {
	var p, by identity.Person
	err := w.DB.In(ctx, access.ForSystem(uuid.Nil, "mail"), func(tx *db.Tx) (err error) {
		if p, err = identity.FindPerson(tx, job.Args.Person); err != nil || job.Args.By == uuid.Nil {
			return err
		}
		by, err = identity.FindPerson(tx, job.Args.By)
		return err
	})
	if err != nil {
		return err
	}
	letter := view.Credential(job.Args.Act, job.Args.Name, job.Args.At, w.address("security"))
	if job.Args.Act == "person.reset" {
		letter = view.Reset(cmp.Or(by.Name, "The operator of the portal"), job.Args.At, w.address("security"))
	}
	return later(w.send(ctx, fmt.Sprintf("credential-%d", job.ID), p.Email, p.Name, letter))
}
