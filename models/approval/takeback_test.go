package approval_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// takeBack takes back what this person approved.
func (d *desk) takeBack(first string, id uuid.UUID) (r approval.Request, err error) {
	err = d.Try(d.Grant(d.Acme, first, access.DecideRequest), func(tx *db.Tx) (err error) {
		r, err = approval.TakeBack(tx, id, "The ticket was closed.")
		return err
	})
	return r, err
}

func TestAnApprovalIsTakenBackUntilItIsDecidedAndBothStayOnRecord(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	voted := d.must(d.vote("ann", r.ID, rule.Approve))
	_, err := d.takeBack("ben", r.ID)
	refusedAs(t, err, fault.Conflict, "no approval here that you could take back")
	back := d.must(d.takeBack("ann", r.ID))
	if back.State != approval.Pending || back.Version != voted.Version+1 {
		t.Errorf("it is %s, version %d after %d", back.State, back.Version, voted.Version)
	}
	_, err = d.takeBack("ann", r.ID)
	refusedAs(t, err, fault.Conflict, "no approval here")
	d.must(d.vote("ben", r.ID, rule.Approve))
	d.is(r.ID, approval.Pending)
	d.must(d.vote("ann", r.ID, rule.Approve))
	got := d.is(r.ID, approval.Approved)
	_, err = d.takeBack("ann", r.ID)
	refusedAs(t, err, fault.Conflict, "Already approved by Ben Wilk and Ann Keller")
	if acts := d.acts(r.ID); acts["request.vote_withdrawn"] != 1 || acts["request.vote_approve"] != 3 {
		t.Errorf("the trail holds %v", acts)
	}
	if n := d.number("select count(*) from votes where request_id = ? and withdrawn_reason = 'The ticket was closed.'", r.ID); n != 1 {
		t.Errorf("%d votes on record say why they were taken back", n)
	}
	if n := approvers(t, got); n != 2 {
		t.Errorf("the receipt names %d approvals", n)
	}
	greta := d.Grant(d.Globex, "greta", access.DecideRequest)
	if err := d.Try(greta, func(tx *db.Tx) error { _, err := approval.TakeBack(tx, r.ID, ""); return err }); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace is told %v", err)
	}
}

