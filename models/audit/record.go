package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// write appends the transaction's entries, after the change and right before the commit. The
// heads are locked last in every transaction, in the order of their workspaces, so that two
// can wait for each other but never for ever.
func (p *pending) write(tx *db.Tx) error {
	slices.SortFunc(p.workspaces, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, ws := range p.workspaces {
		add := func() error { return appendTo(tx, ws, p.entries[ws]) }
		if ws != tx.Workspace() { // its own is in view already
			enter := add
			add = func() error { return tx.Within(ws, enter) }
		}
		if err := add(); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	return nil
}

func appendTo(tx *db.Tx, ws uuid.UUID, entries []Entry) error {
	epoch, frontier, err := lockHead(tx, ws)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, e := range entries {
		if err := e.queue(&b, tx, ws, epoch, &frontier); err != nil {
			return err
		}
	}
	b.Queue("update audit_heads set size = $2, frontier = $3 where workspace_id = $1", ws, frontier.Size(), frontier.Bytes())
	return tx.Batch(&b).Close()
}

// lockHead takes the tree's head, made empty the first time.
func lockHead(tx *db.Tx, ws uuid.UUID) (epoch int, f Frontier, err error) {
	var size int64
	var roots []byte
	lock := func(b *pgx.Batch) {
		b.Queue("select epoch, size, frontier from audit_heads where workspace_id = $1 for update", ws).Query(db.One(&epoch, &size, &roots))
	}
	var b pgx.Batch
	lock(&b)
	if err := tx.Batch(&b).Close(); err != nil {
		return 0, f, fmt.Errorf("lock head: %w", err)
	}
	if epoch == 0 { // epochs count from 1: there is no head
		b = pgx.Batch{}
		b.Queue("insert into audit_heads (workspace_id) values ($1) on conflict do nothing", ws)
		lock(&b)
		if err := tx.Batch(&b).Close(); err != nil {
			return 0, f, fmt.Errorf("make head: %w", err)
		}
	}
	f, err = ParseFrontier(size, roots)
	return epoch, f, err
}

// queue adds one entry to the tree and its rows to the batch.
func (e Entry) queue(b *pgx.Batch, tx *db.Tx, ws uuid.UUID, epoch int, f *Frontier) error {
	body, err := e.body(tx).Encode()
	if err != nil {
		return err
	}
	salt := NewSalt()
	l := Leaf{Workspace: ws, Epoch: epoch, Index: f.Size(), At: tx.Now().Truncate(time.Microsecond), Act: e.Act, ObjectType: e.ObjectType,
		ObjectID: e.ObjectID, Outcome: "done", Actor: tx.Actor().ID, Body: Commit(salt, body)}
	leaf, err := l.Encode()
	if err != nil {
		return err
	}
	b.Queue(`insert into audit_leaves (workspace_id, epoch, idx, at, act, object_type, object_id, actor_ref, leaf)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, ws, epoch, l.Index, l.At, l.Act, l.ObjectType, l.ObjectID, l.Actor, leaf)
	b.Queue("insert into audit_bodies (workspace_id, epoch, idx, salt, body) values ($1, $2, $3, $4, $5)", ws, epoch, l.Index, salt, body)
	for _, n := range f.Append(LeafHash(leaf)) {
		b.Queue("insert into audit_nodes (workspace_id, epoch, pos, hash) values ($1, $2, $3, $4)", ws, epoch, n.Pos, n.Hash[:])
	}
	return nil
}

func (e Entry) body(tx *db.Tx) Body {
	a := tx.Actor()
	kind := a.Kind
	if kind == "" {
		kind = access.Anonymous
	}
	return Body{ActorKind: string(kind), Actor: a.Name, Email: a.Email, Role: string(a.Role), Permission: string(tx.Grant().Permission()),
		From: a.From, Request: a.Request, Object: e.Object, Before: e.Before, After: e.After, Detail: e.Detail}
}
