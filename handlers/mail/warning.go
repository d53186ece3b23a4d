package mail

import (
	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	view "github.com/jexi/portal/views/mail"
)

// Warnings tell Owners of what is no single request's matter.
func Warnings(p Post) *Letters[approval.Warning] {
	return &Letters[approval.Warning]{Post: p, write: p.warning, in: func(a approval.Warning) uuid.UUID { return a.Workspace }}
}

func (p Post) warning(tx *db.Tx, job *river.Job[approval.Warning]) (envelope, error) {
	w, needed, err := approval.WriteWarning(tx, job.Args.Message)
	if err != nil || !needed {
		return envelope{}, err
	}
	return envelope{job.Args.Message.String(), w.Message.Email, w.Name, view.Warning(w, p.address, tx.Now()), job.Args.Message}, nil
}
