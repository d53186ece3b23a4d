package approval_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
)

const behind = "You stand behind this request"

func TestWhoeverIsActedForCannotDecide(t *testing.T) {
	d := open(t)
	d.publish(asks("Credits", "billing.credit", 1, role(access.Approver), role(access.PrivacyOfficer)))
	second := d.join("ann2", "ann+second@acme.example", access.Approver)
	for i, ref := range []string{"ann@acme.example", "Ann+Tickets@ACME.example", d.Acme.People["ann"].PersonID.String(), second.String()} {
		a := credit(i + 1)
		a.OnBehalfOf = catalog.Subject{Kind: "user", Ref: ref}
		r := d.submit(a)
		for _, first := range []string{"ann", "ann2"} {
			_, err := d.vote(first, r.ID, rule.Approve)
			refusedAs(t, err, fault.Forbidden, behind)
			_, err = d.vote(first, r.ID, rule.Deny)
			refusedAs(t, err, fault.Forbidden, behind)
		}
		if to := d.letters(r.ID, "request.asked"); len(to) != 2 || slices.Contains(to, "ann@acme.example") {
			t.Errorf("for %s these are asked: %v", ref, to)
		}
		d.must(d.vote("ben", r.ID, rule.Approve))
		d.is(r.ID, approval.Approved)
	}
}

func TestWhoeverMadeTheAgentsTokenCannotDecide(t *testing.T) {
	d := open(t)
	d.publish(asks("Credits", "billing.credit", 1, role(access.Admin), role(access.Owner)))
	d.join("max2", "max+2@acme.example", access.Admin)
	d.Pass(25 * time.Hour) // so that Ada, who wrote the rule, can decide
	var made identity.Token
	d.As(d.Grant(d.Acme, "max", access.ManageTokens), func(tx *db.Tx) (err error) {
		made, _, err = identity.CreateToken(tx, identity.TokenDraft{Name: "max's agent", Scopes: []string{string(access.RequestActions)}, Days: 1})
		return err
	})
	g, err := access.Check(access.Actor{Kind: access.Token, ID: made.ID, Name: made.Name, Workspace: d.Acme.ID, Scopes: access.TokenScopes}, access.RequestActions)
	if err != nil {
		t.Fatal(err)
	}
	var r approval.Request
	d.As(g, func(tx *db.Tx) (err error) { r, _, err = d.room.Submit(tx, credit(5)); return err })
	for _, first := range []string{"max", "max2"} {
		_, err := d.vote(first, r.ID, rule.Approve)
		refusedAs(t, err, fault.Forbidden, behind)
	}
	d.As(d.Grant(d.Acme, "udo", access.SeeRules), func(tx *db.Tx) error {
		shown, err := approval.Show(tx, r.ID)
		if err != nil || shown.MadeBy != "Max Lindqvist" {
			t.Errorf("the request's page names %q, %v", shown.MadeBy, err)
		}
		a := credit(6)
		if free, err := d.room.Preview(tx, a); err != nil || free.MadeBy != "" || len(free.Tally.Stages[0].Eligible) != 3 {
			t.Errorf("tried for no agent: %q, %+v, %v", free.MadeBy, free.Tally, err)
		}
		a.Agent = made.ID
		tried, err := d.room.Preview(tx, a)
		if err != nil || tried.MadeBy != "Max Lindqvist" || len(tried.Tally.Stages[0].Eligible) != 1 {
			t.Errorf("tried for Max's agent: %q, %+v, %v", tried.MadeBy, tried.Tally, err)
		}
		return nil
	})
	d.As(d.Grant(d.Globex, "greta", access.SeeRules), func(tx *db.Tx) error { // somebody else's agent is nobody's here
		a := approval.Ask{Type: "fleet.server.reboot", Params: []byte(`{"n":7}`), Agent: made.ID}
		if tried, err := d.room.Preview(tx, a); err != nil || tried.MadeBy != "" {
			t.Errorf("another workspace is told %q, %v", tried.MadeBy, err)
		}
		return nil
	})
	d.must(d.vote("ada", r.ID, rule.Approve))
	d.is(r.ID, approval.Approved)
}

