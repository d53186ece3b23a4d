package handlers_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/jexi/portal/handlers/agentapi/api"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/rule"
)

func TestARefundIsAskedForDecidedConsumedAndReported(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(refund("184.00"))
	if r.Decision != "pending" || r.DedupOf != nil || r.ExpiresAt == nil || len(r.Reasons) != 1 || r.Reasons[0].Rule == nil || *r.Reasons[0].Version != 1 {
		t.Fatalf("asked: %+v", r)
	}
	// One digest is told, stored with what it is of, shown, signed and recorded when it is taken up.
	if n := h.count("select count(*) from action_requests where id = ? and digest = ? and digest like '%' || encode(sha256(canonical), 'hex')", r.Id, r.Digest); n != 1 {
		t.Errorf("the digest %s is not that of the stored action", r.Digest)
	}
	h.signIn(h.Acme, "ann").get("/w/acme/requests/"+r.Id.String()).shows(200, r.Digest)
	if stored := h.find(r.Id); stored.Digest != r.Digest || stored.Words != r.BindingWords || !strings.Contains(stored.Sentence, "184.00 EUR") {
		t.Errorf("stored as %s %s %q", stored.Digest, stored.Words, stored.Sentence)
	}
	h.vote(r.Id, rule.Approve, "ann")
	if got := a.show(r.Id); got.Decision != "pending" || got.Version == r.Version {
		t.Errorf("after one of two: %s, version %d", got.Decision, got.Version)
	}
	h.vote(r.Id, rule.Approve, "ben")
	got := a.show(r.Id)
	if got.Decision != "approved" || got.Outcome != nil || got.ExpiresAt == nil || got.DecidedAt == nil {
		t.Fatalf("after two of two: %+v", got)
	}
	var ticket api.Ticket
	a.send(200, "POST", at(r.Id, "consume"), refund("184.00"), &ticket)
	if ticket.ValidFor != 60 || !strings.HasPrefix(ticket.Ticket, "tk_") || ticket.Receipt == nil {
		t.Fatalf("the ticket: %+v", ticket)
	}
	h.verifies(*ticket.Receipt, r)
	if n := h.count("select count(*) from audit_leaves l join audit_bodies b using (workspace_id, epoch, idx) where l.act = 'request.consumed' and convert_from(b.body, 'UTF8') like ?", "%"+r.Digest+"%"); n != 1 {
		t.Errorf("%d entries tell of its digest", n)
	}
	var done api.Request
	a.send(200, "POST", at(r.Id, "outcome"), `{"status":"succeeded","external_ref":"RF-1","message":"Refunded."}`, &done)
	if done.Decision != "approved" || *done.Outcome != "succeeded" || done.ConsumedAt == nil || done.ExpiresAt != nil {
		t.Errorf("in the end: %+v", done)
	}
}

// verifies holds a receipt against the published keys, as a runtime would.
func (h *house) verifies(r api.Receipt, of api.NewRequest) {
	h.t.Helper()
	var keys api.Keys
	must(h.t, json.Unmarshal([]byte(h.visitor().get("/.well-known/portal-keys.json").Body), &keys))
	x, err := base64.RawURLEncoding.DecodeString(keys.Keys[0].X)
	must(h.t, err)
	if keys.Keys[0].Kid != r.KeyId || !ed25519.Verify(x, r.Payload, r.Signature) {
		h.t.Fatalf("the receipt of key %s does not verify with %s", r.KeyId, keys.Keys[0].Kid)
	}
	var told approval.Receipt
	must(h.t, json.Unmarshal(r.Payload, &told))
	if told.Request != of.Id || told.Digest != of.Digest || told.Outcome != "approved" || len(told.Approvers) != 2 || told.Rules[0].Rule != *of.Reasons[0].Rule {
		h.t.Errorf("the receipt tells of %+v", told)
	}
}

