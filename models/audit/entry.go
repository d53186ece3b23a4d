package audit

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// Entry is one fact for the record. Who did it, when, from where and by which permission
// comes from the transaction, so that it cannot be wrong.
type Entry struct {
	Act        string // "rule.published": what happened, past tense
	ObjectType string // "rule"
	ObjectID   string
	Object     string         // the object's name for people, kept in the body
	Before     map[string]any // what changed, from
	After      map[string]any // to
	Detail     map[string]any // anything else a reader needs; never a secret
}

// pending are the entries of one transaction, by workspace.
type pending struct {
	workspaces []uuid.UUID
	entries    map[uuid.UUID][]Entry
}

type pendingKey struct{}

// Record adds an entry to the transaction's workspace. It is written with the change, or not at all.
func Record(tx *db.Tx, e Entry) { add(tx, tx.Workspace(), e) }

// RecordEverywhere adds an entry about a person's own account to every workspace they belong to,
// so that each tree tells of every sign-in by its people. The transaction speaks for that person.
func RecordEverywhere(tx *db.Tx, e Entry) error {
	if tx.Actor().Kind != access.Person {
		return fmt.Errorf("audit: %s without a person", e.Act)
	}
	var ids []uuid.UUID
	err := tx.Gorm().Raw("select workspace_id from members where person_id = ? and removed_at is null order by workspace_id",
		tx.Actor().ID).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("audit: find workspaces: %w", err)
	}
	RecordIn(tx, ids, e)
	return nil
}

// RecordIn adds an entry to each of these workspaces. The transaction speaks for somebody who may be
// named in all of them.
func RecordIn(tx *db.Tx, workspaces []uuid.UUID, e Entry) {
	for _, id := range workspaces {
		add(tx, id, e)
	}
}

func add(tx *db.Tx, workspace uuid.UUID, e Entry) {
	p := db.Keep(tx, pendingKey{}, func() *pending {
		p := &pending{entries: map[uuid.UUID][]Entry{}}
		tx.Last(p.write)
		return p
	})
	if p.entries[workspace] == nil {
		p.workspaces = append(p.workspaces, workspace)
	}
	p.entries[workspace] = append(p.entries[workspace], e)
}
