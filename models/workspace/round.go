package workspace

import (
	"context"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/audit"
	"github.com/jexi/portal/models/db"
)

// Rounds give each workspace a job of its own, so that one that fails holds no other up. A round may
// come twice, and so may the jobs.
type Rounds[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	DB  *db.DB
	Job func(workspace uuid.UUID) river.JobArgs
}

// Work enqueues one job a workspace.
func (w *Rounds[T]) Work(ctx context.Context, round *river.Job[T]) error {
	return w.DB.In(ctx, access.ForSweep(round.Args.Kind()), func(tx *db.Tx) error {
		ids, err := All(tx)
		for _, id := range ids {
			tx.Enqueue(w.Job(id))
		}
		return err
	})
}

// CheckpointRound has the audit tree of every workspace signed.
type CheckpointRound struct{}

// Kind names the job.
func (CheckpointRound) Kind() string { return "audit_checkpoint_round" }

// CheckpointRounds have each tree signed. What is signed stays as it is.
func CheckpointRounds(d *db.DB) *Rounds[CheckpointRound] {
	return &Rounds[CheckpointRound]{DB: d, Job: func(id uuid.UUID) river.JobArgs { return audit.DueCheckpoint{Workspace: id} }}
}
