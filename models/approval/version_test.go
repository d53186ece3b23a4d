package approval_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
)

// release is what a deployment with a newer catalog does: the type has another version, and rules are
// compiled anew.
func (d *desk) release(next *catalog.ActionType) {
	d.t.Helper()
	d.t.Cleanup(catalog.Add(next))
	d.room.Books = rulebook.NewBooks()
}

// withReason is the next version of a refund: it needs a reason, and is called otherwise.
func withReason() *catalog.ActionType {
	was, _ := catalog.Find("billing.refund")
	next := *was
	next.Version++
	next.Display = "Pay {amount} {currency} back to client {client_id}"
	next.Params = append(slices.Clone(was.Params), catalog.Param{Name: "reason", Label: "Reason", Type: catalog.String, Required: true})
	return &next
}

func TestARequestIsShownDecidedAndConsumedUnderTheVersionItWasAskedUnder(t *testing.T) {
	d := open(t)
	a := refund("184.00")
	r := d.submit(a)
	d.release(withReason())

	shown := d.find(r.ID)
	if shown.Action() == nil || shown.Action().Version != 1 || shown.Sentence != r.Sentence || len(shown.Facts()) != len(r.Facts()) {
		t.Errorf("it is shown as %q by %+v", shown.Sentence, shown.Action())
	}
	if !shown.Action().TargetMatches(shown.Values(), "20418") {
		t.Error("its target cannot be typed any more")
	}
	for _, first := range []string{"ann", "ben"} {
		d.must(d.vote(first, r.ID, rule.Approve))
	}
	d.publish(rule.Body{Name: "Another edition", Actions: []string{"dns.zone.delete"}, Effect: rule.Block}) // so that the rules are looked at anew

	newer := a
	newer.Params = json.RawMessage(`{"client_id":"20418","amount":"184.00","currency":"EUR","reason":"Charged twice"}`)
	if _, _, err := d.consume(r.ID, newer); !fault.Is(err, fault.Invalid) {
		t.Errorf("the newer action is told %v", err)
	}
	dearer := refund("185.00")
	if _, _, err := d.consume(r.ID, dearer); fault.As(err) == nil || fault.As(err).Finer != fault.Mismatch {
		t.Errorf("another action is told %v", err)
	}
	ticket, got, err := d.consume(r.ID, a)
	if err != nil || got.State != approval.Consumed || ticket.Receipt == nil {
		t.Fatalf("it is %s: %v", got.State, err)
	}
}

// renamed is the next version of a refund: it reads the same parameters.
func renamed() *catalog.ActionType {
	next := withReason()
	next.Params = next.Params[:len(next.Params)-1]
	return next
}

func TestWhatWasAskedBeforeAReleaseIsNotAskedOnceMoreAfterIt(t *testing.T) {
	d := open(t)
	before, declined := d.submit(refund("184.00")), d.submit(refund("185.00"))
	d.must(d.vote("ann", declined.ID, rule.Deny))
	d.release(renamed())
	d.As(d.AgentGrant(d.Acme, access.RequestActions), func(tx *db.Tx) error {
		r, joined, err := d.room.Submit(tx, refund("184.00"))
		if !joined || r.ID != before.ID || r.TypeVersion != 1 || r.Digest != before.Digest {
			t.Errorf("the same ask gives AR-%d, joined: %v", r.Ref, joined)
		}
		return err
	})
	if r := d.submit(refund("185.00")); r.State != approval.Blocked || !contains(r.Reasons.V[0].Text, "A person declined the same ask") {
		t.Errorf("what was declined is %s: %v", r.State, r.Reasons.V)
	}
	if r := d.submit(refund("186.00")); r.TypeVersion != 2 || r.State != approval.Pending {
		t.Errorf("another ask is %s by version %d", r.State, r.TypeVersion)
	}
	for _, first := range []string{"ann", "ben"} {
		d.must(d.vote(first, before.ID, rule.Approve))
	}
	if _, got, err := d.consume(before.ID, refund("184.00")); err != nil || got.State != approval.Consumed {
		t.Errorf("it is %s: %v", got.State, err)
	}
}

func TestANewAskIsReadByTheNewestVersionAndRulesAreAboutIt(t *testing.T) {
	d := open(t)
	before := d.submit(refund("184.00"))
	d.release(withReason())
	err := d.Try(d.AgentGrant(d.Acme, access.RequestActions), func(tx *db.Tx) error { _, _, err := d.room.Submit(tx, refund("184.00")); return err })
	if f := fault.As(err); f == nil || len(f.Fields) != 1 {
		t.Errorf("without the reason it is told %v", err)
	}
	a := refund("184.00")
	a.Params = json.RawMessage(`{"client_id":"20418","amount":"184.00","currency":"EUR","reason":"Charged twice"}`)
	r := d.submit(a)
	if r.TypeVersion != 2 || r.State != approval.Pending || r.Digest == before.Digest || r.Sentence != "Pay 184.00 EUR back to client 20418" {
		t.Errorf("version %d is %s: %s", r.TypeVersion, r.State, r.Sentence)
	}
}

func TestWhatWasUnknownWhenItWasAskedStaysSoAndIsConsumed(t *testing.T) {
	d := open(t)
	a := approval.Ask{Type: "billing.write_off", Workflow: "billing-desk", Params: json.RawMessage(`{"client_id":"20418","note":"old debt"}`)}
	r := d.submit(a)
	next := *withReason()
	next.Key, next.Version = a.Type, 1
	d.release(&next)
	if shown := d.find(r.ID); shown.Action() != nil || len(shown.Facts()) != 2 {
		t.Errorf("it is shown by %+v: %v", shown.Action(), shown.Facts())
	}
	for _, first := range []string{"ada", "max"} {
		if d.find(r.ID).State == approval.Pending {
			d.must(d.proved(first, r.ID, rule.Approve))
		}
	}
	if _, got, err := d.consume(r.ID, a); err != nil || got.State != approval.Consumed {
		t.Errorf("it is %s: %v", got.State, err)
	}
}