// approvers is how many agreements a receipt vouches for.
func approvers(t *testing.T, r approval.Request) int {
	t.Helper()
	var signed approval.Signed
	var receipt approval.Receipt
	if err := json.Unmarshal(r.Receipt, &signed); err != nil {
		t.Fatal(err)
	}
	body, err := base64.StdEncoding.DecodeString(signed.Payload)
	if err == nil {
		err = json.Unmarshal(body, &receipt)
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(receipt.Approvers)
}

func TestWhatIsTakenBackReopensItsStage(t *testing.T) {
	d := open(t)
	body := asks("Credits", "billing.credit", 1, role(access.Approver))
	body.Stages = append(body.Stages, rule.Stage{Mode: rule.Quorum, Min: 1, Who: []rule.Approver{role(access.Admin)}})
	d.publish(body)
	for i, sent := range []bool{true, false} {
		r := d.submit(credit(i + 1))
		d.must(d.vote("ann", r.ID, rule.Approve))
		if sent {
			d.system(func(tx *db.Tx) error {
				return tx.Gorm().Exec("update messages set state = 'sent' where object_id = ? and email = 'max@acme.example'", r.ID).Error
			})
		}
		d.must(d.takeBack("ann", r.ID))
		if w := d.letter(r.ID, "max@acme.example"); w.Link != "" {
			t.Error("somebody of the later stage is written to out of turn")
		}
		_, err := d.vote("max", r.ID, rule.Approve)
		refusedAs(t, err, fault.Conflict, "It is not your turn yet")
		d.must(d.vote("ben", r.ID, rule.Approve))
		letters := 1
		if !sent {
			letters = 2 // the first was left out
		}
		if n := strings.Count(fmt.Sprint(d.letters(r.ID, "request.asked")), "max@"); n != letters {
			t.Errorf("the later stage is written to %d times, want %d", n, letters)
		}
		d.must(d.vote("max", r.ID, rule.Approve))
		d.is(r.ID, approval.Approved)
	}
}

func TestWhoeverDecidedInTwoStagesTakesBothBack(t *testing.T) {
	d := open(t)
	body := asks("Credits", "billing.credit", 1, role(access.Approver))
	body.SamePerson = true
	body.Stages = append(body.Stages, rule.Stage{Mode: rule.Quorum, Min: 2, Who: []rule.Approver{role(access.Approver)}})
	d.publish(body)
	r := d.submit(credit(1))
	for range 2 {
		d.must(d.vote("ann", r.ID, rule.Approve))
	}
	d.must(d.takeBack("ann", r.ID))
	if n := d.number("select count(*) from votes where request_id = ? and withdrawn_at is null", r.ID); n != 0 {
		t.Errorf("%d approvals stand", n)
	}
}

func TestATakeBackAndTheLastVoteAtOnceHaveOneOrder(t *testing.T) {
	d := open(t)
	seen := map[approval.State]int{}
	for i := range 120 {
		r := d.submit(refund(fmt.Sprintf("%d.00", 100+i)))
		d.must(d.vote("ann", r.ID, rule.Approve))
		back := func() error { _, err := d.takeBack("ann", r.ID); return err }
		last := func() error { _, err := d.vote("ben", r.ID, rule.Approve); return err }
		both := []func() error{back, last}
		if i%2 > 0 {
			slices.Reverse(both)
		}
		errs := atOnce(both...)
		if i%2 > 0 {
			slices.Reverse(errs)
		}
		if errs[1] != nil {
			t.Fatalf("the last vote is told %v", errs[1])
		}
		got := d.find(r.ID)
		seen[got.State]++
		standing := d.number("select count(*) from votes where request_id = ? and withdrawn_at is null", r.ID)
		switch got.State {
		case approval.Approved:
			refusedAs(t, errs[0], fault.Conflict, "Already approved by Ann Keller and Ben Wilk")
			if standing != 2 || approvers(t, got) != 2 || d.acts(r.ID)["request.vote_withdrawn"] != 0 {
				t.Fatalf("round %d: approved with %d votes", i, standing)
			}
		case approval.Pending:
			if errs[0] != nil || standing != 1 || d.acts(r.ID)["request.approved"] != 0 {
				t.Fatalf("round %d: waiting with %d votes, %v", i, standing, errs[0])
			}
		default:
			t.Fatalf("round %d: it is %s", i, got.State)
		}
	}
	t.Log(seen)
	if len(seen) < 2 {
		t.Errorf("the race always ends the same way: %v", seen)
	}
}

func TestWhatCoolsOffIsDeclinedAndNotTakenBack(t *testing.T) {
	d, r := cooling(t)
	_, err := d.takeBack("ada", r.ID)
	refusedAs(t, err, fault.Conflict, "To stop it, decline it.")
	d.is(r.ID, approval.Cooling)
}

func TestAnApprovalIsTakenBackWhileItsSystemIsPausedAndNotAfterTheDeadline(t *testing.T) {
	d := open(t)
	held, late := d.submit(refund("184.00")), d.submit(refund("185.00"))
	d.must(d.vote("ann", held.ID, rule.Approve))
	d.must(d.vote("ann", late.ID, rule.Approve))
	d.As(d.Grant(d.Acme, "pia", access.PauseIntegration), func(tx *db.Tx) error { _, err := approval.PauseIntegration(tx, d.conn.ID, "stop"); return err })
	d.must(d.takeBack("ann", held.ID))
	d.As(d.Grant(d.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) error { _, err := d.room.ResumeIntegration(tx, d.conn.ID); return err })
	d.must(d.vote("ben", held.ID, rule.Approve))
	d.is(held.ID, approval.Pending)
	d.Pass(25 * time.Hour)
	_, err := d.takeBack("ann", late.ID)
	refusedAs(t, err, fault.Conflict, "It has expired.")
}

func TestAUsedLinkSaysThatItsApprovalWasTakenBack(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	w := d.letter(r.ID, "ann@acme.example")
	if _, err := d.byLink(w.Link, w.Code, "20418", rule.Approve); err != nil {
		t.Fatal(err)
	}
	d.must(d.takeBack("ann", r.ID))
	if o := d.opened(w.Link); o.Mine != nil {
		t.Error("the link's page still says that it was approved")
	}
	refusedAs(t, d.opened(w.Link).Refusal, fault.Gone, "You took your approval back.")
}
