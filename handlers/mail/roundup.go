package mail

import (
	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	view "github.com/jexi/portal/views/mail"
)

// Roundups name in one mail what waits for somebody who had enough single ones.
func Roundups(p Post) *Letters[approval.RoundupLetter] {
	return &Letters[approval.RoundupLetter]{Post: p, write: p.roundup, in: func(a approval.RoundupLetter) uuid.UUID { return a.Workspace }}
}

func (p Post) roundup(tx *db.Tx, job *river.Job[approval.RoundupLetter]) (envelope, error) {
	d, needed, err := approval.WriteRoundup(tx, job.Args.Message)
	if err != nil || !needed {
		return envelope{}, err
	}
	l := view.Roundup(d, p.address("w", d.Slug, "requests"), tx.Now())
	return envelope{job.Args.Message.String(), d.Message.Email, d.Name, l, job.Args.Message}, nil
}
