package approval_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
	"github.com/jexi/portal/models/rulebook"
	"github.com/jexi/portal/models/workspace"
)

// by does something with the rules as this person.
func (d *desk) by(first string, fn func(tx *db.Tx) (rulebook.Version, error)) (v rulebook.Version, err error) {
	err = d.Try(d.Grant(d.Acme, first, access.WriteRules), func(tx *db.Tx) (err error) { v, err = fn(tx); return err })
	return v, err
}

func (d *desk) change(first string, id uuid.UUID, edit int, body rule.Body) (rulebook.Version, error) {
	return d.by(first, func(tx *db.Tx) (rulebook.Version, error) { return rulebook.EditRule(tx, id, edit, body) })
}

func (d *desk) submitRule(first string, id uuid.UUID, edit int) (rulebook.Version, error) {
	return d.by(first, func(tx *db.Tx) (rulebook.Version, error) { return rulebook.SubmitRule(tx, id, edit, "why") })
}

func (d *desk) publishRule(first string, id uuid.UUID, edit int) (rulebook.Version, error) {
	return d.by(first, func(tx *db.Tx) (rulebook.Version, error) { return rulebook.PublishRule(tx, id, edit) })
}

// submitted is a change of the desk's rule that waits for a second admin.
func (d *desk) submitted(first string, edit int, body rule.Body) rulebook.Version {
	d.t.Helper()
	v, err := d.change(first, d.rule, edit, body)
	if err == nil {
		v, err = d.submitRule(first, d.rule, v.Edit)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// body is the desk's rule as it stands.
func (d *desk) body() (b rule.Body, edit int) {
	d.t.Helper()
	d.system(func(tx *db.Tx) error {
		versions, err := rulebook.Versions(tx, d.rule)
		b, edit = versions[0].Body.V, versions[0].Edit
		return err
	})
	return b, edit
}

// stricter is the desk's rule with a limit of its own choice.
func (d *desk) limit(euros string) rule.Body {
	d.t.Helper()
	b, _ := d.body()
	b.Where = where(d.t, `{"field":"params.amount","op":">","value":{"money":"`+euros+`","currency":"EUR"}}`)
	return b
}

func TestASecondAdminPublishesAndOnlyThenItCounts(t *testing.T) {
	d := open(t)
	_, edit := d.body()
	v, err := d.change("max", d.rule, edit, d.limit("20.00"))
	if err != nil || v.State != rulebook.Draft || v.N != 2 {
		t.Fatalf("%+v %v", v, err)
	}
	_, err = d.publishRule("ada", d.rule, v.Edit)
	refusedAs(t, err, fault.Conflict, "Version 2 is a draft that was not submitted")
	if v, err = d.submitRule("max", d.rule, v.Edit); err != nil || v.State != rulebook.InReview || v.PublishAfter != nil {
		t.Fatalf("%+v %v", v, err)
	}
	_, err = d.publishRule("max", d.rule, v.Edit)
	refusedAs(t, err, fault.Forbidden, "a second Admin or Owner must publish it")
	waits := d.submit(refund("60.00"))
	if r := d.submit(refund("30.00")); r.State != approval.Allowed {
		t.Errorf("before it is published 30 EUR are %s", r.State)
	}
	if v, err = d.publishRule("ada", d.rule, v.Edit); err != nil || v.State != rulebook.Live {
		t.Fatalf("%+v %v", v, err)
	}
	if r := d.submit(refund("31.00")); r.State != approval.Pending || r.Reasons.V[0].Version != 2 {
		t.Errorf("afterwards 31 EUR are %s, %v", r.State, r.Reasons.V)
	}
	if r := d.find(waits.ID); r.Reasons.V[0].Version != 1 || r.State != approval.Pending {
		t.Errorf("what waited moved to version %d", r.Reasons.V[0].Version)
	}
	d.system(func(tx *db.Tx) error {
		versions, err := rulebook.Versions(tx, d.rule)
		if len(versions) != 2 || versions[1].State != rulebook.VersionOver || versions[1].EndedAt == nil {
			t.Errorf("the versions are %+v", versions)
		}
		return err
	})
}

func TestASystemCannotPublishWhatNobodyLeftToItsClock(t *testing.T) {
	d := open(t)
	_, edit := d.body()
	v := d.submitted("max", edit, d.limit("5000.00"))
	err := d.Try(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) error { _, err := rulebook.PublishRule(tx, d.rule, v.Edit); return err })
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("told %v", err)
	}
}

