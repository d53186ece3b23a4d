package approval_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/delivery"
	"github.com/jexi/portal/models/rule"
)

// letterTo is the message that asks somebody about a request.
func (d *desk) letterTo(id uuid.UUID, first string) (m delivery.Message) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		all, err := delivery.About(tx, id)
		for _, x := range all {
			if *x.PersonID == d.Acme.People[first].PersonID && x.Kind == approval.LetterAsked {
				m = x
			}
		}
		return err
	})
	if m.ID == uuid.Nil {
		d.t.Fatalf("%s was not asked", first)
	}
	return m
}

// write writes a letter and has it sent.
func (d *desk) write(m delivery.Message) error {
	return d.Try(access.ForSystem(d.Acme.ID, "mail"), func(tx *db.Tx) error {
		_, ok, err := d.room.Write(tx, m.ID)
		if err != nil || ok {
			return errors.Join(err, delivery.Settle(tx, m.ID, delivery.Sent, ""))
		}
		return nil
	})
}

// flood asks n times and writes what is for Ann.
func (d *desk) flood(n, from int) (ids []uuid.UUID) {
	d.t.Helper()
	for i := range n {
		r := d.submit(amount(from + i))
		ids = append(ids, r.ID)
		if err := d.write(d.letterTo(r.ID, "ann")); err != nil {
			d.t.Fatal(err)
		}
	}
	return ids
}

// roundups are those of somebody, the oldest first.
func (d *desk) roundups(first string) (all []delivery.Message) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		return tx.Gorm().Raw("select * from messages where person_id = ? and kind = ? order by queued_at", d.Acme.People[first].PersonID, approval.LetterRoundup).Scan(&all).Error
	})
	return all
}

// roundup writes one, as the outgoing door does.
func (d *desk) roundup(m delivery.Message) (out approval.Roundup, ok bool) {
	d.t.Helper()
	d.system(func(tx *db.Tx) (err error) { out, ok, err = approval.WriteRoundup(tx, m.ID); return err })
	return out, ok
}

// dueIn is how long after it was queued a roundup's job is due.
func (d *desk) dueIn(m delivery.Message) time.Duration {
	d.t.Helper()
	seconds := d.number(`select round(extract(epoch from scheduled_at - created_at)) from river.river_job where kind = 'request_roundup' and args->>'message' = ?`, m.ID.String())
	return time.Duration(seconds) * time.Second
}

func TestWhoGetsManyLettersGetsARoundupInsteadOfMore(t *testing.T) {
	d := open(t)
	ids := d.flood(delivery.MostSingles+5, 0)
	for i, id := range ids {
		m := d.letterTo(id, "ann")
		if single := i < delivery.MostSingles; single != (m.State == delivery.Sent) || single != (m.RoundupID == nil) {
			t.Errorf("letter %d is %s, in a roundup: %v", i+1, m.State, m.RoundupID != nil)
		}
	}
	all := d.roundups("ann")
	if len(all) != 1 || len(d.roundups("ben")) != 0 {
		t.Fatalf("%d roundups for Ann, %d for Ben who got no letter yet", len(all), len(d.roundups("ben")))
	}
	d.must(d.vote("ann", ids[21], rule.Approve)) // decided before the roundup is written
	got, ok := d.roundup(all[0])
	if !ok || got.Total != 4 || got.Kinds[0].N != 4 || got.Requests[0].ID != ids[20] || got.Name != "Ann Keller" || got.Slug != "acme" {
		t.Fatalf("the roundup is %v: %d requests, %+v", ok, got.Total, got.Kinds)
	}
	if m := d.letterTo(ids[21], "ann"); m.State != delivery.Skipped {
		t.Errorf("what was decided meanwhile is %s", m.State)
	}
	if again, ok := d.roundup(all[0]); !ok || again.Total != 4 { // the mail server was away
		t.Errorf("written again it is %v with %d", ok, again.Total)
	}
	d.system(func(tx *db.Tx) error { return delivery.Settle(tx, all[0].ID, delivery.Bounced, "no such mailbox") })
	if m := d.letterTo(ids[24], "ann"); m.State != delivery.Bounced || m.Problem != "no such mailbox" {
		t.Errorf("what stood in a roundup that was refused is %s (%s)", m.State, m.Problem)
	}
	if _, ok := d.roundup(all[0]); ok {
		t.Error("a settled roundup is written again")
	}
}

