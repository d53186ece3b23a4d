package mail

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	view "github.com/jexi/portal/views/mail"
)

var errLate = errors.New("who asked for this link has long gone on")

// SignIns sends sign-in links. For an address that nobody has there is nothing to send.
func SignIns(p Post) *Letters[identity.SignInMail] {
	return &Letters[identity.SignInMail]{Post: p, write: p.signIn}
}

// signIn makes a link. Every try makes one of its own, since no secret is kept between them; a mail
// server that was down for long gets none.
func (p Post) signIn(tx *db.Tx, job *river.Job[identity.SignInMail]) (envelope, error) {
	if tx.Now().Add(-tx.Drift()).Sub(job.CreatedAt) > identity.SignInLinkLasts { // both by the database's clock
		return envelope{}, river.JobCancel(errLate)
	}
	to, plain, somebody, err := identity.MakeSignInLink(tx, job.Args.Email, job.Args.Next)
	if err != nil || !somebody {
		return envelope{}, err
	}
	id := fmt.Sprintf("signin-%d-%d", job.ID, job.Attempt)
	return envelope{id: id, to: to.Email, name: to.Name, letter: view.SignIn(to.Email, p.address("signin", plain))}, nil
}

// Credentials tells people that a way to prove who they are was added or removed.
func Credentials(p Post) *Letters[identity.CredentialMail] {
	return &Letters[identity.CredentialMail]{Post: p, write: p.credential}
}

func (p Post) credential(tx *db.Tx, job *river.Job[identity.CredentialMail]) (envelope, error) {
	a := job.Args
	to, err := identity.FindPerson(tx, a.Person)
	if err != nil {
		return envelope{}, err
	}
	var by identity.Person
	if a.By != uuid.Nil {
		if by, err = identity.FindPerson(tx, a.By); err != nil {
			return envelope{}, err
		}
	}
	letter := view.Credential(a.Act, a.Name, a.At, p.address("security"))
	if a.Act == "person.reset" {
		letter = view.Reset(cmp.Or(by.Name, "The operator of the portal"), a.At, p.address("security"))
	}
	return envelope{id: fmt.Sprintf("credential-%d", job.ID), to: to.Email, name: to.Name, letter: letter}, nil
}
