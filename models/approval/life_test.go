package approval_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/internal/seal"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/catalog"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/modelstest"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rule/condition"
	"github.com/jexi/portal/models/rulebook"
)

// desk is Acme with a connected billing system and a rule for refunds.
type desk struct {
	*modelstest.World
	t    *testing.T
	room approval.Room
	safe integration.Safe
	conn integration.Connection
	rule uuid.UUID
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{World: modelstest.New(t), t: t}
	signer, err := seal.ParseSigner(seal.NewSigningKey())
	if err != nil {
		t.Fatal(err)
	}
	encoded, _ := seal.NewKeyset()
	keyset, err := seal.ParseKeyset(encoded)
	if err != nil {
		t.Fatal(err)
	}
	d.room = approval.Room{Signer: signer, Books: rulebook.NewBooks()}
	d.safe = integration.Safe{Keyset: keyset}
	d.conn = d.connect("whmcs")
	d.rule = d.publish(rule.Body{Name: "Refunds over 50 EUR", Actions: []string{"billing.refund"}, Effect: rule.RequireApproval, DecideWithin: 24 * 60, ExecuteWithin: 30,
		Where:  where(t, `{"field":"params.amount","op":">","value":{"money":"50.00","currency":"EUR"}}`),
		Stages: []rule.Stage{{Mode: rule.Quorum, Min: 2, Who: []rule.Approver{{Kind: rule.GroupKind, Ref: d.Acme.Billing.ID.String()}}}}})
	return d
}

func where(t *testing.T, text string) (c condition.Condition) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *desk) connect(kind string) (c integration.Connection) {
	d.t.Helper()
	k, ok := catalog.FindKind(kind)
	if !ok {
		d.t.Fatalf("no kind %s", kind)
	}
	draft := integration.NewDraft(k, d.Acme.People["ada"].PersonID)
	draft.Settings = map[string]string{}
	for _, f := range k.Fields {
		if f.Secret {
			draft.Key = seal.NewSecret("k-" + uuid.NewString())
		} else {
			draft.Settings[f.Name] = f.Example
		}
	}
	draft.Scopes = nil
	for _, s := range k.Scopes {
		draft.Scopes = append(draft.Scopes, s.Name)
	}
	d.As(d.Grant(d.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) (err error) {
		c, err = d.safe.Connect(tx, draft)
		return err
	})
	return c
}

// publish lets Ada write and submit a rule and Max publish it.
func (d *desk) publish(body rule.Body) (id uuid.UUID) {
	d.t.Helper()
	d.As(d.Grant(d.Acme, "ada", access.WriteRules), func(tx *db.Tx) error {
		v, err := rulebook.CreateRule(tx, body)
		if id = v.RuleID; err == nil {
			_, err = rulebook.SubmitRule(tx, id, v.Edit, "")
		}
		return err
	})
	d.As(d.Grant(d.Acme, "max", access.WriteRules), func(tx *db.Tx) error {
		_, err := rulebook.PublishRule(tx, id, 1)
		return err
	})
	return id
}

func refund(amount string) approval.Ask {
	return approval.Ask{Type: "billing.refund", Params: json.RawMessage(`{"client_id":"20418","amount":"` + amount + `","currency":"EUR"}`),
		Workflow: "billing-desk", OnBehalfOf: catalog.Subject{Kind: "client", Ref: "20418", TicketRef: "58213"}, Explanation: "Charged twice."}
}

func (d *desk) submit(a approval.Ask) (r approval.Request) {
	d.t.Helper()
	d.As(d.AgentGrant(d.Acme, access.RequestActions), func(tx *db.Tx) (err error) {
		r, _, err = d.room.Submit(tx, a)
		return err
	})
	return r
}

func (d *desk) vote(first string, id uuid.UUID, choice rule.VoteChoice) (r approval.Request, err error) {
	err = d.Try(d.Grant(d.Acme, first, access.DecideRequest), func(tx *db.Tx) (err error) {
		r, err = d.room.Decide(tx, approval.Ballot{Request: id, Choice: choice, Reason: "because"}, false)
		return err
	})
	return r, err
}

func (d *desk) consume(id uuid.UUID, a approval.Ask) (t approval.Ticket, r approval.Request, err error) {
	err = d.Try(d.AgentGrant(d.Acme, access.ConsumeActions), func(tx *db.Tx) (err error) {
		t, r, err = d.room.Consume(tx, id, a)
		return err
	})
	return t, r, err
}

func TestARefundWaitsForTwoPeopleAndIsConsumedOnce(t *testing.T) {
	d := open(t)
	if small := d.submit(refund("49.00")); small.State != approval.Allowed {
		t.Fatalf("a refund of 49 EUR is %s: %v", small.State, small.Reasons.V)
	}
	r := d.submit(refund("184.00"))
	if r.State != approval.Pending || r.Proof != catalog.CodeTarget {
		t.Fatalf("a refund of 184 EUR is %s, proof %d: %v", r.State, r.Proof, r.Reasons.V)
	}
	if _, _, err := d.consume(r.ID, refund("184.00")); !fault.Is(err, fault.Conflict) {
		t.Errorf("consuming what waits gives %v", err)
	}
	if got, err := d.vote("ann", r.ID, rule.Approve); err != nil || got.State != approval.Pending {
		t.Fatalf("after one vote: %s, %v", got.State, err)
	}
	if _, err := d.vote("ann", r.ID, rule.Approve); !fault.Is(err, fault.Conflict) {
		t.Errorf("Ann votes twice: %v", err)
	}
	if _, err := d.vote("pia", r.ID, rule.Approve); !fault.Is(err, fault.Forbidden) {
		t.Errorf("Pia, who was not asked, votes: %v", err)
	}
	got, err := d.vote("ben", r.ID, rule.Approve)
	if err != nil || got.State != approval.Approved {
		t.Fatalf("after two votes: %s, %v", got.State, err)
	}
	if _, err := d.vote("ann", r.ID, rule.Deny); !fault.Is(err, fault.Conflict) {
		t.Errorf("a late click: %v", err)
	}
	if _, _, err := d.consume(r.ID, refund("185.00")); !fault.Is(err, fault.Conflict) {
		t.Errorf("another amount is consumed: %v", err)
	}
	ticket, after, err := d.consume(r.ID, refund("184.00"))
	if err != nil || after.State != approval.Consumed || ticket.Until.Sub(*after.ConsumedAt) != time.Minute || ticket.Receipt == nil {
		t.Fatalf("consume: %+v %s %v", ticket, after.State, err)
	}
	if _, _, err := d.consume(r.ID, refund("184.00")); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second consume: %v", err)
	}
	d.As(d.AgentGrant(d.Acme, access.ReportActions), func(tx *db.Tx) error {
		r, err := approval.Report(tx, r.ID, approval.Outcome{Status: approval.Succeeded, ExternalRef: "RF-1"})
		if r.State != approval.Succeeded {
			t.Errorf("reported: %s", r.State)
		}
		return err
	})
}

func TestNobodyDecidesInTimeAndItExpires(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.Pass(25 * time.Hour)
	if _, err := d.vote("ann", r.ID, rule.Approve); !fault.Is(err, fault.Conflict) {
		t.Errorf("a vote after the deadline: %v", err)
	}
	d.As(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error {
		got, err := d.room.Pass(tx, r.ID)
		if got.State != approval.Expired {
			t.Errorf("it is %s", got.State)
		}
		return err
	})
}
