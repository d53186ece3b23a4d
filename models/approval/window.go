package approval

import (
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
)

// undone are the states of requests that nothing came of: windows leave them out.
const undone = "('blocked','denied','expired','cancelled','superseded','undecidable','lapsed','never_executed')"

// windows fetches the figures over earlier requests that the rules look at. A request that is
// still open counts, so that ten at once cannot each be the first; self, the request itself, does not.
func windows(tx *db.Tx, book *rule.Book, f *condition.Facts, self uuid.UUID) error {
	want := book.Windows(f.Action)
	if len(want) == 0 {
		return nil
	}
	f.Windows = make(map[condition.Window]int64, len(want))
	for _, w := range want {
		n, known, err := window(tx, w, f, self)
		if err != nil {
			return err
		}
		if known {
			f.Windows[w] = n
		}
	}
	return nil
}

func window(tx *db.Tx, w condition.Window, f *condition.Facts, self uuid.UUID) (n int64, known bool, err error) {
	what := "count(*)"
	args := map[string]any{"ws": tx.Workspace(), "type": f.Action, "since": tx.Now().Add(-rule.Minutes(60 * w.Hours).Duration()),
		"target": f.Target, "ref": f.Subject.Ref, "kind": f.Subject.Kind, "sum": w.Sum, "currency": w.Currency, "self": self}
	where := "workspace_id = @ws and id <> @self and type = @type and created_at > @since and state not in " + undone
	if w.Sum != "" {
		what = fmt.Sprintf("coalesce(sum((params->>@sum)::numeric * %d), 0)::bigint", unit(f.Action, w.Sum))
		if w.Currency != "" {
			where += " and params->>'currency' = @currency"
		}
	}
	switch w.Same {
	case condition.SameTarget:
		where += " and target = @target"
		if utf8.RuneCountInString(f.Target) <= 300 { // as the index has it
			where += " and length(target) <= 300"
		}
		known = f.Target != ""
	case condition.SameSubject:
		where += " and behalf_ref = @ref and behalf_kind = @kind"
		known = f.Subject.Ref != ""
	default:
		known = true
	}
	if !known {
		return 0, false, nil
	}
	if err := tx.Gorm().Raw("select "+what+" from action_requests where "+where, args).Scan(&n).Error; err != nil {
		return 0, false, fmt.Errorf("window %s: %w", w, err)
	}
	return n, true, nil
}

// unit is what one whole of a parameter counts in Value.Number.
func unit(action, param string) int {
	if t, ok := catalog.Find(action); ok {
		if p, _ := t.Param(param); p.Type == catalog.Int {
			return 1
		}
	}
	return catalog.Million
}
