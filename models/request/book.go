package approval

import (
	"fmt"
	"sync"

	"github.com/google/uuid"

	rule "github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
)

// Books keeps each workspace's live rules compiled, until their edition changes.
type Books struct {
	mu   sync.Mutex
	kept map[uuid.UUID]edition
}

type edition struct {
	n        int64
	defaults rule.Defaults
	book     *rule.Book
}

// NewBooks starts empty.
func NewBooks() *Books { return &Books{kept: map[uuid.UUID]edition{}} }

// of gives the rules of the transaction's workspace as of this edition.
func (b *Books) of(tx *db.Tx, n int64, people int) (*rule.Book, error) {
	defaults := rule.Defaults{People: people}
	b.mu.Lock()
	e, ok := b.kept[tx.Workspace()]
	b.mu.Unlock()
	if ok && e.n == n && e.defaults.People == people {
		return e.book, nil
	}
	rules, err := LiveRules(tx)
	if err != nil {
		return nil, err
	}
	book := rule.Compile(catalog.Types(), rules, defaults)
	b.mu.Lock()
	b.kept[tx.Workspace()] = edition{n, defaults, book}
	b.mu.Unlock()
	return book, nil
}

// LiveRules are the workspace's rules that decide today.
func LiveRules(tx *db.Tx) ([]rule.Rule, error) {
	var rows []struct {
		RuleID uuid.UUID
		N      int
		Body   db.JSON[rule.Body]
	}
	err := tx.Gorm().Raw("select rule_id, n, body from rule_versions where workspace_id = ? and state = 'live' order by rule_id",
		tx.Workspace()).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("live rules: %w", err)
	}
	out := make([]rule.Rule, len(rows))
	for i, r := range rows {
		out[i] = rule.Rule{ID: r.RuleID, Version: r.N, Body: r.Body.V}
	}
	return out, nil
}
