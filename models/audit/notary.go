package audit

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/db"
)

// Notary signs checkpoints and proves entries of the trees in the database.
type Notary struct {
	Signer seal.Signer
}

// Sign signs the tree of the transaction's workspace as it stands, after showing from the stored
// nodes that it continues what was signed before. Otherwise it gives ErrInconsistent and signs
// nothing. An empty tree has nothing to sign: nil. Signing again what is signed changes nothing.
func (n Notary) Sign(tx *db.Tx) (*Signed, error) {
	epoch, last, next, note, err := n.attempt(tx)
	if err != nil || next.Size == 0 || last != nil && last.Size == next.Size {
		return last, err
	}
	var b pgx.Batch
	b.Queue(`insert into audit_checkpoints (workspace_id, epoch, size, root, note, signed_at) values ($1, $2, $3, $4, $5, $6)
		on conflict do nothing`, tx.Workspace(), epoch, next.Size, next.Root[:], string(note), tx.Now())
	if err := tx.Batch(&b).Close(); err != nil {
		return nil, fmt.Errorf("audit: store checkpoint: %w", err)
	}
	return &Signed{next, note, tx.Now()}, nil
}

// attempt signs what the head says without storing it.
func (n Notary) attempt(tx *db.Tx) (epoch int, last *Signed, next Checkpoint, note []byte, err error) {
	epoch, f, err := readHead(tx)
	if err != nil {
		return epoch, nil, next, nil, err
	}
	next = Checkpoint{Origin: Origin(tx.Workspace(), epoch), Size: f.Size(), Root: f.Root()}
	if last, err = n.last(tx, epoch); err != nil {
		return epoch, last, next, nil, err
	}
	var before Checkpoint
	if last != nil {
		before = last.Checkpoint
	}
	note, err = SignNext(n.Signer, before, next, storedNodes(tx, epoch))
	return epoch, last, next, note, err
}

// SignAfter signs once the transaction's entries are in the tree, in the same transaction. A
// tree that cannot be signed does not undo the change: the alarm is raised by the hourly job.
func (n Notary) SignAfter(tx *db.Tx) {
	tx.Last(func(tx *db.Tx) error {
		if err := tx.Flush(); err != nil {
			return err
		}
		if _, err := n.Sign(tx); !errors.Is(err, ErrInconsistent) {
			return err
		}
		return nil
	})
}

// State is a tree as its page shows it.
type State struct {
	Epoch   int
	Size    int64
	Root    Hash
	Since   time.Time   // of the first entry
	Signed  *Signed     // the newest checkpoint, nil before the first
	Problem string      // why the tree does not continue what was signed; "" if it does
	Checked *Inspection // the newest complete check that somebody asked for, nil for none
}

// Inspect reads the state and tries, as the hourly job does, whether the tree could be signed.
func (n Notary) Inspect(tx *db.Tx) (State, error) {
	epoch, last, next, _, err := n.attempt(tx)
	s := State{Epoch: epoch, Size: next.Size, Root: next.Root, Signed: last}
	if errors.Is(err, ErrInconsistent) {
		s.Problem, err = problem(last, next), nil
	}
	if err != nil {
		return s, err
	}
	err = each(tx, "select at from audit_leaves where workspace_id = $1 and epoch = $2 order by idx limit 1",
		[]any{tx.Workspace(), epoch}, func(r pgx.Rows) error { return r.Scan(&s.Since) })
	if err != nil {
		return s, fmt.Errorf("audit: first entry: %w", err)
	}
	s.Checked, err = lastInspection(tx, epoch)
	return s, err
}

func problem(last *Signed, next Checkpoint) string {
	switch {
	case last == nil:
		return fmt.Sprintf("The stored tree of %d entries does not have the hash that was kept with it.", next.Size)
	case last.Origin == "":
		return fmt.Sprintf("The newest checkpoint, of %d entries, is not one that this portal signed.", last.Size)
	case last.Size > next.Size:
		return fmt.Sprintf("%d entries were signed, and only %d are there: its end was removed.", last.Size, next.Size)
	}
	return fmt.Sprintf("The stored tree does not continue the %d entries that were signed.", last.Size)
}
