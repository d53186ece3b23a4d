package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/integration"
	"github.com/jexi/portal/models/rule"
)

func TestOnlyTheVeryActionIsHandedOut(t *testing.T) {
	h := open(t)
	a := h.agent()
	waits := a.ask(refund("99.00"))
	if p := a.refused(409, "undecided", "", "POST", at(waits.Id, "consume"), refund("99.00")); p.Retry != "after_human" {
		t.Errorf("retry is %s", p.Retry)
	}
	r := a.approved()
	consume := at(r.Id, "consume")
	a.refused(409, "digest_mismatch", "", "POST", consume, refund("184.01"))
	a.refused(409, "digest_mismatch", "", "POST", consume, strings.Replace(refund("184.00"), "58213", "58214", 1))
	a.refused(422, "invalid", "action.params.amount", "POST", consume, refund("-184.00"))
	a.refused(422, "invalid", "action.type", "POST", consume, `{}`)
	bare := `{"action":{"params":{"currency":"EUR","amount":"184","client_id":"20418"},"type":"billing.refund"}}`
	a.send(200, "POST", consume, bare, nil)
	a.refused(409, "consumed", "", "POST", consume, bare)
}

func TestAnActionThatNobodyHadToApproveIsConsumedWithoutAReceipt(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(refund("10.00"))
	var ticket api.Ticket
	a.send(200, "POST", at(r.Id, "consume"), refund("10.00"), &ticket)
	if ticket.Receipt != nil || ticket.Ticket == "" {
		t.Errorf("the ticket: %+v", ticket)
	}
	if got := a.show(r.Id); got.Decision != "allowed" || got.ConsumedAt == nil {
		t.Errorf("then: %+v", got)
	}
}

func TestOfTwentyConsumesAtOnceOneGetsATicket(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.approved()
	statuses := make([]int, 20)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() {
			statuses[i] = insist(func() *page {
				return a.call(a.key, "POST", at(r.Id, "consume"), refund("184.00"), http.Header{"Idempotency-Key": {fmt.Sprint("c", i)}}, nil)
			}).Status
		})
	}
	wg.Wait()
	tickets := 0
	for _, s := range statuses {
		if s == 200 {
			tickets++
		} else if s != 409 {
			t.Errorf("a loser was answered %d", s)
		}
	}
	if tickets != 1 {
		t.Errorf("%d tickets", tickets)
	}
	if n := h.count("select count(*) from audit_leaves where act = 'request.consumed'"); n != 1 {
		t.Errorf("%d entries of the consumption", n)
	}
}

func TestALostAnswerGivesTheSameTicketAgainAndItStandsNowhere(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.approved()
	bodies := make([]string, 20)
	var wg sync.WaitGroup
	for i := range bodies {
		wg.Go(func() {
			bodies[i] = insist(func() *page {
				return a.call(a.key, "POST", at(r.Id, "consume"), refund("184.00"), http.Header{"Idempotency-Key": {"c"}}, nil)
			}).Body
		})
	}
	wg.Wait()
	for _, b := range bodies {
		if b != bodies[0] {
			t.Errorf("%s\nbeside %s", b, bodies[0])
		}
	}
	_, rest, _ := strings.Cut(bodies[0], `"ticket":"`)
	ticket, _, _ := strings.Cut(rest, `"`)
	if len(ticket) < 40 {
		t.Fatalf("no ticket in %s", bodies[0])
	}
	if found := h.tablesWith(ticket); len(found) > 0 {
		t.Errorf("the ticket stands in %s", strings.Join(found, ", "))
	}
}

func TestAnApprovalThatIsNotUsedInTimeLapsesForGood(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.approved()
	h.Pass(31 * time.Minute)
	for _, key := range []string{"c", "c", "d"} { // the refusal is kept, and so is the state
		if p := a.refused(409, "lapsed", "", "POST", at(r.Id, "consume"), refund("184.00"), "Idempotency-Key", key); p.Retry != "never" {
			t.Errorf("retry is %s", p.Retry)
		}
	}
	if got := a.show(r.Id); got.Decision != "lapsed" || got.Note == nil || got.ExpiresAt != nil {
		t.Errorf("then: %+v", got)
	}
	if n := h.count("select count(*) from audit_leaves where act = 'request.lapsed'"); n != 1 {
		t.Errorf("%d entries of the lapse", n)
	}
}

func TestAPauseStopsAnApprovalUntilItIsLifted(t *testing.T) {
	h := open(t)
	a := h.agent()
	r, waits := a.approved(), a.ask(refund("99.00"))
	h.As(h.Grant(h.Acme, "pia", access.PauseIntegration), func(tx *db.Tx) error {
		_, err := approval.PauseIntegration(tx, a.bill.ID, "Look first")
		return err
	})
	if p := a.refused(409, "paused", "", "POST", at(r.Id, "consume"), refund("184.00")); p.Retry != "after_human" {
		t.Errorf("retry is %s", p.Retry)
	}
	if got := a.show(waits.Id); got.Decision != "held" {
		t.Errorf("what waits is %s", got.Decision)
	}
	h.As(h.Grant(h.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) error {
		_, err := h.Tools.Approval.ResumeIntegration(tx, a.bill.ID)
		return err
	})
	a.send(200, "POST", at(r.Id, "consume"), refund("184.00"), nil)
	if got := a.show(waits.Id); got.Decision != "pending" {
		t.Errorf("what waited is %s", got.Decision)
	}
}

func TestStricterRulesEndAnApproval(t *testing.T) {
	h := open(t)
	a := h.agent()
	changes := map[string]func(){
		"a rule that blocks": func() { h.publish(rule.Body{Name: "Stop", Actions: []string{"billing.*"}, Effect: rule.Block}) },
		"a scope taken away": func() {
			h.As(h.Grant(h.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) error {
				c, err := integration.Find(tx, a.bill.ID)
				if err == nil {
					_, err = integration.ChangeScopes(tx, c.ID, c.Version, []string{"clients:read"})
				}
				return err
			})
		},
	}
	first, second := a.approved(), a.ask(refund("250.00"))
	h.vote(second.Id, rule.Approve, "ben", "ann")
	changes["a scope taken away"]()
	if p := a.refused(409, "superseded", "", "POST", at(first.Id, "consume"), refund("184.00")); p.Retry != "never" || !strings.Contains(p.Detail, "invoices:refund") {
		t.Errorf("told %+v", p)
	}
	if got := a.show(first.Id); got.Decision != "superseded" {
		t.Errorf("it is %s", got.Decision)
	}
	h.As(h.Grant(h.Acme, "ada", access.ManageIntegrations), func(tx *db.Tx) error {
		c, err := integration.Find(tx, a.bill.ID)
		if err == nil {
			_, err = integration.ChangeScopes(tx, c.ID, c.Version, a.bill.Scopes)
		}
		return err
	})
	changes["a rule that blocks"]()
	a.refused(409, "superseded", "", "POST", at(second.Id, "consume"), refund("250.00"))
	a.refused(409, "superseded", "", "POST", at(second.Id, "consume"), refund("250.00"))
}

func TestRulesThatDoNotAskForMoreLetAnApprovalStand(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.approved()
	h.publish(rule.Body{Name: "Transfers", Actions: []string{"registrar.*"}, Effect: rule.Block})
	a.send(200, "POST", at(r.Id, "consume"), refund("184.00"), nil)
}
