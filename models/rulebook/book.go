package rulebook

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// Books keeps each workspace's live rules compiled, until their edition changes, and the time
// zones that workspaces are in.
type Books struct {
	mu    sync.Mutex
	kept  map[uuid.UUID]edition
	zones map[string]*time.Location
}

type edition struct {
	n        int64
	defaults rule.Defaults
	book     *rule.Book
}

// NewBooks starts empty.
func NewBooks() *Books {
	return &Books{kept: map[uuid.UUID]edition{}, zones: map[string]*time.Location{}}
}

// At gives the rules of the transaction's workspace as of this edition.
func (b *Books) At(tx *db.Tx, n int64, people int) (*rule.Book, error) {
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

// AsIf is the book as it would be with these rules live. It is kept nowhere.
func AsIf(tx *db.Tx, people int, asIf []rule.Rule) (*rule.Book, error) {
	rules, err := LiveRules(tx)
	if err != nil {
		return nil, err
	}
	rules = slices.DeleteFunc(rules, func(r rule.Rule) bool {
		return slices.ContainsFunc(asIf, func(other rule.Rule) bool { return other.ID == r.ID })
	})
	return rule.Compile(catalog.Types(), append(rules, asIf...), rule.Defaults{People: people}), nil
}

// Zone is a time zone by its name.
func (b *Books) Zone(name string) *time.Location {
	b.mu.Lock()
	defer b.mu.Unlock()
	if z, ok := b.zones[name]; ok {
		return z
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC // it was valid when it was stored; a stripped machine may not know it
	}
	b.zones[name] = z
	return z
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
