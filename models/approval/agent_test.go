package approval_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jexi/portal/internal/fault"
	"github.com/jexi/portal/models/access"
	"github.com/jexi/portal/models/approval"
	"github.com/jexi/portal/models/db"
	"github.com/jexi/portal/models/identity"
	"github.com/jexi/portal/models/rule"
)

// try asks as the agent does and tells how it was answered.
func (d *desk) try(a approval.Ask) (r approval.Request, err error) {
	err = d.Try(d.AgentGrant(d.Acme, access.RequestActions), func(tx *db.Tx) (err error) {
		r, _, err = d.room.Submit(tx, a)
		return err
	})
	return r, err
}

func (d *desk) agent() (t identity.Token) {
	d.t.Helper()
	d.system(func(tx *db.Tx) (err error) { t, err = identity.FindToken(tx, d.Acme.Agent.ID); return err })
	return t
}

// pauseAgent has somebody pause Acme's agent, or with resume let it act again.
func (d *desk) pauseAgent(first, reason string) error {
	return d.Try(d.Grant(d.Acme, first, access.ManageTokens), func(tx *db.Tx) error {
		_, err := approval.PauseAgent(tx, d.Acme.Agent.ID, reason)
		return err
	})
}

func (d *desk) resumeAgent(first, reason string) error {
	return d.Try(d.Grant(d.Acme, first, access.ManageTokens), func(tx *db.Tx) error {
		_, err := approval.ResumeAgent(tx, d.Acme.Agent.ID, reason)
		return err
	})
}

// warned are the addresses that are told that the agent was paused.
func (d *desk) warned() (to []string) { return d.letters(d.Acme.Agent.ID, approval.LetterPaused) }

func told(t *testing.T, err error, finer fault.Code, words string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Finer != finer || !contains(f.Message, words) {
		t.Errorf("told %v, want %s with %q", err, finer, words)
	}
}

func amount(n int) approval.Ask { return refund(fmt.Sprintf("%d.00", 1000+n)) }

func TestAnAgentThatDoesNotHeedTheCapIsPausedOnce(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.more(r, 499)
	for i := range 49 {
		if got := d.submit(amount(i)); got.State != approval.Blocked {
			t.Fatalf("ask %d is %s", i, got.State)
		}
	}
	if d.agent().PausedAt != nil {
		t.Fatal("it is paused too early")
	}
	last := d.submit(amount(49))
	if last.State != approval.Blocked {
		t.Errorf("the ask that was one too many is %s", last.State)
	}
	a := d.agent()
	if a.PausedAt == nil || a.PausedBy != nil || !contains(a.PauseReason, "500 of its requests wait for people, and it was refused 50 more within 10 minutes") {
		t.Fatalf("it is paused: %v by %v: %s", a.PausedAt, a.PausedBy, a.PauseReason)
	}
	before := d.number("select count(*) from action_requests")
	_, err := d.try(amount(50))
	told(t, err, fault.AgentPaused, "The token agent is paused since")
	_, err = d.try(refund("184.00"))
	told(t, err, fault.AgentPaused, "paused") // nor does it join
	if n := d.number("select count(*) from action_requests"); n != before {
		t.Errorf("%d requests were stored of a paused agent", n-before)
	}
	if to := d.warned(); !slices.Equal(to, []string{"ada@acme.example"}) {
		t.Errorf("told of it are %v", to)
	}
	if acts := d.acts(d.Acme.Agent.ID); acts["token.stopped"] != 1 {
		t.Errorf("on the trail: %v", acts)
	}
}

func TestAResumedAgentIsNotHeldToWhatItWasRefusedBefore(t *testing.T) {
	d := open(t)
	r := d.submit(refund("184.00"))
	d.more(r, 499)
	for i := range 50 {
		d.submit(amount(i))
	}
	if err := d.resumeAgent("max", "The loop is fixed"); err != nil {
		t.Fatal(err)
	}
	d.Pass(time.Second)
	if got := d.submit(amount(60)); got.State != approval.Blocked || d.agent().PausedAt != nil {
		t.Errorf("after it was resumed an ask is %s, and it is paused: %v", got.State, d.agent().PausedAt)
	}
	d.Pass(11 * time.Minute)
	for i := range 49 {
		d.submit(amount(100 + i))
	}
	if d.agent().PausedAt != nil {
		t.Error("what is long ago counts")
	}
	d.submit(amount(200))
	if d.agent().PausedAt == nil || len(d.warned()) != 2 {
		t.Errorf("it went on, and is paused: %v; told of both are %v", d.agent().PausedAt, d.warned())
	}
}

