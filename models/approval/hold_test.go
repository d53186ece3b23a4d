package approval_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
)

func (d *desk) pause() {
	d.t.Helper()
	d.As(d.Grant(d.Acme, "pia", access.PauseIntegration), func(tx *db.Tx) error {
		_, err := approval.PauseIntegration(tx, d.conn.ID, "Look first")
		return err
	})
}

func (d *desk) resume() {
	d.t.Helper()
	d.As(d.Grant(d.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) error {
		_, err := d.room.ResumeIntegration(tx, d.conn.ID)
		return err
	})
}

func TestTheClockOfAHeldRequestStandsStill(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00")) // a day to decide
	d.Pass(20 * time.Hour)
	d.pause()
	d.is(r.ID, approval.Held)
	d.Pass(30 * time.Hour)
	d.due(r.ID)
	d.is(r.ID, approval.Held)
	_, err := d.vote("ann", r.ID, rule.Approve)
	refusedAs(t, err, fault.Conflict, "paused")
	_, _, err = d.consume(r.ID, refund("184.00"))
	if f := fault.As(err); f == nil || f.Finer != fault.Undecided {
		t.Errorf("consuming what is held: %v", err)
	}
	d.resume()
	d.Pass(3 * time.Hour) // of the four that were left
	d.due(r.ID)
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.Pass(2 * time.Hour)
	_, err = d.vote("ben", r.ID, rule.Approve)
	refusedAs(t, err, fault.Conflict, "expired")
	d.due(r.ID)
	got := d.is(r.ID, approval.Expired)
	if !got.DecidedAt.Equal(*got.ExpiresAt) {
		t.Errorf("it expired at %v, its deadline was %v", got.DecidedAt, got.ExpiresAt)
	}
	if to := d.letters(r.ID, "request.asked"); len(to) != 2 {
		t.Errorf("asked were %v", to)
	}
	if acts := d.acts(r.ID); acts["request.held"] != 1 || acts["request.resumed"] != 1 {
		t.Errorf("the trail holds %v", acts)
	}
}

func TestWhatIsAskedDuringAPauseBeginsWhenItIsLifted(t *testing.T) {
	d := open(t)
	d.pause()
	waits, free := d.submit(refund("184.00")), d.submit(refund("10.00"))
	d.is(waits.ID, approval.Held)
	d.is(free.ID, approval.Held)
	if to := d.letters(waits.ID, "request.asked"); len(to) != 0 {
		t.Errorf("asked during the pause: %v", to)
	}
	if again := d.submit(refund("184.00")); again.ID != waits.ID {
		t.Error("an identical ask did not join the held one")
	}
	d.Pass(48 * time.Hour)
	d.due(free.ID)
	d.resume()
	d.due(free.ID)
	d.is(free.ID, approval.Allowed)
	if to := d.letters(waits.ID, "request.asked"); len(to) != 2 {
		t.Errorf("asked afterwards: %v", to)
	}
	if _, _, err := d.consume(free.ID, refund("10.00")); err != nil {
		t.Error(err)
	}
	d.must(d.vote("ann", waits.ID, rule.Approve))
	d.must(d.vote("ben", waits.ID, rule.Approve))
	d.is(waits.ID, approval.Approved)
}

func TestAnApprovalIsNotHandedOutDuringAPauseAndRunsOut(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.must(d.vote("ben", r.ID, rule.Approve))
	d.pause()
	_, _, err := d.consume(r.ID, refund("184.00"))
	if f := fault.As(err); f == nil || f.Finer != fault.Paused {
		t.Errorf("told %v", err)
	}
	d.is(r.ID, approval.Approved)
	d.Pass(time.Hour)
	_, got, err := d.consume(r.ID, refund("184.00"))
	if err != nil || got.State != approval.Lapsed || fault.As(got.Refusal()).Finer != fault.Lapsed {
		t.Errorf("after its time: %s, %v", got.State, err)
	}
}

func TestWhoeverLeftDuringAPauseIsMissed(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.pause()
	d.system(func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, d.Acme.People["ben"].PersonID); return err })
	d.resume()
	d.is(r.ID, approval.Undecidable)
	if to := d.letters(r.ID, "request.undecidable"); !slices.Equal(to, []string{"ada@acme.example"}) {
		t.Errorf("told are %v", to)
	}
}

func TestADeniedAskRestsForADayAlsoDuringAPause(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.must(d.vote("ann", r.ID, rule.Deny))
	d.pause()
	again := d.submit(refund("184.00"))
	if again.State != approval.Blocked || !contains(again.Reasons.V[0].Text, "declined the same ask in "+r.Reference()) {
		t.Errorf("asked again: %s %v", again.State, again.Reasons.V)
	}
	if other := d.submit(refund("184.01")); other.State != approval.Held {
		t.Errorf("another amount: %s", other.State)
	}
	d.Pass(25 * time.Hour)
	d.resume()
	if later := d.submit(refund("184.00")); later.State != approval.Pending {
		t.Errorf("a day later: %s %v", later.State, later.Reasons.V)
	}
}
