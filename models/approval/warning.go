package approval

import (
	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rulebook"
)

// LetterPaused tells Owners that the portal paused an agent.
const LetterPaused = "agent.paused"

// Warning has the outgoing door tell one Owner of something that is no single request's matter.
type Warning struct {
	Workspace uuid.UUID `json:"workspace"`
	Message   uuid.UUID `json:"message"`
}

// Kind names the job.
func (Warning) Kind() string { return "owner_warning" }

// InsertOpts gives a mail server a day to take it.
func (Warning) InsertOpts() river.InsertOpts {
	return db.ByMail()
}

// warn writes to every Owner.
func warn(tx *db.Tx, kind, objectType string, object uuid.UUID) error {
	letters, err := rulebook.WriteToOwners(tx, kind, objectType, object)
	for _, l := range letters {
		tx.Enqueue(Warning{tx.Workspace(), l.ID})
	}
	return err
}

// Warned is what a letter of warning says.
type Warned struct {
	Message   delivery.Message
	Name      string // of the receiver
	Workspace string
	Slug      string
	Agent     identity.Token  // of LetterPaused
	Person    identity.Person // of LetterManyByMail: who decided so much
}

// WriteWarning prepares one. ok is false when it is not needed any more.
func WriteWarning(tx *db.Tx, message uuid.UUID) (w Warned, ok bool, err error) {
	if w.Message, ok, err = delivery.Take(tx, message); err != nil || !ok {
		return w, false, err
	}
	to, err := identity.FindPerson(tx, *w.Message.PersonID)
	if err != nil {
		return w, false, err
	}
	w.Name = to.Name
	if w.Slug, w.Workspace, err = placeName(tx); err != nil {
		return w, false, err
	}
	if w.Message.Kind == LetterManyByMail {
		w.Person, err = identity.FindPerson(tx, *w.Message.ObjectID)
		return w, err == nil, err
	}
	if w.Agent, err = identity.FindToken(tx, *w.Message.ObjectID); err != nil {
		return w, false, err
	}
	if w.Agent.PausedAt == nil {
		return w, false, delivery.Settle(tx, message, delivery.Skipped, "Not needed any more.")
	}
	return w, true, nil
}
