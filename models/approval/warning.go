package approval

import (
	"fmt"

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
	return river.InsertOpts{Queue: db.MailQueue, MaxAttempts: 30}
}

// warn writes to every Owner.
func warn(tx *db.Tx, kind, objectType string, object uuid.UUID) error {
	var people []rulebook.Colleague
	if err := tx.Ask(func(q *db.Questions) { rulebook.AskColleagues(q, &people) }); err != nil {
		return fmt.Errorf("owners to warn: %w", err)
	}
	letters, err := delivery.QueueAll(tx, kind, rulebook.Receivers(people, rulebook.Colleague.Owns), objectType, object)
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
	Agent     identity.Token // of LetterPaused
	Person    string         // of LetterManyByMail: who decided so much
	Email     string
}

// WriteWarning prepares one. ok is false when it is not needed any more.
func WriteWarning(tx *db.Tx, message uuid.UUID) (w Warned, ok bool, err error) {
	if w.Message, ok, err = delivery.Take(tx, message); err != nil || !ok {
		return w, false, err
	}
	if w.Name, _, err = nameOf(tx, *w.Message.PersonID); err != nil {
		return w, false, err
	}
	if w.Slug, w.Workspace, err = placeName(tx); err != nil {
		return w, false, err
	}
	if w.Message.Kind == LetterManyByMail {
		w.Person, w.Email, err = nameOf(tx, *w.Message.ObjectID)
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

func nameOf(tx *db.Tx, person uuid.UUID) (name, email string, err error) {
	if err = tx.Gorm().Raw("select name, email from people where id = ?", person).Row().Scan(&name, &email); err != nil {
		return "", "", fmt.Errorf("name of a person: %w", err)
	}
	return name, email, nil
}
