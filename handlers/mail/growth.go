package mail

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rulebook"
	view "github.com/jexi/portal/views/mail"
)

// GrowthLetters tells Owners what a rule took in.
type GrowthLetters struct {
	river.WorkerDefaults[rulebook.GrowthLetter]
	Post
}

// NextRetry waits longer each time.
func (GrowthLetters) NextRetry(job *river.Job[rulebook.GrowthLetter]) time.Time {
	return time.Now().Add(retryAfter(job.Attempt))
}

// Work sends one letter.
func (w GrowthLetters) Work(ctx context.Context, job *river.Job[rulebook.GrowthLetter]) error {
	grant := access.ForSystem(job.Args.Workspace, "mail")
	var g rulebook.Grown
	var needed bool
	err := w.DB.In(ctx, grant, func(tx *db.Tx) (err error) {
		g, needed, err = rulebook.WriteGrowth(tx, job.Args.Message)
		return err
	})
	if err != nil || !needed {
		return err
	}
	page := w.address("w", g.Slug, "rules", g.Message.ObjectID.String())
	sent := w.send(ctx, job.Args.Message.String(), g.Message.Email, g.Name, view.RuleGrew(g, job.Args.Actions, page))
	if err := w.DB.In(ctx, grant, func(tx *db.Tx) error { return settle(tx, job, job.Args.Message, sent) }); err != nil {
		return err
	}
	return later(sent)
}
