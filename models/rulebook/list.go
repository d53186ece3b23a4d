package rulebook

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
)

// RuleRow is a rule in a list: what is live, and what waits to be.
type RuleRow struct {
	ID        uuid.UUID
	Live      *Version // nil before the first publication and after the retirement
	Open      *Version // the draft, or what waits for a second admin
	Retired   *Version // what ended it, unless a version is live again
	ChangedAt time.Time
	ChangedBy *uuid.UUID
}

// Shown is the version that a list tells of: what is live before what may be.
func (r RuleRow) Shown() Version {
	for _, v := range []*Version{r.Live, r.Open, r.Retired} {
		if v != nil {
			return *v
		}
	}
	return Version{}
}

// Rule is the version as the rule language has it.
func (v Version) Rule() rule.Rule { return rule.Rule{ID: v.RuleID, Version: v.N, Body: v.Body.V} }

// ListRules are the workspace's rules, the latest change first. One that never lived and whose
// draft was discarded is not among them.
func ListRules(tx *db.Tx) ([]RuleRow, error) {
	var all []Version
	err := tx.Gorm().Raw(`select v.* from rule_versions v join (select rule_id, max(greatest(edited_at, published_at)) as changed
			from rule_versions where workspace_id = @ws group by rule_id) c on c.rule_id = v.rule_id
		where v.workspace_id = @ws and v.state in ('live','draft','in_review','retired') order by c.changed desc, v.rule_id, v.n`,
		map[string]any{"ws": tx.Workspace()}).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	var out []RuleRow
	for i := range all {
		if n := len(out); n == 0 || out[n-1].ID != all[i].RuleID {
			out = append(out, RuleRow{ID: all[i].RuleID})
		}
		out[len(out)-1].add(&all[i])
	}
	return out, nil
}

// add takes the next newer version in.
func (r *RuleRow) add(v *Version) {
	switch v.State {
	case Live:
		r.Live, r.Retired = v, nil
	case VersionRetired:
		r.Live, r.Retired = nil, v
	default:
		r.Open = v
	}
	r.ChangedAt, r.ChangedBy = v.EditedAt, v.EditedBy
	if v.PublishedAt != nil && v.PublishedAt.After(v.EditedAt) {
		r.ChangedAt, r.ChangedBy = *v.PublishedAt, v.PublishedBy
	}
}

// Unguarded are the action types that Jexi could carry out here today without a person and
// without a rule, by the permissions it was given.
func Unguarded(tx *db.Tx, rules []rule.Rule) ([]*catalog.ActionType, error) {
	systems, err := integration.List(tx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rule.Unguarded(catalog.Types(), rules), func(t *catalog.ActionType) bool {
		return !slices.ContainsFunc(systems, func(c integration.Connection) bool { return c.Live() && c.May(t) })
	}), nil
}
