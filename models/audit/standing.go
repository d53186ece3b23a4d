package audit

import (
	"fmt"
	"time"

	"github.com/jexi/portal/models/db"
)

// Standing is how far a workspace's tree has grown and what of it is signed.
type Standing struct {
	Epoch    int
	Size     int64
	Signed   int64      // entries under the last checkpoint
	SignedAt *time.Time // nil before the first
}

// Stand reads the standing of the transaction's workspace.
func Stand(tx *db.Tx) (s Standing, err error) {
	err = tx.Gorm().Raw(`select h.epoch, h.size, coalesce(c.size, 0) as signed, c.signed_at from audit_heads h
		left join lateral (select size, signed_at from audit_checkpoints c where c.workspace_id = h.workspace_id and c.epoch = h.epoch
			order by size desc limit 1) c on true where h.workspace_id = ?`, tx.Workspace()).Scan(&s).Error
	if err != nil {
		return s, fmt.Errorf("audit standing: %w", err)
	}
	return s, nil
}
