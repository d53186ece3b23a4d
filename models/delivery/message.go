// Package delivery keeps what was sent to whom, and what became of it.
//
// A message row is made in the transaction of the change that causes it, so that silence is
// visible: queued, sent, bounced, failed or skipped. The outgoing door (handlers/mail) writes
// and sends; nothing here knows how.
package delivery

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"

	"github.com/jexi/portal/models/db"
)

// State is what became of a message.
type State string

const (
	Queued  State = "queued"
	Sent    State = "sent"
	Bounced State = "bounced" // the mail server refused the address for good
	Failed  State = "failed"  // given up after many tries
	Skipped State = "skipped" // not needed any more when its turn came
)

// Message is one mail to one person.
type Message struct {
	WorkspaceID uuid.UUID `gorm:"primaryKey"`
	ID          uuid.UUID `gorm:"primaryKey"`
	Kind        string
	PersonID    *uuid.UUID
	Email       string
	ObjectType  string
	ObjectID    *uuid.UUID
	State       State
	Attempts    int
	Problem     string
	QueuedAt    time.Time
	SentAt      *time.Time
	WrittenAt   *time.Time // its letter, the first time
	RoundupID   *uuid.UUID // of the roundup that names it instead; see Single
}

// Receiver is whom a message is for. Person is uuid.Nil for somebody without an account.
type Receiver struct {
	Person uuid.UUID
	Email  string
}

// Queue notes that a message is to be sent; person is uuid.Nil for somebody without an account.
// The caller enqueues the job that sends it.
func Queue(tx *db.Tx, kind string, person uuid.UUID, email, objectType string, object uuid.UUID) (Message, error) {
	all, err := QueueAll(tx, kind, []Receiver{{person, email}}, objectType, object)
	if err != nil {
		return Message{}, err
	}
	return all[0], nil
}

// QueueAll is Queue for several receivers in one round trip, in their order.
func QueueAll(tx *db.Tx, kind string, to []Receiver, objectType string, object uuid.UUID) ([]Message, error) {
	out := make([]Message, len(to))
	for i, r := range to {
		out[i] = Message{WorkspaceID: tx.Workspace(), ID: uuid.New(), Kind: kind, Email: r.Email, ObjectType: objectType,
			ObjectID: &object, State: Queued, QueuedAt: tx.Now()}
		if r.Person != uuid.Nil {
			out[i].PersonID = &to[i].Person
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	if err := tx.Gorm().Create(&out).Error; err != nil {
		return nil, fmt.Errorf("queue message: %w", err)
	}
	return out, nil
}

// Take locks a message for sending. ok is false when it was settled already, or is in a roundup.
func Take(tx *db.Tx, id uuid.UUID) (m Message, ok bool, err error) {
	found, err := db.Found(tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("workspace_id = ? and id = ?", tx.Workspace(), id).Take(&m).Error)
	if err != nil {
		return m, false, fmt.Errorf("take message: %w", err)
	}
	return m, found && m.State == Queued && m.RoundupID == nil, nil
}

// Settle records what became of a message, and of all that are in it where it is a roundup. A settled
// message stays as it is.
func Settle(tx *db.Tx, id uuid.UUID, state State, problem string) error {
	set := map[string]any{"state": state, "problem": problem}
	if state == Sent {
		set["sent_at"] = tx.Now()
	}
	err := tx.Gorm().Model(&Message{}).Where("workspace_id = ? and (id = ? or roundup_id = ?) and state = ?", tx.Workspace(), id, id, Queued).Updates(set).Error
	if err != nil {
		return fmt.Errorf("settle message: %w", err)
	}
	return nil
}

// Attempt counts a try that failed for now.
func Attempt(tx *db.Tx, id uuid.UUID, problem string) error {
	return tx.Gorm().Exec("update messages set attempts = attempts + 1, problem = ? where workspace_id = ? and id = ?",
		problem, tx.Workspace(), id).Error
}

// About lists the messages of one object, oldest first.
func About(tx *db.Tx, object uuid.UUID) ([]Message, error) {
	var out []Message
	err := tx.Gorm().Where("workspace_id = ? and object_id = ?", tx.Workspace(), object).Order("queued_at, id").Limit(500).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return out, nil
}

// Newest is the last message about each of these objects that had any.
func Newest(tx *db.Tx, objects []uuid.UUID) (map[uuid.UUID]Message, error) {
	var rows []Message
	err := tx.Gorm().Raw(`select distinct on (object_id) * from messages where workspace_id = ? and object_id in ?
		order by object_id, queued_at desc, id`, tx.Workspace(), objects).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("newest messages: %w", err)
	}
	out := map[uuid.UUID]Message{}
	for _, m := range rows {
		out[*m.ObjectID] = m
	}
	return out, nil
}

// SettleAll counts every queued message as sent when it was queued: for a past that was played.
func SettleAll(tx *db.Tx) error {
	return tx.Gorm().Exec("update messages set state = 'sent', sent_at = queued_at + interval '6 seconds' where workspace_id = ? and state = 'queued'",
		tx.Workspace()).Error
}