func TestOneRoundupInTenMinutesTakesInWhatComes(t *testing.T) {
	d := open(t)
	d.flood(delivery.MostSingles+2, 0)
	first := d.roundups("ann")[0]
	if due := d.dueIn(first); due != time.Minute {
		t.Errorf("the first roundup waits %v", due)
	}
	d.Pass(time.Minute)
	d.roundup(first)
	d.Pass(time.Minute)
	late := d.flood(3, 100)
	all := d.roundups("ann")
	if len(all) != 2 {
		t.Fatalf("there are %d roundups", len(all))
	}
	if due := d.dueIn(all[1]); due < 8*time.Minute || due > 10*time.Minute {
		t.Errorf("the second roundup waits %v, ten minutes from the first are nine", due)
	}
	if m := d.letterTo(late[2], "ann"); m.RoundupID == nil || *m.RoundupID != all[1].ID {
		t.Error("what came after a roundup was written does not stand in the next one")
	}
	d.Pass(9 * time.Minute) // eleven since the single ones
	now := d.flood(1, 200)
	if m := d.letterTo(now[0], "ann"); m.State != delivery.Sent {
		t.Errorf("ten minutes later a letter is %s", m.State)
	}
	if got, ok := d.roundup(all[1]); !ok || got.Total != 3 {
		t.Errorf("the second roundup is %v with %d", ok, got.Total)
	}
}

func TestARoundupOfNothingIsNotSent(t *testing.T) {
	d := open(t)
	ids := d.flood(delivery.MostSingles+1, 0)
	d.must(d.vote("ben", ids[20], rule.Deny))
	m := d.roundups("ann")[0]
	if _, ok := d.roundup(m); ok {
		t.Error("it is written")
	}
	if all := d.roundups("ann"); all[0].State != delivery.Skipped {
		t.Errorf("it is %s", all[0].State)
	}
	if m := d.letterTo(ids[20], "ann"); m.State != delivery.Skipped {
		t.Errorf("what it was about is %s", m.State)
	}
}

func TestFiftyLettersAtOnceMakeTheSingleOnesAndOneRoundup(t *testing.T) {
	d := open(t)
	var letters []delivery.Message
	for i := range 50 {
		letters = append(letters, d.letterTo(d.submit(amount(i)).ID, "ann"))
	}
	var fns []func() error
	for _, m := range letters {
		fns = append(fns, patient(func() error { return d.write(m) }))
	}
	for _, err := range atOnce(fns...) {
		if err != nil {
			t.Error(err)
		}
	}
	sent := d.number("select count(*) from messages where person_id = ? and kind = 'request.asked' and state = 'sent'", d.Acme.People["ann"].PersonID)
	links := d.number("select count(*) from decision_links where person_id = ?", d.Acme.People["ann"].PersonID)
	all := d.roundups("ann")
	if sent != delivery.MostSingles || links != delivery.MostSingles || len(all) != 1 {
		t.Fatalf("%d letters with %d links and %d roundups", sent, links, len(all))
	}
	if got, ok := d.roundup(all[0]); !ok || got.Total != 50-delivery.MostSingles || len(got.Requests) != 20 {
		t.Errorf("the roundup is %v with %d, and names %d", ok, got.Total, len(got.Requests))
	}
	if jobs := d.number("select count(*) from river.river_job where kind = 'request_roundup'"); jobs != 1 {
		t.Errorf("%d jobs send it", jobs)
	}
}

func TestARoundupNamesTheRiskiestKindFirstAndTheNearestDeadlineFirst(t *testing.T) {
	d := open(t)
	d.publish(asks("Credits", "billing.credit", 1, rule.Approver{Kind: rule.GroupKind, Ref: d.Acme.Billing.ID.String()}))
	d.flood(delivery.MostSingles, 0)
	var deadlines []time.Time
	for i, a := range []approval.Ask{amount(900), credit(5), amount(901)} {
		a.ExpiresIn = 3600 - i*600
		r := d.submit(a)
		deadlines = append(deadlines, *r.ExpiresAt)
		if err := d.write(d.letterTo(r.ID, "ann")); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := d.roundup(d.roundups("ann")[0])
	var kinds []string
	for _, k := range got.Kinds {
		kinds = append(kinds, fmt.Sprint(k.Title, " ", k.Risk, " ", k.N))
	}
	if len(got.Requests) != 3 || !got.Requests[0].ExpiresAt.Equal(slices.MinFunc(deadlines, time.Time.Compare)) || len(kinds) != 2 || got.Kinds[0].Risk <= got.Kinds[1].Risk {
		t.Errorf("%v, the first until %v of %v", kinds, got.Requests[0].ExpiresAt, deadlines)
	}
}
