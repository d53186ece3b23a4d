package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/db"
)

// clumsy is a job that panics as often as it says, and is given up after two tries.
type clumsy struct {
	Panics int `json:"panics"`
}

func (clumsy) Kind() string                 { return "clumsy" }
func (clumsy) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 2} }

type clumsyWorker struct{ river.WorkerDefaults[clumsy] }

func (clumsyWorker) NextRetry(*river.Job[clumsy]) time.Time { return time.Now() }
func (clumsyWorker) Work(_ context.Context, j *river.Job[clumsy]) error {
	if j.Attempt <= j.Args.Panics {
		panic("clumsy")
	}
	return nil
}

func TestAJobThatPanicsIsTriedAgainThenKeptAsGivenUp(t *testing.T) {
	t.Parallel()
	c := lay(t)
	jobs := river.NewWorkers()
	river.AddWorker(jobs, &clumsyWorker{})
	w, err := c.DB.NewWorker(jobs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Stop(context.Background()) })
	c.As(c.Grant(c.Acme, "ada", access.ManagePeople), func(tx *db.Tx) error {
		for panics := range 3 {
			tx.Enqueue(clumsy{panics})
		}
		return nil
	})
	for end := time.Now().Add(time.Minute); c.count("select count(*) from river.river_job where state in ('completed', 'discarded')") < 3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the jobs do not end")
		}
	}
	if n := c.count("select count(*) from river.river_job where state = 'completed' and attempt = 1 + (args->>'panics')::int"); n != 2 {
		t.Errorf("%d of the two that stop panicking were done", n)
	}
	if n := c.count("select count(*) from river.river_job where state = 'discarded' and args->>'panics' = '2' and cardinality(errors) = 2 and errors[2]->>'trace' <> ''"); n != 1 {
		t.Error("the one that goes on panicking is not kept with its two failures")
	}
}
