package workspace

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
)

// CheckpointRound has the audit tree of every workspace signed.
type CheckpointRound struct{}

// Kind names the job.
func (CheckpointRound) Kind() string { return "audit_checkpoint_round" }

// CheckpointRounds gives each workspace a job of its own, so that one tree that cannot be signed
// holds no other up.
type CheckpointRounds struct {
	river.WorkerDefaults[CheckpointRound]
	DB *db.DB
}

// Work enqueues one job a workspace. Twice is harmless: what is signed stays as it is.
func (w *CheckpointRounds) Work(ctx context.Context, _ *river.Job[CheckpointRound]) error {
	return w.DB.In(ctx, access.ForSweep("checkpoints"), func(tx *db.Tx) error {
		ids, err := All(tx)
		for _, id := range ids {
			tx.Enqueue(audit.DueCheckpoint{Workspace: id})
		}
		return err
	})
}
