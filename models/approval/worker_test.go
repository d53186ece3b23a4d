package approval_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
)

// work runs this world's own workers until the test ends.
func (d *desk) work() {
	d.t.Helper()
	jobs := river.NewWorkers()
	river.AddWorker(jobs, &approval.Deadlines{DB: d.DB, Room: d.room})
	river.AddWorker(jobs, &approval.Recounts{DB: d.DB})
	river.AddWorker(jobs, &rulebook.Publications{DB: d.DB})
	w, err := d.DB.NewWorker(jobs, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := w.Start(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		w.Stop(ctx)
	})
}

// settled waits until every job that is due was done.
func (d *desk) settled() {
	d.t.Helper()
	for range 1200 {
		if d.number("select count(*) from river.river_job where state in ('available', 'running') and kind in ('request_due', 'people_recount', 'rule_publish')") == 0 {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	d.t.Fatal("jobs are left")
}

func TestTheWorkerAppliesEveryDeadlineOnce(t *testing.T) {
	d := open(t)
	d.connect("cloudflare")
	waits, free, critical := d.submit(refund("184.00")), d.submit(refund("10.00")), d.submit(zone("example.com"))
	d.must(d.proved("ada", critical.ID, rule.Approve))
	d.must(d.proved("max", critical.ID, rule.Approve))
	used := d.submit(refund("11.00"))
	if _, _, err := d.consume(used.ID, refund("11.00")); err != nil {
		t.Fatal(err)
	}
	d.work()
	again := func() {
		d.system(func(tx *db.Tx) error {
			for _, r := range []approval.Request{waits, free, critical, used} {
				tx.Enqueue(approval.Due{Workspace: d.Acme.ID, Request: r.ID})
				tx.Enqueue(approval.Due{Workspace: d.Acme.ID, Request: r.ID})
			}
			return nil
		})
		d.settled()
	}
	again() // too early
	d.is(waits.ID, approval.Pending)
	d.is(critical.ID, approval.Cooling)
	d.Pass(11 * time.Minute)
	again()
	d.is(critical.ID, approval.Approved)
	d.is(waits.ID, approval.Pending)
	d.Pass(25 * time.Hour)
	again()
	again()
	for id, want := range map[uuid.UUID]approval.State{waits.ID: approval.Expired, free.ID: approval.Lapsed, critical.ID: approval.Lapsed, used.ID: approval.Unknown} {
		d.is(id, want)
	}
	for id, act := range map[uuid.UUID]string{waits.ID: "request.expired", free.ID: "request.lapsed", critical.ID: "request.lapsed", used.ID: "request.outcome_overdue"} {
		if n := d.acts(id)[act]; n != 1 {
			t.Errorf("%s stands %d times on the trail", act, n)
		}
	}
	for id, kind := range map[uuid.UUID]string{waits.ID: approval.LetterExpired, used.ID: approval.LetterOverdue} {
		if to := d.letters(id, kind); !slices.Equal(to, []string{"ada@acme.example"}) {
			t.Errorf("told of %s are %v", kind, to)
		}
	}
}

func TestEveryDeadlineHasItsJobInTheSameTransaction(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	due := func(at time.Time) bool {
		return d.number("select count(*) from river.river_job where kind = 'request_due' and args->>'request' = ? and scheduled_at between ? and ?",
			r.ID.String(), at.Add(-time.Second), at.Add(time.Second)) == 1
	}
	if !due(*r.ExpiresAt) {
		t.Error("no job for its expiry")
	}
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.must(d.vote("ben", r.ID, rule.Approve))
	if got := d.find(r.ID); !due(*got.ExecuteBy) {
		t.Error("no job for its lapse")
	}
	if _, got, err := d.consume(r.ID, refund("184.00")); err != nil || !due(got.ConsumedAt.Add(time.Hour)) {
		t.Errorf("no job for its overdue report: %v", err)
	}
}

func TestTheWorkerPublishesADelayedChange(t *testing.T) {
	d := open(t)
	d.alone()
	_, edit := d.body()
	v, _ := d.change("ada", d.rule, edit, d.limit("500.00"))
	v, err := d.submitRule("ada", d.rule, v.Edit)
	if err != nil {
		t.Fatal(err)
	}
	if n := d.number("select count(*) from river.river_job where kind = 'rule_publish' and scheduled_at = ?", *v.PublishAfter); n != 1 {
		t.Errorf("%d jobs for the delayed change", n)
	}
	d.Pass(25 * time.Hour)
	d.work()
	d.system(func(tx *db.Tx) error {
		for range 3 {
			tx.Enqueue(rulebook.Publish{Workspace: d.Acme.ID, Rule: d.rule, Edit: v.Edit, N: v.N})
		}
		tx.Enqueue(rulebook.Publish{Workspace: d.Acme.ID, Rule: uuid.New(), Edit: 1, N: 1})
		return nil
	})
	d.settled()
	if r := d.submit(refund("184.00")); r.State != approval.Allowed {
		t.Errorf("184 EUR are %s", r.State)
	}
	if n := d.number("select count(*) from audit_leaves where act = 'rule.published' and object_id = ?", d.rule.String()); n != 2 {
		t.Errorf("published %d times in all", n)
	}
	if n := d.number("select count(*) from river.river_job where kind = 'rule_publish' and state = 'cancelled'"); n != 1 {
		t.Errorf("%d jobs were given up for a rule that is gone", n)
	}
}

// Two of Billing are asked. One leaves, or may not decide any more: nobody can decide it, and the
// Owner is told at once, not at its deadline.
func TestWhoeverGoesIsMissedAtOnce(t *testing.T) {
	for name, goes := range map[string]func(*db.Tx, uuid.UUID, workspace.Group) error{
		"removed": func(tx *db.Tx, ben uuid.UUID, _ workspace.Group) error {
			_, err := workspace.RemoveMember(tx, ben)
			return err
		},
		"demoted": func(tx *db.Tx, ben uuid.UUID, _ workspace.Group) error {
			_, err := workspace.ChangeRole(tx, ben, access.Approver, access.Auditor)
			return err
		},
		"regroups": func(tx *db.Tx, ben uuid.UUID, g workspace.Group) error {
			_, err := workspace.UpdateGroup(tx, g.ID, workspace.GroupDraft{Name: g.Name, Version: g.Version,
				Members: slices.DeleteFunc(slices.Clone(g.Members), func(id uuid.UUID) bool { return id == ben })})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			r := d.submit(refund("184.00"))
			d.must(d.vote("ann", r.ID, rule.Approve))
			d.work()
			d.system(func(tx *db.Tx) error {
				g, err := workspace.FindGroup(tx, d.Acme.Billing.ID)
				if err != nil {
					return err
				}
				return goes(tx, d.Acme.People["ben"].PersonID, g)
			})
			d.settled()
			d.is(r.ID, approval.Undecidable)
			if to := d.letters(r.ID, "request.undecidable"); !slices.Equal(to, []string{"ada@acme.example"}) {
				t.Errorf("told are %v", to)
			}
		})
	}
}

func TestWhoeverComesIsAskedAndNobodyTwice(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.work()
	cleo := d.join("cleo", "cleo@acme.example", access.Approver)
	d.system(func(tx *db.Tx) error {
		g, err := workspace.FindGroup(tx, d.Acme.Billing.ID)
		if err != nil {
			return err
		}
		_, err = workspace.UpdateGroup(tx, g.ID, workspace.GroupDraft{Name: g.Name, Version: g.Version, Members: append(g.Members, cleo)})
		return err
	})
	d.settled()
	d.is(r.ID, approval.Pending)
	to := d.letters(r.ID, "request.asked")
	slices.Sort(to)
	if want := []string{"ann@acme.example", "ben@acme.example", "cleo@acme.example"}; !slices.Equal(to, want) {
		t.Errorf("asked are %v, want %v", to, want)
	}
}

// A job acts in the workspace that it names: another one's request is not there for it.
func TestAJobDoesNothingToAnotherWorkspacesRequest(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.Pass(48 * time.Hour)
	w := approval.Deadlines{DB: d.DB, Room: d.room}
	work := func(workspace uuid.UUID) error {
		return w.Work(t.Context(), &river.Job[approval.Due]{Args: approval.Due{Workspace: workspace, Request: r.ID}})
	}
	for _, foreign := range []uuid.UUID{d.Globex.ID, uuid.New()} {
		var never *river.JobCancelError
		if err := work(foreign); !errors.As(err, &never) {
			t.Errorf("a job of another workspace ends with %v", err)
		}
	}
	d.is(r.ID, approval.Pending)
	if err := work(d.Acme.ID); err != nil {
		t.Error(err)
	}
	d.is(r.ID, approval.Expired)
}
