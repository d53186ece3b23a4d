package rulebook

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// Change is one that somebody else asked for and that the reader, as the second admin, may agree to.
type Change struct {
	Rule    uuid.UUID // uuid.Nil for the workspace's settings
	Name    string    // of the rule
	N       int       // of its version
	Retires bool
	By      string
	Since   time.Time
	After   *time.Time // it holds by itself from then on
}

// AskChanges asks for the changes that wait for the reader, the oldest first, fifty at most: more are
// seldom, and the rules' own list has them all.
func AskChanges(q *db.Questions, into *[]Change) {
	q.Ask(func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Change, err error) {
			return c, row.Scan(&c.Rule, &c.Name, &c.N, &c.Retires, &c.By, &c.Since, &c.After)
		})
		return err
	}, `select v.rule_id, v.body->>'name', v.n, v.retires, coalesce(p.name, ''), v.submitted_at, v.publish_after
			from rule_versions v left join people p on p.id = v.edited_by
			where v.workspace_id = app_ws() and v.state = 'in_review' and app_role() = any($1) and v.edited_by is distinct from app_person()
		union all select '00000000-0000-0000-0000-000000000000'::uuid, '', 0, false, p.name, w.wanted_at, null
			from workspaces w join people p on p.id = w.wanted_by
			where w.workspace_id = app_ws() and app_role() = any($2) and w.wanted_by <> app_person()
		order by 6 limit 50`, access.Holders(access.WriteRules), access.Holders(access.ManageWorkspace))
}