func TestARequesterWhoIsPromotedStillCannotDecide(t *testing.T) {
	d := open(t)
	d.publish(asks("Credits", "billing.credit", 1, role(access.Admin)))
	a := credit(5)
	a.OnBehalfOf = catalog.Subject{Kind: "user", Ref: "udo@acme.example"}
	r := d.submit(a)
	d.system(func(tx *db.Tx) error {
		m, err := workspace.ChangeRole(tx, d.Acme.People["udo"].PersonID, access.Auditor, access.Admin)
		d.Acme.People["udo"] = m
		return err
	})
	_, err := d.vote("udo", r.ID, rule.Approve)
	refusedAs(t, err, fault.Forbidden, behind)
	d.must(d.vote("max", r.ID, rule.Approve))
}

func TestWhoeverEditedTheRuleCannotDecideUnderItForADay(t *testing.T) {
	d := open(t)
	body := asks("Credits", "billing.credit", 1, role(access.Admin), role(access.Owner))
	id := d.publish(body) // written by Ada
	early := d.submit(credit(1))
	_, err := d.vote("ada", early.ID, rule.Approve)
	refusedAs(t, err, fault.Forbidden, "You changed the rule Credits lately")
	d.Pass(25 * time.Hour)
	d.must(d.vote("ada", early.ID, rule.Approve))

	waits := d.submit(credit(2)) // under the version that Max is about to change
	body.Reason = "Max knows why."
	d.As(d.Grant(d.Acme, "max", access.WriteRules), func(tx *db.Tx) error {
		v, err := rulebook.EditRule(tx, id, d.edit(tx, id), body)
		if err == nil {
			_, err = rulebook.SubmitRule(tx, id, v.Edit, "")
		}
		return err
	})
	d.must(d.vote("max", d.submit(credit(3)).ID, rule.Approve)) // a draft changes nothing yet
	d.As(d.Grant(d.Acme, "ada", access.WriteRules), func(tx *db.Tx) error {
		_, err := rulebook.PublishRule(tx, id, d.edit(tx, id))
		return err
	})
	for _, r := range []approval.Request{waits, d.submit(credit(4))} {
		_, err := d.vote("max", r.ID, rule.Approve)
		refusedAs(t, err, fault.Forbidden, "You changed the rule Credits lately")
		d.must(d.vote("ada", r.ID, rule.Approve))
	}
}

// edit is the count that a page of the rule would show.
func (d *desk) edit(tx *db.Tx, id uuid.UUID) int {
	versions, err := rulebook.Versions(tx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return versions[0].Edit
}

func TestARuleThatTooFewCanFollowBlocksAndTellsTheOwners(t *testing.T) {
	d := open(t)
	a := refund("184.00")
	a.OnBehalfOf = catalog.Subject{Kind: "user", Ref: "ann@acme.example"} // of the two that the rule asks
	r := d.submit(a)
	if word, _ := r.Decision(); r.State != approval.Undecidable || word != "blocked" || r.ClosedReason != "Too few people can decide this." {
		t.Fatalf("it is %s, %s: %s", r.State, word, r.ClosedReason)
	}
	if to := d.letters(r.ID, "request.undecidable"); !slices.Equal(to, []string{"ada@acme.example"}) {
		t.Errorf("told are %v", to)
	}
	_, err := d.vote("ben", r.ID, rule.Approve)
	refusedAs(t, err, fault.Conflict, "Too few people can decide this.")
	_, _, err = d.consume(r.ID, a)
	refusedAs(t, err, fault.Conflict, "This is blocked.")
}

func TestAVoteThatLeavesTooFewEndsTheRequest(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.system(func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, d.Acme.People["ben"].PersonID); return err })
	d.must(d.vote("ann", r.ID, rule.Approve))
	if got := d.is(r.ID, approval.Undecidable); got.ClosedReason != "Too few people are left who can decide this." {
		t.Errorf("closed as %s", got.ClosedReason)
	}
	if to := d.letters(r.ID, "request.undecidable"); !slices.Equal(to, []string{"ada@acme.example"}) {
		t.Errorf("told are %v", to)
	}
}

func TestTheQuorumIsNeverMadeSmaller(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.system(func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, d.Acme.People["ann"].PersonID); return err })
	d.must(d.vote("ben", r.ID, rule.Approve)) // the one who left does not count any more
	d.is(r.ID, approval.Undecidable)
}

func TestAnUnknownActionNeverPassesByItself(t *testing.T) {
	d := open(t)
	r := d.submit(approval.Ask{Type: "fleet.server.reboot", Params: json.RawMessage(`{"n":7}`)})
	if r.State != approval.Pending || r.Proof < catalog.StepUp {
		t.Errorf("it is %s, proof %d", r.State, r.Proof)
	}
}
