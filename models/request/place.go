package approval

import (
	"fmt"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/db"
)

// place is what an evaluation needs of its workspace.
type place struct {
	RequestCount    int64
	RulesEdition    int64
	UnmatchedPeople int
	TimeZone        string
}

// openPlace takes the next request number. The row stays locked, so a request is born under
// one edition of the rules.
func openPlace(tx *db.Tx) (place, error) {
	return scanPlace(tx, `update workspaces set request_count = request_count + 1 where workspace_id = ?
		returning request_count, rules_edition, unmatched_people, time_zone`)
}

// lockPlace keeps requests from being born until the transaction ends.
func lockPlace(tx *db.Tx) error {
	_, err := scanPlace(tx, "select 0 as request_count, rules_edition from workspaces where workspace_id = ? for update")
	return err
}

func readPlace(tx *db.Tx) (place, error) {
	return scanPlace(tx, "select request_count, rules_edition, unmatched_people, time_zone from workspaces where workspace_id = ?")
}

func scanPlace(tx *db.Tx, query string) (p place, err error) {
	res := tx.Gorm().Raw(query, tx.Workspace()).Scan(&p)
	if res.Error != nil {
		return p, fmt.Errorf("workspace: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return p, fault.Missing()
	}
	return p, nil
}
