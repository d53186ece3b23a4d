package approval

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rulebook"
)

// An agent that has all waiting that it may is told so with each ask. One that goes on all the same,
// refusedAtMost times within refusedWithin, does not listen and is paused.
const (
	refusedAtMost = 50
	refusedWithin = 10 * time.Minute
)

// PauseAgent stops an agent by hand. What it asked before stays open; nothing of it is handed out.
func PauseAgent(tx *db.Tx, id uuid.UUID, reason string) (identity.Token, error) {
	if err := lockPlace(tx); err != nil {
		return identity.Token{}, err
	}
	return identity.PauseToken(tx, id, reason)
}

// ResumeAgent lets a paused agent act again, whoever paused it.
func ResumeAgent(tx *db.Tx, id uuid.UUID, reason string) (identity.Token, error) {
	if err := lockPlace(tx); err != nil {
		return identity.Token{}, err
	}
	return identity.ResumeToken(tx, id, reason)
}

// heedless tells that with one more refusal the agent must be stopped.
func (s standing) heedless() bool { return s.Waiting >= openAtOnce && s.Refused >= refusedAtMost-1 }

// stop pauses the agent that asked this and has Owners told.
func (r *Request) stop(tx *db.Tx) error {
	why := fmt.Sprintf("%d of its requests wait for people, and it was refused %d more within %d minutes.", openAtOnce, refusedAtMost, int(refusedWithin.Minutes()))
	t, err := identity.StopToken(tx, *r.TokenID, why)
	if err != nil {
		return err
	}
	return warn(tx, LetterPaused, "token", t.ID)
}

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
}

// WriteWarning prepares one. ok is false when it is not needed any more.
func WriteWarning(tx *db.Tx, message uuid.UUID) (w Warned, ok bool, err error) {
	if w.Message, ok, err = delivery.Take(tx, message); err != nil || !ok {
		return w, false, err
	}
	if w.Agent, err = identity.FindToken(tx, *w.Message.ObjectID); err != nil {
		return w, false, err
	}
	if w.Agent.PausedAt == nil {
		return w, false, delivery.Settle(tx, message, delivery.Skipped, "Not needed any more.")
	}
	if w.Name, err = nameOf(tx, *w.Message.PersonID); err != nil {
		return w, false, err
	}
	w.Slug, w.Workspace, err = placeName(tx)
	return w, err == nil, err
}

func nameOf(tx *db.Tx, person uuid.UUID) (name string, err error) {
	if err = tx.Gorm().Raw("select name from people where id = ?", person).Row().Scan(&name); err != nil {
		return "", fmt.Errorf("name of a person: %w", err)
	}
	return name, nil
}
