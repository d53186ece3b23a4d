package approval

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
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
