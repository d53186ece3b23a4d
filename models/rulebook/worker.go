package rulebook

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// Publications publishes rules whose delay is over.
type Publications struct {
	river.WorkerDefaults[Publish]
	DB *db.DB
}

// Work publishes the change of the job. A second time changes nothing.
func (w *Publications) Work(ctx context.Context, job *river.Job[Publish]) error {
	return db.Gone(w.DB.In(ctx, access.ForSystem(job.Args.Workspace, "delayed rule changes"), func(tx *db.Tx) error {
		_, err := PublishDue(tx, job.Args)
		return err
	}))
}
