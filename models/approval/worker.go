package approval

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/internal/fault"
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
	return gone(w.DB.In(ctx, access.ForSystem(job.Args.Workspace, "deadlines"), func(tx *db.Tx) error {
		_, err := w.Room.Pass(tx, job.Args.Request)
		return err
	}))
}

// Publications publishes rules whose delay is over.
type Publications struct {
	river.WorkerDefaults[Publish]
	DB *db.DB
}

// Work publishes the change of the job. A second time changes nothing.
func (w *Publications) Work(ctx context.Context, job *river.Job[Publish]) error {
	return gone(w.DB.In(ctx, access.ForSystem(job.Args.Workspace, "delayed rule changes"), func(tx *db.Tx) error {
		_, err := PublishDue(tx, job.Args)
		return err
	}))
}

// gone ends a job whose object is not there any more, or a rule that names who is not; every
// other error is worth another try.
func gone(err error) error {
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return river.JobCancel(err)
	}
	return err
}
