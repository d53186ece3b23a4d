package approval_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
)

// asks has the agent ask for a refund to one client, so that none joins another.
func (d *desk) asks(client, amount string) approval.Request {
	d.t.Helper()
	a := refund(amount)
	a.Params = json.RawMessage(`{"client_id":"` + client + `","amount":"` + amount + `","currency":"EUR"}`)
	return d.submit(a)
}

func (d *desk) use(first string) (use map[uuid.UUID]approval.Use) {
	d.t.Helper()
	d.As(d.Grant(d.Acme, first, access.SeeRules), func(tx *db.Tx) (err error) {
		use, err = approval.RuleUse(tx)
		return err
	})
	return use
}

func TestWhatCameOfARuleIsCountedOverThirtyDays(t *testing.T) {
	d := open(t)
	block := d.publish(rule.Body{Name: "Never above 5000", Actions: []string{"billing.refund"}, Effect: rule.Block,
		Where: where(t, `{"field":"params.amount","op":">","value":{"money":"5000.00","currency":"EUR"}}`)})
	old := d.asks("1", "60.00")
	d.Pass(31 * 24 * time.Hour)
	d.As(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error { _, err := d.room.Pass(tx, old.ID); return err })

	approved := d.asks("2", "60.00")
	for _, first := range []string{"ann", "ben"} {
		if _, err := d.vote(first, approved.ID, rule.Approve); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.vote("ann", d.asks("3", "60.00").ID, rule.Deny); err != nil {
		t.Fatal(err)
	}
	d.asks("4", "60.00")
	d.asks("5", "49.00")
	d.asks("6", "9000.00")
	use := d.use("udo")
	if got, want := use[d.rule], (approval.Use{Asked: 3, Approved: 1, Declined: 1, Waiting: 1}); got != want {
		t.Errorf("the rule that asks: %+v, want %+v", got, want)
	}
	if got, want := use[block], (approval.Use{Blocked: 1}); got != want {
		t.Errorf("the rule that blocks: %+v, want %+v", got, want)
	}
	d.As(d.Grant(d.Globex, "greta", access.SeeRules), func(tx *db.Tx) error {
		theirs, err := approval.RuleUse(tx)
		if len(theirs) > 0 {
			t.Errorf("Globex sees %v", theirs)
		}
		return err
	})
}

func TestTheListKnowsWhatIsLiveWhatWaitsAndWhatEnded(t *testing.T) {
	d := open(t)
	as := func(first string, fn func(tx *db.Tx) error) {
		t.Helper()
		d.As(d.Grant(d.Acme, first, access.WriteRules), fn)
	}
	row := func(id uuid.UUID) (out *rulebook.RuleRow) {
		t.Helper()
		as("ada", func(tx *db.Tx) error {
			all, err := rulebook.ListRules(tx)
			for i := range all {
				if all[i].ID == id {
					out = &all[i]
				}
			}
			return err
		})
		return out
	}
	body := rule.Body{Name: "No zones", Actions: []string{"dns.zone.delete"}, Effect: rule.Block}
	var v rulebook.Version
	as("ada", func(tx *db.Tx) (err error) { v, err = rulebook.CreateRule(tx, body); return err })
	if r := row(v.RuleID); r == nil || r.Live != nil || r.Open == nil || r.Shown().Body.V.Name != "No zones" {
		t.Fatalf("a draft: %+v", r)
	}
	as("ada", func(tx *db.Tx) (err error) { _, err = rulebook.DiscardDraft(tx, v.RuleID, v.Edit); return err })
	if r := row(v.RuleID); r != nil {
		t.Errorf("a rule that never lived is listed: %+v", r)
	}
	id := d.publish(body)
	as("max", func(tx *db.Tx) (err error) {
		body.Name = "No zones at all"
		v, err = rulebook.EditRule(tx, id, 2, body)
		return err
	})
	if r := row(id); r.Live == nil || r.Open == nil || r.Shown().N != 1 || *r.ChangedBy != d.Acme.People["max"].PersonID {
		t.Errorf("a rule with a draft: %+v", r)
	}
	as("max", func(tx *db.Tx) (err error) { _, err = rulebook.DiscardDraft(tx, id, v.Edit); return err })
	as("max", func(tx *db.Tx) (err error) { v, err = rulebook.RetireRule(tx, id, "not needed"); return err })
	if v.Body.V.Name != "No zones" {
		t.Errorf("retired is %q, which was never live", v.Body.V.Name)
	}
	as("ada", func(tx *db.Tx) (err error) { v, err = rulebook.PublishRule(tx, id, v.Edit); return err })
	if r := row(id); r.Live != nil || r.Open != nil || r.Retired == nil || r.Shown().Body.V.Name != "No zones" {
		t.Errorf("a retired rule: %+v", r)
	}
	as("max", func(tx *db.Tx) (err error) { v, err = rulebook.EditRule(tx, id, v.Edit, body); return err })
	as("max", func(tx *db.Tx) (err error) { v, err = rulebook.SubmitRule(tx, id, v.Edit, ""); return err })
	as("ada", func(tx *db.Tx) (err error) { _, err = rulebook.PublishRule(tx, id, v.Edit); return err })
	if r := row(id); r.Live == nil || r.Retired != nil || r.Live.Body.V.Name != "No zones at all" {
		t.Errorf("a rule that was taken up again: %+v", r)
	}
}

func TestAnUnchangedDraftIsNotTakenOutOfReview(t *testing.T) {
	d := open(t)
	var v rulebook.Version
	body := rule.Body{Name: "No zones", Actions: []string{"dns.zone.delete"}, Effect: rule.Block}
	d.As(d.Grant(d.Acme, "ada", access.WriteRules), func(tx *db.Tx) (err error) {
		if v, err = rulebook.CreateRule(tx, body); err != nil {
			return err
		}
		if v, err = rulebook.SubmitRule(tx, v.RuleID, v.Edit, "please"); err != nil {
			return err
		}
		if v, err = rulebook.EditRule(tx, v.RuleID, v.Edit, body); v.State != rulebook.InReview || v.Edit != 1 {
			t.Errorf("the same again makes it %s, edit %d", v.State, v.Edit)
		}
		if err != nil {
			return err
		}
		body.Reason = "Zones cannot come back."
		if v, err = rulebook.EditRule(tx, v.RuleID, v.Edit, body); v.State != rulebook.Draft || v.Edit != 2 || v.ChangeNote != "please" {
			t.Errorf("another text leaves it %s, edit %d, note %q", v.State, v.Edit, v.ChangeNote)
		}
		return err
	})
}

func TestADraftCanBeTriedAsIfItWereLive(t *testing.T) {
	d := open(t)
	for amount, want := range map[string]approval.State{"60.00": approval.Allowed, "600.00": approval.Blocked} {
		asIf := rule.Rule{ID: d.rule, Version: 9, Body: rule.Body{Name: "Stricter", Actions: []string{"billing.refund"}, Effect: rule.Block,
			Where: where(t, `{"field":"params.amount","op":">","value":{"money":"500.00","currency":"EUR"}}`)}}
		d.As(d.Grant(d.Acme, "udo", access.SeeRules), func(tx *db.Tx) error {
			p, err := d.room.Preview(tx, refund(amount), asIf)
			if p.State != want || len(p.Trace.Rules) != 1 || p.Trace.Rules[0].Version != 9 {
				t.Errorf("%s: %s by %+v", amount, p.State, p.Trace.Rules)
			}
			return err
		})
	}
	if r := d.submit(refund("60.00")); r.State != approval.Pending {
		t.Errorf("trying it made it live: a refund is %s", r.State)
	}
}

// staff is who is there to follow the rules, as this person reads it.
func (d *desk) staff(p modelstest.Place, first string) (s rulebook.Staffing) {
	d.t.Helper()
	d.As(d.Grant(p, first, access.SeeRules), func(tx *db.Tx) (err error) { s, err = rulebook.Staff(tx); return err })
	return s
}

func TestLiveRulesAndOpenDraftsSayThatTheyAreShortOfPeople(t *testing.T) {
	d := open(t) // its rule needs two of Billing, who are Ann and Ben
	body, edit := d.body()
	body.Name = "Refunds, drafted"
	if _, err := d.change("max", d.rule, edit, body); err != nil {
		t.Fatal(err)
	}
	s := d.staff(d.Acme, "udo")
	if short := s.Short(); len(short) > 0 {
		t.Errorf("with two people it is short: %+v", short)
	}
	ben := d.Acme.People["ben"].PersonID
	ends := s.Ends(s.Dir.Without(ben))
	if len(ends) != 2 || ends[0].Draft || !ends[1].Draft || ends[0].Have != 1 || ends[0].Need != 2 || ends[1].Name != "Refunds, drafted" {
		t.Errorf("without Ben these end: %+v", ends)
	}
	d.system(func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, ben); return err })
	s = d.staff(d.Acme, "udo")
	if short := s.Short(); len(short) != 2 || !short[0].Blocks {
		t.Errorf("once Ben has left these are short: %+v", short)
	}
	if again := s.Ends(s.Dir.Without(d.Acme.People["ann"].PersonID)); len(again) > 0 {
		t.Errorf("what nobody could decide before ends once more: %+v", again)
	}
	if other := d.staff(d.Globex, "greta"); len(other.Rules) > 0 || len(other.Short()) > 0 {
		t.Errorf("another workspace is told of %+v", other.Rules)
	}
}