func TestFiftyAsksAtOncePauseAnAgentOnce(t *testing.T) {
	d := open(t)
	d.more(d.submit(refund("184.00")), 499)
	for i := range 40 {
		d.submit(amount(i))
	}
	var fns []func() error
	for i := range 50 {
		fns = append(fns, patient(func() error { _, err := d.try(amount(100 + i)); return err }))
	}
	blocked, refused := 0, 0
	for _, err := range atOnce(fns...) {
		if f := fault.As(err); err == nil {
			blocked++
		} else if f != nil && f.Finer == fault.AgentPaused {
			refused++
		} else {
			t.Errorf("told %v", err)
		}
	}
	if blocked != 10 || refused != 40 {
		t.Errorf("%d were blocked and %d refused, want 10 and 40", blocked, refused)
	}
	if acts := d.acts(d.Acme.Agent.ID); acts["token.stopped"] != 1 || len(d.warned()) != 1 {
		t.Errorf("it was paused %d times, and told %v", acts["token.stopped"], d.warned())
	}
}

func TestAnAgentIsPausedByHandAndResumedWithAReason(t *testing.T) {
	d := open(t)
	r, free := d.submit(refund("184.00")), d.submit(refund("10.00"))
	refusedAs(t, d.pauseAgent("max", " "), fault.Invalid, "Say why")
	refusedAs(t, d.pauseAgent("max", strings.Repeat("x", 501)), fault.Invalid, "500")
	if err := d.pauseAgent("max", "It asks odd things"); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, d.pauseAgent("ada", "Me too"), fault.Conflict, "paused already")
	_, err := d.try(refund("11.00"))
	told(t, err, fault.AgentPaused, "It asks odd things.")
	d.must(d.vote("ann", r.ID, rule.Approve)) // people may decide meanwhile
	d.must(d.vote("ben", r.ID, rule.Approve))
	for _, c := range []struct {
		r approval.Request
		a string
	}{{r, "184.00"}, {free, "10.00"}} {
		_, _, err := d.consume(c.r.ID, refund(c.a))
		told(t, err, fault.AgentPaused, "It asks odd things.")
	}
	d.is(r.ID, approval.Approved)
	d.As(d.AgentGrant(d.Acme, access.RequestActions), func(tx *db.Tx) error {
		p, err := d.room.Preview(tx, refund("11.00"))
		if p.State != approval.Blocked || !contains(p.Trace.Reasons[0].Text, "It asks odd things.") {
			t.Errorf("an evaluation says %s: %v", p.State, p.Trace.Reasons)
		}
		return err
	})
	refusedAs(t, d.resumeAgent("ada", ""), fault.Invalid, "Say why it may act again")
	if err := d.resumeAgent("ada", "Looked at it"); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, d.resumeAgent("ada", "again"), fault.Conflict, "not paused")
	if _, got, err := d.consume(r.ID, refund("184.00")); err != nil || got.State != approval.Consumed {
		t.Errorf("afterwards it is %s, %v", got.State, err)
	}
	if acts := d.acts(d.Acme.Agent.ID); acts["token.paused"] != 1 || acts["token.resumed"] != 1 || len(d.warned()) != 0 {
		t.Errorf("on the trail: %v, told %v", acts, d.warned())
	}
	foreign := d.Try(d.Grant(d.Globex, "greta", access.ManageTokens), func(tx *db.Tx) error {
		_, err := approval.PauseAgent(tx, d.Acme.Agent.ID, "mine?")
		return err
	})
	refusedAs(t, foreign, fault.NotFound, "another workspace")
}

func TestWhoUsesAnotherAgentsApprovalIsStoppedByTheOnesPauseToo(t *testing.T) {
	d := open(t)
	free := d.submit(refund("10.00"))
	var second identity.Token
	d.As(d.Grant(d.Acme, "ada", access.ManageTokens), func(tx *db.Tx) (err error) {
		second, _, err = identity.CreateToken(tx, identity.TokenDraft{Name: "runner", Scopes: []string{"actions:consume"}, Days: 9})
		return err
	})
	if err := d.pauseAgent("ada", "Look first"); err != nil {
		t.Fatal(err)
	}
	g, err := access.Check(access.Actor{Kind: access.Token, ID: second.ID, Name: "runner", Workspace: d.Acme.ID, Scopes: access.TokenScopes}, access.ConsumeActions)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Try(g, func(tx *db.Tx) error { _, _, err := d.room.Consume(tx, free.ID, refund("10.00")); return err })
	told(t, err, fault.AgentPaused, "The token agent is paused")
}
