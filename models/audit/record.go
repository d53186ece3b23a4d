package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// write has the transaction's entries appended together with the commit. The heads are locked
// last in every transaction, in the order of their workspaces, so that two can wait for each
// other but never for ever, and no longer than the append and the commit take.
func (p *pending) write(tx *db.Tx) error {
	slices.SortFunc(p.workspaces, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for _, ws := range p.workspaces {
		if err := appendTo(tx, ws, p.entries[ws]); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	return nil
}

func appendTo(tx *db.Tx, ws uuid.UUID, entries []Entry) error {
	at := tx.Now().Truncate(time.Microsecond)
	var acts, kinds, objects, befores, afters []string
	var salts, bodies [][]byte
	for _, e := range entries {
		body, err := e.body(tx).Encode()
		if err != nil {
			return err
		}
		salt := NewSalt()
		l := Leaf{Workspace: ws, Epoch: 1, At: at, Act: e.Act, ObjectType: e.ObjectType, ObjectID: e.ObjectID, Outcome: "done",
			Actor: tx.Actor().ID, Body: Commit(salt, body)}
		before, after, err := l.aroundPlace()
		if err != nil {
			return err
		}
		acts, kinds, objects = append(acts, e.Act), append(kinds, e.ObjectType), append(objects, e.ObjectID)
		befores, afters = append(befores, before), append(afters, after)
		salts, bodies = append(salts, salt), append(bodies, body)
	}
	tx.AtCommitIn(ws, "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		ws, at, tx.Actor().ID, acts, kinds, objects, befores, afters, salts, bodies)
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
