package delivery

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
)

// A person gets MostSingles letters of one kind within Period. What comes on top waits for a roundup, of
// which there is one in each Period at most; the first waits gathering for what follows.
const (
	MostSingles = 20
	Period      = 10 * time.Minute
	gathering   = time.Minute
)

// Single tells whether a message that was taken may have a letter of its own; one that has been written
// before may be written again. Otherwise the message goes into the receiver's next roundup, of the given
// kind. Where it is the first there, opened is that roundup and the caller enqueues its job for due.
func Single(tx *db.Tx, m Message, roundup string) (alone bool, opened *Message, due time.Time, err error) {
	if m.WrittenAt != nil {
		return true, nil, due, nil
	}
	now, err := lockMailbox(tx, *m.PersonID)
	if err != nil {
		return false, nil, due, err
	}
	var box struct {
		Written int
		Open    *uuid.UUID
		Last    *time.Time
	}
	err = tx.Gorm().Raw(`select (select count(*) from messages where workspace_id = @ws and person_id = @person and kind = @kind and written_at > @since) as written,
		(select id from messages where workspace_id = @ws and person_id = @person and kind = @roundup and state = 'queued' and written_at is null) as open,
		(select max(written_at) from messages where workspace_id = @ws and person_id = @person and kind = @roundup) as last`,
		map[string]any{"ws": tx.Workspace(), "person": m.PersonID, "kind": m.Kind, "roundup": roundup, "since": now.Add(-Period)}).Scan(&box).Error
	switch {
	case err != nil:
		return false, nil, due, fmt.Errorf("count letters: %w", err)
	case box.Written < MostSingles:
		return true, nil, due, written(tx, m.ID, now)
	case box.Open != nil:
		return false, nil, due, gather(tx, m.ID, *box.Open)
	}
	d, err := Queue(tx, roundup, *m.PersonID, m.Email, "person", *m.PersonID)
	if err != nil {
		return false, nil, due, err
	}
	due = now.Add(gathering)
	if box.Last != nil && due.Before(box.Last.Add(Period)) {
		due = box.Last.Add(Period)
	}
	return false, &d, due, gather(tx, m.ID, d.ID)
}

// Close keeps what comes later out of a roundup that was taken: it goes into the next one.
func Close(tx *db.Tx, roundup Message) error {
	now, err := lockMailbox(tx, *roundup.PersonID)
	if err != nil || roundup.WrittenAt != nil {
		return err
	}
	return written(tx, roundup.ID, now)
}

// lockMailbox has one transaction at a time decide what a person gets. After it, the clock decides.
func lockMailbox(tx *db.Tx, person uuid.UUID) (now time.Time, err error) {
	var one int
	err = tx.Gorm().Raw("select 1 from members where workspace_id = ? and person_id = ? for no key update", tx.Workspace(), person).Scan(&one).Error
	if err != nil {
		return now, fmt.Errorf("lock a mailbox: %w", err)
	}
	return tx.Clock()
}

func written(tx *db.Tx, id uuid.UUID, now time.Time) error {
	err := tx.Gorm().Exec("update messages set written_at = ? where workspace_id = ? and id = ?", now, tx.Workspace(), id).Error
	if err != nil {
		return fmt.Errorf("note a letter: %w", err)
	}
	return nil
}

func gather(tx *db.Tx, id, roundup uuid.UUID) error {
	err := tx.Gorm().Exec("update messages set roundup_id = ? where workspace_id = ? and id = ?", roundup, tx.Workspace(), id).Error
	if err != nil {
		return fmt.Errorf("gather for a roundup: %w", err)
	}
	return nil
}
