package approval

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/db"
)

// Use is what came of the requests that a rule had its say in.
type Use struct {
	Asked    int // a person was asked
	Approved int // also what was carried out afterwards, or was not in time
	Declined int
	Expired  int
	Waiting  int
	Blocked  int
	Noticed  int // allowed, with a notice
}

// RuleUse counts the last 30 days' requests by the rule that had its say.
func RuleUse(tx *db.Tx) (map[uuid.UUID]Use, error) {
	var rows []struct {
		Rule uuid.UUID
		Use
	}
	err := tx.Gorm().Raw(`select (x->>'rule')::uuid as rule,
			count(*) filter (where r.proof > 0) as asked,
			count(*) filter (where r.proof > 0 and r.state in ('cooling','approved','lapsed','consumed','succeeded','failed','partial','never_executed','unknown')) as approved,
			count(*) filter (where r.state = 'denied') as declined,
			count(*) filter (where r.proof > 0 and r.state in ('expired','cancelled','superseded','undecidable')) as expired,
			count(*) filter (where r.proof > 0 and r.state in ('pending','held')) as waiting,
			count(*) filter (where r.state = 'blocked') as blocked,
			count(*) filter (where r.proof = 0 and r.state <> 'blocked') as noticed
		from action_requests r, jsonb_array_elements(r.reasons) x
		where r.workspace_id = @ws and r.created_at > @since and x->>'rule' is not null group by 1`,
		map[string]any{"ws": tx.Workspace(), "since": tx.Now().AddDate(0, 0, -monthDays)}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("use of rules: %w", err)
	}
	out := make(map[uuid.UUID]Use, len(rows))
	for _, r := range rows {
		out[r.Rule] = r.Use
	}
	return out, nil
}