func TestAStaleEditOfARuleChangesNothing(t *testing.T) {
	d := open(t)
	_, edit := d.body()
	v, err := d.change("max", d.rule, edit, d.limit("20.00"))
	if err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() (rulebook.Version, error){
		"edit":    func() (rulebook.Version, error) { return d.change("ada", d.rule, edit, d.limit("90.00")) },
		"submit":  func() (rulebook.Version, error) { return d.submitRule("ada", d.rule, edit) },
		"publish": func() (rulebook.Version, error) { return d.publishRule("ada", d.rule, edit) },
		"discard": func() (rulebook.Version, error) {
			return d.by("ada", func(tx *db.Tx) (rulebook.Version, error) { return rulebook.DiscardDraft(tx, d.rule, edit) })
		},
	} {
		_, err := try()
		if !fault.Is(err, fault.Stale) {
			t.Errorf("%s: told %v", what, err)
		}
	}
	if b, now := d.body(); now != v.Edit || b.Where.Field != "params.amount" {
		t.Errorf("it was changed: %+v", b)
	}
}

func TestAnEditDuringReviewTakesItBackToADraft(t *testing.T) {
	d := open(t)
	_, edit := d.body()
	v, _ := d.change("max", d.rule, edit, d.limit("20.00"))
	reviewed, err := d.submitRule("max", d.rule, v.Edit)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = d.change("max", d.rule, reviewed.Edit, d.limit("5000.00")); err != nil || v.State != rulebook.Draft || v.N != 2 {
		t.Fatalf("%+v %v", v, err)
	}
	_, err = d.publishRule("ada", d.rule, reviewed.Edit) // what Ada read is not what stands there
	if !fault.Is(err, fault.Stale) {
		t.Errorf("told %v", err)
	}
}

func TestTwoPublishAtOnceAndOneIsTold(t *testing.T) {
	d := open(t)
	d.join("mia", "mia@acme.example", access.Admin)
	before := d.number("select rules_edition from workspaces where slug = 'acme'")
	_, edit := d.body()
	v := d.submitted("max", edit, d.limit("20.00"))
	won := 0
	for _, err := range atOnce(
		func() error { _, err := d.publishRule("ada", d.rule, v.Edit); return err },
		func() error { _, err := d.publishRule("mia", d.rule, v.Edit); return err },
		func() error { _, err := d.publishRule("ada", d.rule, v.Edit); return err },
	) {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Conflict) {
			t.Errorf("a loser is told %v", err)
		}
	}
	if n := d.number("select count(*) from rule_versions where rule_id = ? and state = 'live'", d.rule); won != 1 || n != 1 {
		t.Errorf("%d published, %d live", won, n)
	}
	if after := d.number("select rules_edition from workspaces where slug = 'acme'"); after != before+1 {
		t.Errorf("the edition went from %d to %d", before, after)
	}
}

