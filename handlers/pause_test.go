package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rule"
)

// crowded lets Acme's agent have all waiting that it may, and be refused n times.
func (h *house) crowded(n int) {
	h.t.Helper()
	r := h.ask("billing.refund", refund184)
	h.owner(`insert into action_requests (workspace_id, id, ref, state, type, type_version, params, canonical, digest, target, fingerprint,
		sentence, words, risk, proof, plan, rules_edition, reasons, token_id, created_at, expires_at)
		select workspace_id, gen_random_uuid(), 1000 + n, case when n < 500 then 'pending' else 'blocked' end, type, type_version, params, canonical, n::text, target,
		sha256(n::text::bytea), sentence, words, risk, proof, plan, rules_edition, reasons, token_id, created_at, expires_at
		from action_requests, generate_series(1, 499 + $2) n where id = $1`, r.ID, n)
}

func TestAnAgentThatRunsWildIsPausedAndOwnersAreTold(t *testing.T) {
	h := open(t)
	a := h.agent()
	approved := a.approved()
	h.crowded(49)
	if r := a.ask(refund("300.00")); r.Decision != "blocked" || !strings.Contains(r.Reasons[0].Text, "500 requests waiting") {
		t.Fatalf("one more is %s: %v", r.Decision, r.Reasons)
	}
	key := uuid.NewString()
	p := a.refused(409, "agent_paused", "", "POST", requests, refund("301.00"), "Idempotency-Key", key)
	if p.Retry != "after_human" || !strings.Contains(p.Detail, "The token agent is paused since") {
		t.Errorf("told %s: %s", p.Retry, p.Detail)
	}
	a.refused(409, "agent_paused", "", "POST", at(approved.Id, "consume"), refund("184.00"))
	a.send(200, "GET", at(approved.Id), "", nil)
	a.send(200, "GET", "/api/v1/integrations", "", nil)
	m := h.mail("ada@acme.example", "The portal paused the token agent")
	for _, words := range []string{"500 of its requests wait for people", "/w/acme/tokens", "You receive this because you are an Owner of Acme Hosting"} {
		if !strings.Contains(strings.Join(strings.Fields(m.Text), " "), words) {
			t.Errorf("the mail lacks %q:\n%s", words, m.Text)
		}
	}
	ada := h.signIn(h.Acme, "ada")
	ada.get("/w/acme/tokens").shows(200, "No token works", "Paused", "By the portal itself, since", "Paused because: 500 of its requests wait for people")
	ada.get("/w/acme/requests/"+approved.Id.String()).shows(200, "nothing is handed out to it")
	form := ada.get("/w/acme/tokens/"+h.Acme.Agent.ID.String()+"/resume").shows(200, "Resume the token agent?", "By the portal itself")
	ada.submit(form, "/resume", url.Values{"reason": {""}}).shows(422, "Say why it may act again")
	for range 2 {
		ada.submit(form, "/resume", url.Values{"reason": {"The loop is fixed"}}).shows(200, "The token agent acts again", "One token works")
	}
	a.send(201, "POST", requests, refund("301.00"), nil, "Idempotency-Key", key) // it was never carried out
	a.send(200, "POST", at(approved.Id, "consume"), refund("184.00"), nil)
}

func TestAnAdminPausesAnAgentByHand(t *testing.T) {
	h := open(t)
	a := h.agent()
	r := a.ask(refund("184.00"))
	max := h.signIn(h.Acme, "max")
	path := "/w/acme/tokens/" + h.Acme.Agent.ID.String()
	if p := max.do("GET", path+"/resume", nil, nil); p.Status != 303 {
		t.Errorf("an agent that runs can be resumed: %d", p.Status)
	}
	form := max.get(path+"/pause").shows(200, "Pause the token agent?", "Opening this page has paused nothing")
	max.submit(form, "/pause", nil).shows(422, "Say why, for those who meet the pause later")
	max.submit(form, "/pause", url.Values{"reason": {"It asks odd things"}}).shows(200, "The token agent is paused", "By Max Lindqvist, since", "It asks odd things")
	max.submit(form, "/pause", url.Values{"reason": {"Again"}, "operation": {uuid.NewString()}}).shows(409, "The token agent is paused already, since")
	if p := max.do("GET", path+"/pause", nil, nil); p.Status != 303 {
		t.Errorf("a paused agent can be paused: %d", p.Status)
	}
	a.refused(409, "agent_paused", "", "POST", requests, refund("300.00"), "Idempotency-Key", "k")
	var e struct {
		Decision string
		Reasons  []struct{ Text string }
	}
	a.send(200, "POST", requests+":evaluate", refund("300.00"), &e)
	if e.Decision != "blocked" || !strings.Contains(e.Reasons[0].Text, "It asks odd things.") {
		t.Errorf("an evaluation says %+v", e)
	}
	h.vote(r.Id, rule.Approve, "ann", "ben")
	a.send(200, "POST", at(r.Id, "cancellation"), `{"reason":"not needed"}`, nil)
	ann := h.signIn(h.Acme, "ann")
	ann.get(path + "/pause").shows(403)
	if err := h.Try(h.Grant(h.Acme, "ada", access.ManageTokens), func(tx *db.Tx) error {
		_, err := approval.ResumeAgent(tx, h.Acme.Agent.ID, "fine")
		return err
	}); err != nil {
		t.Error(err)
	}
	read, _ := h.newToken(&premises{Place: h.Acme, role: staff["acme"]}, "reader", access.ReadActions)
	if p := max.do("GET", "/w/acme/tokens/"+read.String()+"/pause", nil, nil); p.Status != 303 {
		t.Errorf("a token that only reads can be paused: %d", p.Status)
	}
}

// agentDeed pauses or resumes an agent that nobody else needs.
func (s *stage) agentDeed(verb string) *page {
	id, _ := s.newToken(&premises{Place: s.Acme, role: staff["acme"]}, fmt.Sprint("runner ", s.once()), access.ConsumeActions)
	if verb == "/resume" {
		s.As(s.Grant(s.Acme, "ada", access.ManageTokens), func(tx *db.Tx) error { _, err := identity.PauseToken(tx, id, "Look first"); return err })
	}
	return s.ada.act("/w/acme/tokens/"+id.String()+verb, verb, url.Values{"reason": {"Looked at it"}})
}
