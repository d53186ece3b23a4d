package mail

import (
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	view "github.com/jexi/portal/views/mail"
)

// Requests sends what is said about action requests.
func Requests(p Post) *Letters[approval.Letter] {
	return &Letters[approval.Letter]{Post: p, write: p.request, in: func(a approval.Letter) uuid.UUID { return a.Workspace }}
}

func (p Post) request(tx *db.Tx, job *river.Job[approval.Letter]) (envelope, error) {
	w, needed, err := p.Approval.Write(tx, job.Args.Message)
	if err != nil || !needed {
		return envelope{}, err
	}
	return envelope{job.Args.Message.String(), w.Message.Email, w.Name, p.about(w, tx.Now()), job.Args.Message}, nil
}

func (p Post) about(w approval.Writing, now time.Time) view.Letter {
	switch w.Message.Kind {
	case approval.LetterAsked:
		return view.Asked(w, p.address("a", w.Link), now)
	case approval.LetterAgain:
		return view.AskedAgain(w, p.address("a", w.Link), now)
	}
	return view.Notice(w, p.address("w", w.Slug, "requests", w.Request.ID.String()), now)
}
