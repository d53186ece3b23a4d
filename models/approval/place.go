package approval

import (
	"fmt"

	"github.com/jexi/portal/models/db"
)

// place is what an evaluation needs of its workspace.
type place struct {
	RequestCount    int64
	RulesEdition    int64
	UnmatchedPeople int
	TimeZone        string
}

const placeColumns = "request_count, rules_edition, unmatched_people, time_zone"

// nextPlace takes the next request number. The row stays locked, so a request is born under one
// edition of the rules, and alone.
const nextPlace = "update workspaces set request_count = request_count + 1 where workspace_id = app_ws() returning " + placeColumns

const thisPlace = "select " + placeColumns + " from workspaces where workspace_id = app_ws()"

func askPlace(q *db.Questions, query string, p *place) {
	q.Ask(db.One(&p.RequestCount, &p.RulesEdition, &p.UnmatchedPeople, &p.TimeZone), query)
}

func readPlace(tx *db.Tx) (p place, err error) {
	if err = tx.Ask(func(q *db.Questions) { askPlace(q, thisPlace, &p) }); err != nil {
		return p, fmt.Errorf("workspace: %w", err)
	}
	return p, nil
}

// lockPlace keeps requests from being born until the transaction ends.
func lockPlace(tx *db.Tx) error {
	var p place
	if err := tx.Ask(func(q *db.Questions) { askPlace(q, thisPlace+" for update", &p) }); err != nil {
		return fmt.Errorf("lock workspace: %w", err)
	}
	return nil
}
