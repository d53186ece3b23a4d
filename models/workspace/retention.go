package workspace

import (
	"context"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
)

// atOnce is how many rows one transaction of the sweep deletes: few enough to hold nobody up.
const atOnce = 1000

// Sweep has what has no use any more deleted.
type Sweep struct{}

// Kind names the job.
func (Sweep) Kind() string { return "retention" }

// Sweeps delete old sessions, sign-in links and operations, in small transactions. What a run does not
// get to, the next one does; twice is harmless.
type Sweeps struct {
	river.WorkerDefaults[Sweep]
	DB *db.DB
}

// Work goes through what belongs to no workspace, then through the workspaces one by one.
func (w *Sweeps) Work(ctx context.Context, _ *river.Job[Sweep]) error {
	sweep := access.ForSweep("retention")
	var places []uuid.UUID
	err := w.DB.In(ctx, sweep, func(tx *db.Tx) (err error) { places, err = All(tx); return err })
	if err != nil {
		return err
	}
	n, err := w.repeat(ctx, sweep, func(tx *db.Tx) (int64, bool, error) { return identity.Forget(tx, atOnce) })
	if err != nil {
		return err
	}
	grants := []access.Grant{sweep} // operations of no workspace: sign-ins and people's own accounts
	for _, id := range places {
		grants = append(grants, access.ForSystem(id, "retention"))
	}
	for _, g := range grants {
		more, err := w.repeat(ctx, g, func(tx *db.Tx) (int64, bool, error) {
			gone, err := db.ForgetOperations(tx, atOnce)
			return gone, gone == atOnce, err
		})
		if err != nil {
			return err
		}
		n += more
	}
	if n > 0 {
		w.DB.Log().InfoContext(ctx, "old rows were deleted", "rows", n)
	}
	return nil
}

// repeat runs fn, each time in a transaction of its own, as long as there may be more.
func (w *Sweeps) repeat(ctx context.Context, g access.Grant, fn func(*db.Tx) (int64, bool, error)) (n int64, err error) {
	for more := true; more; {
		var gone int64
		err := w.DB.In(ctx, g, func(tx *db.Tx) (err error) { gone, more, err = fn(tx); return err })
		if err != nil {
			return n, err
		}
		n += gone
	}
	return n, nil
}
