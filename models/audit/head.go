package audit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/db"
)

// each runs one query and calls fn for each of its rows.
func each(tx *db.Tx, sql string, args []any, fn func(pgx.Rows) error) error {
	var b pgx.Batch
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := fn(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return tx.Batch(&b).Close()
}

// readHead gives the tree of the transaction's workspace; an empty one has epoch 1.
func readHead(tx *db.Tx) (epoch int, f Frontier, err error) {
	epoch = 1
	err = each(tx, "select epoch, size, frontier from audit_heads where workspace_id = $1", []any{tx.Workspace()}, func(r pgx.Rows) error {
		var size int64
		var roots []byte
		if err := r.Scan(&epoch, &size, &roots); err != nil {
			return err
		}
		f, err = ParseFrontier(size, roots)
		return err
	})
	if err != nil {
		return 0, f, fmt.Errorf("audit: read head: %w", err)
	}
	return epoch, f, nil
}

// storedNodes reads the tree of the transaction's workspace. A node that is missing is
// ErrInconsistent: none is ever taken away.
func storedNodes(tx *db.Tx, epoch int) Nodes {
	return func(positions []int64) ([]Hash, error) {
		found := make(map[int64]Hash, len(positions))
		err := each(tx, "select pos, hash from audit_nodes where workspace_id = $1 and epoch = $2 and pos = any($3)",
			[]any{tx.Workspace(), epoch, positions}, func(r pgx.Rows) error {
				var pos int64
				var hash []byte
				if err := r.Scan(&pos, &hash); err != nil {
					return err
				}
				found[pos] = Hash(hash)
				return nil
			})
		if err != nil {
			return nil, fmt.Errorf("read nodes: %w", err)
		}
		return inOrder(positions, found)
	}
}

func inOrder(positions []int64, found map[int64]Hash) ([]Hash, error) {
	out := make([]Hash, len(positions))
	for i, pos := range positions {
		h, ok := found[pos]
		if !ok {
			return nil, fmt.Errorf("%w: node %d is missing", ErrInconsistent, pos)
		}
		out[i] = h
	}
	return out, nil
}

// Signed is a checkpoint as it lies in the database.
type Signed struct {
	Checkpoint
	Note []byte
	At   time.Time
}

const signedColumns = "select size, root, note, signed_at from audit_checkpoints where workspace_id = $1 and epoch = $2 "

func scanSigned(r pgx.Rows) (s Signed, root []byte, err error) {
	err = r.Scan(&s.Size, &root, &s.Note, &s.At)
	return s, root, err
}

var errNotOurs = errors.New("its note is not one that this portal signed")

// open verifies a stored checkpoint: what lies in the database proves nothing by itself.
func (n Notary) open(s Signed, root []byte, origin string) (Signed, error) {
	c, _, err := OpenCheckpoint(s.Note, n.Signer.Published()...)
	if err != nil || c.Origin != origin || c.Size != s.Size || len(root) != sha256.Size || c.Root != Hash(root) {
		return s, fmt.Errorf("%w: checkpoint of %d entries: %w", ErrInconsistent, s.Size, errNotOurs)
	}
	s.Checkpoint, s.At = c, s.At.UTC()
	return s, nil
}

// last is the newest checkpoint, nil before the first.
func (n Notary) last(tx *db.Tx, epoch int) (last *Signed, err error) {
	err = each(tx, signedColumns+"order by size desc limit 1", []any{tx.Workspace(), epoch}, func(r pgx.Rows) error {
		s, root, err := scanSigned(r)
		if err != nil {
			return err
		}
		s, err = n.open(s, root, Origin(tx.Workspace(), epoch))
		last = &s
		return err
	})
	if err != nil {
		return last, fmt.Errorf("audit: last checkpoint: %w", err)
	}
	return last, nil
}