func TestADecisionIsDataAndNeverAnError(t *testing.T) {
	h := open(t)
	a := h.agent()
	h.publish(rule.Body{Name: "No voids", Actions: []string{"billing.void"}, Effect: rule.Block})
	for amount, want := range map[string]string{"49.00": "allowed", "50.01": "pending"} {
		if got := a.ask(refund(amount)); string(got.Decision) != want {
			t.Errorf("a refund of %s EUR is %s", amount, got.Decision)
		}
	}
	blocked := a.ask(`{"action":{"type":"billing.void","params":{"client_id":"20418","invoice_id":"INV-1"}}}`)
	if blocked.Decision != "blocked" || blocked.ExpiresAt != nil || blocked.Reasons[0].Name != "No voids" {
		t.Errorf("a void: %+v", blocked)
	}
	unknown := a.ask(`{"action":{"type":"fleet.server.reboot","params":{"n":7}}}`)
	if unknown.Decision != "pending" || unknown.Reasons[0].Rule != nil {
		t.Errorf("an unknown action: %+v", unknown)
	}
	h.As(h.Grant(h.Acme, "ada", access.PauseIntegration), func(tx *db.Tx) error {
		_, err := approval.PauseIntegration(tx, a.bill.ID, "Invoices look wrong")
		return err
	})
	if held := a.ask(refund("300.00")); held.Decision != "held" || held.ExpiresAt != nil {
		t.Errorf("while paused: %+v", held)
	}
	for act, n := range map[string]int{"request.allowed": 1, "request.blocked": 1, "request.held": 2, "request.pending": 2} {
		if got := h.count("select count(*) from audit_leaves where act = ?", act); got != n {
			t.Errorf("%s is on the trail %d times, want %d", act, got, n)
		}
	}
	var list struct{ Integrations []api.Integration }
	a.send(200, "GET", "/api/v1/integrations", "", &list)
	if it := list.Integrations[0]; it.State != "paused" || it.Pause.Reason != "Invoices look wrong" || len(it.Scopes) == 0 || it.Id != a.bill.ID {
		t.Errorf("the connection: %+v", it)
	}
}

func TestTheSameKeyGivesTheSameAnswer(t *testing.T) {
	h := open(t)
	a := h.agent()
	first := a.send(201, "POST", requests, refund("184.00"), nil, "Idempotency-Key", "k-1")
	h.Pass(8 * 24 * time.Hour)
	if again := a.send(201, "POST", requests, refund("184.00"), nil, "Idempotency-Key", "k-1"); again.Body != first.Body {
		t.Errorf("first %s\nthen %s", first.Body, again.Body)
	}
	a.refused(422, "idempotency_key_reused", "", "POST", requests, refund("185.00"), "Idempotency-Key", "k-1")
	a.refused(422, "invalid", "Idempotency-Key", "POST", requests, refund("184.00"))
	a.refused(422, "invalid", "Idempotency-Key", "POST", requests, refund("184.00"), "Idempotency-Key", strings.Repeat("k", 201))
	a.refused(422, "invalid", "Idempotency-Key", "POST", requests, refund("184.00"), "Idempotency-Key", "k\xff")
	var other api.NewRequest
	b := a.as(h.token(h.Acme, "max", access.TokenScopes...))
	b.send(201, "POST", requests, refund("99.00"), &other, "Idempotency-Key", "k-1")
	if strings.Contains(first.Body, other.Id.String()) {
		t.Error("another agent's key met the first one's")
	}
	if n := h.count("select count(*) from action_requests"); n != 2 {
		t.Errorf("there are %d requests", n)
	}
}

func TestARefusedCallMayBeSentAgainWithItsKey(t *testing.T) {
	h := open(t)
	a := h.agent()
	a.refused(422, "invalid", "action.params.amount", "POST", requests, refund("-1"), "Idempotency-Key", "k-1")
	a.send(201, "POST", requests, refund("10.00"), nil, "Idempotency-Key", "k-1")
}

func TestFiftyIdenticalPostsGiveOneRequest(t *testing.T) {
	for name, key := range map[string]func(int) string{
		"with one key":        func(int) string { return "k" },
		"with keys of theirs": func(i int) string { return fmt.Sprint("k", i) },
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			a := h.agent()
			var wg sync.WaitGroup
			answers := make([]api.NewRequest, 50)
			for i := range answers {
				wg.Go(func() {
					p := insist(func() *page {
						return a.call(a.key, "POST", requests, refund("184.00"), http.Header{"Idempotency-Key": {key(i)}}, &answers[i])
					})
					if p.Status != 201 {
						t.Errorf("answered %d: %s", p.Status, p.Body)
					}
				})
			}
			wg.Wait()
			fresh := 0
			for _, r := range answers {
				if r.Id != answers[0].Id {
					t.Errorf("%s beside %s", r.Id, answers[0].Id)
				}
				if r.DedupOf == nil {
					fresh++
				} else if *r.DedupOf != r.Id {
					t.Errorf("%s joined %s", r.Id, r.DedupOf)
				}
			}
			if n := h.count("select count(*) from action_requests"); n != 1 {
				t.Errorf("there are %d requests", n)
			}
			if want := map[bool]int{true: 50, false: 1}[key(0) == key(1)]; fresh != want {
				t.Errorf("%d answers tell of a new request, want %d", fresh, want)
			}
			if n := h.count("select count(*) from messages where kind = 'request.asked'"); n != 2 {
				t.Errorf("%d letters to two people", n)
			}
		})
	}
}

