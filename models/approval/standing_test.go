package approval_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/workspace"
)

// more makes n more requests that wait like this one, as if they had been asked.
func (d *desk) more(r approval.Request, n int) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		return tx.Gorm().Exec(`insert into action_requests (workspace_id, id, ref, state, type, type_version, params, canonical, digest, target, fingerprint,
			sentence, words, risk, proof, plan, rules_edition, reasons, token_id, created_at, expires_at)
			select workspace_id, gen_random_uuid(), 1000 + n, 'pending', type, type_version, params, canonical, n::text, target, sha256(n::text::bytea),
			sentence, words, risk, proof, plan, rules_edition, reasons, token_id, created_at, expires_at
			from action_requests, generate_series(1, ?) n where id = ?`, n, r.ID).Error
	})
}

func TestAnAgentThatAsksWithoutEndIsStopped(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.more(r, 498)
	last := d.submit(refund("183.00"))
	if got := d.submit(refund("185.00")); got.State != approval.Blocked || !contains(got.Reasons.V[0].Text, "500 requests waiting") {
		t.Errorf("one more is %s, %v", got.State, got.Reasons.V)
	}
	if to := d.letters(last.ID, approval.LetterCapped); !slices.Equal(to, []string{"ada@acme.example"}) {
		t.Errorf("told of it are %v", to)
	}
	d.As(d.AgentGrant(d.Acme, access.RequestActions), func(tx *db.Tx) error { _, err := approval.Cancel(tx, last.ID, "no need"); return err })
	if again := d.submit(refund("182.00")); again.State != approval.Pending || len(d.letters(again.ID, approval.LetterCapped)) > 0 {
		t.Errorf("the next one is %s, or Owners are told twice a day", again.State)
	}
	if got := d.submit(refund("184.00")); got.ID != r.ID {
		t.Error("an identical ask did not join the open one")
	}
	d.As(d.Grant(d.Acme, "ada", access.SeeRules), func(tx *db.Tx) error { // the cap is the agent's, not everybody's
		p, err := d.room.Preview(tx, refund("185.00"))
		if p.State != approval.Pending {
			t.Errorf("tried by hand it is %s", p.State)
		}
		return err
	})
}

func TestAWindowLeavesOutTheRequestThatIsConsumed(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.must(d.vote("ann", r.ID, rule.Approve))
	d.must(d.vote("ben", r.ID, rule.Approve))
	day := asks("Much in a day", "billing.refund", 1, role(access.Admin))
	day.Where = where(t, `{"field":"window.sum.amount.subject.24h","op":">","value":{"money":"300.00","currency":"EUR"}}`)
	d.publish(day)
	if _, got, err := d.consume(r.ID, refund("184.00")); err != nil || got.State != approval.Consumed {
		t.Errorf("184 EUR in a day are %s (%s), %v", got.State, got.ClosedReason, err)
	}
	if next := d.submit(refund("120.00")); len(next.Reasons.V) != 2 {
		t.Errorf("304 EUR in a day ask for %v", next.Reasons.V)
	}
}

func TestAStricterRuleEndsAnApprovalAndAnEqualOneDoesNot(t *testing.T) {
	d := open(t)
	one, two := d.submit(refund("184.00")), d.submit(refund("185.00"))
	for _, r := range []approval.Request{one, two} {
		d.must(d.vote("ann", r.ID, rule.Approve))
		d.must(d.vote("ben", r.ID, rule.Approve))
	}
	same := asks("Same again", "billing.refund", 2, rule.Approver{Kind: rule.GroupKind, Ref: d.Acme.Billing.ID.String()})
	d.publish(same)
	if _, got, err := d.consume(one.ID, refund("184.00")); err != nil || got.State != approval.Consumed {
		t.Errorf("under a rule that asks the same it is %s (%s), %v", got.State, got.ClosedReason, err)
	}
	d.publish(asks("An Admin too", "billing.refund", 1, role(access.Admin)))
	_, got, err := d.consume(two.ID, refund("185.00"))
	if err != nil || got.State != approval.Superseded || !contains(got.ClosedReason, "The rules now ask for more") {
		t.Errorf("under a stricter rule it is %s (%s), %v", got.State, got.ClosedReason, err)
	}
	if acts := d.acts(two.ID); acts["request.superseded"] != 1 {
		t.Errorf("the trail holds %v", acts)
	}
	if again := d.submit(refund("185.00")); again.ID == two.ID || again.State != approval.Pending || len(again.Reasons.V) != 3 {
		t.Errorf("asked again: %s %v", again.State, again.Reasons.V)
	}
}

// An approval that was not used yet is looked at anew when more people must agree.
func TestWhatFewerPeopleApprovedIsAskedAnewOnceMoreMustAgree(t *testing.T) {
	d := open(t)
	a := approval.Ask{Type: "registrar.domain.transfer_out", Params: json.RawMessage(`{"domain":"example.com"}`)}
	r := d.submit(a)
	d.must(d.proved("max", r.ID, rule.Approve))
	d.is(r.ID, approval.Approved)
	d.As(d.Grant(d.Acme, "ada", access.ManageWorkspace), func(tx *db.Tx) error {
		w, err := workspace.Here(tx)
		if err == nil {
			_, err = workspace.ChangeSettings(tx, workspace.Settings{Name: w.Name, TimeZone: w.TimeZone, People: 2, Version: w.Version})
		}
		return err
	})
	if _, got, err := d.consume(r.ID, a); err != nil || got.State != approval.Superseded {
		t.Errorf("consuming it gives %s, %v", got.State, err)
	}
	if again := d.submit(a); again.State != approval.Pending || again.Plan.V.Stages[0].Min != 2 {
		t.Errorf("asked anew it is %s, %+v", again.State, again.Plan.V.Stages)
	}
}
