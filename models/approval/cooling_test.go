package approval_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

// zone asks for a critical action: the platform wants two Admins or Owners, with a fresh proof,
// and lets the approval cool off for ten minutes.
func zone(name string) approval.Ask {
	return approval.Ask{Type: "dns.zone.delete", Params: json.RawMessage(`{"zone":"` + name + `"}`)}
}

// cooling is such a request that Ada and Max agreed to; Mia was asked too.
func cooling(t *testing.T) (*desk, approval.Request) {
	d := open(t)
	d.connect("cloudflare")
	d.join("mia", "mia@acme.example", access.Admin)
	r := d.submit(zone("example.com"))
	_, err := d.vote("ada", r.ID, rule.Approve)
	refusedAs(t, err, fault.ProofNeeded, "passkey")
	d.must(d.proved("ada", r.ID, rule.Approve))
	d.must(d.proved("max", r.ID, rule.Approve))
	r = d.is(r.ID, approval.Cooling)
	if word, _ := r.Decision(); word != "pending" || r.Receipt != nil {
		t.Fatalf("while it cools off the API says %s, receipt %s", word, r.Receipt)
	}
	return d, r
}

func TestACriticalApprovalCoolsOffBeforeItIsReleased(t *testing.T) {
	d, r := cooling(t)
	_, err := d.proved("mia", r.ID, rule.Approve)
	refusedAs(t, err, fault.Conflict, "Already approved by Ada Okafor and Max Lindqvist")
	_, _, err = d.consume(r.ID, zone("example.com"))
	if f := fault.As(err); f == nil || f.Finer != fault.Undecided {
		t.Errorf("consuming while it cools off: %v", err)
	}
	if again := d.submit(zone("example.com")); again.ID != r.ID {
		t.Error("an identical ask did not join it")
	}
	d.Pass(9 * time.Minute)
	d.due(r.ID)
	d.is(r.ID, approval.Cooling)
	d.Pass(2 * time.Minute)
	d.due(r.ID)
	d.due(r.ID)
	if got := d.is(r.ID, approval.Approved); got.Receipt == nil || got.ExecuteBy == nil {
		t.Error("released without a receipt")
	}
	if acts := d.acts(r.ID); acts["request.cooling"] != 1 || acts["request.approved"] != 1 {
		t.Errorf("the trail holds %v", acts)
	}
	if _, _, err := d.consume(r.ID, zone("example.com")); err != nil {
		t.Error(err)
	}
}

func TestWhoeverAgreedOrWasAskedMayVetoWhileItCoolsOff(t *testing.T) {
	for _, first := range []string{"max", "mia"} {
		t.Run(first, func(t *testing.T) {
			d, r := cooling(t)
			d.must(d.vote(first, r.ID, rule.Deny)) // denying needs less than approving
			if got := d.is(r.ID, approval.Denied); got.DecidedBy != d.Acme.People[first].Name {
				t.Errorf("declined by %s", got.DecidedBy)
			}
			d.Pass(time.Hour)
			d.due(r.ID)
			d.is(r.ID, approval.Denied)
			_, err := d.proved("ada", r.ID, rule.Deny)
			refusedAs(t, err, fault.Conflict, "Already declined by "+d.Acme.People[first].Name)
		})
	}
}

func TestNobodyElseMayVeto(t *testing.T) {
	d, r := cooling(t)
	_, err := d.proved("ann", r.ID, rule.Deny)
	refusedAs(t, err, fault.Forbidden, "This was not put to you.")
	d.is(r.ID, approval.Cooling)
}

func TestWhoeverAgreedMayStillDeclineBeforeItIsDecided(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.must(d.vote("ann", r.ID, rule.Deny))
	d.is(r.ID, approval.Denied)
	if n := d.number("select count(*) from votes where request_id = ?", r.ID); n != 2 {
		t.Errorf("%d votes are on record", n)
	}
	if n := d.number("select count(*) from votes where request_id = ? and withdrawn_at is not null and decision = 'approve'", r.ID); n != 1 {
		t.Errorf("%d of them are withdrawn", n)
	}
}

func TestOnePersonMayDecideInTwoStagesWhereTheRuleSaysSo(t *testing.T) {
	d := open(t)
	body := asks("Credits", "billing.credit", 1, role(access.Approver))
	body.Stages = append(body.Stages, rule.Stage{Mode: rule.Quorum, Min: 1, Who: []rule.Approver{role(access.Approver), role(access.PrivacyOfficer)}})
	body.SamePerson = true
	d.publish(body)
	r := d.submit(credit(5))
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.is(r.ID, approval.Pending)
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.is(r.ID, approval.Approved)
}

func TestALateClickIsToldWhatHappened(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.As(d.AgentGrant(d.Acme, access.RequestActions), func(tx *db.Tx) error { _, err := approval.Cancel(tx, r.ID, "taken back"); return err })
	_, err := d.vote("ann", r.ID, rule.Approve)
	refusedAs(t, err, fault.Conflict, "It was withdrawn by agent.")
	r = d.submit(refund("185.00"))
	d.must(d.vote("ann", r.ID, rule.Deny))
	_, err = d.vote("ben", r.ID, rule.Approve)
	refusedAs(t, err, fault.Conflict, "Already declined by Ann Keller at ")
	r = d.submit(refund("186.00"))
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.must(d.vote("ben", r.ID, rule.Approve))
	d.Pass(time.Hour)
	d.due(r.ID)
	_, err = d.vote("ben", r.ID, rule.Deny)
	refusedAs(t, err, fault.Conflict, "It is lapsed: It was not carried out in time.")
}
