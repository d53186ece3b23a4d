package approval

import (
	"context"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/workspace"
)

// Deadlines does what falls due of requests.
type Deadlines struct {
	river.WorkerDefaults[Due]
	DB   *db.DB
	Room Room
}

// Work applies the deadline that has passed. A second time changes nothing.
func (w *Deadlines) Work(ctx context.Context, job *river.Job[Due]) error {
	return db.Gone(w.DB.In(ctx, access.ForSystem(job.Args.Workspace, "deadlines"), func(tx *db.Tx) error {
		_, err := w.Room.Pass(tx, job.Args.Request)
		return err
	}))
}

// Recounts has every request that waits for people looked at again.
type Recounts struct {
	river.WorkerDefaults[workspace.Recount]
	DB *db.DB
}

// Work gives each request a job of its own. Twice is harmless.
func (w *Recounts) Work(ctx context.Context, job *river.Job[workspace.Recount]) error {
	return w.DB.In(ctx, access.ForSystem(job.Args.Workspace, "deadlines"), func(tx *db.Tx) error {
		var ids []uuid.UUID
		err := tx.Gorm().Raw("select id from action_requests where workspace_id = ? and state = ?", tx.Workspace(), Pending).Scan(&ids).Error
		for _, id := range ids {
			tx.Enqueue(Due{tx.Workspace(), id})
		}
		return err
	})
}
