package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// DueCheckpoint has the tree of one workspace signed.
type DueCheckpoint struct {
	Workspace uuid.UUID `json:"workspace"`
}

// Kind names the job.
func (DueCheckpoint) Kind() string { return "audit_checkpoint" }

// Checkpoints signs trees.
type Checkpoints struct {
	river.WorkerDefaults[DueCheckpoint]
	DB     *db.DB
	Notary Notary
}

// Work signs the tree as it stands. One that does not continue what was signed is not signed: the
// log gets an alarm and the trail an entry, and nobody tries again before the next hour.
func (w *Checkpoints) Work(ctx context.Context, job *river.Job[DueCheckpoint]) error {
	g := access.ForSystem(job.Args.Workspace, "checkpoints")
	err := w.DB.In(ctx, g, func(tx *db.Tx) error {
		_, err := w.Notary.Sign(tx)
		return err
	})
	if !errors.Is(err, ErrInconsistent) {
		return err
	}
	w.DB.Log().ErrorContext(ctx, "ALARM: an audit trail does not continue its last checkpoint; nothing was signed",
		"workspace", job.Args.Workspace, "error", err)
	if err := w.DB.In(ctx, g, func(tx *db.Tx) error { return w.Notary.recordRefusal(tx, err) }); err != nil {
		return fmt.Errorf("record the alarm: %w", err)
	}
	return river.JobCancel(err)
}