func TestAnEvaluationTellsOfEveryRuleAndStoresNothing(t *testing.T) {
	h := open(t)
	a := h.agent()
	h.publish(rule.Body{Name: "No voids", Actions: []string{"billing.void"}, Effect: rule.Block})
	tables := func() int {
		return h.count(`select (select count(*) from action_requests) + (select count(*) from audit_leaves) + (select count(*) from messages)
			+ (select count(*) from operations) + (select request_count from workspaces where slug = 'acme')`)
	}
	before := tables()
	var e api.Evaluation
	a.send(200, "POST", requests+":evaluate", refund("184.00"), &e)
	if e.Decision != "pending" || len(e.Rules) != 2 || e.DedupOf != nil {
		t.Fatalf("evaluated: %+v", e)
	}
	for _, r := range e.Rules {
		if matched := r.Name == "Refunds over 50 EUR"; r.Matched != matched || r.Text == "" || matched != (r.Truth == "true") || matched != (len(r.Clauses) == 1) {
			t.Errorf("%s: %+v", r.Name, r)
		}
	}
	var small api.Evaluation
	a.send(200, "POST", requests+":evaluate", refund("50.00"), &small)
	if small.Decision != "allowed" || small.Digest == e.Digest || !strings.Contains(small.Rules[0].Text+small.Rules[1].Text, "50.00") {
		t.Errorf("a small one: %+v", small)
	}
	if after := tables(); after != before {
		t.Errorf("%d rows became %d", before, after)
	}
	r := a.ask(refund("184.00"))
	a.send(200, "POST", requests+":evaluate", refund("184.00"), &e)
	if e.Digest != r.Digest || e.DedupOf == nil || *e.DedupOf != r.Id {
		t.Errorf("while one is open: %+v", e)
	}
	h.vote(r.Id, rule.Deny, "ann")
	a.send(200, "POST", requests+":evaluate", refund("184.00"), &e)
	if again := a.ask(refund("184.00")); e.Decision != "blocked" || again.Decision != "blocked" || !strings.Contains(e.Reasons[0].Text, r.Reference) {
		t.Errorf("after a denial: evaluated %s, asked %s, %+v", e.Decision, again.Decision, e.Reasons)
	}
}

func TestAWithdrawnRequestIsOver(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(refund("184.00"))
	h.vote(r.Id, rule.Approve, "ann")
	cancel := at(r.Id, "cancellation")
	a.refused(422, "invalid", "reason", "POST", cancel, `{"reason":""}`)
	other := a.as(h.token(h.Acme, "max", access.TokenScopes...))
	other.refused(403, "forbidden", "", "POST", cancel, `{"reason":"Mine is better"}`)
	var got api.Request
	a.send(200, "POST", cancel, `{"reason":"The client took it back."}`, &got)
	if got.Decision != "cancelled" || *got.Note != "The client took it back." || got.ExpiresAt != nil {
		t.Errorf("withdrawn: %+v", got)
	}
	a.send(200, "POST", cancel, `{"reason":"Again"}`, nil)
	a.refused(409, "conflict", "", "POST", at(r.Id, "consume"), refund("184.00"))
	a.refused(409, "conflict", "", "POST", at(r.Id, "outcome"), `{"status":"succeeded"}`)
	if next := a.ask(refund("184.00")); next.Id == r.Id || next.Decision != "pending" {
		t.Errorf("asked anew: %+v", next)
	}
}

func TestAReportIsTakenOnceAndOnlyAfterConsuming(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.approved()
	report := at(r.Id, "outcome")
	a.refused(409, "conflict", "", "POST", report, `{"status":"succeeded"}`)
	a.send(200, "POST", at(r.Id, "consume"), refund("184.00"), nil)
	a.refused(422, "invalid", "status", "POST", report, `{"status":"perhaps"}`)
	a.refused(422, "invalid", "external_ref", "POST", report, `{"status":"failed","external_ref":"`+strings.Repeat("x", 201)+`"}`)
	h.Pass(2 * time.Hour)
	h.As(access.ForSystem(h.Acme.ID, "test"), func(tx *db.Tx) error { _, err := h.Tools.Approval.Pass(tx, r.Id); return err })
	if got := a.show(r.Id); *got.Outcome != "unknown" {
		t.Errorf("without a report: %v", *got.Outcome)
	}
	a.send(200, "POST", report, `{"status":"failed","message":"The gateway refused."}`, nil)
	a.send(200, "POST", report, `{"status":"failed","message":"The gateway refused."}`, nil)
	a.refused(409, "conflict", "", "POST", report, `{"status":"succeeded"}`)
	if got := a.show(r.Id); *got.Outcome != "failed" {
		t.Errorf("in the end: %v", *got.Outcome)
	}
}

func TestAKeyBelongsToOneCall(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.approved()
	a.send(200, "POST", at(r.Id, "consume"), refund("184.00"), nil, "Idempotency-Key", "k")
	a.refused(422, "idempotency_key_reused", "", "POST", at(r.Id, "outcome"), `{"status":"failed"}`, "Idempotency-Key", "k")
	a.refused(422, "idempotency_key_reused", "", "POST", at(uuid.New(), "consume"), refund("184.00"), "Idempotency-Key", "k")
}
