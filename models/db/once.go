package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
)

// OperationsKept is how long a second try gets the first one's result. An agent that was stopped for a
// week finds its keys known, and no form or session lives that long.
const OperationsKept = 30 * 24 * time.Hour

// Operation names one try to change something: the same ID by the same actor is the same try;
// ids of different actors never meet.
// Hash stands for what was asked, so that an ID used for something else is refused.
type Operation struct {
	ID   string
	Hash [sha256.Size]byte
}

// Once runs fn as In does, but carries an operation out once. A second try, at the same
// time or later, gets the first one's result and again=true; fn does not run. If the answer
// to the commit is lost, Once finds out whether it was made.
// An ID that was used with another hash is refused with fault.Conflict, called fault.KeyReused.
func (d *DB) Once(ctx context.Context, g access.Grant, op Operation, fn func(*Tx) ([]byte, error)) (result []byte, again bool, err error) {
	var mine bool
	claim := func(tx *Tx) { mine = false; tx.claim(op, &mine) }
	run := func(tx *Tx) error {
		by := tx.Actor().ID // before fn, which may recognize somebody
		if again = !mine; again {
			result, err = tx.recall(op, by)
			return err
		}
		if result, err = fn(tx); err != nil {
			return err
		}
		tx.settle(op, by, result)
		return nil
	}
	for range tries {
		// The claim waits for an earlier try that is still committing, so trying again is finding out.
		if err = d.in(ctx, g, claim, run); !errors.Is(err, ErrUnknown) {
			return result, again, err
		}
		d.log.WarnContext(ctx, "a commit's answer was lost; asking again", "operation", op.ID)
	}
	return nil, false, fault.New(fault.Unavailable, "The portal is checking whether this was done. Send it again: it will not happen twice.")
}

func (tx *Tx) claim(op Operation, mine *bool) {
	tx.head.Queue(`insert into operations (workspace_id, actor_id, operation, hash, at)
		values ($1, $2, $3, $4, clock_timestamp() + $5) on conflict do nothing`,
		tx.Workspace(), tx.Actor().ID, op.ID, op.Hash[:], tx.Drift()).
		Exec(func(t pgconn.CommandTag) error { *mine = t.RowsAffected() == 1; return nil })
}

func (tx *Tx) recall(op Operation, by uuid.UUID) (result []byte, err error) {
	var hash []byte
	err = tx.raw.QueryRow(tx.ctx, `select hash, result from operations where workspace_id = $1 and actor_id = $2 and operation = $3`,
		tx.Workspace(), by, op.ID).Scan(&hash, &result)
	if err != nil {
		return nil, fmt.Errorf("recall operation: %w", err)
	}
	if !bytes.Equal(hash, op.Hash[:]) {
		return nil, fault.New(fault.Conflict, "This was sent before with other content, and that one was carried out.").Called(fault.KeyReused)
	}
	return result, nil
}

func (tx *Tx) settle(op Operation, by uuid.UUID, result []byte) {
	if result == nil {
		result = []byte{}
	}
	tx.AtCommit(`update operations set result = $4 where workspace_id = $1 and actor_id = $2 and operation = $3`,
		tx.Workspace(), by, op.ID, result)
}

// ForgetOperations forgets up to limit operations of the transaction's workspace, or of none, that are
// older than OperationsKept, the oldest first, and tells how many.
func ForgetOperations(tx *Tx, limit int) (int64, error) {
	tag, err := tx.raw.Exec(tx.ctx, `delete from operations where (workspace_id, actor_id, operation) in (select workspace_id, actor_id, operation
		from operations where workspace_id = $1 and at < $2 order by at limit $3)`, tx.Workspace(), tx.now.Add(-OperationsKept), limit)
	if err != nil {
		return 0, fmt.Errorf("forget operations: %w", err)
	}
	return tag.RowsAffected(), nil
}