func TestARequestIsBornUnderOneEditionWhileRulesArePublished(t *testing.T) {
	d := open(t)
	agent := d.AgentGrant(d.Acme, access.RequestActions)
	for i := range 8 {
		_, edit := d.body()
		limit := []string{"20.00", "50.00"}[i%2]
		v := d.submitted("max", edit, d.limit(limit))
		fns := []func() error{func() error { _, err := d.publishRule("ada", d.rule, v.Edit); return err }}
		for j := range 5 {
			a := refund("30.0" + string(rune('0'+j)))
			a.OnBehalfOf.TicketRef = uuid.NewString()
			fns = append(fns, func() error {
				return d.Try(agent, func(tx *db.Tx) error { _, _, err := d.room.Submit(tx, a); return err })
			})
		}
		for _, err := range atOnce(fns...) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	// Edition 1 asks from 50 EUR, the even ones from 20: every request must agree with the one it names.
	if n := d.number("select count(*) from action_requests where (state = 'pending') <> (rules_edition % 2 = 0)"); n > 0 {
		t.Errorf("%d requests were judged by another edition than they name", n)
	}
	if n := d.number("select count(distinct rules_edition) from action_requests"); n < 3 {
		t.Errorf("requests were born under %d editions only", n)
	}
}

func TestARetiredRuleStopsAskingAndWhatWaitsGoesOn(t *testing.T) {
	d := open(t)
	waits := d.submit(refund("184.00"))
	v, err := d.by("ada", func(tx *db.Tx) (rulebook.Version, error) { return rulebook.RetireRule(tx, d.rule, "not needed") })
	if err != nil || v.State != rulebook.InReview {
		t.Fatalf("%+v %v", v, err)
	}
	_, err = d.publishRule("ada", d.rule, v.Edit)
	refusedAs(t, err, fault.Forbidden, "second Admin")
	if r := d.submit(refund("185.00")); r.State != approval.Pending {
		t.Errorf("while it waits for a second admin 185 EUR are %s", r.State)
	}
	if v, err = d.publishRule("max", d.rule, v.Edit); err != nil || v.State != rulebook.VersionRetired {
		t.Fatalf("%+v %v", v, err)
	}
	if r := d.submit(refund("186.00")); r.State != approval.Allowed {
		t.Errorf("without the rule 186 EUR are %s", r.State)
	}
	d.is(waits.ID, approval.Pending)
	d.must(d.vote("ann", waits.ID, rule.Approve))
	d.must(d.vote("ben", waits.ID, rule.Approve))
	if _, _, err := d.consume(waits.ID, refund("184.00")); err != nil {
		t.Errorf("rules that ask for less end no approval: %v", err)
	}
}

// alone leaves Ada as the only one who can write rules.
func (d *desk) alone() {
	d.t.Helper()
	d.system(func(tx *db.Tx) error { _, err := workspace.RemoveMember(tx, d.Acme.People["max"].PersonID); return err })
}

// due has a delayed change looked at.
func (d *desk) publishDue(p rulebook.Publish) (v rulebook.Version, err error) {
	err = d.Try(access.ForSystem(d.Acme.ID, "test"), func(tx *db.Tx) (err error) { v, err = rulebook.PublishDue(tx, p); return err })
	return v, err
}

func TestWithOneAdminAChangeWaitsADay(t *testing.T) {
	d := open(t)
	d.alone()
	_, edit := d.body()
	v, _ := d.change("ada", d.rule, edit, d.limit("500.00"))
	v, err := d.submitRule("ada", d.rule, v.Edit)
	if err != nil || v.PublishAfter == nil || v.PublishAfter.Sub(*v.SubmittedAt) != 24*time.Hour {
		t.Fatalf("%+v %v", v, err)
	}
	job := rulebook.Publish{Workspace: d.Acme.ID, Rule: d.rule, Edit: v.Edit, N: v.N}
	d.Pass(23 * time.Hour)
	_, err = d.publishDue(job)
	refusedAs(t, err, fault.Conflict, "The delay of a day is not over.")
	_, err = d.publishRule("ada", d.rule, v.Edit)
	refusedAs(t, err, fault.Forbidden, "second Admin")
	d.Pass(2 * time.Hour)
	for range 2 {
		if v, err = d.publishDue(job); err != nil || v.State != rulebook.Live {
			t.Fatalf("%+v %v", v, err)
		}
	}
	if r := d.submit(refund("184.00")); r.State != approval.Allowed {
		t.Errorf("184 EUR are %s", r.State)
	}
}

func TestADelayedChangePublishesNoOtherThanItsOwn(t *testing.T) {
	d := open(t)
	d.alone()
	_, edit := d.body()
	v, _ := d.change("ada", d.rule, edit, d.limit("500.00"))
	v, _ = d.submitRule("ada", d.rule, v.Edit)
	job := rulebook.Publish{Workspace: d.Acme.ID, Rule: d.rule, Edit: v.Edit, N: v.N}
	if _, err := d.by("ada", func(tx *db.Tx) (rulebook.Version, error) { return rulebook.DiscardDraft(tx, d.rule, v.Edit) }); err != nil {
		t.Fatal(err)
	}
	_, edit = d.body()
	later, err := d.change("ada", d.rule, edit, d.limit("90000.00"))
	if err != nil {
		t.Fatal(err)
	}
	d.Pass(25 * time.Hour)
	for _, p := range []rulebook.Publish{job, {Workspace: d.Acme.ID, Rule: d.rule, Edit: later.Edit, N: later.N}, {Workspace: d.Acme.ID, Rule: d.rule, Edit: later.Edit, N: v.N}} {
		if got, err := d.publishDue(p); err != nil || got.State == rulebook.Live && got.N != 1 {
			t.Errorf("%+v published version %d, %s: %v", p, got.N, got.State, err)
		}
	}
	if r := d.submit(refund("184.00")); r.State != approval.Pending {
		t.Errorf("184 EUR are %s", r.State)
	}
	if _, err := d.publishDue(rulebook.Publish{Workspace: d.Acme.ID, Rule: uuid.New()}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a rule that is gone: %v", err)
	}
}

func TestAnotherWorkspacesRuleIsNotThere(t *testing.T) {
	d := open(t)
	b, edit := d.body()
	greta := d.Grant(d.Globex, "greta", access.WriteRules)
	for what, fn := range map[string]func(*db.Tx, uuid.UUID) error{
		"versions": func(tx *db.Tx, id uuid.UUID) error { _, err := rulebook.Versions(tx, id); return err },
		"edit": func(tx *db.Tx, id uuid.UUID) error {
			_, err := rulebook.EditRule(tx, id, edit, rule.Body{Name: b.Name, Actions: b.Actions, Effect: rule.Block})
			return err
		},
		"submit":  func(tx *db.Tx, id uuid.UUID) error { _, err := rulebook.SubmitRule(tx, id, edit, ""); return err },
		"publish": func(tx *db.Tx, id uuid.UUID) error { _, err := rulebook.PublishRule(tx, id, edit); return err },
		"retire":  func(tx *db.Tx, id uuid.UUID) error { _, err := rulebook.RetireRule(tx, id, ""); return err },
		"discard": func(tx *db.Tx, id uuid.UUID) error { _, err := rulebook.DiscardDraft(tx, id, edit); return err },
	} {
		for _, id := range []uuid.UUID{d.rule, uuid.New()} {
			if err := d.Try(greta, func(tx *db.Tx) error { return fn(tx, id) }); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}
